/**
 * Columns that become rows, 4 x 4 words at a time. The source has neighbours along the columns, the target along the rows; a
 * stripe is as many columns as fill cache lines of the source, so that each line is fetched once.
 */
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';

/** Columns in a stripe. */
export const STRIPE = 16;

interface Words {
  /** Bytes to the next column and the next row: of the source, then of the target. */
  readonly steps: readonly [Local, Local, Local, Local];
  /** Numbers of columns and rows. */
  readonly sizes: readonly [Local, Local];
}

/**
 * How many times four rows are read at once. Columns of the target at multiples of 2 kB share few places in the cache: then a line
 * is better written in one visit, though the source is read with less ease.
 */
export function groupsFor(toColumn: number): 1 | 4 {
  return toColumn % 2048 === 0 ? 4 : 1;
}

/** Code that moves the stripe given by a local; both pointers stay where they are, at the first column of the stripe. */
export function emitTiles(f: KernelBuilder, source: Local, target: Local, { steps, sizes }: Words, most: number): (stripe: Local) => void {
  const [, fromRow, toColumn, toRow] = steps;
  const [columns, rows] = sizes;
  const [left, from, to, at, count, rest, narrow] = f.locals(I32, 7);
  const lines = f.locals(I32, 4 * most);
  const values = f.locals(V128, 4);
  const turned = f.locals(V128, 4 * most);
  /** `groups` times four rows of `width` vectors of columns; `from` and `to` move on to the next rows. */
  const someRows = (width: number, groups: number): void => {
    for (let i = 0; i < 4 * groups; i++) {
      if (i === 0) f.get(from);
      else f.get(lines[i - 1]!, fromRow).op('i32Add');
      f.set(lines[i]!);
    }
    f.get(to).set(at);
    const [a, b, c, d] = values;
    for (let vector = 0; vector < width; vector++) {
      for (let group = 0; group < groups; group++) {
        values.forEach((value, i) => f.get(lines[4 * group + i]!).mem('v128Load', vector * 16).set(value));
        const pairs = turned.slice(4 * group);
        f.get(a, b).shuffle(0, 4, 1, 5).set(pairs[0]!).get(a, b).shuffle(2, 6, 3, 7).set(pairs[1]!);
        f.get(c, d).shuffle(0, 4, 1, 5).set(pairs[2]!).get(c, d).shuffle(2, 6, 3, 7).set(pairs[3]!);
      }
      // The parts of a column together, so that a cache line of the target is visited once for all of them.
      for (let column = 0; column < 4; column++) {
        for (let group = 0; group < groups; group++) {
          const half = 4 * group + (column >> 1);
          f.get(at, turned[half]!, turned[half + 2]!);
          if (column % 2 === 0) f.shuffle(0, 1, 4, 5);
          else f.shuffle(2, 3, 6, 7);
          f.mem('v128Store', 16 * group);
        }
        f.addLocal(at, toColumn);
      }
    }
    f.get(lines[4 * groups - 1]!, fromRow).op('i32Add').set(from).add(to, 16 * groups);
  };
  /** `width` vectors of columns from `source` + 4 `narrow` on, all rows. */
  const block = (width: number): void => {
    f.get(source, narrow).i32(4).op('i32Mul', 'i32Add').set(from).get(target, narrow, toColumn).op('i32Mul', 'i32Add').set(to);
    const wide = width > 1 && most > 1;
    if (wide) {
      f.get(rows).i32(Math.log2(4 * most)).op('i32ShrU').set(count);
      f.times(count, () => {
        someRows(width, most);
      });
    }
    f.get(rows);
    if (wide) f.i32(4 * most - 1).op('i32And');
    f.i32(2).op('i32ShrU').set(count);
    f.times(count, () => {
      someRows(width, 1);
    });
    f.get(rows).i32(3).op('i32And').set(count);
    f.times(count, () => {
      f.get(to).set(at).get(from).set(lines[0]!).i32(4 * width).set(rest);
      f.times(rest, () => void f.get(at, lines[0]!).mem('i32Load').mem('i32Store').addLocal(at, toColumn).add(lines[0]!, 4));
      f.addLocal(from, fromRow).addLocal(to, toRow);
    });
  };
  return (stripe) => {
    f.i32(0).set(narrow).get(columns, stripe).i32(STRIPE).op('i32Mul', 'i32Sub').tee(left).i32(STRIPE).op('i32GeU').if(
      () => {
        block(STRIPE / 4);
      },
      () => {
        f.block((done) => {
          f.loop((again) => {
            f.get(left).i32(4).op('i32LtU').brIf(done);
            block(1);
            f.add(narrow, 4).add(left, -4).br(again);
          });
        });
        f.block((done) => {
          f.loop((again) => {
            f.get(left).op('i32Eqz').brIf(done);
            f.get(source, narrow).i32(4).op('i32Mul', 'i32Add').set(from).get(target, narrow, toColumn).op('i32Mul', 'i32Add').set(to);
            f.get(rows).set(count);
            f.times(count, () => void f.get(to, from).mem('i32Load').mem('i32Store').addLocal(from, fromRow).addLocal(to, toRow));
            f.add(narrow, 1).add(left, -1).br(again);
          });
        });
      },
    );
  };
}
