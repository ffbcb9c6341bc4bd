/** Samples of maximum pooling. */
import { maxPool1d, maxPool2d, maxPool2dWithIndices, windowedSize, type Shape, type WindowAttrs } from '@cotangent/tensor';
import { called, floats, given, recorded, type Sample, type SampleRow } from './sample';

type Window = readonly [Shape, WindowAttrs];

function attrs(
  window: readonly number[],
  stride: readonly number[] = window,
  padding: readonly number[] = window.map(() => 0),
  dilation: readonly number[] = window.map(() => 1),
): WindowAttrs {
  return { window, stride, padding, dilation };
}

const CASES: readonly Window[] = [
  [[1, 1, 4], attrs([2])],
  [[2, 3, 7], attrs([3], [2], [1])],
  [[5], attrs([2], [1])],
  [[1, 1, 9], attrs([3], [2], [1], [2])],
  [[2, 1, 1], attrs([3], [1], [1])],
  [[1, 1, 4, 4], attrs([2, 2])],
  [[2, 2, 5, 4], attrs([3, 2], [2, 1], [1, 1])],
  [[1, 2, 6, 7], attrs([2, 3], [1, 2], [0, 1], [2, 1])],
  [[0, 2, 4, 4], attrs([2, 2])],
  [[1, 1, 3, 4, 3], attrs([2, 2, 2], [1, 2, 1], [1, 0, 1])],
];
const LONG: readonly Window[] = [
  [[2, 3, 17, 19], attrs([2, 2])],
  [[2, 3, 17, 19], attrs([3, 3], [2, 2], [1, 1])],
  [[3, 5, 131], attrs([4], [4])],
];

function pools(op: 'maxPool' | 'maxPoolIndices', list: readonly Window[], more: Partial<Sample> = {}): Sample[] {
  return list.map(([shape, window]) => recorded(op, `[${shape.join()}] ${JSON.stringify(window)}`, [floats(shape)], window, more));
}

function gradients(list: readonly Window[], more: Partial<Sample> = {}): Sample[] {
  return list.map(([shape, window]) => {
    const { stride, padding, dilation } = window;
    const lead = shape.length - window.window.length;
    const sizes = window.window.map((n, a) => windowedSize(shape[lead + a]!, n, stride[a]!, padding[a]!, dilation[a]!));
    const inputs = [floats(shape), floats([...shape.slice(0, lead), ...sizes])];
    return recorded('maxPoolGradient', `[${shape.join()}] ${JSON.stringify(window)}`, inputs, window, more);
  });
}

const SPECIAL = given([1, NaN, 3, 3, -Infinity, -Infinity, 2, 2, NaN, NaN, -1, -2], [1, 12]);

export const poolSamples: { readonly [K in 'maxPool' | 'maxPoolIndices' | 'maxPoolGradient']: SampleRow } = {
  maxPool: {
    tolerance: { ulps: 0, anyZero: true },
    samples: [
      ...pools('maxPool', CASES),
      ...pools('maxPool', LONG, { gradient: 'compared' }),
      recorded('maxPool', 'special values', [SPECIAL], attrs([2]), { expected: [NaN, 3, -Infinity, 2, NaN, -1], gradient: 'none' }),
      recorded('maxPool', 'ties', [given([3, 3, 1, 2, 2, 2], [1, 6])], attrs([3]), { gradient: 'compared' }),
      called('ceil mode', [floats([1, 2, 5, 6])], (x) => maxPool2d(x, 2, { stride: 2, ceilMode: true })),
      called('ceil mode in one dimension', [floats([2, 8])], (x) => maxPool1d(x, 3, { stride: 2, padding: 1, ceilMode: true })),
    ],
  },
  maxPoolIndices: {
    tolerance: { ulps: 0 },
    samples: [
      ...pools('maxPoolIndices', [...CASES, ...LONG]),
      recorded('maxPoolIndices', 'special values', [SPECIAL], attrs([2]), { expected: [1, 2, 4, 6, 8, 10] }),
      recorded('maxPoolIndices', 'the first of equal maxima', [given([3, 3, 1, 2, 2, 2, 0, 1, 1], [1, 3, 3])], attrs([3, 3]), {
        expected: [0],
      }),
      recorded('maxPoolIndices', 'negative values beside padding', [given([-1, -2, -3, -4], [1, 4])], attrs([3], [1], [1]), {
        expected: [0, 0, 1, 2],
      }),
      called('ceil mode', [floats([1, 2, 5, 6])], (x) => maxPool2dWithIndices(x, 2, { stride: 2, ceilMode: true }).indices),
    ],
  },  maxPoolGradient: {
    tolerance: { ulps: 4, ofTerms: true },
    samples: [
      ...gradients(CASES),
      ...gradients([...LONG, [[2, 2, 14, 14], attrs([2, 2])], [[3, 6, 7], attrs([2, 2])]], { gradient: 'compared' }),
      recorded('maxPoolGradient', 'special values', [SPECIAL, given([1, 2, 3, 4, 5, 6], [1, 6])], attrs([2]), {
        expected: [0, 1, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0],
        gradient: 'compared',
      }),
      recorded('maxPoolGradient', 'windows that share a maximum', [given([1, 5, 5, 1], [1, 4]), given([1, 2, 4], [1, 3])], attrs([2], [1]), {
        expected: [0, 3, 4, 0],
        gradient: 'compared',
      }),
    ],
  },
};
