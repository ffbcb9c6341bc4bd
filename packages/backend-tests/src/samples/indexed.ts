/** Samples of the ops that read and write by index, and of sorting and searching. */
import type { DType, ScatterMode, Shape } from '@cotangent/tensor';
import { bools, EXACT, floats, given, recorded, whole, type InputSpec, type MakeInput, type Sample, type SampleRow } from './sample';

const LOOKUPS: readonly (readonly [Shape, Shape, number])[] = [
  [[5], [3], 0], [[5], [9], 0], [[5], [0], 0], [[3, 4], [2, 4], 0], [[3, 4], [3, 6], 1], [[3, 4], [2, 2], 0], [[3, 4], [2, 3], 1],
  [[2, 3, 4], [2, 5, 4], 1], [[2, 3, 4], [1, 2, 3], 2], [[4, 1], [4, 1], 0], [[0, 3], [0, 2], 1], [[2, 1, 2, 3], [2, 1, 4, 2], 2],
  [[1, 2, 1, 2, 1, 3, 1, 2], [1, 2, 1, 2, 1, 4, 1, 1], 5],
];

const gather: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...LOOKUPS.map(([source, index, axis]) =>
      recorded('gather', `[${source.join()}] at [${index.join()}] along ${axis}`, [floats(source), whole(index, 0, source[axis]!)], {
        axis,
        sparse: false,
      })),
    recorded('gather', 'rows, gradient by rows', [floats([6, 3]), given([4, 4, 4, 0, 0, 0, 4, 4, 4, 5, 5, 5], [4, 3], 'int32')], {
      axis: 0,
      sparse: true,
    }),
    recorded('gather', 'long', [floats([50, 33]), whole([70, 33], 0, 50)], { axis: 0, sparse: false }, { gradient: 'none' }),
    recorded(
      'gather',
      'special values',
      [given([NaN, -0, Infinity, 1]), given([1, 0, 2, 2], undefined, 'int32')],
      { axis: 0, sparse: false },
      { expected: [-0, NaN, Infinity, Infinity], gradient: 'none' },
    ),
    ...(['int32', 'uint32', 'uint8', 'bool'] as const).map((dtype) =>
      recorded('gather', dtype, [whole([7, 3], 0, dtype === 'bool' ? 2 : 99, dtype), whole([4, 3], 0, 7)], { axis: 0, sparse: false })),
  ],
};

const MODES: readonly ScatterMode[] = ['set', 'add', 'mul', 'max', 'min'];

/** Distinct positions along `axis`, so that finite differences exist for mode 'set'. */
function distinct(shape: Shape, axis: number, size: number): InputSpec {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  return {
    shape,
    dtype: 'int32',
    fill: (_, position) => {
      const coordinates = shape.map((n, i) => Math.floor(position / strides[i]!) % n);
      const others = coordinates.reduce((sum, c, i) => (i === axis ? sum : sum + c), 0);
      return (2 * coordinates[axis]! + others) % size;
    },
  };
}

function scattered(mode: ScatterMode, base: Shape, index: Shape, axis: number, input: MakeInput, more: Partial<Sample> = {}): Sample {
  const size = base[axis]!;
  // Doubled positions stay distinct for odd sizes only.
  const places = mode === 'set' && size % 2 === 1 && index[axis]! <= size ? distinct(index, axis, size) : whole(index, 0, size);
  const title = `${mode} ${input(base).dtype} [${base.join()}] at [${index.join()}] along ${axis}`;
  return recorded('scatter', title, [input(base), places, input(index)], { axis, mode }, more);
}

function written(
  name: string,
  mode: ScatterMode,
  base: readonly number[],
  index: readonly number[],
  updates: readonly number[],
  more: Partial<Sample>,
): Sample {
  return recorded('scatter', name, [given(base), given(index, undefined, 'int32'), given(updates)], { axis: 0, mode }, more);
}

const WRITES: readonly (readonly [Shape, Shape, number])[] = [
  [[5], [3], 0], [[5], [0], 0], [[3, 4], [3, 4], 0], [[3, 5], [3, 4], 1], [[3, 4], [2, 2], 0], [[2, 3, 2], [2, 3, 2], 1],
  [[3, 1], [2, 1], 0], [[0, 3], [0, 2], 1],
  [[1, 2, 1, 2, 1, 3, 1, 2], [1, 2, 1, 2, 1, 2, 1, 1], 5],
];

