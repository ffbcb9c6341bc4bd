/** Samples of the ops that only move elements. */
import type { DType, OpAttrs, Shape } from '@cotangent/tensor';
import { bools, EXACT, floats, given, recorded, whole, type InputSpec, type MakeInput, type Sample, type SampleRow } from './sample';

const row = (samples: readonly Sample[]): SampleRow => ({ tolerance: EXACT, samples });

const RESHAPES: readonly (readonly [Shape, Shape])[] = [
  [[], [1]], [[1], []], [[6], [2, 3]], [[2, 3], [6]], [[2, 3], [3, 2]], [[4, 3], [2, 2, 3, 1]], [[0], [3, 0]], [[2, 0, 4], [0]],
  [[2, 3, 4], [4, 6]],
  [[1, 2, 1, 3], [2, 3]], [[2, 2, 2, 2, 2], [1, 4, 1, 2, 1, 4, 1]],
];

const reshape = row([
  ...RESHAPES.map(([from, to]) => recorded('reshape', `[${from.join()}] to [${to.join()}]`, [floats(from)], { shape: to })),
  recorded('reshape', 'int32', [whole([4, 6], 0, 99)], { shape: [8, 3] }),
  recorded('reshape', 'bool', [bools([4, 6])], { shape: [3, 8] }),
]);

const ORDERS: readonly (readonly [Shape, readonly number[]])[] = [
  [[], []], [[3], [0]], [[2, 3], [1, 0]], [[2, 3], [0, 1]], [[2, 3, 4], [2, 0, 1]], [[2, 0, 4], [1, 2, 0]], [[2, 1, 3, 2], [3, 1, 0, 2]],
  [[1, 2, 1, 2, 1, 2, 1, 2], [7, 3, 1, 5, 0, 6, 4, 2]],
];

const permute = row([
  ...ORDERS.map(([shape, axes]) => recorded('permute', `[${shape.join()}] by ${axes.join()}`, [floats(shape)], { axes })),
  recorded('permute', 'long', [floats([33, 65])], { axes: [1, 0] }, { gradient: 'none' }),
  recorded('permute', 'uint8', [whole([5, 7], 0, 255, 'uint8')], { axes: [1, 0] }),
]);

const EXPANSIONS: readonly (readonly [Shape, Shape])[] = [
  [[], [3]], [[], []], [[1], [4]], [[3, 1], [3, 4]], [[1, 4], [3, 4]], [[4], [2, 3, 4]], [[1, 1], [0, 5]], [[2, 1, 2], [3, 2, 4, 2]],
  [[1], [1, 2, 1, 2, 1, 2, 1, 2]],
];

const expand = row([
  ...EXPANSIONS.map(([from, to]) => recorded('expand', `[${from.join()}] to [${to.join()}]`, [floats(from)], { shape: to })),
  recorded('expand', 'int32', [whole([5, 1], 0, 99)], { shape: [5, 6] }),
]);

const SLICES: readonly (readonly [Shape, OpAttrs['slice']])[] = [
  [[5], { start: [1], size: [3], step: [1] }],
  [[5], { start: [4], size: [5], step: [-1] }],
  [[7], { start: [1], size: [3], step: [2] }],
  [[7], { start: [5], size: [2], step: [-3] }],
  [[7], { start: [6], size: [1], step: [-3] }],
  [[5], { start: [2], size: [0], step: [1] }],
  [[0], { start: [0], size: [0], step: [1] }],
  [[4, 5], { start: [3, 0], size: [2, 2], step: [-2, 3] }],
  [[4, 5], { start: [1, 4], size: [1, 3], step: [1, -2] }],
  [[3, 4, 5], { start: [0, 3, 1], size: [3, 4, 2], step: [1, -1, 2] }],
  [[3, 1, 4, 1, 3], { start: [2, 0, 1, 0, 0], size: [2, 1, 2, 1, 2], step: [-2, 1, 2, 1, 2] }],
  [[3, 1, 2, 1, 3, 1, 2, 1], { start: [0, 0, 1, 0, 2, 0, 0, 0], size: [2, 1, 2, 1, 2, 1, 1, 1], step: [2, 1, -1, 3, -2, 1, 1, 1] }],
];

