/** Gradients where derivatives do not exist or formulas would give NaN: which convention holds. */
import { cpu } from '@cotangent/backend-cpu';
import {
  abs, amax, amin, cast, clamp, contract, cummax, cumprod, div, floor, fmod, gather, GradientError, max, maximum, maxPool1d, minimum, mul,
  plain, pow, prod, relu, round, scatter, sign, sort, sqrt, stopGradient, tensor, topk, use, where, windowed, type NestedArray, type Tensor,
} from '@cotangent/tensor';
import { beforeAll, expect, it } from 'vitest';
import { gradients, track } from '../gradients';

beforeAll(async () => {
  await use(cpu());
});

/** The gradients of the sum of `fn`, one after another. */
async function slopes(fn: (...inputs: Tensor[]) => Tensor, ...values: (NestedArray & number[])[]): Promise<NestedArray[]> {
  const xs = values.map((v) => track(tensor(v)));
  return Promise.all(gradients(fn(...xs), xs).map((g) => g.array()));
}

it('abs and sign have slope 0 at 0, relu too', async () => {
  expect(await slopes(abs, [-2, 0, 3])).toEqual([[-1, 0, 1]]);
  expect(await slopes(sign, [-2, 0, 3])).toEqual([[0, 0, 0]]);
  expect(await slopes(relu, [-2, 0, 3])).toEqual([[0, 0, 1]]);
});

it('rounding has slope 0 everywhere', async () => {
  expect(await slopes(floor, [1.5, 2])).toEqual([[0, 0]]);
  expect(await slopes(round, [1.5, 2])).toEqual([[0, 0]]);
});

it('maximum and minimum share the gradient between equal operands', async () => {
  expect(await slopes(maximum, [1, 2, 3], [1, 3, 2])).toEqual([[0.5, 0, 1], [0.5, 1, 0]]);
  expect(await slopes(minimum, [1, 2, 3], [1, 3, 2])).toEqual([[0.5, 1, 0], [0.5, 0, 1]]);
});

it('amax and amin share the gradient between all extreme elements; max with indices gives it to one', async () => {
  expect(await slopes((x) => amax(x), [3, 1, 3, 3])).toEqual([[1 / 3, 0, 1 / 3, 1 / 3].map(Math.fround)]);
  expect(await slopes((x) => amin(x), [3, 1, 1])).toEqual([[0, 0.5, 0.5]]);
  expect(await slopes((x) => max(x, { dim: 0 }).values, [3, 1, 3])).toEqual([[1, 0, 0]]);
});

it('max pooling gives the gradient to the first maximum, cummax to the latest', async () => {
  expect(await slopes((x) => maxPool1d(x.reshape(1, 1, 4), 4), [1, 5, 5, 2])).toEqual([[0, 1, 0, 0]]);
  expect(await slopes((x) => cummax(x, 0).values, [1, 5, 5, 2])).toEqual([[1, 1, 2, 0]]);
});

it('clamp passes the whole gradient at its ends', async () => {
  expect(await slopes((x) => clamp(x, { min: 0, max: 1 }), [-1, 0, 0.5, 1, 2])).toEqual([[0, 1, 1, 1, 0]]);
});

it('pow at base 0 and exponent 0 has finite slopes', async () => {
  expect(await slopes(pow, [0, 0, 0, 2], [0, 1, 2, 0])).toEqual([[0, 1, 0, 0], [0, 0, 0, Math.fround(Math.log(2))]]);
});

it('products pass through zeros', async () => {
  expect(await slopes((x) => prod(x), [2, 0, 3])).toEqual([[0, 6, 0]]);
  expect(await slopes((x) => prod(x), [0, 0, 3])).toEqual([[0, 0, 0]]);
  expect(await slopes((x) => cumprod(x, 0), [2, 0, 3])).toEqual([[1, 8, 0]]);
});

it('the branch of where that is not taken contributes nothing, not even NaN', async () => {
  const safe = (x: Tensor): Tensor => where(x.gt(0), sqrt(where(x.gt(0), x, 1)), 0);
  expect(await slopes(safe, [4, 0, -1])).toEqual([[0.25, 0, 0]]);
});

it('fmod has slope 1 and minus the truncated quotient', async () => {
  expect(await slopes(fmod, [7, -7], [3, 3])).toEqual([[1, 1], [-2, 2]]);
});

it('scatter: overwritten elements get nothing, maxima share, duplicates add up in gather', async () => {
  const index = tensor([1, 1], { dtype: 'int32' });
  expect(await slopes((x, u) => scatter(x, 0, index, u, 'max'), [1, 4], [4, 2])).toEqual([[1, 0.5], [0.5, 0]]);
  expect(await slopes((x, u) => scatter(x, 0, tensor([1], { dtype: 'int32' }), u), [1, 4], [9])).toEqual([[1, 0], [1]]);
  expect(await slopes((x) => gather(x, 0, index), [1, 4])).toEqual([[0, 2]]);
});

it('sort and topk send the gradient back to where the elements came from', async () => {
  const weights = tensor([1, 10, 100]);
  expect(await slopes((x) => mul(sort(x).values, weights), [3, 1, 2])).toEqual([[100, 1, 10]]);
  expect(await slopes((x) => topk(x, 1).values, [3, 1, 2])).toEqual([[1, 0, 0]]);
});

it('nothing flows through stopGradient or to bool operands', async () => {
  expect(await slopes((x) => mul(stopGradient(x), x), [3])).toEqual([[3]]);
  const mask = tensor([true, false]);
  expect(await slopes((x) => mul(x, mask), [3, 4])).toEqual([[1, 0]]);
  expect(await slopes((x) => pow(x, mask), [3, 4])).toEqual([[1, 0]]);
  const double = track(tensor([3, 4], { dtype: 'float64' }));
  expect(await gradients(div(mask, double), [double])[0]!.array()).toEqual([-1 / 9, -0]);
});

it('a cast passes the gradient on in the dtype of its input', async () => {
  const x = track(tensor([1, 2], { dtype: 'float64' }));
  const [g] = gradients(cast(x, 'float32').mul(3), [x]);
  expect([g!.dtype, await g!.array()]).toEqual(['float64', [3, 3]]);
});

it('an access pattern without a gradient rule is an error, not a wrong number', () => {
  const [a, b] = [track(tensor([1, 2, 3, 4])), track(tensor([1, 2, 3, 4]))];
  const both = contract(a, b, { sizes: [2, 2, 2], accessA: [windowed(0, 1, 1, 1, 0)], accessB: [windowed(0, 1, 2, 1, 0)], out: [0] });
  expect(() => gradients(both, [a])).toThrow(GradientError);
  const square = track(tensor([[1, 2], [3, 4]]));
  const diagonal = contract(square, tensor([1, 1]), { sizes: [2], accessA: [plain(0), plain(0)], accessB: [plain(0)], out: [0] });
  expect(() => gradients(diagonal, [square])).toThrow(/diagonal/);
});
