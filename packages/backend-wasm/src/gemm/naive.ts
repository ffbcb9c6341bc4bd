/** The contraction of integers and bools: plain loops over the tables of words.ts. A unit is a row of a batch entry. */
import type { DType } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import { loadScalar, storeScalar } from '../codegen/lanes';
import type { KernelModule } from '../kernel-module';
import { divide, entryOf, loadWords } from './words';

/** Adds the exported kernel; K is one trip. Sums wrap; on bool they are 1 when any product is. */
export function emitNaive(module: KernelModule, exportName: string, dtype: DType): void {
  module.kernel(exportName, `contract ${dtype}`, (f, p, from, to) => {
    const word = loadWords(f, p);
    const [a, b, c, m, n, k, entry, sum, row, unit, batch] = f.locals(I32, 11);
    /** Pushes base + table[index]. */
    const at = (base: Local, table: Local, index: Local): void => {
      f.get(base);
      entryOf(f, table, index);
      f.mem('i32Load').op('i32Add');
    };
    f.get(from).set(unit);
    f.block((done) => {
      f.loop((again) => {
        f.get(unit, to).op('i32GeU').brIf(done);
        divide(f, unit, word.m, batch, m);
        f.get(word.batchTable, batch).i32(12).op('i32Mul', 'i32Add').set(entry);
        for (const [i, [local, base]] of ([[a, word.a], [b, word.b], [c, word.c]] as const).entries()) {
          f.get(base).get(entry).mem('i32Load', i * 4).op('i32Add').set(local);
        }
        at(a, word.rowA, m);
        f.set(row);
        f.for(n, word.n, 1, () => {
          f.i32(0).set(sum);
          f.for(k, word.k, 1, () => {
            f.get(sum);
            at(row, word.kA, k);
            loadScalar(f, dtype);
            f.get(b);
            entryOf(f, word.columnB, n);
            f.mem('i32Load').op('i32Add');
            entryOf(f, word.kB, k);
            f.mem('i32Load').op('i32Add');
            loadScalar(f, dtype);
            f.op('i32Mul', dtype === 'bool' ? 'i32Or' : 'i32Add').set(sum);
          });
          at(c, word.rowC, m);
          entryOf(f, word.columnC, n);
          f.mem('i32Load').op('i32Add').get(sum);
          storeScalar(f, dtype);
        });
        f.add(unit, 1).br(again);
      });
    });
    f.i32(0);
  });
}
