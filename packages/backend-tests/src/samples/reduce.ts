/** Samples of reductions and running reductions. */
import type { DType, Shape } from '@cotangent/tensor';
import {
  bools, floats, given, recorded, whole, type InputSpec, type MakeInput, type Sample, type SampleRow, type Tolerance,
} from './sample';

type ReduceOp = 'sum' | 'prod' | 'amax' | 'amin' | 'argmax' | 'argmin';

const CASES: readonly (readonly [Shape, readonly number[]])[] = [
  [[], []], [[1], [0]], [[5], [0]], [[5], []], [[3, 4], [0]], [[3, 4], [1]], [[3, 4], [0, 1]], [[2, 3, 4], [1]], [[2, 3, 4], [0, 2]],
  [[2, 1, 3], [1]], [[2, 1, 3], [0, 1]], [[2, 3, 2, 2], [1, 3]], [[2, 3, 2, 2], [2]], [[1, 2, 1, 2, 1, 2, 1, 2], [1, 4, 7]], [[3, 0], [0]],
];
/** Nothing to reduce: the neutral element. */
const EMPTY: readonly (readonly [Shape, readonly number[]])[] = [[[0], [0]], [[3, 0], [1]], [[0, 4], [0]], [[2, 0, 3], [0, 1, 2]]];
const LONG: readonly (readonly [Shape, readonly number[]])[] = [
  [[67], [0]], [[1030], [0]], [[33, 17], [0]], [[33, 17], [1]], [[5, 131], [1]], [[131, 5], [0]], [[4, 9, 35], [1]], [[4, 9, 35], [0, 2]],
  [[7, 64], [0, 1]],
];

function cases(op: ReduceOp, input: MakeInput, list: typeof CASES, more: Partial<Sample> = {}): Sample[] {
  return list.map(([shape, axes]) =>
    recorded(op, `${input(shape).dtype} [${shape.join()}] over ${axes.join()}`, [input(shape)], { axes }, more));
}

const typed = (dtype: DType, low: number, high: number) => (shape: Shape): InputSpec => whole(shape, low, high, dtype);
const SOME = [...CASES.slice(4, 9), LONG[0]!, LONG[3]!, LONG[5]!];

function row(op: 'sum' | 'prod', tolerance: Tolerance, input: MakeInput, smooth: boolean, more: readonly Sample[]): SampleRow {
  return {
    tolerance,
    smooth,
    samples: [
      ...cases(op, input, CASES),
      ...cases(op, input, EMPTY),
      ...cases(op, input, LONG, { gradient: 'none' }),
      ...cases(op, typed('int32', -9, 9), SOME),
      ...cases(op, typed('uint32', 0, 9), SOME),
      ...cases(op, typed('uint8', 0, 255), SOME),
      ...cases(op, bools, SOME),
      ...more,
    ],
  };
}

function special(
  op: ReduceOp,
  rows: readonly (readonly number[])[],
  expected: readonly number[],
  dtype: DType | 'float' = 'float',
): Sample {
  const input = given(rows.flat(), [rows.length, rows[0]!.length], dtype);
  return recorded(op, `known results of ${dtype}`, [input], { axes: [1] }, { expected, gradient: 'none' });
}

const ROWS = [
  [1, NaN, 3], [NaN, NaN, 1], [Infinity, 1, -Infinity], [-Infinity, -Infinity, -Infinity], [2, 2, 1], [-1, -2, -2], [0, 5, 5],
  [3e38, 1, -3e38],
];

function extremeRow(op: 'amax' | 'amin', expected: readonly number[]): SampleRow {
  return {
    tolerance: { ulps: 0, anyZero: true },
    samples: [
      ...cases(op, floats, CASES),
      ...cases(op, floats, LONG, { gradient: 'none' }),
      ...cases(op, typed('int32', -2147483648, 2147483647), SOME),
      ...cases(op, typed('uint32', 0, 4294967295), SOME),
      ...cases(op, typed('uint8', 0, 255), SOME),
      ...cases(op, bools, SOME),
      special(op, ROWS, expected),
      special(op, [[-2147483648, -2147483648], [2147483647, 2147483647]], [-2147483648, 2147483647], 'int32'),
      special(op, [[0, 0], [4294967295, 4294967295]], [0, 4294967295], 'uint32'),
      recorded(op, 'ties share the gradient', [given([1, 3, 3, 0, 0, 2, 2, 0], [2, 4])], { axes: [1] }, { gradient: 'compared' }),
    ],
  };
}

function positionRow(op: 'argmax' | 'argmin', expected: readonly number[]): SampleRow {
  return {
    tolerance: { ulps: 0 },
    samples: [
      ...cases(op, floats, [...CASES, ...LONG]),
      ...cases(op, typed('int32', -4, 4), [...CASES, ...LONG]),
      ...cases(op, typed('uint32', 4294967290, 4294967295), SOME),
      ...cases(op, typed('uint8', 250, 255), SOME),
      ...cases(op, bools, SOME),
      special(op, ROWS, expected),
    ],
  };
}

