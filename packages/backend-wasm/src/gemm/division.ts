/**
 * How a product is cut: blocks of K, of rows and of columns that fit the caches, and units for threads. All of it follows from
 * the shape alone, never from the number of threads, because it decides in which order sums are added up.
 */
import { tiling } from './engine';
import { NR } from './micro';

export interface Extents {
  readonly m: number;
  readonly n: number;
  /** Of one trip. */
  readonly k: number;
  readonly trips: number;
  readonly batches: number;
  /** Whether rows of B are read where they lie, apart from each other. */
  readonly scattered: boolean;
}

export interface Division {
  readonly blockM: number;
  readonly blockN: number;
  readonly blockK: number;
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Blocks of K in a trip and in a part. */
  readonly tripBlocks: number;
  readonly partBlocks: number;
  readonly parts: number;
  readonly nanoseconds: number;
}

/** Deepest block of K; rows of B that lie apart take a cache line each, half of which is used. */
const DEEPEST = 512;
const DEEPEST_SCATTERED = 256;
/**
 * Most columns of a block. Where several blocks of rows meet it, wide ones save packing rows again; they are read in order, from
 * whichever cache holds them. A single block of rows is small, and then so are the columns: 1 MB when packed.
 */
const WIDEST = 2048;
const WIDEST_OF_FEW_ROWS = 1024;
const PACKED_OF_FEW_ROWS = 1 << 18;
/** Enough units for eight threads of unequal speed, none shorter than this many nanoseconds. */
const MOST_UNITS = 32;
const SHORTEST_UNIT = 50_000;
/** Cuts that cost memory traffic are made only while there are fewer units than this. */
const ENOUGH = 8;
/** Blocks that are cut for threads keep this many columns and rows, parts this much of K. */
const LEAST_N = 64;
const LEAST_M = 48;
const LEAST_K = 384;
/** The most floats that parts of sums may take. */
const MOST_PARTIAL = 1 << 20;

export function divideProduct({ m, n, k, trips, batches, scattered }: Extents): Division {
  const { rows, madd } = tiling();
  const nanoseconds = (2 * m * n * k * trips * batches) / (madd ? 48 : 36);
  const wanted = Math.max(1, Math.min(MOST_UNITS, Math.round(nanoseconds / SHORTEST_UNIT)));

  const deepest = scattered ? DEEPEST_SCATTERED : DEEPEST;
  const blockK = k <= deepest ? k : roundUp(k / Math.ceil(k / deepest), 4);
  const tripBlocks = Math.ceil(k / blockK);
  const kBlocks = tripBlocks * trips;

  let rowBlocks = Math.ceil(m / 128);
  const widest = rowBlocks > 1 ? WIDEST : Math.max(64, Math.min(WIDEST_OF_FEW_ROWS, (PACKED_OF_FEW_ROWS / blockK) & ~7));
  let columnBlocks = Math.ceil(n / widest);
  let parts = 1;
  const missing = (least: number): number => Math.ceil(least / (batches * columnBlocks * rowBlocks * parts));
  const enough = Math.min(wanted, ENOUGH);
  const cutRows = (): void => {
    rowBlocks = Math.max(rowBlocks, Math.min(rowBlocks * missing(wanted), Math.floor(m / LEAST_M)));
  };
  // Rows of A that meet one block of columns are packed where they are used, and stay in the cache until then; so do those of a
  // part of K.
  if (columnBlocks === 1) cutRows();
  const room = Math.floor(MOST_PARTIAL / (batches * m * roundUp(n, NR)));
  parts = Math.max(1, Math.min(missing(enough), kBlocks, room, Math.floor((k * trips) / LEAST_K)));
  if (columnBlocks > 1 || missing(enough) > 1) {
    columnBlocks = Math.max(columnBlocks, Math.min(columnBlocks * missing(wanted), Math.floor(n / LEAST_N)));
  }
  cutRows();
  const blockN = roundUp(n / columnBlocks, NR);
  columnBlocks = Math.ceil(n / blockN);
  const blockM = roundUp(m / rowBlocks, rows);
  rowBlocks = Math.ceil(m / blockM);
  const partBlocks = Math.ceil(kBlocks / parts);
  parts = Math.ceil(kBlocks / partBlocks);
  return { blockM, blockN, blockK, rowBlocks, columnBlocks, tripBlocks, partBlocks, parts, nanoseconds };
}

export function roundUp(x: number, step: number): number {
  return Math.ceil(x / step) * step;
}
