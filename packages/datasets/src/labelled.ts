/**
 * What every data set here is: arrays with labels, and where they come from.
 */

import type { NdArray } from '@cotangent/data';

/** Samples with one class label each. It is itself an array as `@cotangent/data` takes it, because it has `data` and `shape`. */
export interface LabelledData<T extends Float32Array | Uint8Array> extends NdArray<T> {
  /** All samples, one after the other, in row-major order. */
  readonly data: T;
  /** Number of samples first. */
  readonly shape: readonly number[];
  /** The class of each sample, an index into `targetNames`. */
  readonly target: Int32Array;
  readonly targetNames: readonly string[];
  /** What the columns of a table are, with their units. */
  readonly featureNames?: readonly string[];
  readonly description: string;
  /** Who made it and where it is published. */
  readonly source: string;
  readonly licence: string;
}

/** Reads a table of numbers whose last column is the label, one line per sample, fields separated by commas. */
export function parseTable(text: string, features: number): { data: Float32Array; shape: readonly number[]; target: Int32Array } {
  const lines = text.trim().split('\n');
  const data = new Float32Array(lines.length * features);
  const target = new Int32Array(lines.length);
  lines.forEach((line, i) => {
    const fields = line.split(',').map(Number);
    data.set(fields.slice(0, features), i * features);
    target[i] = fields[features]!;
  });
  return { data, shape: [lines.length, features], target };
}
