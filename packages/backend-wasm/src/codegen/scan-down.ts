/**
 * Scans down the columns of a matrix. Walking down a few columns touches a page of memory for each handful of elements, so rows
 * are read from left to right, and the totals of a stripe of columns lie in the cache.
 */
import { bytesOf } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { PRIVATE } from '../layout';
import { loadStrided, loadUnit, storeTail, storeUnit } from './lanes';
import { carryOf, type Scan } from './scan-carry';

/** Columns of a stripe, at most; of one whose columns are not neighbours at the source, which takes a cache line for each. */
const MOST_COLUMNS = 512;
const MOST_APART = 64;
/** Stripes that are worth having for threads. */
const STRIPES = 8;
const ALIGNMENT = 64;
/** Bytes that the totals of a stripe need. */
export const TOTALS_BYTES = MOST_COLUMNS * 8;

/** Columns of a stripe where `outside` matrices have as many columns each. */
export function stripeWidth(columns: number, outside: number, unit: boolean): number {
  const wanted = columns / Math.ceil(STRIPES / outside);
  return Math.min(unit ? MOST_COLUMNS : MOST_APART, Math.ceil(wanted / ALIGNMENT) * ALIGNMENT);
}

export interface Down {
  readonly source: Local;
  readonly target: Local;
  /** Rows, and bytes from one to the next. */
  readonly length: Local;
  readonly steps: readonly [Local, Local];
  /** Bytes between columns of the source; undefined where they are neighbours. */
  readonly apart: Local | undefined;
}

/** Rows that are taken together, so that totals are fetched once for all of them. */
const ROWS = 4;

/** Code that scans the first columns; their number is a local. No pointer moves. */
export function emitDown(f: KernelBuilder, scan: Scan, { source, target, length, steps, apart }: Down): (count: Local) => void {
  const { dtype } = scan;
  const carry = carryOf(f, scan);
  const [rounds, left, rest, fromRow, toRow, totals, at] = f.locals(I32, 7);
  const from = f.locals(I32, ROWS);
  const to = f.locals(I32, ROWS);
  const values = f.locals(V128, ROWS);
  const bytes = 16 * carry.totals.length;
  /** Scans four columns, or `count`, of some rows. All loads come first: a store may look like the source of the next one. */
  const step = (rows: number, count?: Local): void => {
    for (let r = 0; r < rows; r++) {
      if (apart === undefined) loadUnit(f, dtype, from[r]!);
      else loadStrided(f, dtype, from[r]!, apart, count);
      f.set(values[r]!);
    }
    carry.totals.forEach((total, k) => f.get(at).mem('v128Load', 16 * k).set(total));
    for (let r = 0; r < rows; r++) carry.step(values[r]!);
    carry.totals.forEach((total, k) => f.get(at, total).mem('v128Store', 16 * k));
    for (let r = 0; r < rows; r++) {
      if (count === undefined) storeUnit(f, dtype, to[r]!, values[r]!);
      else storeTail(f, dtype, to[r]!, values[r]!, count);
    }
  };
  const someRows = (rows: number, count: Local): void => {
    for (let r = 0; r < rows; r++) {
      f.get(fromRow).set(from[r]!).get(toRow).set(to[r]!);
      f.addLocal(fromRow, steps[0]).addLocal(toRow, steps[1]);
    }
    f.get(totals).set(at).get(count).i32(2).op('i32ShrU').set(left);
    f.times(left, () => {
      step(rows);
      f.add(at, bytes);
      for (let r = 0; r < rows; r++) {
        f.add(to[r]!, 4 * bytesOf(dtype));
        if (apart === undefined) f.add(from[r]!, 4 * bytesOf(dtype));
        else f.get(from[r]!, apart).i32(2).op('i32Shl', 'i32Add').set(from[r]!);
      }
    });
    f.get(count).i32(3).op('i32And').tee(rest).if(() => step(rows, rest));
  };
  return (count) => {
    f.thread().mem('i32Load', PRIVATE).tee(totals).set(at);
    carry.reset();
    f.get(count).i32(3).op('i32Add').i32(2).op('i32ShrU').set(left);
    f.times(left, () => {
      carry.totals.forEach((total, k) => f.get(at, total).mem('v128Store', 16 * k));
      f.add(at, bytes);
    });
    f.get(source).set(fromRow).get(target).set(toRow).get(length).i32(Math.log2(ROWS)).op('i32ShrU').set(rounds);
    f.times(rounds, () => someRows(ROWS, count));
    f.get(length).i32(ROWS - 1).op('i32And').set(rounds);
    f.times(rounds, () => someRows(1, count));
  };
}
