/**
 * The parameters of matrix multiplications over offset tables, for each batch entry and each part of K:
 *
 *   C[c + rowC[m] + columnC[n]] = sum over k of A[a + rowA[m] + kA[k]] * B[b + kB[k] + columnB[n]]
 *
 * Strides, transposition, windows and dilation are all in the tables, so matmul, einsum, convolution and their gradients
 * share this code. A long K is walked in trips: `tripTable` says how much a and b move for each one, the tables hold one trip.
 */
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';

/** Words of the parameter block, in order. */
export const GEMM_WORDS = [
  'a', 'b', 'c', 'rowA', 'kA', 'kB', 'columnB', 'rowC', 'columnC', 'm', 'n', 'k',
  // Entries are the places of A, B and C for one batch, and those of A and B for one trip.
  'batchTable', 'tripTable',
  // Units: batches x parts x column blocks x row blocks.
  'parts', 'columnBlocks', 'rowBlocks', 'blockM', 'blockN', 'blockK',
  // K blocks in a trip, in a part and in all; bytes from a part of C to the next one.
  'tripBlocks', 'partBlocks', 'kBlocks', 'partBytes',
  // A that is packed already (or 0), how many batches share it, bytes of one K block of it.
  'packedA', 'sharing', 'packedBytes',
  'depthA', 'depthB', 'columnsInPlace', 'rowsInPlace', 'tileRows', 'ownBytes',
] as const;

export type GemmWord = (typeof GEMM_WORDS)[number];

/** Loads all parameters, from the block at `p`, into locals of their names. */
export function loadWords(f: KernelBuilder, p: Local): Record<GemmWord, Local> {
  const entries = GEMM_WORDS.map((name, i) => {
    const local = f.local(I32);
    f.get(p).mem('i32Load', i * 4).set(local);
    return [name, local];
  });
  return Object.fromEntries(entries) as Record<GemmWord, Local>;
}

/** Pushes min(block, total - start). */
export function extent(f: KernelBuilder, block: Local, total: Local, start: Local): void {
  f.get(block).get(total, start).op('i32Sub').get(block).get(total, start).op('i32Sub', 'i32LtU', 'select');
}

/** Pushes the address of an entry of a table of words. */
export function entryOf(f: KernelBuilder, table: Local, index: Local): void {
  f.get(table, index).i32(2).op('i32Shl', 'i32Add');
}

/** quotient = dividend / divisor, remainder = dividend % divisor; none of the locals may be the same. */
export function divide(f: KernelBuilder, dividend: Local, divisor: Local, quotient: Local, remainder: Local): void {
  f.get(dividend, divisor).op('i32DivU').set(quotient);
  f.get(dividend).get(quotient, divisor).op('i32Mul', 'i32Sub').set(remainder);
}
