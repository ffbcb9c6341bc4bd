/**
 * Radix sort: pairs (key, position) are distributed by one digit of the key after the other, the lowest first. All digits are
 * counted beforehand, and one that all keys share costs nothing more.
 */
import { bytesOf, type DType } from '@cotangent/tensor';
import { I32, V128, type Local } from '../../assembler';
import type { KernelBuilder } from '../../kernel-module';
import { loadKeys } from './keys';
import { emitPositions, type Row, type SortedType, type SortWord } from './rows';

/** Rows from this length on are worth tables of 2048 counts. */
const WIDE = 2 ** 12;

export interface Digits {
  readonly bits: number;
  readonly count: number;
}

export function digitsOf(dtype: DType, size: number): Digits {
  const bits = bytesOf(dtype) === 4 && size >= WIDE ? 11 : 8;
  return { bits, count: Math.ceil((8 * bytesOf(dtype)) / bits) };
}

/** Bytes of the pairs of a row; they are written four at a time. */
export function pairBytes(size: number): number {
  return Math.ceil(size / 4) * 32;
}

/** Bytes of the tables that count digits. */
export function tableBytes({ bits, count }: Digits): number {
  return count * 4 * 2 ** bits;
}

export function emitRadix(
  f: KernelBuilder, { dtype, descending }: SortedType, digits: Digits, { read, write, memory }: Row, word: SortWord,
): void {
  const [pairs, others, at, key, slot, count, total, table, number] = f.locals(I32, 9);
  const [keys, positions, pair] = f.locals(V128, 3);
  const size = word('size');
  const tables = tableBytes(digits);
  /** Pushes the place of the count of a digit of `key` in its table, in bytes. */
  const placeOf = (digit: number): void => {
    const shift = digit * digits.bits - 2;
    f.get(key).i32(Math.abs(shift)).op(shift < 0 ? 'i32Shl' : 'i32ShrU').i32((2 ** digits.bits - 1) * 4).op('i32And');
  };
  f.get(memory).i32(0).i32(tables).fill();
  f.get(memory).i32(tables).op('i32Add').tee(pairs).tee(at).get(word('half')).op('i32Add').set(others);
  f.i32lanes(0, 1, 2, 3).set(positions).get(size).i32(3).op('i32Add').i32(2).op('i32ShrU').set(count);
  f.times(count, () => {
    loadKeys(f, dtype, read, descending);
    f.set(keys).get(at, keys, positions).shuffle(0, 4, 1, 5).mem('v128Store');
    f.get(at, keys, positions).shuffle(2, 6, 3, 7).mem('v128Store', 16);
    f.get(positions).i32x4(4).op('i32x4Add').set(positions).add(at, 32).add(read, 4 * bytesOf(dtype));
  });
  f.get(pairs).set(at).get(size).set(count);
  f.times(count, () => {
    f.get(at).mem('i32Load').set(key);
    for (let digit = 0; digit < digits.count; digit++) {
      const start = digit * 4 * 2 ** digits.bits;
      placeOf(digit);
      f.get(memory).op('i32Add').tee(slot).get(slot).mem('i32Load', start).i32(1).op('i32Add').mem('i32Store', start);
    }
    f.add(at, 8);
  });
  for (let digit = 0; digit < digits.count; digit++) {
    const start = digit * 4 * 2 ** digits.bits;
    f.get(pairs).mem('i32Load').set(key);
    placeOf(digit);
    f.get(memory).op('i32Add').mem('i32Load', start).get(size).op('i32Ne').if(() => {
      // From counts to where the first pair of each digit goes.
      f.get(memory).i32(start).op('i32Add').tee(table).set(slot).get(others).set(total).i32(2 ** digits.bits).set(count);
      f.times(count, () => {
        f.get(slot).mem('i32Load').set(number).get(slot, total).mem('i32Store').add(slot, 4);
        f.get(total, number).i32(8).op('i32Mul', 'i32Add').set(total);
      });
      f.get(pairs).set(at).get(size).set(count);
      f.times(count, () => {
        f.get(at).mem('i32Load').set(key).get(at).mem('v128Load64Zero').set(pair);
        placeOf(digit);
        f.get(table).op('i32Add').tee(slot).mem('i32Load').tee(total).get(pair).laneMem('v128Store64Lane', 0);
        f.get(slot, total).i32(8).op('i32Add').mem('i32Store').add(at, 8);
      });
      swap(f, pairs, others);
    });
  }
  emitPositions(f, pairs, write, word('take'));
}

function swap(f: KernelBuilder, a: Local, b: Local): void {
  f.get(a, b).set(a).set(b);
}
