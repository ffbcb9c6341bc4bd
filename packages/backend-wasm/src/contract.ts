/**
 * Contractions: sorts the labels into batch, rows, columns and depth of matrix products, brings operands that are read
 * outside their bounds into bordered copies, builds the offset tables and calls the matrix multiplication.
 */
import { bytesOf, type Access, type ContractKernel, type Operand } from '@cotangent/tensor';
import { withBorder } from './border';
import { fillLaunches } from './codegen/copy';
import { contiguousStrides } from './codegen/nest';
import { emitGemm, GEMM_WORDS, type GemmWord } from './gemm/driver';
import { emitNaive } from './gemm/naive';
import { blockSizes, offsets, packOrder, padded } from './gemm/tables';
import type { Scratch } from './lower';
import { Parameters, type Launch, type SlotPointer, type Word } from './params';

/** An operand as a sum of label strides: element = base + sum of index[label] * strides[label], all in elements. */
interface Linear {
  readonly slot: number;
  readonly base: number;
  readonly strides: readonly number[];
}

/** Longer tables than this are split: their slowest label becomes a batch. */
const LONGEST_TABLE = 1 << 18;

export function contractLaunches(kernel: ContractKernel, scratch: Scratch): Launch[] {
  const { sizes, out, output } = kernel;
  const outShape = out.map((label) => sizes[label]!);
  if (outShape.includes(0)) return [];
  const zero = (): Launch[] =>
    fillLaunches(output.dtype, { slot: output.slot, offset: 0 }, outShape.reduce((a, b) => a * b, 1), 0);
  if (sizes.includes(0)) return zero();

  const a = linearOperand(kernel.a, kernel.accessA, sizes, scratch);
  const b = linearOperand(kernel.b, kernel.accessB, sizes, scratch);
  if (a === undefined || b === undefined) return zero();
  const outStrides = new Array<number>(sizes.length).fill(0);
  contiguousStrides(outShape).forEach((stride, i) => (outStrides[out[i]!] = stride));
  const c: Linear = { slot: output.slot, base: 0, strides: outStrides };
  return [...a.launches, ...b.launches, multiply(kernel, a.linear, b.linear, c, scratch)];
}

/** `access` without a common factor of the divisor. */
function simplified(access: Access): Access {
  const { scale, scale2, offset, divisor } = access;
  if (divisor === 1 || [scale, scale2, offset].some((x) => x % divisor !== 0)) return access;
  return { ...access, scale: scale / divisor, scale2: scale2 / divisor, offset: offset / divisor, divisor: 1 };
}

/** Smallest and largest coordinate (times the divisor) that an access reaches. */
function reach({ label, scale, label2, scale2, offset }: Access, sizes: readonly number[]): [number, number] {
  let [low, high] = [offset, offset];
  for (const [l, s] of [[label, scale], [label2, scale2]] as const) {
    if (l < 0) continue;
    const end = s * (sizes[l]! - 1);
    low += Math.min(0, end);
    high += Math.max(0, end);
  }
  return [low, high];
}

/** Undefined when every element read lies outside the operand. */
function linearOperand(
  operand: Operand,
  accesses: readonly Access[],
  sizes: readonly number[],
  scratch: Scratch,
): { linear: Linear; launches: Launch[] } | undefined {
  const access = accesses.map(simplified);
  const reaches = access.map((x) => reach(x, sizes));
  const spans = operand.shape.map((n, i) => (n === 0 ? 0 : (n - 1) * access[i]!.divisor + 1));
  if (reaches.some(([low, high], i) => high < 0 || low >= spans[i]!)) return undefined;
  const low = reaches.map(([l]) => Math.max(0, -l));
  const high = reaches.map(([, h], i) => Math.max(0, h - (spans[i]! - 1)));
  const copies = access.some((x, i) => x.divisor !== 1 || low[i]! > 0 || high[i]! > 0);
  let source = operand;
  let launches: Launch[] = [];
  if (copies) {
    // Axes that repeat one element stay that way: the copy holds it once.
    const repeats = operand.strides.map((s, i) => s === 0 && low[i] === 0 && high[i] === 0 && access[i]!.divisor === 1);
    const shape = operand.shape.map((n, i) => (repeats[i] ? 1 : n));
    const bordered = withBorder({ ...operand, shape }, { low, high, spacing: access.map((x) => x.divisor) }, 0, scratch);
    source = { ...bordered.operand, strides: bordered.operand.strides.map((s, i) => (repeats[i] ? 0 : s)) };
    launches = bordered.launches;
  }
  const strides = new Array<number>(sizes.length).fill(0);
  let base = source.offset;
  access.forEach(({ label, scale, label2, scale2, offset }, i) => {
    const stride = source.strides[i]!;
    base += offset * stride;
    if (label >= 0) strides[label]! += scale * stride;
    if (label2 >= 0) strides[label2]! += scale2 * stride;
  });
  return { linear: { slot: source.slot, base, strides }, launches };
}

