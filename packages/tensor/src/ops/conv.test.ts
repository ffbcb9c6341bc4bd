import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  ArgumentError, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d, flip, Generator, linear, ones, rand,
  reshape, ShapeError, tensor, use, zeros, type NestedArray, type Tensor,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const generator = new Generator(5);
const random = (...shape: number[]): Tensor => rand(shape, { generator, dtype: 'float64' }).sub(0.5);

interface Geometry {
  stride: number;
  padding: number;
  dilation: number;
  groups: number;
}

/** The definition, as loops: out[n, o, y, x] = sum over channels and taps of input times weight. */
async function looped(x: Tensor, w: Tensor, { stride, padding, dilation, groups }: Geometry): Promise<number[]> {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [filters, depth, kh, kw] = w.shape as [number, number, number, number];
  const image = await x.data();
  const kernel = await w.data();
  const size = (n: number, k: number): number => Math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride) + 1;
  const out: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < filters; o++) {
      const first = Math.floor(o / (filters / groups)) * depth;
      for (let y = 0; y < size(height, kh); y++) {
        for (let z = 0; z < size(width, kw); z++) {
          let sum = 0;
          for (let c = 0; c < depth; c++) {
            for (let i = 0; i < kh; i++) {
              for (let j = 0; j < kw; j++) {
                const row = y * stride + i * dilation - padding;
                const column = z * stride + j * dilation - padding;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                sum += image[((n * channels + first + c) * height + row) * width + column]! * kernel[((o * depth + c) * kh + i) * kw + j]!;
              }
            }
          }
          out.push(sum);
        }
      }
    }
  }
  return out;
}

const GEOMETRIES: readonly Geometry[] = [
  { stride: 1, padding: 0, dilation: 1, groups: 1 },
  { stride: 2, padding: 1, dilation: 1, groups: 1 },
  { stride: 3, padding: 2, dilation: 2, groups: 1 },
  { stride: 1, padding: 1, dilation: 1, groups: 2 },
  { stride: 2, padding: 2, dilation: 1, groups: 4 },
];

describe('convolution', () => {
  it.each(GEOMETRIES)('equals loops with $stride/$padding/$dilation/$groups (stride, padding, dilation, groups)', async (geometry) => {
    const x = random(2, 4, 9, 8);
    const w = random(8, 4 / geometry.groups, 3, 2);
    const got = await conv2d(x, w, undefined, geometry).data();
    const expected = await looped(x, w, geometry);
    expect(got.length).toBe(expected.length);
    expected.forEach((v, i) => {
      expect(got[i]).toBeCloseTo(v, 10);
    });
  });

  it('in 1 and 3 dimensions is the 2-d one with axes of size 1', async () => {
    const x = random(2, 3, 7);
    const w = random(4, 3, 3);
    const flat = conv2d(x.unsqueeze(2), w.unsqueeze(2), undefined, { stride: [1, 2], padding: [0, 1] }).squeeze(2);
    expect(await conv1d(x, w, undefined, { stride: 2, padding: 1 }).array()).toEqual(await flat.array());
    const cube = conv3d(random(1, 2, 4, 5, 6), ones([3, 2, 2, 3, 1], { dtype: 'float64' }));
    expect(cube.shape).toEqual([1, 3, 3, 3, 6]);
    expect(await conv3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2])).item()).toBe(8);
  });

  it('sums over all channels: 6 x 6 x 3 with two 3 x 3 x 3 filters gives 4 x 4 x 2', async () => {
    const image = random(1, 3, 6, 6);
    expect(conv2d(image, random(2, 3, 3, 3)).shape).toEqual([1, 2, 4, 4]);
    // A filter that is 0 for green and blue sees red only.
    const red = random(1, 1, 3, 3);
    const filter = tensor([[1], [0], [0]], { shape: [1, 3, 1, 1], dtype: 'float64' }).mul(red);
    expect(await conv2d(image, filter).array()).toEqual(await conv2d(image.index(null, [0, 1]), red).array());
  });

  it('with a 1 x 1 kernel is a linear map of every pixel', async () => {
    const x = random(1, 3, 2, 2);
    const w = random(5, 3);
    const pixels = linear(x.permute(0, 2, 3, 1), w).permute(0, 3, 1, 2);
    const got = await conv2d(x, reshape(w, [5, 3, 1, 1])).data();
    (await pixels.data()).forEach((v, i) => {
      expect(got[i]).toBeCloseTo(v, 12);
    });
  });

  it('adds a bias and does without a batch axis', async () => {
    const y = conv2d(ones([1, 2, 2]), ones([2, 1, 1, 1]), tensor([10, 20]));
    expect(await y.array()).toEqual([[[11, 11], [11, 11]], [[21, 21], [21, 21]]]);
    expect(conv1d(ones([2, 5]), ones([3, 2, 3])).shape).toEqual([3, 3]);
  });

  it("padding 'same' keeps the size, with one more zero at the end for even kernels", async () => {
    expect(conv2d(ones([1, 1, 6, 7]), ones([1, 1, 3, 5]), undefined, { padding: 'same' }).shape).toEqual([1, 1, 6, 7]);
    expect(await conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]]), undefined, { padding: 'same' }).array()).toEqual([[[21, 32, 3]]]);
    expect(conv1d(ones([1, 1, 5]), ones([1, 1, 3]), undefined, { padding: 'same', dilation: 2 }).shape).toEqual([1, 1, 5]);
    expect(() => conv1d(ones([1, 1, 5]), ones([1, 1, 3]), undefined, { padding: 'same', stride: 2 })).toThrow(/'same' needs stride 1/);
  });

  it('with a flipped kernel is associative, which cross-correlation is not [T18]', async () => {
    const [x, f, g] = [tensor([[[1, 2, 3]]]), tensor([[[1, 2, 0]]]), tensor([[[0, 1, 3]]])];
    const bothWays = async (flipKernel: boolean): Promise<[NestedArray, NestedArray]> => {
      const options = { padding: 2, flipKernel };
      const left = conv1d(conv1d(x, f, undefined, options), g, undefined, options);
      const right = conv1d(x, conv1d(f, g, undefined, options), undefined, { padding: 4, flipKernel });
      return [await left.array(), await right.array()];
    };
    const [left, right] = await bothWays(true);
    expect(left).toEqual([[[0, 1, 7, 19, 27, 18, 0]]]);
    expect(right).toEqual(left);
    const [first, second] = await bothWays(false);
    expect(second).not.toEqual(first);
    expect(await conv1d(x, f, undefined, { flipKernel: true }).array()).toEqual(await conv1d(x, flip(f, 2)).array());
  });

  it('names sizes, channels and groups that do not fit', () => {
    const x = ones([1, 3, 6, 6]);
    expect(() => conv2d(x, ones([2, 4, 3, 3])))
      .toThrow(/conv2d: the input of shape \[1, 3, 6, 6\] has 3 channels.*weight of shape \[2, 4, 3, 3\] takes 4/);
    expect(() => conv2d(x, ones([2, 3, 3, 3]), undefined, { groups: 2 })).toThrow(ShapeError);
    expect(() => conv2d(x, ones([2, 3, 7, 7]))).toThrow(/kernel of \[7, 7\].*larger than the padded input \[6, 6\]/);
    expect(() => conv2d(x, ones([2, 3, 3]))).toThrow(/expected \[batch, channels, 2 spatial\] and \[out, channels \/ groups, 2 spatial\]/);
    expect(() => conv2d(ones([6, 6]), ones([2, 3, 3, 3]))).toThrow(/input has shape \[6, 6\]/);
    expect(() => conv2d(ones([3, 6, 6]), ones([2, 3, 3]))).toThrow(/input has shape \[3, 6, 6\]/);
    expect(() => conv2d(x, ones([2, 3, 3, 3]), ones([3]))).toThrow(/bias has shape \[3\]; expected \[2\]/);
    expect(() => conv2d(x, ones([2, 3, 3, 3]), undefined, { stride: 0 })).toThrow(/stride is 0; expected a whole number >= 1/);
    expect(() => conv2d(x, ones([2, 3, 3, 3]), undefined, { padding: [1, 1, 1] })).toThrow(ArgumentError);
    expect(() => conv2d(x, ones([2, 3, 3, 3], { dtype: 'float64' }))).toThrow(/conv2d: the operands are float32 and float64/);
  });
});

