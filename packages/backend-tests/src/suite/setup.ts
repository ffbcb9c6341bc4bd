/** What the parts of the suite share. */
import { tensor, use, type Backend, type DType, type Node, type Shape, type Tensor } from '@cotangent/tensor';
import { it } from 'vitest';
import { place, type Layout } from '../layout';
import { rounded } from '../numbers';
import { elementsOf, type Sample } from '../samples/sample';

export interface SuiteOptions {
  /** Makes the backend whose float64 results count as exact: the interpreter of backend-cpu. */
  readonly reference: () => Backend | Promise<Backend>;
  /** How many random graphs are compared. Default 300. */
  readonly graphs?: number;
  /**
   * What arithmetic does with float32 numbers below 2^-126: computes with them (the default), or takes them for zero, which
   * WGSL allows and GPUs do. Moving, storing and converting them must always work.
   */
  readonly subnormals?: 'kept' | 'flushed';
}

/** The backend under test, another one like it on demand, and the reference. */
export interface Setup {
  readonly create: () => Backend | Promise<Backend>;
  readonly backend: Backend;
  readonly reference: Backend;
  /** Whether subnormal numbers may count as zero. */
  readonly flushes: boolean;
}

/** Zero in the place of a float32 number that is too small for a normal one. */
export function flushed(x: number): number {
  return Math.abs(x) < 2 ** -126 ? x * 0 : x;
}

/** Declares tests that start with the given backend in use. */
export function testOn(backend: Backend): (name: string, body: () => Promise<void>) => void {
  return (name, body) => {
    it(name, async () => {
      await use(backend);
      await body();
    });
  };
}

/** An int32 tensor. */
export function ints(values: readonly number[], shape: Shape = [values.length]): Tensor {
  return tensor([...values], { shape, dtype: 'int32' });
}

/** Whether a backend can hold every value behind a tensor. */
export function supports(backend: Backend, x: Tensor): boolean {
  const seen = new Set<Node>([x.node]);
  for (const node of seen) {
    if (!backend.caps.dtypes.includes(node.dtype)) return false;
    for (const input of node.inputs) seen.add(input);
  }
  return true;
}

export function hasFloats(sample: Sample): boolean {
  return sample.inputs.some(({ dtype }) => dtype === 'float');
}

/**
 * The inputs of a sample with `dtype` in the place of 'float', and numbers rounded to what `precision` can hold: so the
 * reference computes in float64 from exactly the numbers that the backend gets.
 */
export function inputsOf(
  op: string,
  sample: Sample,
  dtype: DType,
  options: { readonly layout?: Layout; readonly precision?: DType; readonly absolute?: boolean; readonly flush?: boolean } = {},
): Tensor[] {
  const { layout = 'plain', precision = 'float32', absolute = false, flush = false } = options;
  const elements = elementsOf(op, sample);
  return sample.inputs.map((input, i) => {
    if (input.dtype !== 'float') return place(elements[i]!, input.shape, input.dtype, layout);
    const values = elements[i]!.map((x) => {
      const value = rounded(absolute ? Math.abs(x) : x, precision);
      return flush ? flushed(value) : value;
    });
    return place(values, input.shape, dtype, layout);
  });
}

/** The first problems of a test, one a line; '' for none. */
export function summary(problems: readonly string[], most = 12): string {
  return [...problems.slice(0, most), ...(problems.length > most ? [`and ${problems.length - most} more`] : [])].join('\n');
}

export function typedKeys<T extends object>(x: T): (keyof T & string)[] {
  return Object.keys(x) as (keyof T & string)[];
}
