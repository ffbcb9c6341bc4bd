import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  acosh, ArgumentError, asinh, atan2, atanh, avgPool2d, conv2d, convTranspose2d, cosh, cumprod, cumsum, einsum, erf, exp, expm1,
  gather, gelu, GradientError, hypot, lgamma, log, log1p, logAddExp, logSoftmax, logSumExp, matmul, maxPool2d, norm, ones, pad,
  parameter, pow, prod, reciprocal, scatter, sigmoid, silu, sin, sinh, softmax, softplus, sort, std, tensor, use, variance,
  type Tensor,
} from '@cotangent/tensor';
import { gradCheck, gradients, hessian, grad, jacobian, jvp, numericGradients, track, valueAndGrad, vjp } from './index';
import { expectClose } from './testing/close';

beforeAll(async () => {
  await use(cpu());
});

/** Numbers without a pattern, away from 0 and from each other. */
function doubles(...shape: number[]): Tensor {
  const size = shape.reduce((p, n) => p * n, 1);
  return tensor(Array.from({ length: size }, (_, i) => 0.4 + ((i * 7919) % 101) / 60), { shape, dtype: 'float64' });
}

const index = tensor([[1, 0, 1], [0, 0, 1]], { dtype: 'int32' });

/** Compositions; the contract suite of the backends checks every single op. */
const FUNCTIONS: readonly (readonly [string, (...x: Tensor[]) => Tensor, readonly Tensor[]])[] = [
  ['softmax', (x) => softmax(x, { dim: 1 }), [doubles(3, 4)]],
  ['logSoftmax', (x) => logSoftmax(x, { dim: 0 }), [doubles(3, 4)]],
  ['gelu, silu and softplus', (x) => gelu(x).add(gelu(x, { approximate: 'tanh' })).add(silu(x)).add(softplus(x)), [doubles(5)]],
  ['logSumExp', (x) => logSumExp(x, { dim: 1 }), [doubles(3, 4)]],
  ['variance and std', (x) => variance(x, { dim: 0 }).add(std(x, { dim: 0, correction: 0 })), [doubles(4, 3)]],
  ['norms', (x) => norm(x, { dim: 1 }).add(norm(x, { dim: 1, p: 3 })), [doubles(3, 4)]],
  ['special functions', (x) => sinh(x).add(cosh(x)).add(asinh(x)).add(acosh(x.add(1))).add(lgamma(x)).add(erf(x)), [doubles(6)]],
  ['logAddExp, hypot, atan2', (x, y) => logAddExp(x, y).add(hypot(x, y)).add(atan2(x, y)), [doubles(5), doubles(5).neg()]],
  ['pow', (x, y) => pow(x, y), [doubles(5), doubles(5).sub(1)]],
  ['matmul in batches', (x, y) => matmul(x, y), [doubles(2, 3, 4), doubles(4, 2)]],
  ['einsum', (x, y) => einsum('bij,kj->bki', x, y), [doubles(2, 3, 4), doubles(5, 4)]],
  ['conv2d with bias', (x, w, b) => conv2d(x, w, b, { stride: 2, padding: 1 }), [doubles(2, 2, 5, 5), doubles(3, 2, 3, 3), doubles(3)]],
  ['convTranspose2d in groups', (x, w) => convTranspose2d(x, w, undefined, { stride: 2, groups: 2, outputPadding: 1 }), [doubles(1, 2, 3, 3), doubles(2, 2, 2, 3)]],
  ['pooling', (x) => maxPool2d(x, 2).add(avgPool2d(x, 2, { padding: 1, stride: 2 }).index('...', [0, 2], [0, 2])), [doubles(1, 2, 4, 4)]],
  ['scans and products', (x) => cumsum(x, 1).mul(cumprod(x, 0)).add(prod(x)), [doubles(2, 3)]],
  ['gather and scatter', (x, y) => scatter(x, 0, index, gather(y, 0, index), 'add'), [doubles(2, 3), doubles(2, 3)]],
  ['indexing backwards with steps', (x) => x.index([null, null, -2], [[2, 0, 2]], [1, null]), [doubles(5, 3, 4)]],
  ['reflected borders', (x) => pad(x, [2, 1], { mode: 'reflect' }), [doubles(2, 4)]],
  ['sort', (x) => sort(x, { dim: 0 }).values.mul(sort(x, { dim: 1, descending: true }).values), [doubles(3, 4)]],
];

