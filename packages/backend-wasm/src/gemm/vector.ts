/**
 * A row times a matrix whose rows are neighbours in memory. Every element of the matrix is used once, so the time is that of reading
 * it: row after row, four at a time, added to a stretch of the result that stays in the level-1 cache. (Tiles of 8 columns would
 * walk down the matrix instead, touching a new page at every step.)
 */
import { I32, V128, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';
import { emitColumnUnits } from './column-units';
import { multiplyAdd } from './micro';
import { wordsAt } from '../words';

/** Columns of a unit. */
export const VECTOR_COLUMNS = 1024;

/** Words: the operands, tables of K in both and of the batches, columns, K, and units for each batch. */
export const VECTOR_WORDS = ['a', 'b', 'c', 'kA', 'kB', 'batchTable', 'n', 'k', 'blocks'] as const;

/** Rows of the matrix in one walk along the result. */
const DEPTH = 4;

/** Adds the exported kernel: C[c + 4 n] = sum over k of A[a + kA[k]] * B[b + kB[k] + 4 n], for each batch. */
export function emitVectorProduct(module: KernelModule, exportName: string): void {
  module.kernel(exportName, 'vector times matrix', (f, p, from, to) => {
    const [a, b, c, kA, kB, batchTable, n, k, blocks] = VECTOR_WORDS.map(wordsAt(f, p, VECTOR_WORDS)) as Locals<9>;
    const [count, source, rows, target, at, left, atA, atB, rest] = f.locals(I32, 9);
    const x = f.locals(V128, DEPTH);
    const pointers = f.locals(I32, DEPTH);
    const [sum, y] = f.locals(V128, 2);
    /** Adds `depth` rows to the whole stretch. */
    const walk = (depth: number): void => {
      for (let d = 0; d < depth; d++) {
        f.get(source, atA).mem('i32Load', d * 4).op('i32Add').mem('v128Load32Splat').set(x[d]!);
        f.get(rows, atB).mem('i32Load', d * 4).op('i32Add').set(pointers[d]!);
      }
      f.get(target).set(at);
      f.get(count).i32(2).op('i32ShrU').set(left);
      f.times(left, () => {
        f.get(at).mem('v128Load').set(sum);
        for (let d = 0; d < depth; d++) {
          f.get(pointers[d]!).mem('v128Load').set(y);
          multiplyAdd(f, sum, x[d]!, y);
          f.set(sum).add(pointers[d]!, 16);
        }
        f.get(at, sum).mem('v128Store').add(at, 16);
      });
      f.get(count).i32(3).op('i32And').set(left);
      f.times(left, () => {
        f.get(at).mem('v128Load32Splat').set(sum);
        for (let d = 0; d < depth; d++) {
          f.get(pointers[d]!).mem('v128Load32Splat').set(y);
          multiplyAdd(f, sum, x[d]!, y);
          f.set(sum).add(pointers[d]!, 4);
        }
        f.get(at, sum).laneMem('v128Store32Lane', 0).add(at, 4);
      });
      f.add(atA, depth * 4).add(atB, depth * 4);
    };
    emitColumnUnits(f, { from, to, n, blocks, operands: [a, b, c], batchTable }, VECTOR_COLUMNS, (unit) => {
      const { first, starts } = unit;
      f.get(unit.count).set(count).get(starts[0]).set(source);
      for (const [start, place] of [[starts[1], rows], [starts[2], target]] as const) {
        f.get(start, first).i32(2).op('i32Shl', 'i32Add').set(place);
      }
      f.get(target).i32(0).get(count).i32(2).op('i32Shl').fill();
      f.get(kA).set(atA).get(kB).set(atB);
      f.get(k).i32(Math.log2(DEPTH)).op('i32ShrU').set(rest);
      f.times(rest, () => walk(DEPTH));
      f.get(k).i32(DEPTH - 1).op('i32And').set(rest);
      f.times(rest, () => walk(1));
    });
    f.i32(0);
  });
}
