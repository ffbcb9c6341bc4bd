/**
 * Contractions: sorts the labels into batch, rows, columns and depth of matrix products, brings operands that are read
 * outside their bounds into bordered copies, builds the offset tables and calls the matrix multiplication.
 */
import { bytesOf, type Access, type ContractKernel, type Operand, type Output } from '@cotangent/tensor';
import { withBorder } from '../border';
import { fillLaunches } from '../codegen/copy';
import { depthwiseLaunches } from '../depthwise/lower';
import { emitGemm, GEMM_WORDS, type GemmWord } from '../gemm/driver';
import { emitNaive } from '../gemm/naive';
import { blockSizes, interleaved, Offsets, packOrder, readInPlace } from '../gemm/tables';
import type { LowerOptions, Scratch } from '../lower';
import { Parameters, type Launch, type SlotPointer, type Word } from '../params';
import { winogradLaunches } from '../winograd/lower';
import { phases, problemOf, type Problem } from './phases';

/** An operand as a sum of label strides: element = base + sum of index[label] * strides[label], all in elements. */
interface Linear {
  readonly slot: number;
  readonly base: number;
  readonly strides: readonly number[];
}

/** Longer tables than this are split: their slowest label becomes a batch. */
const LONGEST_TABLE = 1 << 18;

export function contractLaunches(kernel: ContractKernel, scratch: Scratch, { exact = false }: LowerOptions): Launch[] {
  const { sizes, out, output } = kernel;
  const outShape = out.map((label) => sizes[label]!);
  if (outShape.includes(0)) return [];
  const zero = fillLaunches(output.dtype, { slot: output.slot, offset: 0 }, outShape.reduce((a, b) => a * b, 1), 0);
  if (sizes.includes(0)) return zero;

  const whole = problemOf(kernel);
  const fast = exact ? undefined : winogradLaunches(kernel, whole, scratch);
  if (fast !== undefined) return fast;
  const { problems, covered } = phases(whole);
  const direct = problems.map((problem) => depthwiseLaunches(kernel, problem));
  if (!direct.includes(undefined)) return [...(covered ? [] : zero), ...(direct as Launch[][]).flat()];
  const sizesOf = problems.map((problem) => problem.sizes);
  const a = readable(kernel.a, problems.map((problem) => problem.accessA), sizesOf, scratch);
  const b = readable(kernel.b, problems.map((problem) => problem.accessB), sizesOf, scratch);
  if (a === undefined || b === undefined) return zero;
  return [
    ...(covered ? [] : zero),
    ...a.launches,
    ...b.launches,
    ...problems.map((problem, i) => {
      const labels = problem.sizes.length;
      return multiply(problem, linear(a, i, labels), linear(b, i, labels), output, scratch);
    }),
  ];
}

/** An operand that may be read at every coordinate that its accesses (one list for each problem) reach, times their divisors. */
interface Readable {
  readonly operand: Operand;
  readonly accesses: readonly (readonly Access[])[];
  readonly launches: Launch[];
}