describe('gradients', () => {
  it.each(FUNCTIONS)('of %s agree with finite differences below 1e-6', async (_, fn, inputs) => {
    const report = await gradCheck(fn, inputs);
    expect(report.relativeError).toBeLessThan(1e-6);
    expect(report.passed).toBe(true);
  });

  it.each(FUNCTIONS)('of gradients of %s agree too [B07]', async (_, fn, inputs) => {
    const slope = (...x: Tensor[]): Tensor => {
      const xs = x.map(track);
      const y = fn(...xs);
      const g = gradients(y.mul(y).sum(), xs);
      return g.map((t) => t.square().sum()).reduce((a, b) => a.add(b));
    };
    const report = await gradCheck(slope, inputs, { tolerance: 1e-5 });
    expect(report.relativeError).toBeLessThan(1e-5);
  });

  it('are weighted by gradOutputs and summed over outputs', async () => {
    const x = track(tensor([1, 2]));
    const [g] = gradients([x.square(), x.mul(3)], [x], { gradOutputs: [tensor([1, 10]), tensor([100, 0])] });
    expect(await g!.array()).toEqual([302, 40]);
    const [ones3] = gradients(x.mul(3), [x]);
    expect(await ones3!.array()).toEqual([3, 3]);
  });

  it('for several inputs; zeros where nothing depends', async () => {
    const [x, y, z] = [track(tensor([2])), track(tensor([3])), track(tensor([[4]]))];
    const [gx, gy, gz] = gradients(x.mul(y), [x, y, z]);
    expect([await gx!.item(), await gy!.item()]).toEqual([3, 2]);
    expect(await gz!.array()).toEqual([[0]]);
  });

  it('for an input are those of inputs alone: weights stay as they are [A12]', async () => {
    const w = parameter(tensor([[1, 2], [3, 4]]));
    const start = await w.array();
    let image = track(tensor([1, 1]));
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const loss = matmul(w, image).square().sum();
      losses.push(await loss.item());
      image = track(image.sub(gradients(loss, [image])[0]!.mul(0.01)).detach());
    }
    expect(losses[19]!).toBeLessThan(losses[0]! / 10);
    expect(await w.array()).toEqual(start);
  });

  it('can stop in the middle of a graph', async () => {
    const x = track(tensor([2]));
    const middle = x.square();
    const y = middle.mul(5).add(x);
    const [gm, gx] = gradients(y, [middle, x]);
    expect([await gm!.item(), await gx!.item()]).toEqual([5, 21]);
  });

  it('can be taken again and again', async () => {
    const x = track(tensor([2]));
    let y = x.pow(4);
    const values: number[] = [];
    for (let i = 0; i < 4; i++) {
      y = gradients(y.sum(), [x])[0]!;
      values.push(await y.item());
    }
    expect(values).toEqual([32, 48, 48, 24]);
  });

  it('refuse inputs without a record, and gradOutputs that do not fit', () => {
    const x = ones([2]);
    const y = track(x);
    expect(() => gradients(x.mul(2), [x])).toThrow(GradientError);
    expect(() => gradients(x.mul(2), [x])).toThrow(/input 0 \(shape \[2\]\) records no gradient.*x = track\(x\)/);
    expect(() => gradients([y, y], [y], { gradOutputs: [ones([2])] })).toThrow(/2 outputs but 1 gradOutputs/);
    expect(() => gradients(y, [y], { gradOutputs: ones([3]) })).toThrow(/output 0 has shape \[2\] but its gradOutput \[3\]/);
    expect(() => gradients(y.mul(2), [parameter(ones([1]))], { gradOutputs: [] })).toThrow(ArgumentError);
  });

  it('of norms and standard deviations are 0 where those are 0, as in PyTorch', async () => {
    const at = (x: number[], fn: (t: Tensor) => Tensor): Tensor => grad((t) => fn(t).sum())(tensor(x));
    for (const p of [2, 3, 1.5, 0.5, -1]) await expectClose(at([0, 0], (x) => norm(x, { p })), [0, 0]);
    await expectClose(at([0, 4], (x) => norm(x, { p: 0.5 })), [0, 1]);
    await expectClose(at([0, -4], (x) => norm(x, { p: 3 })), [0, -1]);
    await expectClose(at([5, 5, 5], (x) => std(x)), [0, 0, 0]);
  });

  it('are infinite where the slope is', async () => {
    expect(await grad((x) => acosh(x))(tensor(1)).item()).toBe(Infinity);
  });

  it('stay finite where the function does', async () => {
    const at = async (fn: (x: Tensor) => Tensor, x: number): Promise<number> => grad((t) => fn(t).sum())(tensor([x])).item();
    expect((await at(sinh, -88)) / Math.cosh(88)).toBeCloseTo(1, 3);
    expect((await at(cosh, -88)) / Math.sinh(-88)).toBeCloseTo(1, 3);
    expect(await at(asinh, 1e30)).toBeCloseTo(0, 6);
    for (const odd of [sinh, asinh, atanh, sin, expm1, log1p]) expect(await at(odd, 0)).toBe(1);
    expect(await at((x) => softplus(x), 1000)).toBe(1);
    expect(await at((x) => softplus(x), -1000)).toBe(0);
    expect(await at(sigmoid, 1000)).toBe(0);
    expect(await at(sigmoid, -1000)).toBe(0);
    expect(await at((x) => logAddExp(x, x.mul(0)), 1000)).toBe(1);
    expect(await at((x) => norm(x), 0)).toBe(0);
    expect(await at((x) => x.tanh(), 1000)).toBe(0);
    const row = tensor([1000, 0]);
    await expectClose(grad((t) => logSoftmax(t, { dim: 0 }).index(0))(row), [0, 0]);
  });
});

