/** Offset tables of the matrix multiplication, and what can be read off them. */
import type { Table } from '../params';
import type { PackOrder } from './pack';

/**
 * Offsets of all combinations of indices, the last one running fastest; without axes one offset, 0. Everything that is asked of
 * a table follows from its axes, so that its entries are written only when no plan has stored them before.
 */
export class Offsets {
  readonly #sizes: number[] = [];
  readonly #strides: number[] = [];
  readonly length: number;

  constructor(sizes: readonly number[], strides: readonly number[]) {
    sizes.forEach((size, axis) => {
      const stride = strides[axis]!;
      const last = this.#sizes.length - 1;
      if (size === 1) return;
      if (last >= 0 && this.#strides[last] === size * stride) {
        this.#sizes[last]! *= size;
        this.#strides[last] = stride;
      } else {
        this.#sizes.push(size);
        this.#strides.push(stride);
      }
    });
    this.length = sizes.reduce((a, b) => a * b, 1);
  }

  /**
   * As it lies in memory; with `spare`, eight entries follow that go on from the last one as if its neighbours in memory came next,
   * so that a group of lines may be read whole.
   */
  table(spare = false): Table {
    return { key: spare ? `${this.key}|+` : this.key, build: () => this.entries(spare ? 8 : 0) };
  }

  get key(): string {
    return `${this.#sizes.join()}|${this.#strides.join()}`;
  }

  entries(spare = 0): Int32Array {
    const entries = new Int32Array(this.length + spare);
    let filled = 1;
    for (let axis = this.#sizes.length - 1; axis >= 0; axis--) {
      const end = filled * this.#sizes[axis]!;
      const stride = this.#strides[axis]!;
      for (let from = 0, to = filled; to < end; from++, to++) entries[to] = entries[from]! + stride;
      filled = end;
    }
    for (let to = filled; to < filled + spare; to++) entries[to] = entries[to - 1]! + 4;
    return entries;
  }

  /** About the share of aligned groups of `width` entries that are neighbours in memory. */
  neighbours(width: number): number {
    const run = this.#strides.at(-1) === 4 ? this.#sizes.at(-1)! : 1;
    return run % width === 0 ? 1 : Math.max(0, (run - width + 1) / run);
  }

  /** How many entries lie a multiple of `bytes` behind the one before. */
  aliases(bytes: number): number {
    let [count, outer, inside] = [0, 1, 0];
    const steps = this.#sizes.map((size, axis) => (size - 1) * this.#strides[axis]!).reverse();
    const jumps = [...this.#strides].reverse().map((stride, i) => {
      const jump = stride - inside;
      inside += steps[i]!;
      return jump;
    });
    this.#sizes.forEach((size, axis) => {
      if (jumps.at(-1 - axis)! % bytes === 0) count += (size - 1) * outer;
      outer *= size;
    });
    return count;
  }
}

/** The tables of a batch, entry by entry. */
export function interleaved(tables: readonly Offsets[]): Table {
  const build = (): Int32Array => {
    const words = new Int32Array(tables[0]!.length * tables.length);
    tables.forEach((table, k) => table.entries().forEach((offset, i) => (words[i * tables.length + k] = offset)));
    return words;
  };
  return { key: tables.map((table) => table.key).join('&'), build };
}

/** The way of packing that finds more neighbours. */
export function packOrder(lines: Offsets, ks: Offsets): PackOrder {
  return ks.neighbours(4) > lines.neighbours(4) ? 'depth' : 'lines';
}

/** Up to this many rows the columns are used so little that packing them each time is not worth it. */
export const FEW_ROWS = 48;

/** How many K rows read in place may lie a multiple of 2048 bytes apart before they push each other out of the cache. */
const ALIASED = 12;

/**
 * Whether B is better read in place than packed: most panels of eight columns are neighbours in memory, there is little
 * reuse to pay for packing, and the rows of a panel do not fall on the same cache lines.
 */
export function readInPlace(m: number, columns: Offsets, ks: Offsets): boolean {
  if (columns.length < 8 || m > FEW_ROWS || columns.neighbours(8) < 0.5) return false;
  return m <= 8 || ks.aliases(2048) < ALIASED;
}
