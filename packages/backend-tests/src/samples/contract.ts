/** Samples of the contraction: products of matrices, convolutions in all their forms, and raw access patterns. */
import {
  avgPool2d, bilinear, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, einsum, expand, linear, matmul, permute, plain, spread,
  windowed,
  type Access, type ContractAttrs, type ConvOptions, type ConvTransposeOptions, type Shape,
} from '@cotangent/tensor';
import { called, floats, given, recorded, whole, type Sample, type SampleRow } from './sample';

const PRODUCTS: readonly (readonly [Shape, Shape])[] = [
  [[2, 3], [3, 4]], [[1, 1], [1, 1]], [[1, 5], [5, 1]], [[5, 1], [1, 5]], [[3], [3]], [[3], [3, 2]], [[2, 3], [3]], [[2, 2, 3], [2, 3, 2]],
  [[2, 2, 3], [3, 2]], [[2, 3], [2, 3, 2]], [[2, 1, 2, 3], [1, 2, 3, 2]], [[0, 3], [3, 2]], [[2, 0], [0, 2]], [[2, 3], [3, 0]],
  [[0, 2, 3], [3, 2]],
  [[1, 2, 1, 2, 1, 2, 2, 3], [1, 2, 1, 2, 3, 2]],
];
/** Around the sizes of register tiles and cache blocks. */
const LARGE_PRODUCTS: readonly (readonly [Shape, Shape])[] = [
  [[17, 33], [33, 19]], [[65, 129], [129, 67]], [[4, 300], [300, 8]], [[1, 257], [257, 130]], [[130, 7], [7, 1]],
  [[5, 9, 31], [5, 31, 11]], [[48, 16], [16, 64]],
];

const none = { gradient: 'none' } as const;
const name = (p: Shape, q: Shape): string => `[${p.join()}] by [${q.join()}]`;

const products: readonly Sample[] = [
  ...PRODUCTS.map(([p, q]) => called(`matmul ${name(p, q)}`, [floats(p), floats(q)], matmul)),
  ...LARGE_PRODUCTS.map(([p, q]) => called(`matmul ${name(p, q)}`, [floats(p), floats(q)], matmul, { gradient: 'compared' })),
  ...(['int32', 'uint32', 'uint8'] as const).flatMap((dtype) => [
    called(`matmul ${dtype}`, [whole([5, 7], 0, 9, dtype), whole([7, 6], 0, 9, dtype)], matmul),
    called(`matmul ${dtype} wraps`, [whole([3, 9], 0, dtype === 'uint8' ? 255 : 2 ** 30, dtype), whole([9, 5], 0, 99, dtype)], matmul),
  ]),
  called('matmul of transposed operands', [floats([3, 2]), floats([4, 3])], (a, b) => matmul(a.transpose(), b.transpose())),
  called('matmul of an expanded operand', [floats([2, 1]), floats([3, 2])], (a, b) => matmul(a.expand(2, 3), b)),
  called('linear with bias', [floats([2, 2, 3]), floats([4, 3]), floats([4])], linear),
  called('special values', [given([1, NaN, 0, 2, Infinity, 1], [3, 2]), given([1, 2, 3, -1], [2, 2])], matmul, {
    ...none,
    expected: [NaN, NaN, 6, -2, Infinity, Infinity],
  }),
  ...(
    [
      ['ij,jk->ki', [2, 3], [3, 4]], ['bij,bjk->bik', [2, 2, 3], [2, 3, 2]], ['i,j->ij', [3], [4]], ['ij,ij->', [2, 3], [2, 3]],
      ['ij,ij->i', [2, 3], [2, 3]],
      ['bhqd,bhkd->bhqk', [1, 2, 3, 2], [1, 2, 2, 2]], ['ijk,k->ij', [2, 3, 2], [2]], ['abc,cd->adb', [2, 3, 2], [2, 2]],
    ] as const
  ).map(([equation, p, q]) => called(`einsum ${equation}`, [floats(p), floats(q)], (a, b) => einsum(equation, a, b))),
  called('einsum ij,jk,kl->il', [floats([2, 3]), floats([3, 2]), floats([2, 4])], (a, b, c) => einsum('ij,jk,kl->il', a, b, c)),
  called('bilinear', [floats([3, 2]), floats([3, 4]), floats([2, 2, 4])], (a, b, w) => bilinear(a, b, w)),
];

