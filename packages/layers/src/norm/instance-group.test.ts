import { gradCheck } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ones, randn, tensor, use, variable, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BatchNorm2d, BatchNorm3d, GroupNorm, groupNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, instanceNorm, LayerNorm,
  LocalResponseNorm, localResponseNorm, RMSNorm, rmsNorm,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const d = { dtype: 'float64' } as const;

describe('BatchNorm3d', () => {
  test('has one mean and variance per channel, over batch and volume [L22]', async () => {
    const x = randn([2, 3, 2, 2, 4]);
    const flat = await new BatchNorm2d(3).forward(x.reshape(2, 3, 4, 4)).array();
    const layer = new BatchNorm3d(3);
    await expectClose(layer.forward(x).reshape(2, 3, 4, 4), flat);
    expect(() => layer.forward(ones([2, 3, 4, 4]))).toThrow('BatchNorm3d(3): the input has shape [2, 3, 4, 4]; expected [batch, 3, depth, height, width].');
  });

  test('in evaluation gives a sample the same whatever its neighbours [L23 E14]', async () => {
    const layer = new BatchNorm3d(2);
    layer.forward(randn([4, 2, 2, 2, 2]));
    layer.eval();
    const x = randn([3, 2, 2, 2, 2]);
    await expectClose(layer.forward(x.index([1, 2])), await layer.forward(x).index([1, 2]).array());
  });
});

describe('instance normalisation', () => {
  test('normalises every channel of every sample by itself [L65]', async () => {
    const s = 1 / Math.sqrt(1 + 1e-5);
    const t = 10 / Math.sqrt(100 + 1e-5);
    const x = tensor([[[1, 3], [10, 30]], [[5, 3], [0, 20]]]);
    await expectClose(new InstanceNorm1d(2).forward(x), [[[-s, s], [-t, t]], [[s, -s], [-t, t]]]);
    expect(new InstanceNorm2d(3).forward(ones([2, 3, 4, 5])).shape).toEqual([2, 3, 4, 5]);
    expect(new InstanceNorm3d(3).forward(ones([3, 2, 4, 5])).shape).toEqual([3, 2, 4, 5]);
  });

  test('keeps the state it is asked to keep', () => {
    expect(Object.keys(new InstanceNorm2d(2).stateDict())).toEqual([]);
    expect(Object.keys(new InstanceNorm2d(2, { affine: true, trackRunningStats: true }).stateDict())).toEqual([
      'weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked',
    ]);
    expect(String(new InstanceNorm1d(2))).toBe('InstanceNorm1d(2, eps=0.00001, momentum=0.1, affine=false, trackRunningStats=false)');
  });

  test('running statistics follow the mean over the batch, and take over in evaluation', async () => {
    const layer = new InstanceNorm1d(1, { trackRunningStats: true, momentum: 0.5 });
    layer.forward(tensor([[[1, 3]], [[10, 14]]]));
    await expectClose(layer.running_mean!, [0.5 * 7]);
    await expectClose(layer.running_var!, [0.5 + 0.5 * 5]);
    layer.eval();
    await expectClose(layer.forward(tensor([[[3.5, 5.5]]])), [[[0, 2 / Math.sqrt(3 + 1e-5)]]]);
    await expectClose(layer.running_mean!, [3.5]);
  });

  test('has the gradients of finite differences', async () => {
    const x = tensor([[[1, 2, 4], [0.5, -1, 3]], [[2, 0, 1], [1, 5, 2]]], d);
    const f = (a: Tensor, w: Tensor, b: Tensor): Tensor => instanceNorm(a, { weight: w, bias: b }).pow(3).sum();
    expect((await gradCheck(f, [x, tensor([1, 2], d), tensor([0.5, 0], d)])).passed).toBe(true);
  });

  test('refuses what it cannot normalise', () => {
    expect(() => new InstanceNorm1d(2).forward(ones([4, 2, 1]))).toThrow('has 1 place per channel, so there is no variance');
    expect(() => new InstanceNorm2d(2).forward(ones([4, 3, 2, 2]))).toThrow('InstanceNorm2d(2): the input has shape [4, 3, 2, 2]; expected [batch, 2, height, width]');
    expect(() => instanceNorm(ones([1, 2, 3]), { useInputStats: false })).toThrow('runningMean and runningVar are needed');
    expect(() => instanceNorm(ones([1, 2, 3]), { runningMean: variable(ones([2])) })).toThrow('instanceNorm: only one of runningMean and runningVar');
  });
});