describe('transposed convolution', () => {
  it.each(GEOMETRIES)('is the adjoint of convolution with $stride/$padding/$dilation/$groups', async (geometry) => {
    const x = random(2, 4, 9, 8);
    const w = random(8, 4 / geometry.groups, 3, 2);
    const y = conv2d(x, w, undefined, geometry);
    const g = random(...y.shape);
    const { stride, padding, dilation, groups } = geometry;
    const outputPadding = [0, 1].map((i) => {
      const smallest = (y.shape[i + 2]! - 1) * stride - 2 * padding + dilation * (w.shape[i + 2]! - 1) + 1;
      return x.shape[i + 2]! - smallest;
    });
    const back = convTranspose2d(g, w, undefined, { stride, padding, dilation, groups, outputPadding });
    expect(back.shape).toEqual(x.shape);
    // <conv(x), g> = <x, convTranspose(g)>
    expect(await y.mul(g).sum().item()).toBeCloseTo(await x.mul(back).sum().item(), 9);
  });

  it('spreads every input over the output', async () => {
    const y = convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10, 100]]]), undefined, { stride: 2 });
    expect(await y.array()).toEqual([[[1, 10, 102, 20, 200]]]);
    expect(await convTranspose1d(tensor([[1, 2]]), tensor([[[1]]]), tensor([5])).array()).toEqual([[6, 7]]);
    expect(convTranspose3d(ones([1, 2, 2, 2, 2]), ones([2, 3, 2, 2, 2]), undefined, { stride: 2 }).shape).toEqual([1, 3, 4, 4, 4]);
  });

  it('names what does not fit', () => {
    expect(() => convTranspose2d(ones([1, 3, 4, 4]), ones([2, 3, 3, 3]))).toThrow(/\[1, 3, 4, 4\] and the weight \[2, 3, 3, 3\]/);
    expect(() => convTranspose1d(ones([1, 1, 3]), ones([1, 1, 2]), undefined, { stride: 2, outputPadding: 2 }))
      .toThrow(/outputPadding 2 must be smaller/);
    expect(() => convTranspose1d(ones([1, 1, 1]), ones([1, 1, 2]), undefined, { padding: 1 })).toThrow(ShapeError);
    expect(() => convTranspose1d(ones([1, 1, 1]), zeros([1, 1, 2], { dtype: 'float64' }))).toThrow(/convTranspose1d: the operands are float32 and float64/);
  });
});