function convolution(rank: 1 | 2 | 3, x: Shape, w: Shape, options: ConvOptions = {}, more: Partial<Sample> = {}): Sample {
  const conv = { 1: conv1d, 2: conv2d, 3: conv3d }[rank];
  const title = `conv${rank}d ${name(x, w)} ${JSON.stringify(options)}`;
  return called(title, [floats(x, -1, 1), floats(w, -1, 1)], (a, b) => conv(a, b, undefined, options), more);
}

function transposed(rank: 1 | 2, x: Shape, w: Shape, options: ConvTransposeOptions = {}, more: Partial<Sample> = {}): Sample {
  const conv = { 1: convTranspose1d, 2: convTranspose2d }[rank];
  const title = `convTranspose${rank}d ${name(x, w)} ${JSON.stringify(options)}`;
  return called(title, [floats(x, -1, 1), floats(w, -1, 1)], (a, b) => conv(a, b, undefined, options), more);
}

const compared = { gradient: 'compared' } as const;

const convolutions: readonly Sample[] = [
  convolution(1, [1, 1, 5], [1, 1, 3]),
  convolution(1, [2, 2, 6], [3, 2, 3], { stride: 2, padding: 1 }),
  convolution(1, [1, 2, 7], [2, 2, 3], { dilation: 2, padding: 2 }),
  convolution(1, [1, 2, 7], [2, 2, 2], { stride: 3, dilation: 3, padding: 1 }),
  convolution(1, [1, 4, 5], [4, 2, 3], { groups: 2 }),
  convolution(1, [1, 3, 5], [3, 1, 3], { groups: 3, padding: 1 }),
  convolution(1, [1, 2, 5], [2, 2, 4], { padding: 'same' }),
  convolution(1, [2, 2, 1], [2, 2, 3], { padding: 1 }),
  convolution(1, [0, 2, 5], [2, 2, 3]),
  convolution(1, [1, 1, 4], [1, 1, 1], { stride: 2 }),
  convolution(1, [3, 5], [2, 3, 2], { flipKernel: true }),
  convolution(2, [1, 1, 4, 4], [1, 1, 3, 3]),
  convolution(2, [2, 2, 4, 5], [3, 2, 3, 2], { stride: [2, 1], padding: [1, 0] }),
  convolution(2, [1, 2, 5, 5], [2, 2, 2, 2], { dilation: [2, 3], padding: 1 }),
  convolution(2, [1, 4, 3, 3], [2, 2, 3, 3], { groups: 2, padding: 1 }),
  convolution(2, [1, 3, 4, 4], [6, 1, 3, 3], { groups: 3, stride: 2, padding: 1 }),
  convolution(2, [1, 2, 3, 3], [2, 2, 1, 1]),
  convolution(2, [1, 1, 3, 3], [1, 1, 3, 3], { padding: 3 }),
  convolution(2, [3, 3, 13, 11], [8, 3, 5, 5], { padding: 2 }, compared),
  convolution(2, [2, 8, 14, 14], [9, 8, 3, 3], { padding: 1 }, compared),
  convolution(2, [2, 6, 15, 9], [8, 6, 3, 3], { stride: 2, padding: 1 }, compared),
  convolution(2, [2, 8, 12, 12], [8, 1, 3, 3], { groups: 8, padding: 1 }, compared),
  convolution(3, [1, 1, 3, 3, 3], [2, 1, 2, 2, 2], { padding: 1 }),
  transposed(1, [1, 1, 3], [1, 1, 3]),
  transposed(1, [1, 2, 3], [2, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }),
  transposed(1, [1, 2, 3], [2, 2, 2], { stride: 3, dilation: 2 }),
  transposed(1, [1, 4, 3], [4, 2, 3], { groups: 2, stride: 2 }),
  transposed(2, [1, 2, 2, 3], [2, 2, 3, 2], { stride: [2, 1], padding: [1, 0] }),
  transposed(2, [2, 5, 7, 6], [5, 4, 4, 4], { stride: 2, padding: 1 }, compared),
  called('avgPool2d in ceil mode', [floats([1, 2, 5, 4])], (x) => avgPool2d(x, 2, { stride: 2, ceilMode: true })),
  called('avgPool2d with padding', [floats([1, 1, 5, 5])], (x) => avgPool2d(x, [3, 2], { stride: 2, padding: 1, countIncludePad: false })),
  called('convolution of channels last', [floats([1, 4, 4, 2]), floats([2, 3, 3, 2])], (x, w) =>
    conv2d(permute(x, [0, 3, 1, 2]), permute(w, [0, 3, 1, 2]), undefined, { padding: 1 })),
  called('convolution of a repeated image', [floats([1, 1, 4, 4]), floats([2, 2, 3, 3])], (x, w) => conv2d(expand(x, [2, 2, 4, 4]), w)),
];

