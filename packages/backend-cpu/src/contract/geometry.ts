/**
 * A contraction seen as a batch of matrix products: labels are sorted into batch, row, column and summed ones, and each
 * operand element is found as a base plus one table entry per row or column plus one per summed place. Only axes that
 * can leave their range (padding, strides of transposed convolutions) are looked at element by element.
 */
import type { Access, ContractKernel, Operand } from '@cotangent/tensor';
import { product, rowMajor } from '../loops';

/** Labels walked in row-major order. */
export interface Group {
  readonly labels: readonly number[];
  readonly sizes: readonly number[];
  readonly count: number;
}

/** How far one step of each label moves something: a position in an array, or the coordinate along one axis. */
export type Steps = readonly number[];

/** An axis whose coordinate must be tested. */
export interface CheckedAxis {
  readonly steps: Steps;
  readonly start: number;
  readonly divisor: number;
  readonly size: number;
  readonly stride: number;
}

export interface OperandMap {
  /** Position, per label, of everything that needs no test. */
  readonly steps: Steps;
  readonly start: number;
  readonly checked: readonly CheckedAxis[];
}

export interface Geometry {
  readonly batch: Group;
  readonly rows: Group;
  readonly columns: Group;
  readonly summed: Group;
  readonly a: OperandMap;
  readonly b: OperandMap;
  /** Where results go: row-major over `out`. */
  readonly out: Steps;
}

export function geometryOf(kernel: ContractKernel): Geometry {
  const { sizes, out } = kernel;
  const inA = labelsOf(kernel.accessA);
  const inB = labelsOf(kernel.accessB);
  const kept = new Set(out);
  const summed = sizes.map((_, label) => label).filter((label) => !kept.has(label));
  const outSteps = new Array<number>(sizes.length).fill(0);
  rowMajor(out.map((label) => sizes[label]!)).forEach((stride, k) => (outSteps[out[k]!] = stride));
  return {
    batch: group(out.filter((label) => inA.has(label) && inB.has(label)), sizes),
    rows: group(out.filter((label) => !inB.has(label)), sizes),
    columns: group(out.filter((label) => inB.has(label) && !inA.has(label)), sizes),
    summed: group(summed, sizes),
    a: operandMap(kernel.a, kernel.accessA, sizes),
    b: operandMap(kernel.b, kernel.accessB, sizes),
    out: outSteps,
  };
}

function labelsOf(accesses: readonly Access[]): Set<number> {
  const labels = new Set<number>();
  for (const { label, scale, label2, scale2 } of accesses) {
    if (label >= 0 && scale !== 0) labels.add(label);
    if (label2 >= 0 && scale2 !== 0) labels.add(label2);
  }
  return labels;
}

function group(labels: readonly number[], all: readonly number[]): Group {
  const sizes = labels.map((label) => all[label]!);
  return { labels, sizes, count: product(sizes) };
}

function operandMap(operand: Operand, accesses: readonly Access[], sizes: readonly number[]): OperandMap {
  const steps = new Array<number>(sizes.length).fill(0);
  let start = operand.offset;
  const checked: CheckedAxis[] = [];
  accesses.forEach(({ label, scale, label2, scale2, offset, divisor }, axis) => {
    const coordinate = new Array<number>(sizes.length).fill(0);
    let least = offset;
    let most = offset;
    for (const [l, s] of [[label, scale], [label2, scale2]] as const) {
      if (l < 0) continue;
      coordinate[l]! += s;
      const reach = s * (sizes[l]! - 1);
      if (reach < 0) least += reach;
      else most += reach;
    }
    const size = operand.shape[axis]!;
    const stride = operand.strides[axis]!;
    if (divisor === 1 && least >= 0 && most < size) {
      start += offset * stride;
      coordinate.forEach((step, l) => (steps[l]! += step * stride));
    } else {
      checked.push({ steps: coordinate, start: offset, divisor, size, stride });
    }
  });
  return { steps, start, checked };
}

/** Writes `sum(index * steps)` for the places [first, first + count) of a group into `table`. */
export function fillTable(table: Int32Array, group: Group, first: number, count: number, steps: Steps): void {
  const { labels, sizes } = group;
  const rank = labels.length;
  const index = new Array<number>(rank).fill(0);
  let value = 0;
  for (let axis = rank - 1, rest = first; axis >= 0; axis--) {
    index[axis] = rest % sizes[axis]!;
    rest = Math.floor(rest / sizes[axis]!);
    value += index[axis]! * steps[labels[axis]!]!;
  }
  for (let k = 0; k < count; k++) {
    table[k] = value;
    for (let axis = rank - 1; axis >= 0; axis--) {
      const step = steps[labels[axis]!]!;
      value += step;
      if (++index[axis]! < sizes[axis]!) break;
      value -= step * sizes[axis]!;
      index[axis] = 0;
    }
  }
}
