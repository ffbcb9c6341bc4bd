/**
 * A product of two operands that have a stride for every label: sorts the labels into batch, rows, columns and depth, builds the
 * offset tables and calls the matrix multiplication.
 */
import { bytesOf, type Output } from '@cotangent/tensor';
import { DOT_COLUMNS, DOT_WORDS, emitDotProducts } from '../gemm/dots';
import { contiguousCopy } from '../codegen/assemble';
import { divideProduct, roundUp } from '../gemm/division';
import { emitGemm, emitPackRows } from '../gemm/driver';
import { tiling } from '../gemm/engine';
import { emitFold, FOLD_WORDS } from '../gemm/fold';
import { NR } from '../gemm/micro';
import { emitNaive } from '../gemm/naive';
import { panelBytes } from '../gemm/pack';
import { FEW_ROWS, interleaved, Offsets, packOrder, readInPlace } from '../gemm/tables';
import { GEMM_WORDS, type GemmWord } from '../gemm/words';
import { emitVectorProduct, VECTOR_COLUMNS, VECTOR_WORDS } from '../gemm/vector';
import type { Scratch } from '../lower';
import type { Launch, SlotPointer, Split, Word } from '../params';
import { parametersOf } from '../words';
import type { Problem } from './phases';

/** An operand as a sum of label strides: element = base + sum of index[label] * strides[label], all in elements. */
export interface Linear {
  readonly slot: number;
  readonly base: number;
  readonly strides: readonly number[];
}

/** A label, or a part of one: its size and its strides in A, B and C, in elements. */
interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

interface Groups {
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly depth: readonly Axis[];
}

function classify({ sizes, kept }: Problem, a: Linear, b: Linear, c: Linear): Groups {
  const groups: { [K in keyof Groups]: Axis[] } = { batch: [], rows: [], columns: [], depth: [] };
  sizes.forEach((size, label) => {
    if (size === 1) return;
    const axis = { size, a: a.strides[label]!, b: b.strides[label]!, c: c.strides[label]! };
    if (!kept[label]!) groups.depth.push(axis);
    else if (axis.a !== 0 && axis.b !== 0) groups.batch.push(axis);
    else if (axis.a !== 0) groups.rows.push(axis);
    else groups.columns.push(axis);
  });
  for (const list of [groups.batch, groups.rows, groups.columns]) list.sort((x, y) => y.c - x.c);
  const distance = (axis: Axis): number => Math.abs(axis.a) + Math.abs(axis.b);
  groups.depth.sort((x, y) => distance(y) - distance(x));
  return groups;
}

function countOf(axes: readonly Axis[]): number {
  return axes.reduce((n, { size }) => n * size, 1);
}

/** Whether the product is better computed transposed, with the rows of A as columns of the tiles. */
function betterSwapped({ rows, columns, depth }: Groups): boolean {
  const [m, n, k] = [rows, columns, depth].map(countOf) as [number, number, number];
  const fill = (count: number): number => count / roundUp(count, NR);
  const neighbours = (axes: readonly Axis[], operand: 'a' | 'b' | 'c'): boolean => axes.at(-1)?.[operand] === 1;
  // A tile whose columns are not neighbours in the output is stored column by column; columns that are neighbours in their
  // operand need no transposition.
  const moved = (axes: readonly Axis[], operand: 'a' | 'b'): number =>
    (neighbours(axes, 'c') ? 1 : k / (k + 16)) * (neighbours(axes, operand) ? 1 : 0.95);
  return fill(m) * moved(rows, 'a') > fill(n) * moved(columns, 'b');
}

function swapped({ batch, rows, columns, depth }: Groups): Groups {
  const swap = (axes: readonly Axis[]): Axis[] => axes.map(({ size, a, b, c }) => ({ size, a: b, b: a, c }));
  return { batch: swap(batch), rows: swap(columns), columns: swap(rows), depth: swap(depth) };
}

/** Up to this many columns, rows are used so little that packing them would take as long as a good part of the product. */
const FEW_COLUMNS = 16;

/**
 * Whether a product has few rows, and columns that cannot be read in place. The other way round, the few are packed in no time and
 * the many are read where they lie, whatever their order in memory.
 */
function fewRowsToPack({ rows, columns, depth }: Groups, bytes: number): boolean {
  const [m, n] = [countOf(rows), countOf(columns)];
  if (m === 1 || m > FEW_COLUMNS || n <= FEW_COLUMNS) return false;
  const offsets = (axes: readonly Axis[]): Offsets => new Offsets(axes.map(({ size }) => size), axes.map(({ b }) => b * bytes));
  return !readInPlace(m, offsets(columns), offsets(depth));
}

