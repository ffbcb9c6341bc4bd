/** Samples of the sources, and of the ops whose value is that of an input. */
import {
  checkpoint, custom, customGradient, exp, full, mul, scalar, sin, stopGradient, type DType, type Shape,
} from '@cotangent/tensor';
import { SHAPES } from './unary';
import { bools, called, EXACT, floats, given, recorded, whole, type Sample, type SampleRow } from './sample';

const DATA: readonly DType[] = ['float32', 'float64', 'float16', 'int32', 'uint32', 'uint8', 'bool'];

const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1e-40];

const buffer: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...SHAPES.map((shape) => called(`shape [${shape.join()}]`, [floats(shape)], (x) => x)),
    ...DATA.map((dtype) => called(dtype, [whole([3, 5], 0, 2, dtype)], (x) => x)),
    called('special values', [given(SPECIAL)], (x) => x, { expected: SPECIAL, gradient: 'none' }),
  ],
};

function constantSample(value: number, dtype: DType, shape: Shape): Sample {
  const title = `${Object.is(value, -0) ? '-0' : value} as ${dtype} in [${shape.join()}]`;
  return called(title, [], () => (shape.length === 0 ? scalar(value, { dtype }) : full(shape, value, { dtype })));
}

const WHOLE: readonly (readonly [number, DType])[] = [
  [0, 'bool'], [1, 'bool'], [255, 'uint8'], [-5, 'int32'], [2147483647, 'int32'], [4294967295, 'uint32'],
];

const constant: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...[0, -0, 1, 0.1, NaN, Infinity, -Infinity, 1e-40, 3e38].flatMap((value) =>
      (['float32', 'float64', 'float16'] as const).flatMap((dtype) =>
        [constantSample(value, dtype, []), constantSample(value, dtype, [3, 5])])),
    ...WHOLE.flatMap(([value, dtype]) => [constantSample(value, dtype, []), constantSample(value, dtype, [7])]),
    constantSample(2, 'float32', [0]),
    constantSample(2, 'float32', [1, 2, 1, 2, 1, 2, 1, 2]),
  ],
};

const iota: SampleRow = {
  tolerance: EXACT,
  samples: [0, 1, 5, 67, 1000].map((length) =>
    recorded('iota', `${length}`, [], { length }, { expected: Array.from({ length }, (_, i) => i) })),
};

const randomBits: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...SHAPES.map((shape) => recorded('randomBits', `shape [${shape.join()}]`, [given([1, 2, 3], [3], 'uint32')], { shape })),
    recorded('randomBits', 'long', [given([4294967295, 7, 4294967295], [3], 'uint32')], { shape: [11, 93] }),
    recorded('randomBits', 'other streams', [whole([3], 0, 2 ** 32, 'uint32')], { shape: [5] }),
  ],
};

const identity = (apply: Sample['apply'], more: Partial<Sample> = {}): Sample[] =>
  SHAPES.map((shape) => ({ name: `shape [${shape.join()}]`, inputs: [floats(shape)], apply, ...more }));

const scaled = custom<{ by: number }>({
  name: 'scaled',
  shape: ([x]) => x!,
  forward: ([x], out, { by }) => {
    for (let i = 0; i < out.data.length; i++) out.data[i] = x!.data[i]! * by;
  },
  vjp: ({ by }) => (grad) => [mul(grad, by)],
});

/** x^2 y summed over the last axis: two inputs, another shape, a gradient that can be differentiated again. */
const weightedSquares = custom({
  name: 'weightedSquares',
  shape: ([x]) => x!.slice(0, -1),
  forward: ([x, y], out) => {
    const n = x!.shape[x!.shape.length - 1]!;
    for (let i = 0; i < x!.data.length; i++) out.data[Math.floor(i / n)]! += x!.data[i]! ** 2 * y!.data[i]!;
  },
  vjp: () => (grad, [x, y]) => {
    const g = grad.unsqueeze(-1);
    return [g.mul(x!).mul(y!).mul(2), g.mul(x!).mul(x!)];
  },
});

const isEven = custom({
  name: 'isEven',
  shape: ([x]) => x!,
  dtype: () => 'bool',
  forward: ([x], out) => {
    for (let i = 0; i < out.data.length; i++) out.data[i] = x!.data[i]! % 2 === 0 ? 1 : 0;
  },
});

const customRow: SampleRow = {
  tolerance: { ulps: 4, halfUlps: 8 },
  smooth: true,
  samples: [
    ...identity(([x]) => scaled([x!], { by: 2 })),
    called('another option', [floats([3, 2])], (x) => scaled([x], { by: -0.5 })),
    called('two inputs and another shape', [floats([2, 3]), floats([2, 3])], (x, y) => weightedSquares([x, y])),
    called('between other ops', [floats([2, 3]), floats([2, 3], 0.5, 1)], (x, y) =>
      exp(weightedSquares([sin(x), y.transpose().transpose()]))),
    called('bool from int32', [whole([9], -9, 9)], (x) => isEven([x])),
    called('of a bool', [bools([9])], (x) => isEven([x])),
  ],
};

const doubled = customGradient((x) => mul(x, 2), (grad) => [mul(grad, 2)]);
const invented = customGradient((x) => mul(x, 3), (grad) => [mul(grad, 7)]);
const product = customGradient((x, y) => mul(x, y), (grad, [x, y]) => [mul(grad, y!), mul(grad, x!)]);

export const sourceSamples = {
  buffer,
  constant,
  iota,
  randomBits,
  stopGradient: { tolerance: EXACT, samples: identity(([x]) => stopGradient(x!), { gradient: 'none' }) } satisfies SampleRow,
  customGradient: {
    tolerance: EXACT,
    smooth: true,
    samples: [
      ...identity(([x]) => doubled(x!)),
      called('two inputs', [floats([3, 2]), floats([2])], (x, y) => product(x, y.expand(3, 2))),
      called('a gradient of its own', [floats([4])], (x) => invented(x), { gradient: 'compared' }),
    ],
  } satisfies SampleRow,
  checkpoint: {
    tolerance: { ulps: 8, halfUlps: 40 },
    smooth: true,
    samples: [
      ...identity(([x]) => checkpoint((t) => exp(mul(t, t)), x!)),
      called('inside other ops', [floats([3, 2]), floats([2])], (x, y) => mul(checkpoint((a, b) => mul(sin(a), b), x, y.mul(2)), x)),
      called('nested', [floats([3])], (x) => checkpoint((a) => checkpoint((b) => mul(sin(b), b), a.mul(a)), x)),
    ],
  } satisfies SampleRow,
  custom: customRow,
};
