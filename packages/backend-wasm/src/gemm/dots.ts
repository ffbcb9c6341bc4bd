/**
 * A row times a matrix whose columns are each neighbours in memory, as in a linear layer applied to one example: a scalar product
 * for each column. Every element of the matrix is used once, so the time is that of reading it, four columns side by side.
 */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';
import { wordsAt } from '../words';
import { emitColumnUnits } from './column-units';
import { multiplyAdd } from './micro';

/** Columns of a unit. */
export const DOT_COLUMNS = 64;

/** Words: the operands, bytes from a column to the next, the table of the batches, columns, K, and units for each batch. */
export const DOT_WORDS = ['a', 'b', 'c', 'pitch', 'batchTable', 'n', 'k', 'blocks'] as const;

/** Columns read side by side, and vectors of each in a round: sums enough that none waits for the one before. */
const WIDE = 4;
const VECTORS = 2;

/** Adds the exported kernel: C[c + 4 n] = sum over k of A[a + 4 k] * B[b + n pitch + 4 k], for each batch. */
export function emitDotProducts(module: KernelModule, exportName: string): void {
  module.kernel(exportName, 'scalar products', (f, p, from, to) => {
    const [a, b, c, pitch, batchTable, n, k, blocks] = DOT_WORDS.map(wordsAt(f, p, DOT_WORDS)) as Locals<8>;
    const [source, column, target, at, left] = f.locals(I32, 5);
    const pointers = f.locals(I32, WIDE);
    const sums = Array.from({ length: WIDE }, () => f.locals(V128, VECTORS));
    const [x, y] = f.locals(V128, 2);
    const steps = (columns: number, vectors: number): void => {
      f.times(left, () => {
        for (let v = 0; v < vectors; v++) {
          f.get(at).mem('v128Load', v * 16).set(x);
          for (let i = 0; i < columns; i++) {
            f.get(pointers[i]!).mem('v128Load', v * 16).set(y);
            multiplyAdd(f, sums[i]![v]!, x, y);
            f.set(sums[i]![v]!);
          }
        }
        f.add(at, vectors * 16);
        for (let i = 0; i < columns; i++) f.add(pointers[i]!, vectors * 16);
      });
    };
    const columnsTogether = (columns: number): void => {
      f.get(source).set(at);
      for (let i = 0; i < columns; i++) {
        f.get(column).set(pointers[i]!).addLocal(column, pitch);
        for (const sum of sums[i]!) f.f32x4(0).set(sum);
      }
      f.get(k).i32(2 + Math.log2(VECTORS)).op('i32ShrU').set(left);
      steps(columns, VECTORS);
      f.get(k).i32(2).op('i32ShrU').i32(VECTORS - 1).op('i32And').set(left);
      steps(columns, 1);
      // What is left of K: lanes behind the end are zero in A, and whatever lies there in B does not count.
      f.get(k).i32(3).op('i32And').tee(left).if(() => {
        const mask = f.temp(V128);
        f.i32lanes(0, 1, 2, 3).get(left).op('i32x4Splat', 'i32x4LtS').set(mask);
        f.get(at).mem('v128Load').get(mask).op('v128And').set(x);
        for (let i = 0; i < columns; i++) {
          f.get(pointers[i]!).mem('v128Load').get(mask).op('v128And').set(y);
          multiplyAdd(f, sums[i]![0], x, y);
          f.set(sums[i]![0]);
        }
        f.release(V128, mask);
      });
      for (let i = 0; i < columns; i++) {
        const total = sums[i]![0];
        for (let v = 1; v < VECTORS; v++) f.get(total, sums[i]![v]!).op('f32x4Add').set(total);
        addLanes(total, 2, 3, 0, 1);
        addLanes(total, 1, 0, 3, 2);
        f.get(target, total).laneMem('v128Store32Lane', 0).add(target, 4);
      }
    };
    const addLanes = (total: Local, w: number, x: number, y: number, z: number): void =>
      void f.get(total, total, total).shuffle(w, x, y, z).op('f32x4Add').set(total);
    emitColumnUnits(f, { from, to, n, blocks, operands: [a, b, c], batchTable }, DOT_COLUMNS, ({ first, count, starts }) => {
      f.get(starts[0]).set(source);
      f.get(starts[1], first, pitch).op('i32Mul', 'i32Add').set(column);
      f.get(starts[2], first).i32(2).op('i32Shl', 'i32Add').set(target);
      const rest = f.temp(I32);
      f.get(count).i32(Math.log2(WIDE)).op('i32ShrU').set(rest);
      f.times(rest, () => columnsTogether(WIDE));
      f.get(count).i32(WIDE - 1).op('i32And').set(rest);
      f.times(rest, () => columnsTogether(1));
      f.release(I32, rest);
    });
    f.i32(0);
  });
}