type ScanOp = 'cumsum' | 'cumprod' | 'cummax';

const SCANS: readonly (readonly [Shape, number])[] = [
  [[1], 0], [[5], 0], [[0], 0], [[3, 4], 0], [[3, 4], 1], [[2, 3, 4], 1], [[2, 1, 3], 1], [[3, 0], 0], [[0, 3], 0], [[2, 2, 2, 2, 2], 2],
  [[1, 2, 1, 2, 1, 3, 1, 2], 5],
];
const LONG_SCANS: readonly (readonly [Shape, number])[] = [[[67], 0], [[9, 33], 0], [[9, 33], 1], [[3, 17, 5], 1]];

function scans(op: ScanOp, input: MakeInput, list: typeof SCANS, more: Partial<Sample> = {}): Sample[] {
  return list.map(([shape, axis]) => recorded(op, `${input(shape).dtype} [${shape.join()}] along ${axis}`, [input(shape)], { axis }, more));
}

function scanRow(op: ScanOp, tolerance: Tolerance, input: MakeInput, smooth: boolean, more: readonly Sample[] = []): SampleRow {
  return {
    tolerance,
    smooth,
    samples: [
      ...scans(op, input, SCANS),
      ...scans(op, input, LONG_SCANS, { gradient: 'none' }),
      ...scans(op, typed('int32', -9, 9), LONG_SCANS),
      ...scans(op, typed('uint32', 0, 9), LONG_SCANS),
      ...more,
    ],
  };
}

const specialScan = (op: ScanOp, values: readonly number[], expected: readonly number[]): Sample =>
  recorded(op, 'special values', [given(values)], { axis: 0 }, { expected, gradient: 'none' });

const nearOne = (shape: Shape): InputSpec => floats(shape, 0.7, 1.3);

export const reduceSamples: { readonly [K in ReduceOp | ScanOp]: SampleRow } = {
  sum: row('sum', { ulps: 4, ofTerms: true }, floats, false, [
    special('sum', [[1, NaN, 3], [Infinity, 1, -Infinity], [Infinity, 1, 2], [1, 2, 3]], [NaN, NaN, Infinity, 6]),
    special('sum', [[2147483647, 1, 1], [-2147483648, -1, 0]], [-2147483647, 2147483647], 'int32'),
    special('sum', [[4294967295, 1, 7]], [7], 'uint32'),
    special('sum', [[255, 255, 255]], [765], 'uint8'),
  ]),
  prod: row('prod', { ulps: 16 }, nearOne, true, [
    special('prod', [[1, NaN, 3], [Infinity, 0, 1], [Infinity, -1, 2], [1, 2, 3]], [NaN, NaN, -Infinity, 6]),
    special('prod', [[65536, 65536, 1], [65537, 65537, 3]], [0, 393219], 'int32'),
    recorded('prod', 'one zero', [given([2, 0, 3, 1, 0, 0], [2, 3])], { axes: [1] }),
  ]),
  amax: extremeRow('amax', [NaN, NaN, Infinity, -Infinity, 2, -1, 5, 3e38]),
  amin: extremeRow('amin', [NaN, NaN, -Infinity, -Infinity, 1, -2, 0, -3e38]),
  argmax: positionRow('argmax', [1, 0, 0, 0, 0, 0, 1, 0]),
  argmin: positionRow('argmin', [1, 0, 2, 0, 2, 1, 0, 2]),
  cumsum: scanRow('cumsum', { ulps: 8, ofTerms: true }, floats, false, [
    specialScan('cumsum', [1, Infinity, 2, -Infinity, 1], [1, Infinity, Infinity, NaN, NaN]),
    recorded('cumsum', 'int32 wraps', [given([2147483647, 1, 1], undefined, 'int32')], { axis: 0 }, {
      expected: [2147483647, -2147483648, -2147483647],
    }),
  ]),
  cumprod: scanRow('cumprod', { ulps: 16 }, nearOne, true, [
    specialScan('cumprod', [2, Infinity, -1, 0, 1], [2, Infinity, -Infinity, NaN, NaN]),
    recorded('cumprod', 'with zeros', [given([2, 0, 3, 1, 0, 2, 2, 2], [2, 4])], { axis: 1 }),
  ]),
  cummax: scanRow('cummax', { ulps: 0, anyZero: true }, floats, false, [
    specialScan('cummax', [-Infinity, -1, NaN, 5, Infinity], [-Infinity, -1, NaN, NaN, NaN]),
    ...scans('cummax', typed('uint8', 0, 255), LONG_SCANS),
    recorded('cummax', 'ties', [given([1, 3, 3, 2, 3, 4])], { axis: 0 }, { gradient: 'compared' }),
  ]),
};
