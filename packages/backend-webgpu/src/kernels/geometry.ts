/**
 * The index space of a contraction, sorted: labels of rows (only the first operand depends on them), of columns (only the second),
 * of batches (both), and labels that are summed over. What an operand needs of the labels is a few linear forms: its address, and
 * for each axis that may be read outside or between its elements, the numerator of the coordinate.
 * Not here: shaders.
 */
import type { Access, ContractKernel, Operand } from '@cotangent/tensor';
import { rowMajor } from '../wgsl/nest';

/** constant + sum of coefficients[label] * index[label]. */
export interface Form {
  readonly constant: number;
  readonly coefficients: readonly number[];
}

/** An axis whose coordinate form / divisor must be whole and within [0, size). */
export interface CheckedAxis {
  readonly form: Form;
  readonly divisor: number;
  readonly size: number;
  readonly stride: number;
}

export interface Side {
  readonly operand: Operand;
  /** The address within the slot, checked axes left out. */
  readonly address: Form;
  readonly checked: readonly CheckedAxis[];
}

export interface Geometry {
  readonly a: Side;
  readonly b: Side;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly sums: readonly number[];
  /** Strides of the output by label; 0 for labels summed over. */
  readonly out: readonly number[];
}

export function geometryOf({ sizes, a, accessA, b, accessB, out }: ContractKernel): Geometry {
  const sideA = sideOf(a, accessA, sizes);
  const sideB = sideOf(b, accessB, sizes);
  const inA = (label: number): boolean => dependsOn(sideA, label);
  const inB = (label: number): boolean => dependsOn(sideB, label);
  const labels = sizes.map((_, label) => label);
  const strides = new Array<number>(sizes.length).fill(0);
  rowMajor(out.map((label) => sizes[label]!)).forEach((stride, k) => (strides[out[k]!] = stride));
  return {
    a: sideA,
    b: sideB,
    batch: out.filter((label) => inA(label) && inB(label)),
    rows: out.filter((label) => !inB(label)),
    columns: out.filter((label) => inB(label) && !inA(label)),
    sums: labels.filter((label) => !out.includes(label)),
    out: strides,
  };
}

function dependsOn({ address, checked }: Side, label: number): boolean {
  return [address, ...checked.map(({ form }) => form)].some(({ coefficients }) => coefficients[label] !== 0);
}

function sideOf(operand: Operand, access: readonly Access[], sizes: readonly number[]): Side {
  let constant = operand.offset;
  const coefficients = new Array<number>(sizes.length).fill(0);
  const checked: CheckedAxis[] = [];
  access.forEach(({ label, scale, label2, scale2, offset, divisor }, axis) => {
    const [size, stride] = [operand.shape[axis]!, operand.strides[axis]!];
    const own = new Array<number>(sizes.length).fill(0);
    if (label >= 0) own[label]! += scale;
    if (label2 >= 0) own[label2]! += scale2;
    const low = own.reduce((sum, c, k) => sum + Math.min(c * (sizes[k]! - 1), 0), offset);
    const high = own.reduce((sum, c, k) => sum + Math.max(c * (sizes[k]! - 1), 0), offset);
    if (divisor === 1 && low >= 0 && high < size) {
      constant += offset * stride;
      own.forEach((c, k) => (coefficients[k]! += c * stride));
    } else checked.push({ form: { constant: offset, coefficients: own }, divisor, size, stride });
  });
  return { operand, address: { constant, coefficients }, checked };
}
