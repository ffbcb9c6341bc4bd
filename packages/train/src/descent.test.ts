/** Gradient descent by batches of any size, and what the scale of features does to it. */
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { arrayDataset, DataLoader, standardScaler, type NdArray } from '@cotangent/data';
import { crossEntropy, Linear, mseLoss } from '@cotangent/layers';
import { SGD } from '@cotangent/optimizers';
import { assignAll, noGrad, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from './index';
import { bits, perceptron, spiral } from './testing/problems';

beforeAll(async () => {
  await use(cpu());
});

describe('gradient descent by batches', () => {
  const { points, arms, count } = spiral(20);
  const [lr, epochs] = [0.2, 7];

  /** Weights after training in batches, in the order of the samples, and how many updates that took. */
  async function trained(batchSize: number): Promise<{ weights: Record<string, number[]>; updates: number }> {
    const model = perceptron([2, 8, 3]);
    const data = arrayDataset({ x: { data: points, shape: [count, 2] }, y: { data: arms, shape: [count] } });
    let updates = 0;
    await fit(model, {
      train: new DataLoader(data, { batchSize }),
      loss: crossEntropy,
      optimizer: new SGD(model.parameters(), { lr }),
      epochs,
      callbacks: [{ onBatchEnd: ({ step }) => { updates = step; } }],
    });
    return { weights: await bits(model.stateDict()), updates };
  }

  it('of all m samples is batch gradient descent, w <- w - lr dw, bit for bit [O01]', async () => {
    const model = perceptron([2, 8, 3]);
    const [x, y] = [tensor(points, { shape: [count, 2] }), tensor(arms)];
    for (let i = 0; i < epochs; i++) {
      const gradients = backward(crossEntropy(model.forward(x), y));
      assignAll(noGrad(() => model.parameters().map((w) => [w, w.sub((gradients.get(w) as Tensor).mul(lr))] as const)));
    }
    expect(await trained(count)).toEqual({ weights: await bits(model.stateDict()), updates: epochs });
  });

  it('updates ceil(m / size) times per epoch: m times for batches of one sample [O01]', async () => {
    const whole = (await trained(count)).weights;
    for (const [size, perEpoch] of [[1, 60], [16, 4], [59, 2]] as const) {
      const { weights, updates } = await trained(size);
      expect(updates).toBe(perEpoch * epochs);
      expect(weights).not.toEqual(whole);
    }
  });
});

describe('gradient descent on a regression of two features', () => {
  const count = 40;
  const raw: NdArray<Float32Array> = {
    data: Float32Array.from({ length: 2 * count }, (_, k) => {
      const i = Math.floor(k / 2);
      return k % 2 === 0 ? (i % 8) / 8 : 20 * Math.abs(Math.sin(i));
    }),
    shape: [count, 2],
  };
  const targets = Array.from({ length: count }, (_, i) => [1 + 3 * raw.data[2 * i]! - 0.2 * raw.data[2 * i + 1]!]);

  /** Updates until the loss is below 1e-3, at a rate as high as the largest curvature surely allows; `most` at most. */
  async function stepsFor(features: NdArray<Float32Array>, most: number): Promise<number> {
    const model = new Linear(2, 1);
    model.weight.assign(tensor([[0, 0]]));
    model.bias!.assign(tensor([0]));
    // The trace of the matrix of second derivatives: 2 / m times the sum of all squares, the ones of the bias included.
    const trace = 2 * (1 + features.data.reduce((sum, v) => sum + v * v, 0) / count);
    const history = await fit(model, {
      train: [{ x: tensor(features.data, { shape: features.shape }), y: tensor(targets) }],
      loss: mseLoss,
      optimizer: new SGD(model.parameters(), { lr: 1 / trace }),
      epochs: most,
      callbacks: [{ onEpochEnd: ({ record, stop }) => { if (record.loss < 1e-3) stop(); } }],
    });
    return history.epochs.length;
  }

  it('needs far fewer steps once the features are scaled alike [O18]', async () => {
    const scaled = await stepsFor(standardScaler(raw).transform(raw), 1000);
    expect(scaled).toBeLessThan(60);
    expect(await stepsFor(raw, 20 * scaled)).toBe(20 * scaled);
  });
});
