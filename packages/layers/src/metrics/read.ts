/** What metrics that compute in JavaScript numbers read: tensors or arrays, as doubles with a shape. */
import { ArgumentError, isTensor, sameShape, ShapeError, show, type Shape, type Tensor } from '@cotangent/tensor';
import { describe } from '../check';

/** Values of a metric: a tensor, which is read, or numbers in an array or typed array, or rows of them. */
export type MetricInput = Tensor | ArrayLike<number> | readonly ArrayLike<number>[];

export interface SampleWeights {
  /** A factor for each sample. Default: all 1. */
  readonly sampleWeight?: MetricInput;
}

/** Elements row by row. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Reads an input. @throws ArgumentError for anything else, ShapeError for rows of different length. */
export async function read(metric: string, name: string, x: MetricInput): Promise<Values> {
  if (isTensor(x)) return { shape: x.shape, data: Float64Array.from(await x.data()) };
  if (!isList(x)) throw new ArgumentError(`${metric}: the ${name} is ${describe(x)}; expected a tensor or an array of numbers.`);
  if (x.length === 0 || !isList(x[0])) return { shape: [x.length], data: Float64Array.from(x as ArrayLike<number>) };
  const rows = Array.from(x as ArrayLike<ArrayLike<number>>);
  const width = rows[0]!.length;
  const other = rows.find((row) => row.length !== width);
  if (other) throw new ShapeError(`${metric}: rows of the ${name} have ${width} and ${other.length} numbers; they must be equal.`);
  return { shape: [rows.length, width], data: Float64Array.from(rows.flatMap((row) => Array.from(row))) };
}

function isList(x: unknown): x is ArrayLike<unknown> {
  return Array.isArray(x) || ArrayBuffer.isView(x);
}

/** Reads two inputs of one shape. */
export async function readPair(metric: string, input: MetricInput, target: MetricInput): Promise<readonly [Values, Values]> {
  const [a, b] = [await read(metric, 'input', input), await read(metric, 'target', target)];
  checkSame(metric, a, b);
  return [a, b];
}

/** Reads one number for each sample; undefined stays. */
export async function readWeights(metric: string, weight: MetricInput | undefined, samples: number): Promise<Float64Array | undefined> {
  if (weight === undefined) return undefined;
  const { shape, data } = await read(metric, 'sampleWeight', weight);
  if (!sameShape(shape, [samples])) {
    throw new ShapeError(`${metric}: sampleWeight has shape ${show(shape)}; expected [${samples}], one number for each sample.`);
  }
  return data;
}

/** Throws ShapeError unless both have the same shape. */
export function checkSame(metric: string, a: Values, b: Values): void {
  if (sameShape(a.shape, b.shape)) return;
  throw new ShapeError(`${metric}: the input has shape ${show(a.shape)} and the target ${show(b.shape)}; they must be equal.`);
}

/** Throws ShapeError unless there are samples. */
export function checkSamples(metric: string, values: Values): void {
  if (values.data.length === 0) throw new ShapeError(`${metric}: there are no samples; expected at least one.`);
}

/** Rows and columns of scores [samples, classes]; a vector is one column. */
export function rowsOf(metric: string, values: Values): readonly [rows: number, columns: number] {
  const [rows = 0, columns = 1] = values.shape;
  if (values.shape.length < 1 || values.shape.length > 2) {
    throw new ShapeError(`${metric}: the input has shape ${show(values.shape)}; expected [samples] or [samples, columns].`);
  }
  return [rows, columns];
}

/** The weighted mean. */
export function average(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * values[i]!;
    total += weight;
  }
  return sum / total;
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