interface Groups {
  readonly batch: number[];
  readonly rows: number[];
  readonly columns: number[];
  readonly depth: number[];
}

function classify(sizes: readonly number[], out: readonly number[], a: Linear, b: Linear, c: Linear): Groups {
  const groups: Groups = { batch: [], rows: [], columns: [], depth: [] };
  const kept = new Set(out);
  sizes.forEach((size, label) => {
    if (size === 1) return;
    const [inA, inB] = [a.strides[label] !== 0, b.strides[label] !== 0];
    if (!kept.has(label)) groups.depth.push(label);
    else if (inA && inB) groups.batch.push(label);
    else if (inA) groups.rows.push(label);
    else groups.columns.push(label);
  });
  const byOutput = (x: number, y: number): number => c.strides[y]! - c.strides[x]!;
  for (const list of [groups.batch, groups.rows, groups.columns]) list.sort(byOutput);
  const distance = (label: number): number => Math.abs(a.strides[label]!) + Math.abs(b.strides[label]!);
  groups.depth.sort((x, y) => distance(y) - distance(x));
  return groups;
}

function countOf(labels: readonly number[], sizes: readonly number[]): number {
  return labels.reduce((n, label) => n * sizes[label]!, 1);
}

/** Whether the product is better computed transposed, with the rows of A as columns of the tiles. */
function betterSwapped(groups: Groups, sizes: readonly number[], c: Linear): boolean {
  const [m, n, k] = [groups.rows, groups.columns, groups.depth].map((labels) => countOf(labels, sizes)) as [number, number, number];
  const fill = (rows: number, columns: number): number =>
    (rows / (Math.ceil(rows / 4) * 4)) * (columns / (Math.ceil(columns / 8) * 8));
  // A tile whose columns are not neighbours in the output is stored one element at a time.
  const stored = (columns: readonly number[]): number => (columns.length > 0 && c.strides[columns.at(-1)!] === 1 ? 1 : k / (k + 16));
  return fill(n, m) * stored(groups.rows) > 1.1 * fill(m, n) * stored(groups.columns);
}

function multiply(kernel: ContractKernel, a: Linear, b: Linear, c: Linear, scratch: Scratch): Launch {
  const { sizes, out, output } = kernel;
  const { dtype } = output;
  const bytes = bytesOf(dtype);
  let groups = classify(sizes, out, a, b, c);
  if (betterSwapped(groups, sizes, c)) {
    [a, b] = [b, a];
    groups = { ...groups, rows: groups.columns, columns: groups.rows };
  }
  for (const list of [groups.rows, groups.columns]) {
    while (countOf(list, sizes) > LONGEST_TABLE && list.length > 1) groups.batch.push(list.shift()!);
  }
  const table = (labels: readonly number[], { strides }: Linear): Int32Array =>
    offsets(labels.map((label) => sizes[label]!), labels.map((label) => strides[label]! * bytes));
  const pointer = ({ slot, base }: Linear): SlotPointer => ({ slot, offset: base * bytes });

  const [m, n, k] = [groups.rows, groups.columns, groups.depth].map((labels) => countOf(labels, sizes)) as [number, number, number];
  const [rowA, columnB, kA, kB] = [table(groups.rows, a), table(groups.columns, b), table(groups.depth, a), table(groups.depth, b)];
  const batch = [a, b, c].map((linear) => table(groups.batch, linear));
  const batches = batch[0]!.length;
  const batchTable = new Int32Array(batches * 3);
  batch.forEach((offset, i) => offset.forEach((value, entry) => (batchTable[entry * 3 + i] = value)));

  const float = dtype === 'float32';
  const block = blockSizes(m, n, k);
  const space = (count: number): Word => (float ? { slot: scratch(count * 4), offset: 0 } : 0);
  const words: Record<GemmWord, Word> = {
    a: pointer(a),
    b: pointer(b),
    c: pointer(c),
    rowA: padded(rowA, 4),
    kA,
    kB,
    columnB: padded(columnB, 8),
    rowC: padded(table(groups.rows, c), 4),
    columnC: padded(table(groups.columns, c), 8),
    m,
    n,
    k,
    batches,
    batchTable,
    depthA: packOrder(rowA, kA) === 'depth' ? 1 : 0,
    depthB: packOrder(columnB, kB) === 'depth' ? 1 : 0,
    blockM: block.m,
    blockN: block.n,
    blockK: block.k,
    packedA: space(Math.ceil(block.m / 4) * 4 * block.k),
    packedB: space(Math.ceil(block.n / 8) * 8 * block.k),
  };
  const parameters = new Parameters();
  parameters.push(...GEMM_WORDS.map((name) => words[name]));
  if (float) return { key: 'gemm', parameters, emit: emitGemm };
  return { key: `naive|${dtype}`, parameters, emit: (module, exportName) => emitNaive(module, exportName, dtype) };
}
