/** Samples of the ops on two operands. */
import type { BinaryOp, DType, Shape } from '@cotangent/tensor';
import { bools, EXACT, floats, given, recorded, whole, type InputSpec, type Sample, type SampleRow } from './sample';

/** Pairs that are equal, broadcast on either side, are empty, or end in odd lengths. */
const PAIRS: readonly (readonly [Shape, Shape])[] = [
  [[], []], [[3, 4], [3, 4]], [[3, 4], [4]], [[3, 1], [1, 4]], [[], [2, 3]], [[2, 3], []], [[2, 3], [1, 1]], [[0], [1]],
  [[2, 0, 3], [1, 3]], [[2, 1, 2], [3, 1]], [[2, 1, 2, 1, 2, 1, 2, 1], [1, 2, 1, 2, 1, 2]],
];
const LONG_PAIRS: readonly (readonly [Shape, Shape])[] = [
  [[67], [67]], [[33, 17], [17]], [[33, 17], [33, 1]], [[5, 130], []], [[1, 37], [9, 1]],
];

const SPECIAL = [
  0, -0, 1, -1, NaN, Infinity, -Infinity, 0.5, -0.5, 2, -3, 7, 1e-40, -1e-30, 3e38, -3e38, 16777217, 1.25,
];

const EXTREMES: { readonly [K in DType]?: readonly number[] } = {
  int32: [0, 1, -1, 2, -3, 7, 31, 32, 33, 65537, 2147483647, -2147483648],
  uint32: [0, 1, 2, 7, 31, 32, 65537, 2147483648, 4294967295],
  uint8: [0, 1, 2, 7, 100, 128, 255],
  bool: [0, 1],
};

type Range = readonly [number, number];

interface Options {
  readonly a?: Range;
  readonly b?: Range;
  readonly integers?: readonly DType[];
  /** Whether one operand may be bool and the other anything. Default true. */
  readonly mixed?: boolean;
  readonly known?: readonly Sample[];
}

const none = {};

/** Every pair of a list, by broadcasting a column against a row. */
function table(op: BinaryOp, dtype: DType | 'float', a: readonly number[], b: readonly number[]): Sample {
  const inputs = [given(a, [a.length, 1], dtype), given(b, [1, b.length], dtype)];
  return recorded(op, `all pairs of ${dtype}`, inputs, none, { gradient: 'none' });
}

function floatSamples(op: BinaryOp, { a = [-2, 2], b = [-2, 2] }: Options): Sample[] {
  const pair = ([p, q]: readonly [Shape, Shape], more: Partial<Sample> = {}): Sample =>
    recorded(op, `[${p.join()}] with [${q.join()}]`, [floats(p, ...a), floats(q, ...b)], none, more);
  return [
    ...PAIRS.map((shapes) => pair(shapes)),
    ...LONG_PAIRS.map((shapes) => pair(shapes, { gradient: 'none' })),
    table(op, 'float', SPECIAL, SPECIAL),
    recorded(op, 'a wide range', [wide(120, 'a'), wide(120, 'b')], none, { gradient: 'none' }),
  ];
}

function wide(length: number, which: 'a' | 'b'): InputSpec {
  const phase = which === 'a' ? 0 : 1;
  return { shape: [length], dtype: 'float', fill: (random, i) => ((i >> phase) & 1 ? -1 : 1) * 10 ** (12 * random() - 6) };
}

function integerSamples(op: BinaryOp, dtypes: readonly DType[]): Sample[] {
  return dtypes.flatMap((dtype) => {
    const extremes = EXTREMES[dtype]!;
    const end = dtype === 'bool' ? 2 : 40;
    return [
      table(op, dtype, extremes, extremes),
      recorded(op, `${dtype} [7, 5] with [5]`, [whole([7, 5], 0, end, dtype), whole([5], 0, end, dtype)], none),
    ];
  });
}

function mixedSamples(op: BinaryOp): Sample[] {
  return [
    recorded(op, 'bool with float', [bools([3, 5]), floats([5], 0.5, 2)], none),
    recorded(op, 'float with bool', [floats([3, 5], 0.5, 2), bools([3, 1])], none, { gradient: 'compared' }),
    recorded(op, 'bool with int32', [bools([9]), whole([9], 1, 5)], none),
    recorded(op, 'uint8 with bool', [whole([9], 1, 5, 'uint8'), bools([9])], none),
  ];
}

const NUMERIC: readonly DType[] = ['int32', 'uint32', 'uint8'];

