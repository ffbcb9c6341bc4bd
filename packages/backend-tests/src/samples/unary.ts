/** Samples of the ops on one operand. */
import type { DType, Shape, UnaryOp } from '@cotangent/tensor';
import { EXACT, floats, given, recorded, whole, type Sample, type SampleRow, type Tolerance } from './sample';

/** Every rank, empty and one-element axes, and lengths that leave a rest after groups of 2, 4, 8 or 16. */
export const SHAPES: readonly Shape[] = [
  [], [1], [0], [5], [3, 4], [1, 3, 1], [2, 0, 3], [2, 3, 2, 2], [2, 1, 3, 1, 2], [1, 2, 1, 2, 1, 2, 1, 2],
];
export const LONG_SHAPES: readonly Shape[] = [[67], [33, 17], [4, 3, 130]];

export const SPECIAL: readonly number[] = [
  0, -0, 1, -1, 0.5, -0.5, 2, -2, NaN, Infinity, -Infinity, 1.401298464324817e-45, -1e-40, 1.1754943508222875e-38, 1e-30,
  3.4028234663852886e38, -3.4028234663852886e38, 2147483648, 16777217, 88.5, -104, 1e-4, -3.5, 2.5, 1.5, 1048577.5, 0.9999999403953552,
];

/** The ops without attributes. */
type PlainOp = Exclude<UnaryOp, 'polygamma'>;

interface Domain {
  /** Where samples are drawn; default [-2, 2). */
  readonly range?: readonly [number, number];
  /** Magnitudes for the sample of wide range; default 1e-5 to 1e5. */
  readonly magnitudes?: readonly [number, number];
  /** Whether the wide samples include negative numbers. Default true. */
  readonly negative?: boolean;
  readonly smooth?: boolean;
  readonly special?: readonly number[];
}

function floatSamples(op: PlainOp, domain: Domain): Sample[] {
  const { range = [-2, 2], magnitudes = [1e-5, 1e5], negative = true, special = SPECIAL } = domain;
  const [low, high] = magnitudes;
  const wide = Array.from({ length: 601 }, (_, i) => {
    const magnitude = low * (high / low) ** (i / 600);
    return Math.fround(negative && i % 2 === 1 ? -magnitude : magnitude);
  });
  return [
    ...SHAPES.map((shape) => recorded(op, `shape [${shape.join()}]`, [floats(shape, ...range)], {})),
    ...LONG_SHAPES.map((shape) => recorded(op, `shape [${shape.join()}]`, [floats(shape, ...range)], {}, { gradient: 'none' })),
    recorded(op, 'wide range', [given(wide)], {}, { gradient: 'none' }),
    recorded(op, 'special values', [given(special)], {}, { gradient: 'none' }),
  ];
}

function floatRow(op: PlainOp, tolerance: Tolerance, domain: Domain = {}): SampleRow {
  return { tolerance, smooth: domain.smooth ?? false, samples: floatSamples(op, domain) };
}

const INTEGERS: { readonly [K in DType]?: readonly number[] } = {
  int32: [0, 1, -1, 2, -7, 100, 2147483647, -2147483648, -2147483647],
  uint32: [0, 1, 2, 100, 2147483647, 2147483648, 4294967295],
  uint8: [0, 1, 2, 100, 127, 128, 255],
  bool: [0, 1, 1],
};

function integerSamples(op: PlainOp, dtypes: readonly DType[]): Sample[] {
  return dtypes.flatMap((dtype) => [
    recorded(op, dtype, [given(INTEGERS[dtype]!, undefined, dtype)], {}),
    recorded(op, `${dtype} [4, 9]`, [whole([4, 9], 0, dtype === 'bool' ? 2 : 200, dtype)], {}),
  ]);
}

const NUMERIC: readonly DType[] = ['int32', 'uint32', 'uint8'];

function mixedRow(op: PlainOp, domain: Domain, known: Sample): SampleRow {
  return { tolerance: EXACT, samples: [...floatSamples(op, domain), ...integerSamples(op, NUMERIC), known] };
}

function known(op: PlainOp, values: readonly number[], expected: readonly number[], dtype: DType | 'float' = 'float'): Sample {
  return recorded(op, 'known results', [given(values, undefined, dtype)], {}, { expected, gradient: 'none' });
}

const HALVES = [0.5, 1.5, 2.5, -0.5, -1.5, -2.7, 2.3, 0, -0, 8388609];

/** Gamma functions near their poles leave float32 quickly; the special values stay away from them. */
const GAMMA_SPECIAL = [1, 2, 0.5, 1.5, 3, 12, 0, Infinity, NaN, -0.5, -1.5, 1e-5, 1e5, 1e20];

