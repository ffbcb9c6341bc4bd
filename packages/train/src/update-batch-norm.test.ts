import { cpu } from '@cotangent/backend-cpu';
import { BatchNorm1d, Dropout, Linear, mseLoss, Sequential } from '@cotangent/layers';
import { EMA, SGD, SWA } from '@cotangent/optimizers';
import { tensor, use } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit, updateBatchNorm } from './index';

beforeAll(async () => {
  await use(cpu());
});

describe('updateBatchNorm', () => {
  it('takes the mean over all batches, and leaves weights, modes and momentum [O26]', async () => {
    const norm = new BatchNorm1d(1);
    const model = new Sequential(norm, new Dropout(0.5));
    model.eval();
    const data = [[1, 3], [5, 9]].map((values) => ({ x: tensor(values.map((v) => [v])), y: tensor([0]) }));
    await updateBatchNorm(model, data);
    expect(await norm.running_mean!.array()).toEqual([4.5]);
    expect(await norm.running_var!.array()).toEqual([(2 + 8) / 2]);
    expect([await norm.num_batches_tracked!.item(), norm.momentum, norm.training]).toEqual([2, 0.1, false]);
    await updateBatchNorm(model, data);
    expect(await norm.running_mean!.array()).toEqual([4.5]);
  });

  it('serves averages that fit has made along the way [O15 O26]', async () => {
    const model = new Linear(1, 1, { bias: false });
    model.weight.assign(tensor([[0]]));
    const optimizer = new SGD(model.parameters(), { lr: 0.25 });
    const [ema, swa] = [new EMA(model.parameters(), { decay: 0.5 }), new SWA(model.parameters())];
    const seen: number[] = [];
    await fit(model, {
      train: [{ x: tensor([[1]]), y: tensor([[1]]) }], loss: mseLoss, optimizer, epochs: 3,
      callbacks: [{
        onBatchEnd: () => { ema.update(); },
        onEpochEnd: async ({ epoch }) => {
          swa.update();
          seen.push(await model.weight.item());
          if (epoch === 1) optimizer.lr = 0.125; // by hand, in the middle: the optimiser goes on
        },
      }],
    });
    expect(seen).toEqual([0.5, 0.625, 0.71875]);
    expect(await swa.get(model.weight)!.item()).toBeCloseTo((0.5 + 0.625 + 0.71875) / 3, 6);
    expect(await ema.get(model.weight)!.item()).toBeCloseTo(0.0625 + 0.15625 + 0.359375, 6);
  });
});
