/** Offset tables and block sizes of the matrix multiplication. */
import type { PackOrder } from './pack';

/** Offsets of all combinations of indices, the last one running fastest. Without axes: one offset, 0. */
export function offsets(sizes: readonly number[], strides: readonly number[]): Int32Array {
  let table = new Int32Array(1);
  sizes.forEach((size, axis) => {
    const stride = strides[axis]!;
    const next = new Int32Array(table.length * size);
    let at = 0;
    for (const start of table) for (let i = 0; i < size; i++) next[at++] = start + i * stride;
    table = next;
  });
  return table;
}

/** The table with its last entry repeated up to a multiple of `width` entries. */
export function padded(table: Int32Array, width: number): Int32Array {
  const result = new Int32Array(Math.ceil(table.length / width) * width).fill(table.at(-1)!);
  result.set(table);
  return result;
}

/** The share of aligned groups of four whose elements are neighbours in memory. */
function neighbours(table: Int32Array): number {
  const groups = table.length >>> 2;
  let good = 0;
  for (let g = 0; g < groups; g++) {
    const first = table[g * 4]!;
    if (table[g * 4 + 1] === first + 4 && table[g * 4 + 2] === first + 8 && table[g * 4 + 3] === first + 12) good++;
  }
  return groups === 0 ? 0 : good / groups;
}

/** The way of packing that finds more neighbours. */
export function packOrder(lines: Int32Array, ks: Int32Array): PackOrder {
  return neighbours(ks) > neighbours(lines) ? 'depth' : 'lines';
}

/** Deepest block of K, and the largest packed block of B in floats (1 MB, about a level-2 cache). */
const DEEPEST = 512;
const LARGEST_B = 1 << 18;

/** How many K rows read in place may lie a multiple of 2048 bytes apart before they push each other out of the cache. */
const ALIASED = 12;

/**
 * Whether B is better read in place than packed: most panels of eight columns are neighbours in memory, there is little
 * reuse to pay for packing, and the rows of a panel do not fall on the same cache lines.
 */
export function readInPlace(m: number, columns: Int32Array, ks: Int32Array): boolean {
  if (columns.length < 8 || m > 256) return false;
  let good = 0;
  for (let j = 0; j + 8 <= columns.length; j += 8) {
    if (neighbours(columns.subarray(j, j + 8)) === 1 && columns[j + 7] === columns[j]! + 28) good++;
  }
  if (good * 16 < columns.length) return false;
  let aliased = 0;
  for (let k = 1; k < ks.length; k++) if ((ks[k]! - ks[k - 1]!) % 2048 === 0) aliased++;
  return m <= 8 || aliased < ALIASED;
}

/** Block sizes: K whole while it is short, else in equal parts; M and N so that packed blocks stay in the caches. */
export function blockSizes(m: number, n: number, k: number, inPlace: boolean): { m: number; n: number; k: number } {
  // Rows read in place take a cache line each, half of which is used.
  const parts = k <= (inPlace ? DEEPEST / 2 : DEEPEST) ? 1 : Math.ceil(k / (inPlace ? DEEPEST / 2 : 384));
  const blockK = parts === 1 ? k : Math.ceil(k / parts / 4) * 4;
  const widest = Math.max(64, Math.min(1024, (LARGEST_B / blockK) & ~7));
  return { m: Math.min(m, 128), n: Math.min(n, widest), k: blockK };
}