describe('group normalisation', () => {
  test('normalises runs of channels together; its ends are layer and instance normalisation [L65]', async () => {
    const s = 1 / Math.sqrt(1 + 1e-5);
    await expectClose(groupNorm(tensor([[1, 3, 5, 3]]), 2), [[-s, s, s, -s]]);
    const x = randn([2, 6, 3, 3]);
    await expectClose(new GroupNorm(6, 6).forward(x), await new InstanceNorm2d(6).forward(x).array());
    await expectClose(new GroupNorm(1, 6).forward(x), await new LayerNorm([6, 3, 3], { elementwiseAffine: false }).forward(x).array());
  });

  test('takes an empty batch', async () => {
    const y = groupNorm(ones([0, 2, 3]), 2);
    expect(y.shape).toEqual([0, 2, 3]);
    expect(await y.array()).toEqual([]);
  });

  test('scales and shifts per channel', async () => {
    const layer = new GroupNorm(1, 2);
    layer.loadStateDict({ weight: tensor([2, 3]), bias: tensor([10, 20]) });
    const s = 1 / Math.sqrt(1 + 1e-5);
    await expectClose(layer.forward(tensor([[[1], [3]]])), [[[10 - 2 * s], [20 + 3 * s]]]);
    expect(String(new GroupNorm(1, 2, { affine: false }))).toBe('GroupNorm(1, 2, eps=0.00001, affine=false)');
  });

  test('has the gradients of finite differences', async () => {
    const x = tensor([[[1, 2], [0.5, -1], [3, 1], [2, 5]]], d);
    const f = (a: Tensor, w: Tensor): Tensor => groupNorm(a, 2, { weight: w }).pow(3).sum();
    expect((await gradCheck(f, [x, tensor([1, 2, 0.5, 1], d)])).passed).toBe(true);
  });

  test('refuses groups that do not divide the channels', () => {
    expect(() => new GroupNorm(4, 6)).toThrow('GroupNorm: 4 groups do not divide 6 channels.');
    expect(() => groupNorm(ones([1, 6, 2]), 4)).toThrow('expected [batch, channels, ...] with a multiple of 4 channels');
    expect(() => new GroupNorm(2, 6).forward(ones([1, 4]))).toThrow('GroupNorm(2, 6): the input has shape [1, 4]; expected [batch, 6, ...].');
  });
});

describe('root mean square normalisation', () => {
  test('divides by the root of the mean square [L65]', async () => {
    await expectClose(rmsNorm(tensor([[1, 7], [3, 3]]), [2]), [[0.2, 1.4], [1, 1]]);
    const layer = new RMSNorm(2, { eps: 7 });
    layer.loadStateDict({ weight: tensor([2, 10]) });
    await expectClose(layer.forward(tensor([1, Math.sqrt(17)])), [0.5, 2.5 * Math.sqrt(17)]);
    expect(String(layer)).toBe('RMSNorm([2], eps=7, elementwiseAffine=true)');
    expect(new RMSNorm([2, 3], { elementwiseAffine: false }).forward(ones([4, 2, 3])).shape).toEqual([4, 2, 3]);
  });

  test('refuses other sizes', () => {
    expect(() => new RMSNorm(3).forward(ones([2, 4]))).toThrow('rmsNorm: the input has shape [2, 4]; expected [..., 3]');
    expect(() => new RMSNorm(0)).toThrow('RMSNorm: normalizedShape is 0');
  });
});

describe('local response normalisation', () => {
  test('divides by (k + alpha / size * sum over neighbouring channels)^beta [L36]', async () => {
    const values = [1, 2, 3, 4, 5];
    const [alpha, beta, k, size] = [0.5, 0.75, 2, 3];
    const expected = values.map((v, c) => {
      const squares = [c - 1, c, c + 1].reduce((s, i) => s + (values[i] ?? 0) ** 2, 0);
      return [v / (k + (alpha / size) * squares) ** beta];
    });
    await expectClose(new LocalResponseNorm(size, { alpha, beta, k }).forward(tensor([values.map((v) => [v])])), [expected]);
    // An even window reaches one channel further back.
    await expectClose(localResponseNorm(tensor([[[1], [2]]]), 2, { alpha: 2, beta: 1, k: 0 }), [[[1], [2 / 5]]]);
  });

  test('takes images and volumes, and is printed with its numbers', () => {
    expect(new LocalResponseNorm(5).forward(ones([2, 8, 3, 4])).shape).toEqual([2, 8, 3, 4]);
    expect(String(new LocalResponseNorm(5))).toBe('LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1)');
    expect(() => localResponseNorm(ones([2, 8]), 5)).toThrow('expected [batch, channels, ...places]');
  });
});
