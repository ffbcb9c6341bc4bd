import { backward, gradCheck, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { noGrad, ones, parameter, tensor, use, variable, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { BatchNorm1d, BatchNorm2d, batchNorm, Conv2d, LayerNorm, layerNorm, Linear, Sequential } from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const Z = [[1, 10], [2, 20], [3, 30], [4, 60]];

describe('BatchNorm1d', () => {
  function example(): BatchNorm1d {
    const layer = new BatchNorm1d(2);
    layer.loadStateDict({ weight: tensor([2, 0.5]), bias: tensor([1, -1]) }, { strict: false });
    return layer;
  }

  test('has the keys of PyTorch', () => {
    const keys = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'];
    const state = new BatchNorm1d(2).stateDict();
    expect(Object.keys(state)).toEqual(keys);
    expect(state['num_batches_tracked']!.shape).toEqual([]);
    expect(state['num_batches_tracked']!.dtype).toBe('int32');
    expect(Object.keys(new BatchNorm1d(2, { affine: false }).stateDict())).toEqual(keys.slice(2));
    expect(Object.keys(new BatchNorm1d(2, { trackRunningStats: false }).stateDict())).toEqual(keys.slice(0, 2));
  });

  test('normalises by the batch in training, and moves its statistics with the unbiased variance [L21 L23]', async () => {
    const layer = example();
    const y = layer.forward(tensor(Z));
    await expectClose(y, [
      [-1.68327084, -1.534522476], [0.1055763867, -1.267261238], [1.894423613, -1], [3.68327084, -0.1982162857],
    ]);
    await expectClose(layer.running_mean!, [0.25, 3]);
    await expectClose(layer.running_var!, [1.066666667, 47.56666667]);
    expect(await layer.num_batches_tracked!.item()).toBe(1);
  });

  test('has the gradients of the worked example [L21]', async () => {
    const layer = example();
    const z = track(tensor(Z));
    const [dz, dgamma, dbeta] = gradients(layer.forward(z), [z, layer.weight!, layer.bias!], {
      gradOutputs: tensor([[0.0706, -0.3784], [-0.4795, -0.1397], [0.3285, 0.4947], [0.2061, -0.272]]),
    });
    await expectClose(dz!, [
      [0.3959587266, -0.007832090591], [-0.8053398904, -0.001606240045], [0.422794911, 0.01519513769], [-0.01341374715, -0.005756807055],
    ]);
    await expectClose(dgamma!, [0.5431387392, 0.04302905933]);
    await expectClose(dbeta!, [0.1257, -0.2954]);
  });

  test('gamma = sqrt(variance + eps) and beta = mean give the identity [L21]', async () => {
    const layer = new BatchNorm1d(2);
    const gamma = [1.25, 350].map((v) => Math.sqrt(v + 1e-5));
    layer.loadStateDict({ weight: tensor(gamma), bias: tensor([2.5, 30]) }, { strict: false });
    await expectClose(layer.forward(tensor(Z)), Z);
  });

  test('in evaluation a sample does not depend on its neighbours, and nothing moves', async () => {
    const layer = example();
    for (let i = 0; i < 20; i++) layer.forward(tensor(Z));
    layer.eval();
    const together = (await layer.forward(tensor(Z)).array()) as number[][];
    const before = await layer.running_mean!.array();
    await expectClose(layer.forward(tensor([Z[2]!])), [together[2]!]);
    expect(await layer.running_mean!.array()).toEqual(before);
    expect(await layer.num_batches_tracked!.item()).toBe(20);
    await expectClose(layer.running_mean!, [2.5, 30].map((m) => m * (1 - 0.9 ** 20)));
  });

  test('momentum null takes the plain mean over batches', async () => {
    const layer = new BatchNorm1d(1, { momentum: null });
    layer.forward(tensor([[1], [3]]));
    layer.forward(tensor([[5], [9]]));
    await expectClose(layer.running_mean!, [4.5]);
    await expectClose(layer.running_var!, [5]);
  });

  test('statistics also move without gradients, as in PyTorch', async () => {
    const layer = new BatchNorm1d(1);
    noGrad(() => layer.forward(tensor([[1], [3]])));
    await expectClose(layer.running_mean!, [0.2]);
  });

  test('without running statistics evaluation uses the batch', async () => {
    const layer = new BatchNorm1d(2, { trackRunningStats: false, affine: false });
    const training = await layer.forward(tensor(Z)).array();
    expect(await layer.eval().forward(tensor(Z)).array()).toEqual(training);
  });

  test('takes away the bias of the layer before it [L24]', async () => {
    const withBias = new Sequential(new Linear(3, 2), new BatchNorm1d(2));
    const without = new Sequential(new Linear(3, 2, { bias: false }), new BatchNorm1d(2));
    const { '0.bias': bias, ...state } = withBias.stateDict();
    without.loadStateDict(state);
    const x = tensor([[1, 2, 3], [0, -1, 2], [4, 1, 1]]);
    await expectClose(without.forward(x), await withBias.forward(x).array());
    const gradient = backward(withBias.forward(x).square().sum()).get(withBias.parameters()[1]!) as Tensor;
    expect(gradient.shape).toEqual(bias!.shape);
    await expectClose(gradient, [0, 0]);
  });

  test('accepts [batch, channels, length]', async () => {
    const layer = new BatchNorm1d(2);
    const x = tensor(Z).transpose().reshape(1, 2, 4);
    await expectClose(layer.forward(x).reshape(2, 4).transpose(), await new BatchNorm1d(2).forward(tensor(Z)).array());
  });

  test('refuses what it cannot normalise', () => {
    const layer = new BatchNorm1d(2);
    expect(() => layer.forward(ones([4, 3]))).toThrow(
      'BatchNorm1d(2): the input has shape [4, 3]; expected [batch, 2] or [batch, 2, length].',
    );
    expect(() => layer.forward(ones([1, 2]))).toThrow(
      'has 1 value per channel, so there is no variance to train with. Use larger batches, or eval().',
    );
    expect(layer.eval().forward(ones([1, 2])).shape).toEqual([1, 2]);
    expect(() => layer.forward(zeros([4, 2], { dtype: 'int32' }))).toThrow('BatchNorm1d: the input is int32; expected float32');
    expect(() => new BatchNorm2d(2).forward(ones([4, 2]))).toThrow(
      'BatchNorm2d(2): the input has shape [4, 2]; expected [batch, 2, height, width].',
    );
    expect(() => new BatchNorm1d(2, { eps: 0 })).toThrow('BatchNorm1d: eps is 0; expected a finite number > 0.');
    expect(() => new BatchNorm1d(2, { momentum: 2 })).toThrow('BatchNorm1d: momentum is 2');
  });
});

test('BatchNorm2d has one mean and variance per channel, over batch and space [L22]', async () => {
  const x = tensor(Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => Math.sin(i * i)), { shape: [2, 3, 4, 5] });
  const layer = new BatchNorm2d(3);
  const channels = await layer.forward(x).permute(1, 0, 2, 3).reshape(3, 40).array();
  const flat = (await x.permute(1, 0, 2, 3).reshape(3, 40).array()) as number[][];
  const expected = flat.map((row) => {
    const mean = row.reduce((a, b) => a + b) / 40;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / 40;
    return row.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
  });
  await expectClose(tensor(channels), expected);
});

test('convolution, normalisation and loss train together: statistics and gradients come from one pass', async () => {
  const net = new Sequential(new Conv2d(1, 2, 3, { bias: false }), new BatchNorm2d(2));
  const loss = net.forward(ones([2, 1, 5, 5]).mul(tensor([1, 3]).reshape(2, 1, 1, 1))).square().sum();
  expect(backward(loss).size).toBe(3);
  const norm = net.at(1) as BatchNorm2d;
  expect(await norm.num_batches_tracked!.item()).toBe(1);
});

describe('batchNorm', () => {
  test('updates the variables it is given, and only those', async () => {
    const [runningMean, runningVar] = [variable(tensor([0, 0])), variable(tensor([1, 1]))];
    batchNorm(tensor(Z), { runningMean, runningVar, training: true, momentum: 0.5 });
    await expectClose(runningMean, [1.25, 15]);
    expect(() => batchNorm(tensor(Z), { runningMean: zeros([2]), runningVar: ones([2]), training: true })).toThrow(
      'runningMean is a plain tensor',
    );
    expect(() => batchNorm(tensor(Z), { runningMean })).toThrow('only one of runningMean and runningVar');
    expect(() => batchNorm(tensor(Z), { weight: ones([3]) })).toThrow('batchNorm: weight has shape [3]; expected [2]');
  });

  test('has the gradients of finite differences', async () => {
    const f = (x: Tensor, w: Tensor, b: Tensor): Tensor => batchNorm(x, { weight: w, bias: b, training: true }).pow(3).sum();
    const values = [[[1, 2], [0.5, -1]], [[3, 1], [2, 0.25]], [[-1, 0], [1, 1.5]]];
    const d = { dtype: 'float64' } as const;
    const report = await gradCheck(f, [tensor(values, d), tensor([1.5, 0.5], d), tensor([0.1, -0.2], d)]);
    expect(report.passed, JSON.stringify(report)).toBe(true);
  });
});

describe('LayerNorm', () => {
  test('normalises the last axis and scales each element [L65]', async () => {
    const layer = new LayerNorm(5);
    layer.loadStateDict({
      weight: tensor([-0.625184, -1.8173554, -1.3418651, -0.82889897, -0.29202455]),
      bias: tensor([-1.0387199, 3.020222, -1.5359051, -0.26667115, -1.3548458]),
    });
    const x = tensor([[2.6634, -1.8197968, 1.808009, -3.1841278, 0.4457065]]);
    await expectClose(layer.forward(x), [[-1.8035305, 4.5150366, -2.6536632, 0.931187, -1.4165553]]);
  });

  test('normalises several axes together', async () => {
    const y = new LayerNorm([2, 2], { elementwiseAffine: false }).forward(tensor([[[1, 2], [3, 4]], [[0, 0], [0, 0]]]));
    const s = Math.sqrt(1.25 + 1e-5);
    await expectClose(y, [[[-1.5 / s, -0.5 / s], [0.5 / s, 1.5 / s]], [[0, 0], [0, 0]]]);
  });

  test('keeps its state under weight and bias', () => {
    expect(Object.keys(new LayerNorm(3).stateDict())).toEqual(['weight', 'bias']);
    expect(Object.keys(new LayerNorm(3, { bias: false }).stateDict())).toEqual(['weight']);
  });

  test('has the gradients of finite differences', async () => {
    const d = { dtype: 'float64' } as const;
    const f = (x: Tensor, w: Tensor, b: Tensor): Tensor => layerNorm(x, [3], { weight: w, bias: b }).pow(3).sum();
    const report = await gradCheck(f, [tensor([[1, 2, 4], [0, -1, 3]], d), tensor([1, 2, 0.5], d), tensor([0, 1, 2], d)]);
    expect(report.passed, JSON.stringify(report)).toBe(true);
  });

  test('refuses other sizes', () => {
    expect(() => new LayerNorm(4).forward(ones([2, 3]))).toThrow('layerNorm: the input has shape [2, 3]; expected [..., 4]');
    expect(() => new LayerNorm([])).toThrow('LayerNorm: normalizedShape is empty');
    expect(() => layerNorm(ones([2, 3]), [3], { weight: ones([2]) })).toThrow('layerNorm: the weight has shape [2]; expected [3].');
    expect(() => new LayerNorm(2).forward(parameter(ones([2], { dtype: 'float64' })))).toThrow(
      'LayerNorm: the input is float64; expected float32',
    );
  });
});