/** Tables longer than this are cut where the axes allow it: they would push data out of the caches, and take time to build. */
const LONGEST_TABLE = 4096;

interface Cut {
  readonly outer: readonly Axis[];
  readonly inner: readonly Axis[];
}

/**
 * Cuts axes in two so that the inner ones have at most `LONGEST_TABLE` indices but, where possible, a multiple of `grain`. An axis
 * with a suitable divisor is cut itself. Nothing is cut when less than `least` indices would be left.
 */
function cut(axes: readonly Axis[], grain: number, least: number): Cut {
  const inner = [...axes];
  const outer: Axis[] = [];
  while (countOf(inner) > LONGEST_TABLE) {
    const [first, ...others] = inner as [Axis, ...Axis[]];
    const rest = countOf(others);
    if (rest >= least && (rest % grain === 0 || rest > LONGEST_TABLE / 2)) {
      outer.push(first);
      inner.shift();
      continue;
    }
    const divisors = Array.from({ length: Math.min(first.size, 512) }, (_, i) => i + 1).filter(
      (d) => first.size % d === 0 && (rest * first.size) / d <= LONGEST_TABLE && (rest * first.size) / d >= least,
    );
    const divisor = divisors.find((d) => ((rest * first.size) / d) % grain === 0) ?? divisors[0];
    if (divisor === undefined) break;
    const step = first.size / divisor;
    outer.push({ size: divisor, a: first.a * step, b: first.b * step, c: first.c * step });
    inner[0] = { ...first, size: step };
  }
  return { outer, inner };
}

/** Takes the images of a convolution, say, out of the columns: tables become short, and nothing is lost at the edges. */
function cutColumns(axes: readonly Axis[]): Cut {
  const inner = [...axes];
  const outer: Axis[] = [];
  while (inner.length > 1) {
    const rest = countOf(inner.slice(1));
    if (rest < 256 || rest % NR !== 0) break;
    outer.push(inner.shift()!);
  }
  const more = cut(inner, NR, 256);
  return { outer: [...outer, ...more.outer], inner: more.inner };
}

/** The columns of a loop's product, which no round changes, laid out as panels that all rounds read in place. */
interface Panels {
  readonly launches: readonly Launch[];
  readonly b: SlotPointer;
  readonly columns: readonly Axis[];
  readonly depth: readonly Axis[];
}

function panelsOnce({ batch, rows, columns, depth }: Groups, b: Linear, scratch: Scratch): Panels | undefined {
  const [line, ...lines] = columns;
  const [inner, ...inners] = depth;
  if (line === undefined || inner === undefined || lines.length > 0 || inners.length > 0 || batch.length > 0) return undefined;
  const [n, k] = [line.size, inner.size];
  if (n % NR !== 0 || countOf(rows) > FEW_ROWS) return undefined;
  const slot = scratch(n * k * 4, 'loop');
  const view = { dtype: 'float32', slot: b.slot, offset: b.base, shape: [n / NR, k, NR], strides: [NR * line.b, inner.b, line.b] } as const;
  return {
    launches: contiguousCopy(view, slot).map((launch) => ({ ...launch, once: true })),
    b: { slot, offset: 0 },
    columns: [{ size: n / NR, a: 0, b: k * NR, c: NR * line.c }, { size: NR, a: 0, b: 1, c: line.c }],
    depth: [{ ...inner, b: NR }],
  };
}