function samples(op: BinaryOp, options: Options): Sample[] {
  const { integers = NUMERIC, mixed = true, known = [] } = options;
  return [...floatSamples(op, options), ...integerSamples(op, integers), ...(mixed ? mixedSamples(op) : []), ...known];
}

function row(op: BinaryOp, options: Options = {}, ulps = 0, smooth = false): SampleRow {
  return { tolerance: { ulps }, smooth, samples: samples(op, options) };
}

function known(
  op: BinaryOp,
  name: string,
  a: readonly number[],
  b: readonly number[],
  expected: readonly number[],
  dtype: DType | 'float' = 'float',
): Sample {
  return recorded(op, name, [given(a, undefined, dtype), given(b, undefined, dtype)], none, { expected, gradient: 'none' });
}

function kinked(op: 'min' | 'max'): SampleRow {
  const ties = recorded(op, 'ties', [given([1, 2, 3, -1]), given([1, 3, 3, -2])], none, { gradient: 'compared' });
  // Which of two zeros is the smaller one is left open.
  return { tolerance: { ulps: 0, anyZero: true }, samples: [...samples(op, {}), ties] };
}

function bits(op: BinaryOp, dtypes: readonly DType[], more: readonly Sample[] = []): SampleRow {
  const shapes = PAIRS.map(([p, q]) =>
    recorded(op, `[${p.join()}] with [${q.join()}]`, [whole(p, 0, 2 ** 31), whole(q, 0, 32)], none));
  return { tolerance: EXACT, samples: [...shapes, ...integerSamples(op, dtypes), ...more] };
}

const LOGICAL: readonly DType[] = ['bool', ...NUMERIC];
const compared = (op: BinaryOp): SampleRow => row(op, { integers: LOGICAL });

export const binarySamples: { readonly [K in BinaryOp]: SampleRow } = {
  add: row('add'),
  sub: row('sub'),
  mul: row('mul', {}, 0, true),
  div: row(
    'div',
    {
      b: [0.4, 2],
      known: [
        known('div', 'integers truncate', [7, -7, 7, -7, 5, -2147483648], [2, 2, -2, -2, 0, -1], [3, -3, -3, 3, 0, -2147483648], 'int32'),
      ],
    },
    0,
    true,
  ),
  pow: row(
    'pow',
    {
      a: [0.3, 2],
      known: [
        known('pow', 'as in C', [1, NaN, -1, -1, 0, -0, -8, 0], [NaN, 0, Infinity, -Infinity, -1, -3, 1 / 3, 0],
          [1, 1, 1, 1, Infinity, -Infinity, NaN, 1]),
        known('pow', 'integers', [2, -3, 0, 2, -1, -1, 3], [10, 3, 0, -1, -3, -4, 21], [1024, -27, 1, 0, -1, 1, 1870418611], 'int32'),
        recorded('pow', 'whole exponents of negative numbers', [floats([6], -2, -0.3), given([2, 3, -1, -2, 0, 1])], none, {
          gradient: 'none',
        }),
        recorded('pow', 'exponent 0 and base 0', [given([0, 0, 0, 2]), given([0, 2, 1, 0])], none, { gradient: 'compared' }),
      ],
    },
    2,
    true,
  ),
  mod: row('mod', {
    a: [-5, 5],
    b: [0.7, 1.9],
    known: [
      known('mod', 'sign of the dividend', [7, -7, 7, -7, -0, 5, Infinity, 5], [3, 3, -3, -3, 3, 0, 3, Infinity],
        [1, -1, 1, -1, -0, NaN, NaN, 5]),
      known('mod', 'integers', [7, -7, 7, -7, 5], [3, 3, -3, -3, 0], [1, -1, 1, -1, 0], 'int32'),
    ],
  }),
  min: kinked('min'),
  max: kinked('max'),
  lt: compared('lt'),
  le: compared('le'),
  eq: compared('eq'),
  ne: compared('ne'),
  and: bits('and', LOGICAL),
  or: bits('or', LOGICAL),
  xor: bits('xor', LOGICAL),
  shl: bits('shl', ['int32', 'uint32'], [
    known('shl', 'counts modulo 32', [1, 1, 3, -1], [31, 33, 32, 4], [-2147483648, 2, 3, -16], 'int32'),
  ]),
  shr: bits('shr', ['int32', 'uint32'], [
    known('shr', 'keeps the sign of int32', [-8, -1, 8, -2147483648], [1, 31, 33, 31], [-4, -1, 4, -1], 'int32'),
  ]),
};
