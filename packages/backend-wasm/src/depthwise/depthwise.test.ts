import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { avgPool2d, conv1d, conv2d, convTranspose2d, parameter, tensor, use, type ConvOptions, type Parameter,
  type Tensor } from '@cotangent/tensor';
import { afterAll, expect, test } from 'vitest';
import { wasm } from '../index';
import { expectClose, inPieces, noise, Random } from '../testing';

const BACKENDS = { cpu: cpu(), whole: wasm(), pieces: inPieces() };
afterAll(async () => {
  await use(BACKENDS.cpu);
});

const array = (shape: readonly number[], seed: number): Tensor => tensor(noise(count(shape), seed)).reshape(...shape);
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Value and both gradients of a function of two arrays. */
async function threeOf(shapes: readonly [readonly number[], readonly number[]], fn: (x: Tensor, w: Tensor) =>
  Tensor): Promise<ArrayLike<number>[]> {
  const [x, w] = [1, 2].map((seed, i) => parameter(array(shapes[i]!, seed))) as [Parameter, Parameter];
  const y = fn(x, w);
  const g = array(y.shape, 5);
  const grads = backward(y.mul(g).sum());
  return [await y.data(), await (grads.get(x) as Tensor).data(), await (grads.get(w) as Tensor).data()];
}

async function expectAgreement(shapes: readonly [readonly number[], readonly number[]], fn: (x: Tensor, w: Tensor) => Tensor,
  what: string): Promise<void> {
  await use(BACKENDS.cpu);
  const expected = await threeOf(shapes, fn);
  await use(BACKENDS.whole);
  const actual = await threeOf(shapes, fn);
  await use(BACKENDS.pieces);
  const pieces = await threeOf(shapes, fn);
  for (const [i, values] of expected.entries()) {
    const scale = Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    expectClose(Float64Array.from(actual[i]!, (v) => v + 8 * scale), Float64Array.from(values, (v) => v + 8 * scale), 2e-7,
      `${what}, result ${i}`);
    expect(pieces[i], what).toEqual(actual[i]);
  }
}

test('depthwise convolutions of all kinds give the values and gradients of the cpu backend', async () => {
  const random = new Random(5);
  for (let round = 0; round < 60; round++) {
    const [batch, groups, multiplier] = [1 + random.below(3), 1 + random.below(6), 1 + random.below(3)];
    const taps = [1 + random.below(7), 1 + random.below(7)];
    const stride = random.pick([1, 1, 2, 3]);
    const [dilation, padding] = [1 + random.below(2), random.below(4)];
    const size = taps.map((k) => Math.max(1, dilation * (k - 1) + 1 - 2 * padding) + random.below(20));
    const options: ConvOptions = { stride, dilation, padding, groups };
    const shapes = [[batch, groups, ...size], [groups * multiplier, 1, ...taps]] as const;
    await expectAgreement(shapes, (x, w) => conv2d(x, w, undefined, options), JSON.stringify({ ...options, shapes }));
  }
});

test('planes too large for the cache are done in blocks of rows', async () => {
  await expectAgreement([[1, 3, 90, 131], [3, 1, 3, 5]], (x, w) => conv2d(x, w, undefined, { groups: 3, padding: 1 }), 'large');
  await expectAgreement([[1, 2, 130, 95], [2, 1, 5, 3]], (x, w) => conv2d(x, w, undefined, { groups: 2, padding: 2, stride: 2 }),
    'large, step 2');
});

test('one dimension, transposed convolution, average pooling and permuted operands', async () => {
  await expectAgreement([[3, 5, 41], [10, 1, 4]], (x, w) => conv1d(x, w, undefined, { groups: 5, padding: 2, stride: 2 }), 'conv1d');
  await expectAgreement([[2, 4, 9, 8], [4, 1, 3, 3]], (x, w) =>
    convTranspose2d(x, w, undefined, { groups: 4, padding: 1, stride: 2 }), 'transposed');
  await expectAgreement([[2, 4, 9, 8], [1]], (x, w) => avgPool2d(x, 3, { stride: 2, padding: 1 }).mul(w), 'average pooling');
  await expectAgreement([[2, 9, 8, 4], [3, 3, 1, 4]], (x, w) =>
    conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), undefined, { groups: 4 }), 'channels last');
});

test('values that are not finite spread no further than the sums they are in', async () => {
  const values = noise(2 * 7 * 9, 1);
  values[20] = Infinity;
  values[71] = NaN;
  const result = async (): Promise<number[][]> => {
    const x = tensor(values).reshape(1, 2, 7, 9);
    const w = parameter(array([2, 1, 3, 3], 2));
    const y = conv2d(x, w, undefined, { groups: 2, padding: 1 });
    const g = array(y.shape, 3);
    const kind = (v: number): number => (Number.isFinite(v) ? 0 : Number.isNaN(v) ? 2 : Math.sign(v));
    return [Array.from(await y.data(), kind), Array.from(await (backward(y.mul(g).sum()).get(w) as Tensor).data(), kind)];
  };
  await use(BACKENDS.cpu);
  const expected = await result();
  await use(BACKENDS.whole);
  expect(await result()).toEqual(expected);
});