export function multiply(
  problem: Problem, a: Linear, b: Linear, output: Output, scratch: Scratch, isFixed: (slot: number) => boolean = () => false,
): Launch[] {
  const { slot, dtype } = output;
  const c: Linear = { slot, base: problem.outBase, strides: problem.outStrides };
  let groups = classify(problem, a, b, c);
  const bytes = bytesOf(dtype);
  const better = betterSwapped(groups);
  if (better !== fewRowsToPack(better ? swapped(groups) : groups, bytes)) {
    [a, b] = [b, a];
    groups = swapped(groups);
  }
  const pointer = (operand: Linear): SlotPointer => ({ slot: operand.slot, offset: operand.base * bytes });
  const table = (axes: readonly Axis[], operand: 'a' | 'b' | 'c'): Offsets =>
    new Offsets(axes.map((axis) => axis.size), axes.map((axis) => axis[operand] * bytes));
  let pointers = { a: pointer(a), b: pointer(b), c: pointer(c) };
  if (dtype !== 'float32') return [multiplyWhole(groups, pointers, table, dtype)];
  const [line, ...others] = groups.columns;
  if (groups.rows.length === 0 && line?.b === 1 && line.c === 1 && others.length === 0 && line.size >= LEAST_VECTOR) {
    return [multiplyVector(groups, pointers, table, line.size)];
  }
  const [inner, ...outer] = groups.depth;
  if (
    groups.rows.length === 0 && line?.c === 1 && others.length === 0 && inner?.a === 1 && inner.b === 1 && outer.length === 0 &&
    inner.size >= LEAST_VECTOR
  ) {
    return [multiplyDots(groups.batch, pointers, table, line, inner.size)];
  }

  const once = isFixed(b.slot) ? panelsOnce(groups, b, scratch) : undefined;
  if (once !== undefined) {
    groups = { ...groups, columns: once.columns, depth: once.depth };
    pointers = { ...pointers, b: once.b };
  }

  const rows = cut(groups.rows, 12, 256);
  const columns = cutColumns(groups.columns);
  const depth = cut(groups.depth, 4, 512);
  // Batches that share their rows of A come last.
  const batch = [...groups.batch, ...rows.outer, ...columns.outer];
  const own = batch.filter((axis) => axis.a !== 0);
  const batchAxes = [...own, ...batch.filter((axis) => axis.a === 0)];

  const [rowA, columnB, kA, kB] = [table(rows.inner, 'a'), table(columns.inner, 'b'), table(depth.inner, 'a'), table(depth.inner, 'b')];
  const trips = [table(depth.outer, 'a'), table(depth.outer, 'b')];
  const batchTables = (['a', 'b', 'c'] as const).map((operand) => table(batchAxes, operand));
  const [m, n, k, batches, copies] = [rowA.length, columnB.length, kA.length, batchTables[0]!.length, countOf(own)];
  const inPlace = readInPlace(m, columnB, kB);
  const rowsInPlace = !inPlace && n <= FEW_COLUMNS && m > n;
  const extents = { m, n, k, trips: trips[0]!.length, batches, scattered: inPlace && once === undefined };
  const division = divideProduct(extents);
  const { blockM, blockN, blockK, rowBlocks, columnBlocks, tripBlocks, partBlocks, parts, nanoseconds } = division;
  const tile = tiling().rows;
  const kBlocks = tripBlocks * extents.trips;
  const packed = !rowsInPlace && columnBlocks * (batches / copies) > 1;
  const packedBytes = Math.ceil(m / tile) * panelBytes(tile, blockK);
  const ownBytes = packed || rowsInPlace ? 0 : roundUp(Math.ceil(blockM / tile) * panelBytes(tile, blockK), 64);
  const privateBytes = ownBytes + (inPlace ? 1 : Math.ceil(blockN / NR)) * panelBytes(NR, blockK);

  const width = roundUp(n, NR);
  const batchTable = interleaved(batchTables);
  const [rowC, columnC] = [table(rows.inner, 'c').table(true), table(columns.inner, 'c').table(true)];
  const partial = parts > 1 ? { slot: scratch(batches * parts * m * width * 4), offset: 0 } : undefined;
  const partBytes = m * width * 4;
  const words: Record<GemmWord, Word> = {
    ...pointers,
    c: partial ?? pointers.c,
    rowA: rowA.table(true),
    kA: kA.table(),
    kB: kB.table(),
    columnB: columnB.table(true),
    rowC: partial === undefined ? rowC : new Offsets([m], [width * 4]).table(true),
    columnC: partial === undefined ? columnC : new Offsets([width], [4]).table(true),
    m,
    n: partial === undefined ? n : width,
    k,
    batchTable: partial === undefined ? batchTable : interleaved([...batchTables.slice(0, 2), new Offsets([batches], [parts * partBytes])]),
    tripTable: interleaved(trips),
    parts, columnBlocks, rowBlocks, blockM, blockN, blockK, tripBlocks, partBlocks, kBlocks, partBytes,
    packedA: packed ? { slot: scratch(copies * kBlocks * packedBytes), offset: 0 } : 0,
    sharing: batches / copies,
    packedBytes,
    depthA: packOrder(rowA, kA) === 'depth' ? 1 : 0,
    depthB: packOrder(columnB, kB) === 'depth' ? 1 : 0,
    columnsInPlace: inPlace ? 1 : 0,
    rowsInPlace: rowsInPlace ? 1 : 0,
    tileRows: new Offsets([8], [NR * 4]).table(),
    ownBytes,
  };
  const parameters = parametersOf(GEMM_WORDS, words);
  const launches: Launch[] = [...(once?.launches ?? [])];
  if (packed) {
    const split = { units: copies * kBlocks * rowBlocks, nanoseconds: copies * m * k * extents.trips * 0.5 };
    launches.push({ key: 'gemm pack', parameters, emit: emitPackRows, split });
  }
  launches.push({ key: 'gemm', parameters, emit: emitGemm, privateBytes,
    split: { units: batches * parts * columnBlocks * rowBlocks, nanoseconds } });
  if (partial !== undefined) {
    const fold: Record<(typeof FOLD_WORDS)[number], Word> = {
      parts: partial, c: pointers.c, rowC, columnC, batchTable, m, n, count: parts, rowBytes: width * 4, partBytes,
        batchBytes: parts * partBytes,
    };
    const split: Split = { units: batches * m, nanoseconds: batches * parts * m * width * 0.2 };
    launches.push({ key: 'gemm fold', parameters: parametersOf(FOLD_WORDS, fold), emit: emitFold, split });
  }
  return launches;
}

