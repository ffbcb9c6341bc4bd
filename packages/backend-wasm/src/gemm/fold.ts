/** Adds up the parts of a product whose K was split, in the order of the parts, and puts the sums where they belong. */
import { I32, V128, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';
import { wordsAt } from '../words';
import { consecutive } from './pack';

/**
 * Words: where the first part lies, C, the tables of its rows, columns and batches, rows, columns, parts, and the bytes from a row
 * of a part to the next one, from a part to the next one and from a batch to the next one. Units are rows of all batches.
 */
export const FOLD_WORDS = [
  'parts', 'c', 'rowC', 'columnC', 'batchTable', 'm', 'n', 'count', 'rowBytes', 'partBytes', 'batchBytes',
] as const;

export function emitFold(module: KernelModule, exportName: string): void {
  module.kernel(exportName, 'gemm fold', (f, p, from, to) => {
    const [parts, c, rowC, columnC, batchTable, m, n, count, rowBytes, partBytes, batchBytes] = FOLD_WORDS.map(
      wordsAt(f, p, FOLD_WORDS),
    ) as Locals<11>;
    const [unit, batch, row, source, target, j, at, columns, place, rest] = f.locals(I32, 10);
    const sum = f.local(V128);
    f.get(from).set(unit);
    f.block((done) => {
      f.loop((again) => {
        f.get(unit, to).op('i32GeU').brIf(done);
        f.get(unit, m).op('i32DivU').set(batch);
        f.get(unit).get(batch, m).op('i32Mul', 'i32Sub').set(row);
        f.get(parts).get(batch, batchBytes).op('i32Mul', 'i32Add').get(row, rowBytes).op('i32Mul', 'i32Add').set(source);
        f.get(c).get(batchTable, batch).i32(12).op('i32Mul', 'i32Add').mem('i32Load', 8).op('i32Add');
        f.get(rowC, row).i32(2).op('i32Shl', 'i32Add').mem('i32Load').op('i32Add').set(target);
        f.get(columnC).set(columns);
        f.for(j, n, 4, () => {
          f.get(source).tee(at).mem('v128Load').set(sum);
          f.get(count).set(rest);
          f.loop((next) => {
            f.get(rest).i32(1).op('i32GtU').if(() => {
              f.get(sum).get(at, partBytes).op('i32Add').tee(at).mem('v128Load').op('f32x4Add').set(sum);
              f.get(rest).i32(1).op('i32Sub').set(rest).br(next);
            });
          });
          f.get(n, j).op('i32Sub').i32(4).op('i32GeS');
          consecutive(f, columns, 0);
          f.op('i32And').if(
            () => void f.get(target).get(columns).mem('i32Load').op('i32Add').get(sum).mem('v128Store'),
            () => {
              for (let i = 0; i < 4; i++) {
                f.get(n, j).op('i32Sub').i32(i).op('i32GtS').if(() => {
                  f.get(target).get(columns).mem('i32Load', i * 4).op('i32Add').set(place);
                  f.get(place, sum).laneMem('v128Store32Lane', i);
                });
              }
            },
          );
          f.add(source, 16).add(columns, 16);
        });
        f.add(unit, 1).br(again);
      });
    });
    f.i32(0);
  });
}
