/** What a row of the samples table is: inputs, attributes and what may be said about the result. */
import { OP_TABLE, record, Tensor, type DType, type OpAttrs, type OpName, type OpRow, type Shape } from '@cotangent/tensor';
import { sequence } from '../numbers';

/** Elements listed row by row, or drawn one after another from a seeded source of numbers in [0, 1). */
export type Fill = readonly number[] | ((random: () => number, position: number) => number);

export interface InputSpec {
  readonly shape: Shape;
  /** 'float' stands for every floating-point type of the backend; the reference then computes in float64. */
  readonly dtype: DType | 'float';
  readonly fill: Fill;
}

/**
 * How the gradient is examined: not at all, only compared with that of the reference (at kinks, where finite differences
 * mean nothing), or also checked against finite differences in float64.
 */
export type GradientCheck = 'none' | 'compared' | 'checked';

export interface Sample {
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  readonly apply: (inputs: readonly Tensor[]) => Tensor;
  /** The result as listed by hand, where the meaning matters more than the digits. */
  readonly expected?: readonly number[];
  /** Default: 'checked' where an input is 'float', else 'none'. */
  readonly gradient?: GradientCheck;
}

/** How far a result may lie from the exact one. Integers and bools must always be equal. */
export interface Tolerance {
  /** Units in the last place of the result. */
  readonly ulps: number;
  /** The same for float16, where every op of a sample rounds once more. Default 1, or 0 when `ulps` is 0. */
  readonly halfUlps?: number;
  /** An error that is allowed whatever the result. Default 0. */
  readonly absolute?: number;
  /** Units in the last place of the sum of the terms' absolute values, for sums whose terms cancel. */
  readonly ofTerms?: boolean;
  /** The sign of a zero result is open. */
  readonly anyZero?: boolean;
}

export interface SampleRow {
  readonly tolerance: Tolerance;
  /** The gradient is differentiable too, and its own gradient is checked. Default false. */
  readonly smooth?: boolean;
  readonly samples: readonly Sample[];
}

/** Results that IEEE 754 fixes to the last bit, and those that only move elements. */
export const EXACT: Tolerance = { ulps: 0 };

/** A sample that records the op itself. */
export function recorded<K extends OpName>(
  op: K,
  name: string,
  inputs: readonly InputSpec[],
  attrs: OpAttrs[K],
  more: Partial<Sample> = {},
): Sample {
  return { name, inputs, apply: (xs) => new Tensor(record(op, xs.map((x) => x.node), attrs, OP_TABLE[op] as OpRow<K>)), ...more };
}

/** A sample that calls functions of the tensor package. */
export function called(
  name: string,
  inputs: readonly InputSpec[],
  apply: (...inputs: Tensor[]) => Tensor,
  more: Partial<Sample> = {},
): Sample {
  return { name, inputs, apply: (xs) => apply(...xs), ...more };
}

/** Makes the input of a sample from its shape. */
export type MakeInput = (shape: Shape) => InputSpec;

/** Floating-point numbers drawn uniformly from [from, to). */
export function floats(shape: Shape, from = -2, to = 2): InputSpec {
  return { shape, dtype: 'float', fill: (random) => from + (to - from) * random() };
}

/** Given floating-point numbers; by default a vector. */
export function given(fill: readonly number[], shape: Shape = [fill.length], dtype: DType | 'float' = 'float'): InputSpec {
  return { shape, dtype, fill };
}

/** Whole numbers drawn uniformly from [low, high). */
export function whole(shape: Shape, low: number, high: number, dtype: DType | 'float' = 'int32'): InputSpec {
  return { shape, dtype, fill: (random) => Math.floor(low + (high - low) * random()) };
}

export function bools(shape: Shape): InputSpec {
  return { shape, dtype: 'bool', fill: (random) => (random() < 0.5 ? 0 : 1) };
}

/** The elements of every input of a sample; the same at every call. */
export function elementsOf(op: string, sample: Sample): number[][] {
  return sample.inputs.map(({ shape, fill }, i) => {
    const count = shape.reduce((a, b) => a * b, 1);
    if (typeof fill !== 'function') return [...fill];
    const random = sequence(`${op}/${sample.name}/${i}`);
    return Array.from({ length: count }, (_, k) => fill(random, k));
  });
}