const scatter: SampleRow = {
  tolerance: { ulps: 4, ofTerms: true },
  samples: [
    ...MODES.flatMap((mode) => [
      ...WRITES.map(([base, index, axis]) => scattered(mode, base, index, axis, (shape) => floats(shape, 0.5, 2))),
      scattered(mode, [7], [30], 0, floats, { gradient: mode === 'set' ? 'none' : 'compared' }),
      scattered(mode, [41, 9], [60, 9], 0, floats, { gradient: 'none' }),
      ...(['int32', 'uint32', 'uint8'] as const).map((dtype: DType) =>
        scattered(mode, [6, 3], [8, 2], 0, (shape) => whole(shape, 0, 200, dtype))),
    ]),
    scattered('set', [6], [4], 0, bools),
    scattered('max', [6], [9], 0, bools),
    written('the last update wins', 'set', [0, 0, 0], [1, 1, 1], [5, 6, 7], { expected: [0, 7, 0], gradient: 'none' }),
    written('equal maxima share the gradient', 'max', [3, 1], [0, 0, 1], [3, 2, 5], { gradient: 'compared' }),
    written('NaN spreads', 'max', [1, NaN, 3], [0, 1, 2], [NaN, 1, 2], { expected: [NaN, NaN, 3], gradient: 'none' }),
  ],
};

function sorted(name: string, input: InputSpec, axis: number, descending: boolean, expected?: readonly number[]): Sample {
  const title = `${name} along ${axis}${descending ? ', falling' : ''}`;
  return recorded('argsort', title, [input], { axis, descending }, expected && { expected });
}

const SORTS: readonly (readonly [Shape, number])[] = [
  [[], 0], [[1], 0], [[0], 0], [[9], 0], [[4, 5], 0], [[4, 5], 1], [[3, 4, 2], 1], [[2, 0, 3], 1],
];

const argsort: SampleRow = {
  tolerance: EXACT,
  samples: [
    ...[false, true].flatMap((descending) => [
      ...SORTS.map(([shape, axis]) => sorted(`[${shape.join()}]`, floats(shape), axis, descending)),
      ...(['int32', 'uint32', 'uint8', 'bool'] as const).map((dtype) => sorted(dtype, whole([17], 0, 2, dtype), 0, descending)),
      sorted('uint32 above int32', given([4294967295, 1, 2147483648], undefined, 'uint32'), 0, descending),
    ]),
    recorded('argsort', 'the first 2 along 0', [floats([7, 3])], { axis: 0, descending: true, take: 2 }),
    recorded('argsort', 'the first 40', [floats([2, 50])], { axis: 1, descending: false, take: 40 }),
    sorted('NaN is largest, ties keep their order', given([2, NaN, 1, 2, -Infinity, NaN, Infinity, 0, -0]), 0, false,
      [4, 7, 8, 2, 0, 3, 6, 1, 5]),
    sorted('NaN is largest, ties keep their order', given([2, NaN, 1, 2, -Infinity, NaN, Infinity, 0, -0]), 0, true,
      [1, 5, 6, 0, 3, 2, 7, 8, 4]),
  ],
};

const rising = (shape: Shape): InputSpec => ({ shape, dtype: 'float', fill: (_, i) => -2 + i % shape[shape.length - 1]! });

const searchsorted: SampleRow = {
  tolerance: EXACT,
  samples: [false, true].flatMap((right) => [
    recorded('searchsorted', `vector, right ${right}`, [rising([5]), floats([3, 4], -3, 4)], { right }),
    recorded('searchsorted', `scalar value, right ${right}`, [rising([5]), floats([])], { right }),
    recorded('searchsorted', `rows, right ${right}`, [rising([3, 5]), floats([3, 4], -3, 4)], { right }),
    recorded('searchsorted', `empty, right ${right}`, [given([]), floats([3])], { right }),
    recorded('searchsorted', `ties and NaN, right ${right}`, [given([1, 2, 2, 3, NaN]), given([2, 0, 3, NaN, 9])], { right }, {
      expected: right ? [3, 0, 4, 5, 4] : [1, 0, 3, 4, 4],
    }),
    recorded('searchsorted', `int32, right ${right}`, [given([1, 2, 2, 9], undefined, 'int32'), whole([7], 0, 10)], { right }),
  ]),
};

export const indexedSamples = { gather, scatter, argsort, searchsorted };