function polygammaRow(): SampleRow {
  const samples = [0, 1, 2, 3].flatMap((order) => [
    recorded('polygamma', `order ${order}`, [floats([3, 4], 0.5, 6)], { order }),
    recorded('polygamma', `order ${order}, long`, [floats([67], 0.5, 40)], { order }, { gradient: 'none' }),
    recorded('polygamma', `order ${order}, negative`, [given([-0.5, -1.5, -2.25, -3.75])], { order }),
  ]);
  return { tolerance: { ulps: 4, absolute: 1e-6 }, smooth: true, samples };
}

export const unarySamples: { readonly [K in UnaryOp]: SampleRow } = {
  neg: mixedRow('neg', {}, known('neg', [0, -0, 1, Infinity, NaN], [-0, 0, -1, -Infinity, NaN])),
  abs: mixedRow('abs', {}, known('abs', [0, -0, -1, -Infinity, NaN], [0, 0, 1, Infinity, NaN])),
  sign: mixedRow('sign', {}, known('sign', [0, -0, -3, Infinity, NaN, 1e-40], [0, 0, -1, 1, NaN, 1])),
  exp: floatRow('exp', { ulps: 5 }, { smooth: true, magnitudes: [1e-6, 87] }),
  log: floatRow('log', { ulps: 5 }, { smooth: true, range: [0.1, 5], magnitudes: [1e-37, 1e38], negative: false }),
  expm1: floatRow('expm1', { ulps: 5 }, { smooth: true, magnitudes: [1e-7, 87] }),
  log1p: floatRow('log1p', { ulps: 5 }, { smooth: true, range: [-0.8, 4], magnitudes: [1e-7, 1e37], negative: false }),
  sqrt: floatRow('sqrt', EXACT, { smooth: true, range: [0.1, 5], magnitudes: [1e-37, 1e38], negative: false }),
  rsqrt: floatRow('rsqrt', { ulps: 2 }, { smooth: true, range: [0.1, 5], magnitudes: [1e-37, 1e38], negative: false }),
  recip: floatRow('recip', EXACT, { smooth: true, range: [0.3, 3], magnitudes: [1e-37, 1e37] }),
  sin: floatRow('sin', { ulps: 5, absolute: 2e-7 }, { smooth: true, magnitudes: [1e-6, 1e6] }),
  cos: floatRow('cos', { ulps: 5, absolute: 2e-7 }, { smooth: true, magnitudes: [1e-6, 1e6] }),
  // Near the poles of tan the nearest float is all that can be asked for, and the error of one place is large.
  tan: floatRow('tan', { ulps: 6 }, { smooth: true, range: [-1.4, 1.4], magnitudes: [1e-6, 1e3] }),
  asin: floatRow('asin', { ulps: 5 }, { smooth: true, range: [-0.9, 0.9], magnitudes: [1e-6, 1] }),
  acos: floatRow('acos', { ulps: 5 }, { smooth: true, range: [-0.9, 0.9], magnitudes: [1e-6, 1] }),
  atan: floatRow('atan', { ulps: 5 }, { smooth: true }),
  tanh: floatRow('tanh', { ulps: 5 }, { smooth: true, magnitudes: [1e-6, 20] }),
  erf: floatRow('erf', { ulps: 5 }, { smooth: true, magnitudes: [1e-6, 6] }),
  erfc: floatRow('erfc', { ulps: 5 }, { smooth: true, range: [-3, 3], magnitudes: [1e-3, 9] }),
  erfinv: floatRow('erfinv', { ulps: 5 }, { smooth: true, range: [-0.9, 0.9], magnitudes: [1e-6, 0.999] }),
  lgamma: floatRow('lgamma', { ulps: 4, absolute: 1e-6 }, {
    smooth: true, range: [0.3, 6], magnitudes: [1e-3, 1e6], negative: false, special: GAMMA_SPECIAL,
  }),
  polygamma: polygammaRow(),
  floor: mixedRow('floor', {}, known('floor', HALVES, [0, 1, 2, -1, -2, -3, 2, 0, -0, 8388609])),
  ceil: mixedRow('ceil', {}, known('ceil', HALVES, [1, 2, 3, -0, -1, -2, 3, 0, -0, 8388609])),
  round: mixedRow('round', {}, known('round', HALVES, [0, 2, 2, -0, -2, -3, 2, 0, -0, 8388609])),
  trunc: mixedRow('trunc', {}, known('trunc', HALVES, [0, 1, 2, -0, -1, -2, 2, 0, -0, 8388609])),
  not: {
    tolerance: EXACT,
    samples: [
      ...integerSamples('not', ['bool', ...NUMERIC]),
      known('not', [0, 1, -1, 5], [-1, -2, 0, -6], 'int32'),
      ...SHAPES.map((shape) => recorded('not', `bool [${shape.join()}]`, [whole(shape, 0, 2, 'bool')], {})),
    ],
  },
};