/** The same access with a divisor that is a multiple of its own. */
function withDivisor(access: Access, divisor: number): Access {
  if (access.divisor === divisor) return access;
  const factor = divisor / access.divisor;
  return { ...access, scale: access.scale * factor, scale2: access.scale2 * factor, offset: access.offset * factor, divisor };
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

/**
 * The operand itself, or a copy with a border of zeros and zeros between its elements, as the accesses of all problems need it.
 * Undefined when every element read lies outside.
 */
function readable(
  operand: Operand,
  given: readonly (readonly Access[])[],
  sizes: readonly (readonly number[])[],
  scratch: Scratch,
): Readable | undefined {
  // Divisors of one axis are equal, or 1 where the division could be carried out.
  const spacing = operand.shape.map((_, i) => Math.max(...given.map((list) => list[i]!.divisor)));
  const accesses = given.map((list) => list.map((access, i) => withDivisor(access, spacing[i]!)));
  const spans = operand.shape.map((n, i) => (n === 0 ? 0 : (n - 1) * spacing[i]! + 1));
  const low: number[] = [];
  const high: number[] = [];
  for (const [i, span] of spans.entries()) {
    const reaches = accesses.map((list, k) => reach(list[i]!, sizes[k]!));
    const [least, most] = [Math.min(...reaches.map(([l]) => l)), Math.max(...reaches.map(([, h]) => h))];
    if (most < 0 || least >= span) return undefined;
    low.push(Math.max(0, -least));
    high.push(Math.max(0, most - (span - 1)));
  }
  const plain = operand.shape.map((_, i) => spacing[i] === 1 && low[i] === 0 && high[i] === 0);
  if (!plain.includes(false)) return { operand, accesses, launches: [] };
  // Axes that repeat one element stay that way: the copy holds it once.
  const repeats = operand.strides.map((s, i) => s === 0 && plain[i]!);
  const shape = operand.shape.map((n, i) => (repeats[i] ? 1 : n));
  const copy = withBorder({ ...operand, shape }, { low, high, spacing }, 0, scratch);
  const strides = copy.operand.strides.map((s, i) => (repeats[i] ? 0 : s));
  return { operand: { ...copy.operand, strides }, accesses, launches: copy.launches };
}

function linear({ operand, accesses }: Readable, problem: number, labels: number): Linear {
  const strides = new Array<number>(labels).fill(0);
  let base = operand.offset;
  accesses[problem]!.forEach(({ label, scale, label2, scale2, offset }, i) => {
    const stride = operand.strides[i]!;
    base += offset * stride;
    if (label >= 0) strides[label]! += scale * stride;
    if (label2 >= 0) strides[label2]! += scale2 * stride;
  });
  return { slot: operand.slot, base, strides };
}

interface Groups {
  readonly batch: number[];
  readonly rows: number[];
  readonly columns: number[];
  readonly depth: number[];
}

function classify({ sizes, kept }: Problem, a: Linear, b: Linear, c: Linear): Groups {
  const groups: Groups = { batch: [], rows: [], columns: [], depth: [] };
  sizes.forEach((size, label) => {
    if (size === 1) return;
    const [inA, inB] = [a.strides[label] !== 0, b.strides[label] !== 0];
    if (!kept[label]!) groups.depth.push(label);
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
function betterSwapped(groups: Groups, sizes: readonly number[], a: Linear, b: Linear, c: Linear): boolean {
  const [m, n, k] = [groups.rows, groups.columns, groups.depth].map((labels) => countOf(labels, sizes)) as [number, number, number];
  const fill = (rows: number, columns: number): number =>
    (rows / (Math.ceil(rows / 4) * 4)) * (columns / (Math.ceil(columns / 8) * 8));
  const neighbours = (columns: readonly number[], { strides }: Linear): boolean => columns.length > 0 && strides[columns.at(-1)!] === 1;
  // A tile whose columns are not neighbours in the output is stored one element at a time; columns that are neighbours in
  // their operand need no transposition.
  const moved = (columns: readonly number[], operand: Linear): number =>
    (neighbours(columns, c) ? 1 : k / (k + 16)) * (neighbours(columns, operand) ? 1 : 0.95);
  return fill(n, m) * moved(groups.rows, a) > fill(m, n) * moved(groups.columns, b);
}

function multiply(problem: Problem, a: Linear, b: Linear, output: Output, scratch: Scratch): Launch {
  const { sizes } = problem;
  const { slot, dtype } = output;
  const c: Linear = { slot, base: problem.outBase, strides: problem.outStrides };
  const bytes = bytesOf(dtype);
  let groups = classify(problem, a, b, c);
  if (betterSwapped(groups, sizes, a, b, c)) {
    [a, b] = [b, a];
    groups = { ...groups, rows: groups.columns, columns: groups.rows };
  }
  for (const list of [groups.rows, groups.columns]) {
    while (countOf(list, sizes) > LONGEST_TABLE && list.length > 1) groups.batch.push(list.shift()!);
  }
  const table = (labels: readonly number[], { strides }: Linear): Offsets =>
    new Offsets(labels.map((label) => sizes[label]!), labels.map((label) => strides[label]! * bytes));
  const pointer = ({ slot, base }: Linear): SlotPointer => ({ slot, offset: base * bytes });

  const [rowA, columnB, kA, kB] = [table(groups.rows, a), table(groups.columns, b), table(groups.depth, a), table(groups.depth, b)];
  const [m, n, k] = [rowA.length, columnB.length, kA.length];
  const batch = [a, b, c].map((linear) => table(groups.batch, linear));

  const float = dtype === 'float32';
  const inPlace = float && readInPlace(m, columnB, kB);
  const block = blockSizes(m, n, k, inPlace);
  const space = (count: number): Word => (float ? { slot: scratch(count * 4), offset: 0 } : 0);
  const words: Record<GemmWord, Word> = {
    a: pointer(a),
    b: pointer(b),
    c: pointer(c),
    rowA: rowA.table(4),
    kA: kA.table(),
    kB: kB.table(),
    columnB: columnB.table(8),
    rowC: table(groups.rows, c).table(4),
    columnC: table(groups.columns, c).table(8),
    m,
    n,
    k,
    batches: batch[0]!.length,
    batchTable: interleaved(batch),
    depthA: packOrder(rowA, kA) === 'depth' ? 1 : 0,
    depthB: packOrder(columnB, kB) === 'depth' ? 1 : 0,
    blockM: block.m,
    blockN: block.n,
    blockK: block.k,
    packedA: space(Math.ceil(block.m / 4) * 4 * block.k),
    packedB: space((inPlace ? 8 : Math.ceil(block.n / 8) * 8) * block.k),
    inPlace: inPlace ? 1 : 0,
  };
  const parameters = new Parameters();
  parameters.push(...GEMM_WORDS.map((name) => words[name]));
  if (float) return { key: 'gemm', parameters, emit: emitGemm };
  return { key: `naive|${dtype}`, parameters, emit: (module, exportName) => emitNaive(module, exportName, dtype) };
}
