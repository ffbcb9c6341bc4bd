/**
 * Scans along lines, each by itself. A total waits for the one before, so four lines go side by side, one in each lane; where
 * the elements of a line are neighbours, tiles of 4 x 4 are read, turned, and written back turned.
 */
import { bytesOf } from '@cotangent/tensor';
import { F64, I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { loadSplat, loadStrided, loadUnit, storeFirst, storeStrided, storeUnit } from './lanes';
import { carryOf, isDouble, type Carry, type Scan } from './scan-carry';

export interface Along {
  readonly source: Local;
  readonly target: Local;
  /** Elements of a line. */
  readonly length: Local;
  /** Bytes to the next element of a line and to the next line: of the source, then of the target. */
  readonly steps: readonly [Local, Local, Local, Local];
  /** Whether the elements of a line are neighbours. */
  readonly unit: boolean;
}

/** Lines that go side by side. */
export const LINES = 4;

/** Code that scans as many lines as a local says, at most `LINES`, and may change it. No pointer moves. */
export function emitAlong(f: KernelBuilder, scan: Scan, { source, target, length, steps, unit }: Along): (lines: Local) => void {
  const { dtype } = scan;
  const [fromNext, fromLine, toNext, toLine] = steps;
  const carry = carryOf(f, scan);
  const [left, from, to, fromFirst, toFirst] = f.locals(I32, 5);
  const value = f.local(V128);
  const column = (): void => {
    loadStrided(f, dtype, from, fromLine);
    f.set(value);
    carry.step(value);
    storeStrided(f, dtype, to, toLine, value);
    f.addLocal(from, fromNext).addLocal(to, toNext);
  };
  const tile = unit ? tiles(f, scan, carry, from, to, fromLine, toLine) : undefined;
  const fourLines = (): void => {
    f.get(source).set(from).get(target).set(to);
    carry.reset();
    if (tile === undefined) f.get(length).set(left);
    else {
      f.get(length).i32(2).op('i32ShrU').set(left);
      f.times(left, tile);
      f.get(length).i32(3).op('i32And').set(left);
    }
    f.times(left, column);
  };
  const wide = isDouble(scan) ? f.local(F64) : undefined;
  const oneLine = (): void => {
    f.get(fromFirst).set(from).get(toFirst).set(to);
    if (wide === undefined) carry.reset();
    else f.f64(scan.op === 'cumsum' ? 0 : 1).set(wide);
    f.get(length).set(left);
    f.times(left, () => {
      if (wide === undefined) {
        loadSplat(f, dtype, from);
        f.set(value);
        carry.step(value);
        storeFirst(f, dtype, to, value);
      } else {
        f.get(to, wide, from).mem('f32Load').op('f64PromoteF32', scan.op === 'cumsum' ? 'f64Add' : 'f64Mul').tee(wide);
        f.op('f32DemoteF64').mem('f32Store');
      }
      f.addLocal(from, fromNext).addLocal(to, toNext);
    });
    f.addLocal(fromFirst, fromLine).addLocal(toFirst, toLine);
  };
  return (lines) => {
    f.get(lines).i32(LINES).op('i32Eq').if(fourLines, () => {
      f.get(source).set(fromFirst).get(target).set(toFirst);
      f.times(lines, oneLine);
    });
  };
}

/** Code for four neighbours of each of four lines. */
function tiles(
  f: KernelBuilder, { dtype }: Scan, carry: Carry, from: Local, to: Local, fromLine: Local, toLine: Local,
): () => void {
  const at = f.local(I32);
  const [a, b, c, d] = f.locals(V128, 4);
  const [p, q, r, s] = f.locals(V128, 4);
  const turn = (): void => {
    f.get(a, b).shuffle(0, 4, 1, 5).set(p).get(a, b).shuffle(2, 6, 3, 7).set(q);
    f.get(c, d).shuffle(0, 4, 1, 5).set(r).get(c, d).shuffle(2, 6, 3, 7).set(s);
    f.get(p, r).shuffle(0, 1, 4, 5).set(a).get(p, r).shuffle(2, 3, 6, 7).set(b);
    f.get(q, s).shuffle(0, 1, 4, 5).set(c).get(q, s).shuffle(2, 3, 6, 7).set(d);
  };
  const columns = [a, b, c, d];
  return () => {
    f.get(from).set(at);
    columns.forEach((column, k) => {
      if (k > 0) f.addLocal(at, fromLine);
      loadUnit(f, dtype, at);
      f.set(column);
    });
    turn();
    for (const column of columns) carry.step(column);
    turn();
    f.get(to).set(at);
    columns.forEach((column, k) => {
      if (k > 0) f.addLocal(at, toLine);
      storeUnit(f, dtype, at, column);
    });
    f.add(from, 4 * bytesOf(dtype)).add(to, 4 * bytesOf(dtype));
  };
}