const slice = row([
  ...SLICES.map(([shape, attrs]) =>
    recorded('slice', `[${shape.join()}] from ${attrs.start.join()} size ${attrs.size.join()} step ${attrs.step.join()}`, [
      floats(shape),
    ], attrs)),
  recorded('slice', 'bool', [bools([9])], { start: [8], size: [4], step: [-2] }),
]);

const PADS: readonly (readonly [Shape, OpAttrs['pad']])[] = [
  [[3], { low: [1], high: [2], value: 0 }],
  [[3], { low: [0], high: [2], value: -1.5 }],
  [[2, 3], { low: [1, 0], high: [0, 2], value: 0 }],
  [[2, 3], { low: [2, 1], high: [1, 2], value: 7 }],
  [[0], { low: [2], high: [1], value: 3 }],
  [[2, 0], { low: [1, 1], high: [0, 1], value: 0.25 }],
  [[], { low: [], high: [], value: 1 }],
  [[2, 1, 3, 2], { low: [0, 1, 0, 1], high: [1, 0, 1, 0], value: 0 }],
  [[1, 2, 1, 2, 1, 1, 1, 2], { low: [0, 1, 0, 0, 0, 1, 0, 0], high: [0, 0, 0, 1, 0, 0, 0, 1], value: 2 }],
];

const pad = row([
  ...PADS.map(([shape, attrs]) =>
    recorded('pad', `[${shape.join()}] by ${attrs.low.join()} and ${attrs.high.join()} with ${attrs.value}`, [floats(shape)], attrs)),
  ...[NaN, Infinity, -Infinity, -0].map((value) =>
    recorded('pad', `with ${Object.is(value, -0) ? '-0' : value}`, [floats([3])], { low: [1], high: [1], value }, {
      gradient: 'compared',
    })),
  recorded('pad', 'int32', [whole([3, 2], -9, 9)], { low: [1, 1], high: [0, 1], value: -2147483648 }),
  recorded('pad', 'uint32', [whole([3], 0, 9, 'uint32')], { low: [1], high: [0], value: 4294967295 }),
  recorded('pad', 'uint8', [whole([3], 0, 255, 'uint8')], { low: [1], high: [5], value: 255 }),
  recorded('pad', 'bool', [bools([3])], { low: [2], high: [2], value: 1 }),
  recorded('pad', 'long', [floats([19, 37])], { low: [3, 5], high: [2, 1], value: 0 }, { gradient: 'none' }),
]);

function parts(shapes: readonly Shape[], axis: number, input: MakeInput = floats, more: Partial<Sample> = {}): Sample {
  const specs = shapes.map((shape) => input(shape));
  return recorded('concat', `${specs[0]!.dtype} ${shapes.map((s) => `[${s.join()}]`).join(' ')} along ${axis}`, specs, { axis }, more);
}

const typed = (dtype: DType) => (shape: Shape): InputSpec => whole(shape, 0, dtype === 'bool' ? 2 : 99, dtype);

const concat = row([
  parts([[3]], 0),
  parts([[3], [2]], 0),
  parts([[2, 3], [1, 3], [4, 3]], 0),
  parts([[2, 3], [2, 1]], 1),
  parts([[2, 0], [2, 3], [2, 0]], 1),
  parts([[0], [0]], 0),
  parts([[2, 2, 2], [2, 3, 2], [2, 1, 2]], 1),
  parts([[1, 2, 1, 2], [1, 2, 1, 3]], 3),
  parts([[1, 2, 1, 2, 1, 2, 1, 2], [1, 2, 1, 1, 1, 2, 1, 2]], 3),
  parts([[19, 5], [19, 33], [19, 4]], 1, floats, { gradient: 'none' }),
  ...(['int32', 'uint32', 'uint8', 'bool'] as const).map((dtype) => parts([[3, 2], [3, 4]], 1, typed(dtype))),
  recorded('concat', 'special values', [given([NaN, -0]), given([Infinity, 0, -Infinity])], { axis: 0 }, {
    expected: [NaN, -0, Infinity, 0, -Infinity],
    gradient: 'none',
  }),
]);

export const movementSamples = { reshape, permute, expand, slice, pad, concat };