/** Shorter lines are as well done in tiles. */
const LEAST_VECTOR = 64;

/** A product with one row and columns that are neighbours. */
function multiplyVector(
  { batch, depth }: Groups,
  pointers: Record<'a' | 'b' | 'c', SlotPointer>,
  table: (axes: readonly Axis[], operand: 'a' | 'b' | 'c') => Offsets,
  n: number,
): Launch {
  const k = countOf(depth);
  const blocks = Math.ceil(n / VECTOR_COLUMNS);
  const batches = countOf(batch);
  const parameters = parametersOf(VECTOR_WORDS, {
    ...pointers,
    kA: table(depth, 'a').table(),
    kB: table(depth, 'b').table(),
    batchTable: interleaved((['a', 'b', 'c'] as const).map((operand) => table(batch, operand))),
    n, k, blocks,
  });
  return { key: 'gemv', parameters, emit: emitVectorProduct, split: { units: batches * blocks, nanoseconds: batches * n * k * 0.15 } };
}

/** A product with one row and columns whose elements are neighbours. */
function multiplyDots(
  batch: readonly Axis[],
  pointers: Record<'a' | 'b' | 'c', SlotPointer>,
  table: (axes: readonly Axis[], operand: 'a' | 'b' | 'c') => Offsets,
  { size: n, b: pitch }: Axis,
  k: number,
): Launch {
  const blocks = Math.ceil(n / DOT_COLUMNS);
  const batches = countOf(batch);
  const parameters = parametersOf(DOT_WORDS, {
    ...pointers,
    pitch: pitch * 4,
    batchTable: interleaved((['a', 'b', 'c'] as const).map((operand) => table(batch, operand))),
    n, k, blocks,
  });
  return { key: 'dots', parameters, emit: emitDotProducts, split: { units: batches * blocks, nanoseconds: batches * n * k * 0.15 } };
}

/** A product of integers or bools: plain loops over whole tables. */
function multiplyWhole(
  { batch, rows, columns, depth }: Groups,
  pointers: Record<'a' | 'b' | 'c', SlotPointer>,
  table: (axes: readonly Axis[], operand: 'a' | 'b' | 'c') => Offsets,
  dtype: Output['dtype'],
): Launch {
  const [m, n, k] = [countOf(rows), countOf(columns), countOf(depth)];
  const nothing = Object.fromEntries(GEMM_WORDS.map((name) => [name, 0])) as Record<GemmWord, Word>;
  const words: Record<GemmWord, Word> = {
    ...nothing,
    ...pointers,
    rowA: table(rows, 'a').table(), kA: table(depth, 'a').table(), kB: table(depth, 'b').table(), columnB: table(columns, 'b').table(),
    rowC: table(rows, 'c').table(), columnC: table(columns, 'c').table(),
    m, n, k,
    batchTable: interleaved((['a', 'b', 'c'] as const).map((operand) => table(batch, operand))),
  };
  return {
    key: `naive|${dtype}`,
    parameters: parametersOf(GEMM_WORDS, words),
    emit: (module, exportName) => emitNaive(module, exportName, dtype),
    split: { units: countOf(batch) * m, nanoseconds: countOf(batch) * m * n * k * 2 },
  };
}