/** An axis read at a fixed place. */
const at = (offset: number): Access => ({ label: -1, scale: 0, label2: -1, scale2: 0, offset, divisor: 1 });

function raw(title: string, a: Shape, b: Shape, attrs: ContractAttrs, more: Partial<Sample> = {}): Sample {
  return recorded('contract', title, [floats(a), floats(b)], attrs, more);
}

const access: readonly Sample[] = [
  raw('an axis at a fixed place', [3, 4], [4], { sizes: [4], accessA: [at(1), plain(0)], accessB: [plain(0)], out: [] }, none),
  raw('an axis at a place outside', [3, 4], [4], { sizes: [4], accessA: [at(3), plain(0)], accessB: [plain(0)], out: [] }, none),
  raw('a diagonal', [3, 3], [3], { sizes: [3], accessA: [plain(0), plain(0)], accessB: [plain(0)], out: [0] }, none),
  raw('a shifted axis reaching outside on both sides', [4], [8], {
    sizes: [8], accessA: [{ ...plain(0), offset: -2 }], accessB: [plain(0)], out: [0],
  }, none),
  raw('a window walking backwards', [6], [3], {
    sizes: [4, 3], accessA: [{ label: 0, scale: -1, label2: 1, scale2: 1, offset: 3, divisor: 1 }], accessB: [plain(1)], out: [0],
  }),
  raw('a window on both operands', [6], [5, 2], {
    sizes: [3, 2, 2], accessA: [windowed(0, 2, 1, 1, 1)], accessB: [windowed(0, 1, 2, 1, 0), plain(1)], out: [0, 2],
  }, none),
  raw('spread by 3 with a shift', [3], [2], { sizes: [9, 2], accessA: [spread(0, 3, 1, 2, 1)], accessB: [plain(1)], out: [0] }),
  raw('a window far outside', [3], [2], { sizes: [2, 2], accessA: [windowed(0, 1, 1, 1, 9)], accessB: [plain(1)], out: [0] }),
  raw('a label of one operand summed', [3, 2], [4], { sizes: [3, 2, 4], accessA: [plain(0), plain(1)], accessB: [plain(2)], out: [0] }),
  raw('no labels', [], [], { sizes: [], accessA: [], accessB: [], out: [] }),
  raw('an empty sum', [2, 0], [0], { sizes: [2, 0], accessA: [plain(0), plain(1)], accessB: [plain(1)], out: [0] }),
  raw('an output with an empty axis', [2, 3], [0], { sizes: [2, 3, 0], accessA: [plain(0), plain(1)], accessB: [plain(2)], out: [2, 0] }),
];

export const contractSamples: SampleRow = {
  // Sums of up to 300 products in any order; the signs of exact zeros depend on what was added to them.
  tolerance: { ulps: 6, ofTerms: true, anyZero: true },
  smooth: true,
  samples: [...products, ...convolutions, ...access],
};
