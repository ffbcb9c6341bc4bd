/** The contraction of integers and bools: plain loops over the tables of driver.ts. */
import type { DType } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import { loadScalar, storeScalar } from '../codegen/lanes';
import type { KernelModule } from '../kernel-module';
import { loadWords } from './driver';

/** Adds the exported kernel. Sums wrap; on bool they are 1 when any product is. */
export function emitNaive(module: KernelModule, exportName: string, dtype: DType): void {
  module.kernel(exportName, `contract ${dtype}`, (f, p) => {
    const word = loadWords(f, p);
    const [a, b, c, m, n, k, entry, sum, row] = f.locals(I32, 9);
    /** Pushes base + table[index]. */
    const at = (base: Local, table: Local, index: Local): void => {
      f.get(base, table, index).i32(2).op('i32Shl', 'i32Add').mem('i32Load').op('i32Add');
    };
    f.get(word.batchTable).set(entry);
    f.times(word.batches, () => {
      for (const [i, [local, base]] of ([[a, word.a], [b, word.b], [c, word.c]] as const).entries()) {
        f.get(base).get(entry).mem('i32Load', i * 4).op('i32Add').set(local);
      }
      f.add(entry, 12);
      f.for(m, word.m, 1, () => {
        at(a, word.rowA, m);
        f.set(row);
        f.for(n, word.n, 1, () => {
          f.i32(0).set(sum);
          f.for(k, word.k, 1, () => {
            f.get(sum);
            at(row, word.kA, k);
            loadScalar(f, dtype);
            at(b, word.kB, k);
            f.get(word.columnB, n).i32(2).op('i32Shl', 'i32Add').mem('i32Load').op('i32Add');
            loadScalar(f, dtype);
            f.op('i32Mul', dtype === 'bool' ? 'i32Or' : 'i32Add').set(sum);
          });
          at(c, word.rowC, m);
          f.get(word.columnC, n).i32(2).op('i32Shl', 'i32Add').mem('i32Load').op('i32Add').get(sum);
          storeScalar(f, dtype);
        });
      });
    });
    f.i32(0);
  });
}
