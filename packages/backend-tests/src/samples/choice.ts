/** Samples of where, cast and bitcast. */
import { DTYPES, type DType, type Shape } from '@cotangent/tensor';
import { bools, EXACT, floats, given, recorded, whole, type Sample, type SampleRow } from './sample';

const none = {};

const TRIPLES: readonly (readonly [Shape, Shape, Shape])[] = [
  [[], [], []], [[3, 4], [3, 4], [3, 4]], [[4], [3, 1], []], [[3, 1], [4], [3, 4]], [[0], [1], []], [[2, 0], [2, 1], [1]],
  [[2, 1, 1, 2], [3, 1], [2]],
];

const where: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...TRIPLES.map(([c, a, b]) =>
      recorded('where', `[${c.join()}] ? [${a.join()}] : [${b.join()}]`, [bools(c), floats(a), floats(b)], none)),
    recorded('where', 'long', [bools([131]), floats([131]), floats([])], none, { gradient: 'none' }),
    recorded(
      'where',
      'the branch not taken never shows',
      [given([1, 0, 1, 0], undefined, 'bool'), given([1, NaN, 2, Infinity]), given([NaN, 3, -Infinity, -0])],
      none,
      { expected: [1, 3, 2, -0], gradient: 'compared' },
    ),
    ...(['int32', 'uint32', 'uint8', 'bool'] as const).map((dtype) =>
      recorded('where', dtype, [bools([9]), whole([9], 0, 2, dtype), whole([], 0, 2, dtype)], none)),
    recorded('where', 'int32 and bool', [bools([9]), whole([9], -9, 9), bools([9])], none),
  ],
};

const VALUES: { readonly [K in DType]: readonly number[] } = {
  float32: [0, -0, 1, -1, 0.5, 1.9, -1.9, 255.7, 256, 300, -5, 65504, 65520, 1e-7, 2147483648, -2147483648, 4294967296, 3e9, 1e20, -1e20,
    NaN, Infinity, -Infinity, 1e-40, 0.1],
  float64: [0, -0, 1, 0.1, -1.9, 1e300, -1e300, 1e-300, 16777217, 4294967295.5, NaN, Infinity, -Infinity, 2049, 65519.9],
  float16: [0, -0, 1, -1, 0.5, 1.9, -1.9, 255.7, 65504, -300, 6e-8, NaN, Infinity, -Infinity],
  int32: [0, 1, -1, 255, 256, 300, -300, 65504, 65520, 16777217, 2147483647, -2147483648],
  uint32: [0, 1, 255, 256, 65520, 16777217, 2147483647, 2147483648, 4294967295],
  uint8: [0, 1, 2, 127, 128, 255],
  bool: [0, 1],
};

const cast: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...DTYPES.flatMap((from) =>
      DTYPES.map((to): Sample => recorded('cast', `${from} to ${to}`, [given(VALUES[from], undefined, from)], { dtype: to }))),
    ...DTYPES.map((to) =>
      recorded('cast', `float [3, 5, 7] to ${to}`, [{ ...floats([3, 5, 7], 0, 200), dtype: 'float32' }], { dtype: to })),
    recorded('cast', 'to int32 saturates', [given([1.9, -1.9, 1e10, -1e10, NaN, Infinity], undefined, 'float32')], { dtype: 'int32' }, {
      expected: [1, -1, 2147483647, -2147483648, 0, 2147483647],
    }),
    recorded('cast', 'float to uint32 saturates', [given([1.9, -1.9, 3e9, 1e10, NaN], undefined, 'float32')], { dtype: 'uint32' }, {
      expected: [1, 0, 3e9, 4294967295, 0],
    }),
    recorded('cast', 'float to uint8 keeps the low bits', [given([255.5, 256, 257.9, -1, NaN], undefined, 'float32')], { dtype: 'uint8' }, {
      expected: [255, 0, 1, 255, 0],
    }),
    recorded('cast', 'anything but zero is true', [given([0, -0, 0.1, NaN, -3], undefined, 'float32')], { dtype: 'bool' }, {
      expected: [0, 0, 1, 1, 1],
    }),
    recorded('cast', 'halves', [given([2049, 2051, 65519, 65520, 6e-8, 2e-8, 0.1], undefined, 'float32')], { dtype: 'float16' }, {
      expected: [2048, 2052, 65504, Infinity, 5.960464477539063e-8, 0, 0.0999755859375],
    }),
    recorded('cast', 'a differentiable cast', [floats([2, 3])], { dtype: 'float32' }, { gradient: 'compared' }),
  ],
};

const WORDS: { readonly [K in DType]?: readonly number[] } = {
  float32: [0, -0, 1, -1, 0.1, Infinity, -Infinity, 1e-45, 3e38],
  int32: [0, -2147483648, 1065353216, -1082130432, 2139095040, 1, 0x3f800001],
  uint32: [0, 2147483648, 1065353216, 3212836864, 2139095040, 1, 4286578688],
};

const bitcast: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...(['float32', 'int32', 'uint32'] as const).flatMap((from) =>
      (['float32', 'int32', 'uint32'] as const).map((to) =>
        recorded('bitcast', `${from} as ${to}`, [given(WORDS[from]!, undefined, from)], { dtype: to }))),
    recorded('bitcast', 'known bits', [given([1, -0, 0.15625], undefined, 'float32')], { dtype: 'uint32' }, {
      expected: [0x3f800000, 0x80000000, 0x3e200000],
    }),
    recorded('bitcast', '[5, 7]', [whole([5, 7], 0, 2 ** 30)], { dtype: 'float32' }),
    recorded('bitcast', 'empty', [whole([0, 3], 0, 9)], { dtype: 'float32' }),
  ],
};

export const choiceSamples = { where, cast, bitcast };
