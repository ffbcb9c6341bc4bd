import { cpu } from '@cotangent/backend-cpu';
import { ones, randn, tensor, uniform, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  BatchNorm1d, BatchNorm2d, BatchNorm3d, Conv1d, Conv2d, Conv3d, ConvTranspose2d, DepthwiseConv2d, Flatten, fuse, fuseConvBatchNorm,
  fuseLinearBatchNorm, Linear, MaxPool2d, ReLU, Sequential, summary, type BatchNormNd, type Layer,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

/** A normalisation with other than its first numbers. */
function settled<N extends BatchNormNd>(norm: N): N {
  const draw = (low: number): Tensor => uniform([norm.numFeatures], low, low + 2);
  const affine: Record<string, Tensor> = norm.weight ? { weight: draw(0.5), bias: draw(-1) } : {};
  norm.loadStateDict({ running_mean: draw(-1), running_var: draw(0.2), ...affine }, { strict: false });
  return norm;
}

test('a linear layer takes the normalisation after it into its weight and bias [L25]', async () => {
  const [linear, norm] = [new Linear(3, 2), new BatchNorm1d(2)];
  linear.loadStateDict({ weight: tensor([[1.6829, 1.8186, 0.2822], [-1.5136, -1.9178, -0.5588]]), bias: tensor([0.1, -0.2]) });
  norm.loadStateDict({
    weight: tensor([1.5, 0.5]), bias: tensor([0.2, -0.1]), running_mean: tensor([0.5, -1]), running_var: tensor([4, 0.25]),
    num_batches_tracked: tensor(1, { dtype: 'int32' }),
  });
  const fused = fuseLinearBatchNorm(linear, norm);
  const scale = [1.5 / Math.sqrt(4 + 1e-5), 0.5 / Math.sqrt(0.25 + 1e-5)];
  await expectClose(fused.bias!, [(0.1 - 0.5) * scale[0]! + 0.2, (-0.2 + 1) * scale[1]! - 0.1]);
  const x = randn([5, 3]);
  await expectClose(fused.forward(x), await new Sequential(linear, norm).eval().forward(x).array());
});

test('convolutions of every kind give the outputs of the pair within 1e-5 [L25]', async () => {
  const x = randn([2, 4, 7, 7]);
  const pairs: readonly (readonly [Layer, BatchNormNd, Tensor])[] = [
    [new Conv2d(4, 6, 3, { stride: 2, padding: 1, bias: false }), new BatchNorm2d(6), x],
    [new Conv2d(4, 6, 2, { padding: 'same', paddingMode: 'reflect', groups: 2, flipKernel: true }), new BatchNorm2d(6, { affine: false }), x],
    [new DepthwiseConv2d(4, 3, { dilation: 2, depthMultiplier: 2 }), new BatchNorm2d(8), x],
    [new ConvTranspose2d(4, 6, 3, { stride: 2, outputPadding: 1, groups: 2 }), new BatchNorm2d(6), x],
    [new Conv1d(7, 3, 3), new BatchNorm1d(3), x.index(0)],
    [new Conv3d(1, 2, 3), new BatchNorm3d(2), x.unsqueeze(1)],
  ];
  for (const [layer, norm, input] of pairs) {
    const net = new Sequential(layer, settled(norm)).eval();
    const fused = fuse(net);
    expect(fused.length).toBe(1);
    const [expected, actual] = [await net.forward(input).data(), await fused.forward(input).data()];
    expect(actual.length).toBe(expected.length);
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected[i]!)));
    });
  }
});

test('in a network the normalisations are gone, and all other layers are there under their names [L25]', async () => {
  const net = new Sequential(
    new Sequential({ conv: new Conv2d(1, 3, 3, { bias: false }), norm: settled(new BatchNorm2d(3)), relu: new ReLU() }),
    new MaxPool2d(2),
    new BatchNorm2d(3),
    new Flatten(),
    new Linear(12, 4),
    settled(new BatchNorm1d(4)),
  ).eval();
  const fused = fuse(net);
  expect(summary(fused, [1, 1, 6, 6]).rows.map((r) => r.name)).toEqual(['input', '0.conv', '0.relu', '1', '2', '3', '4']);
  expect(Object.keys(fused.stateDict()).filter((k) => k.startsWith('0') || k.startsWith('4'))).toEqual([
    '0.conv.weight', '0.conv.bias', '4.weight', '4.bias',
  ]);
  const x = randn([2, 1, 6, 6]);
  const expected = await net.forward(x).data();
  (await fused.forward(x).data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  expect(net.length).toBe(6);
  expect(fused.training).toBe(false);
});

test('what has no fixed statistics is left alone or refused', () => {
  const loose = new Sequential(new Linear(2, 2), new BatchNorm1d(2, { trackRunningStats: false })).eval();
  expect(fuse(loose).length).toBe(2);
  const untracked = new BatchNorm1d(2, { trackRunningStats: false });
  expect(() => fuseLinearBatchNorm(new Linear(2, 2), untracked)).toThrow('has no running statistics');
  expect(() => fuseConvBatchNorm(new Conv2d(1, 2, 3), new BatchNorm2d(3))).toThrow('a normalisation of 3 channels follows a layer with 2');
  expect(() => fuse(new Sequential(new ReLU()))).toThrow('fuse: the model is in training');
  expect(() => fuse(new Linear(1, 1) as unknown as Sequential)).toThrow('fuse: the model is a Linear; expected a Sequential');
  expect(fuse(new Sequential(new ReLU()).eval()).forward(ones([1])).shape).toEqual([1]);
});