describe('transforms', () => {
  it('grad and valueAndGrad', async () => {
    const cube = (x: Tensor): Tensor => x.pow(3).sum();
    expect(await grad(cube)(tensor([2])).array()).toEqual([12]);
    expect(await grad((x) => grad(cube)(x).sum())(tensor([2])).array()).toEqual([12]);
    expect(await grad((x, y) => x.mul(y).sum(), 1)(tensor([2]), tensor([3])).array()).toEqual([2]);
    const { value, grad: slope } = valueAndGrad((x) => x.square().sum())(tensor([3, 4]));
    expect(await value.item()).toBe(25);
    expect(await slope.array()).toEqual([6, 8]);
    expect(() => grad((x) => x)(ones([2]))).toThrow(/returned shape \[2\]; expected a scalar/);
    expect(() => grad(cube, 1)(ones([1]))).toThrow(/argument 1 was asked for, but 1 arguments/);
  });

  it('vjp is a row vector times the Jacobian, jvp the Jacobian times a column', async () => {
    const f = (x: Tensor): Tensor => matmul(tensor([[1, 2, 3], [4, 5, 6]]), x.square());
    const x = tensor([1, 2, 3]);
    const j = [[2, 8, 18], [8, 20, 36]];
    expect(await jacobian(f, x).array()).toEqual(j);
    const { value, grads } = vjp(f, [x], tensor([1, 10]));
    expect(await value.array()).toEqual([36, 78]);
    expect(await grads[0]!.array()).toEqual([82, 208, 378]);
    const { value: again, tangent } = jvp(f, [x], [tensor([1, 0, 100])]);
    expect(await again.array()).toEqual([36, 78]);
    expect(await tangent.array()).toEqual([1802, 3608]);
    expect(() => jvp(f, [x], [])).toThrow(/1 inputs but 0 tangents/);
  });

  it('jvp of several inputs, and of a function that ignores one', async () => {
    const { tangent } = jvp((x, y) => x.mul(y), [tensor([2]), tensor([5])], [tensor([1]), tensor([10])]);
    expect(await tangent.array()).toEqual([25]);
    const { tangent: none } = jvp((x, _) => x.mul(3), [tensor([2]), tensor([5])], [tensor([0]), tensor([10])]);
    expect(await none.array()).toEqual([0]);
    const { tangent: constant } = jvp(() => ones([2]), [tensor([2])], [tensor([1])]);
    expect(await constant.array()).toEqual([0, 0]);
  });

  it('the Jacobian of a map from 3 to 2 numbers equals finite differences [A04]', async () => {
    const f = (x: Tensor): Tensor => sin(x.index([0, 2])).mul(exp(x.index(2)));
    const x = tensor([0.3, -0.8, 0.5], { dtype: 'float64' });
    const rows = await Promise.all([0, 1].map((i) => numericGradients((t) => f(t).index(i), [x], 1e-6)));
    await expectClose(jacobian(f, x), rows.map(([row]) => [...row!]), 1e-8);
    expect(jacobian((t) => t.reshape(3, 1).mul(t), x).shape).toEqual([3, 3, 3]);
    expect(jacobian((t) => t.index([0, 0]), x).shape).toEqual([0, 3]);
  });

  it('the Hessian holds all second derivatives [B07]', async () => {
    expect(await hessian((x) => x.pow(3).sum(), tensor([1, 2])).array()).toEqual([[6, 0], [0, 12]]);
    expect(await hessian((x) => x.index(0).mul(x.index(1)), tensor([1, 2])).array()).toEqual([[0, 1], [1, 0]]);
    // log(sum(exp(x))): diag(p) - p p^T
    const p = [0.0900305732, 0.2447284711, 0.6652409558];
    const expected = p.map((a, i) => p.map((b, j) => (i === j ? a : 0) - a * b));
    await expectClose(hessian((x) => logSumExp(x), tensor([1, 2, 3], { dtype: 'float64' })), expected, 1e-9);
    expect(hessian((x) => x.square().sum(), ones([2, 2])).shape).toEqual([2, 2, 2, 2]);
  });

  it('may be nested in each other', async () => {
    const f = (x: Tensor): Tensor => log(x).mul(x).sum();
    // The derivative of (1 + log x) along a direction v is v / x.
    const { tangent } = jvp((x) => grad(f)(x), [tensor([2, 4])], [tensor([1, 1])]);
    await expectClose(tangent, [0.5, 0.25]);
    await expectClose(jacobian((x) => grad((t) => reciprocal(t).sum())(x), tensor([2])), [[0.25]]);
  });
});
