/** Sorting where few elements are wanted, or there are few: a sorted list of the best so far, into which each better one is put. */
import { bytesOf } from '@cotangent/tensor';
import { I32, V128 } from '../../assembler';
import type { KernelBuilder } from '../../kernel-module';
import { loadKeys } from './keys';
import { emitPositions, type Row, type SortedType, type SortWord } from './rows';

/** So long a list may be. Rows of 64, and the first 64 of 1024, were measured to take a fifth to a quarter less by radix sort. */
export const FEW = 32;
/** The pairs (key, position) of the list, and four keys. */
export const FEW_BYTES = FEW * 8 + 16;

export function emitFew(f: KernelBuilder, { dtype, descending }: SortedType, { read, write, memory: list }: Row, word: SortWord): void {
  const [position, end, last, at, key, lane, lanes] = f.locals(I32, 7);
  const [keys, worst] = f.locals(V128, 2);
  const size = word('size');
  f.i32(0).set(position).get(list).set(end);
  f.get(list, word('take')).i32(8).op('i32Mul', 'i32Add').i32(8).op('i32Sub').set(last);
  f.loop((again) => {
    loadKeys(f, dtype, read, descending);
    f.set(keys);
    // Once the list is full, hardly any four elements hold one that comes before its last.
    f.get(end, last).op('i32LeU').get(keys, worst).op('i32x4LtU', 'v128AnyTrue', 'i32Or').if(() => {
      f.get(list, keys).mem('v128Store', FEW * 8);
      f.get(size, position).op('i32Sub').i32(4).get(size, position).op('i32Sub').i32(4).op('i32LtU', 'select').set(lanes);
      f.for(lane, lanes, 1, () => {
        f.block((next) => {
          f.get(list, lane).i32(4).op('i32Mul', 'i32Add').mem('i32Load', FEW * 8).set(key);
          f.get(end, last).op('i32LeU').if(
            () => void f.get(end).set(at).add(end, 8),
            () => void f.get(key, last).mem('i32Load').op('i32GeU').brIf(next).get(last).set(at),
          );
          // Equal ones stay in front.
          f.block((found) => {
            f.loop((further) => {
              f.get(at, list).op('i32LeU').brIf(found);
              f.get(key, at).i32(8).op('i32Sub').mem('i32Load').op('i32GeU').brIf(found);
              f.get(at, at).i32(8).op('i32Sub').mem('v128Load64Zero').laneMem('v128Store64Lane', 0).add(at, -8).br(further);
            });
          });
          f.get(at, key).mem('i32Store').get(at, position, lane).op('i32Add').mem('i32Store', 4);
        });
      });
      f.get(last).mem('v128Load32Splat').set(worst);
    });
    f.add(read, 4 * bytesOf(dtype)).add(position, 4);
    f.get(position, size).op('i32LtU').brIf(again);
  });
  emitPositions(f, list, write, word('take'));
}
