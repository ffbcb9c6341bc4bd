import { backward, gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, isTensor, matmul, norm, ones, randn, tensor, transpose, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Conv2d, ConvTranspose2d, Linear, removeSpectralNorm, removeWeightNorm, RNN, Sequential, spectralNorm, summary, weightNorm,
  weightNormalized, type Module,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

/** A field that a layer got from outside. */
function field(layer: Module, name: string): Tensor {
  const value = (layer as unknown as Record<string, unknown>)[name];
  if (!isTensor(value)) throw new Error(`no tensor ${name}`);
  return value;
}

describe('weightNorm', () => {
  test('splits a weight into lengths and directions and leaves the output as it was [L65]', async () => {
    const layer = new Linear(3, 2);
    const x = randn([4, 3]);
    const before = await layer.forward(x).array();
    expect(weightNorm(layer)).toBe(layer);
    await expectClose(layer.forward(x), before);
    const state = layer.stateDict();
    expect(Object.keys(state)).toEqual(['bias', 'weight_g', 'weight_v']);
    expect(state['weight_g']!.shape).toEqual([2, 1]);
    expect(Object.keys(weightNorm(new Conv2d(3, 4, 3)).stateDict())).toEqual(['bias', 'weight_g', 'weight_v']);
    expect(field(weightNorm(new Conv2d(3, 4, 3), { dim: 1 }), 'weight_g').shape).toEqual([1, 3, 1, 1]);
    expect(field(weightNorm(new Linear(3, 4), { dim: null }), 'weight_g').shape).toEqual([]);
  });

  test('trains both, and follows a loaded state', async () => {
    const layer = weightNorm(new Linear(2, 1, { bias: false }));
    layer.loadStateDict({ weight_g: tensor([[10]]), weight_v: tensor([[3, 4]]) });
    await expectClose(layer.forward(tensor([[1, 1]])), [[14]]);
    await expectClose(layer.weight, [[6, 8]]);
    const [g, v] = gradients(layer.forward(tensor([[1, 0]])), [field(layer, 'weight_g'), field(layer, 'weight_v')]);
    await expectClose(g!, [[0.6]]);
    await expectClose(v!, [[1.28, -0.96]]);
    expect(layer.parameters().map((p) => p.name)).toEqual(['weight_g', 'weight_v']);
    expect(backward(layer.forward(tensor([[1, 0]])).sum()).size).toBe(2);
  });

  test('works under compile, in summaries and for weights of other names', async () => {
    const net = new Sequential(weightNorm(new Linear(3, 2)), new Linear(2, 1));
    const x = randn([2, 3]);
    await expectClose(compile((y: Tensor) => net.forward(y))(x), await net.forward(x).array());
    expect(summary(net, [1, 3]).parameters).toBe(2 + 6 + 2 + 3);
    const rnn = weightNorm(new RNN(2, 3), { name: 'weight_hh_l0' });
    expect(Object.keys(rnn.stateDict())).toContain('weight_hh_l0_g');
    expect(rnn.forward(ones([4, 1, 2]))[0].shape).toEqual([4, 1, 3]);
  });

  test('can be undone', async () => {
    const layer = weightNorm(new Linear(2, 2));
    const before = await layer.weight.array();
    removeWeightNorm(layer);
    expect(Object.keys(layer.stateDict())).toEqual(['bias', 'weight']);
    await expectClose(layer.weight, before);
    expect(layer.forward(ones([1, 2])).shape).toEqual([1, 2]);
    expect(layer.weight.requiresGrad).toBe(true);
    expect(() => removeWeightNorm(layer)).toThrow("weightNorm: 'weight' of Linear is not computed by it.");
  });

  test('refuses weights that are not there, or computed already', () => {
    expect(() => weightNorm(new Linear(2, 2), { name: 'kernel' })).toThrow("weightNorm: Linear has no parameter 'kernel'.");
    expect(() => weightNorm(spectralNorm(new Linear(2, 2)))).toThrow("weightNorm: 'weight' of Linear is computed by spectralNorm already.");
    expect(() => weightNormalized(ones([2, 2]), ones([2]), 2)).toThrow('weightNorm: dim is 2; expected a whole number from -2 to 1, or null.');
  });
});

describe('spectralNorm', () => {
  test('makes the largest singular value 1 after some forward passes of training [L65]', async () => {
    const layer = spectralNorm(new Linear(3, 3, { bias: false }));
    layer.loadStateDict({ weight_orig: tensor([[4, 0, 0], [0, 2, 0], [0, 0, 1]]) }, { strict: false });
    for (let i = 0; i < 30; i++) await layer.forward(ones([1, 3])).data();
    await expectClose(layer.weight, [[1, 0, 0], [0, 0.5, 0], [0, 0, 0.25]]);
  });

  test('has the state of PyTorch, and unit vectors in it', async () => {
    const layer = spectralNorm(new Conv2d(2, 4, 3));
    const state = layer.stateDict();
    expect(Object.keys(state)).toEqual(['bias', 'weight_orig', 'weight_u', 'weight_v']);
    expect([state['weight_u']!.shape, state['weight_v']!.shape]).toEqual([[4], [18]]);
    await expectClose(norm(state['weight_u']!), 1);
    expect(layer.parameters().map((p) => p.name)).toEqual(['bias', 'weight_orig']);
    expect(field(spectralNorm(new ConvTranspose2d(2, 4, 3)), 'weight_u').shape).toEqual([4]);
    expect(field(spectralNorm(new Linear(2, 5), { dim: 1 }), 'weight_u').shape).toEqual([2]);
  });

  test('iterates in training only, once for each forward pass', async () => {
    const layer = spectralNorm(new Linear(2, 2)).eval();
    const u = await field(layer, 'weight_u').array();
    layer.forward(ones([1, 2]));
    expect(await field(layer, 'weight_u').array()).toEqual(u);
    layer.train().forward(ones([1, 2]));
    const w = field(layer, 'weight_orig');
    const next = matmul(w, matmul(transpose(w), tensor(u)));
    await expectClose(field(layer, 'weight_u'), await next.div(norm(next)).array());
  });

  test('the gradient treats the vectors as constants', async () => {
    const layer = spectralNorm(new Linear(2, 1, { bias: false })).eval();
    layer.loadStateDict({ weight_orig: tensor([[3, 4]]), weight_u: tensor([1]), weight_v: tensor([0.6, 0.8]) });
    const [slope] = gradients(layer.forward(tensor([[1, 0]])), [field(layer, 'weight_orig')]);
    // w1 / (v . w) with v fixed: 1 / 5 - 3 / 25 v.
    await expectClose(slope!, [[0.2 - 0.12 * 0.6, -0.12 * 0.8]]);
  });

  test('can be undone, and refuses impossible options', () => {
    const layer = removeSpectralNorm(spectralNorm(new Linear(2, 2)));
    expect(Object.keys(layer.stateDict())).toEqual(['bias', 'weight']);
    expect(() => spectralNorm(layer, { nPowerIterations: 0 })).toThrow('spectralNorm: nPowerIterations is 0; expected a whole number >= 1.');
    expect(() => removeSpectralNorm(layer)).toThrow("spectralNorm: 'weight' of Linear is not computed by it.");
  });
});
