import { cpu } from '@cotangent/backend-cpu';
import { accuracy, confusionMatrix, Dropout, Linear, Sequential } from '@cotangent/layers';
import { ArgumentError, ones, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, predict, sumOf, type Metric } from './index';
import { spiralLoader } from './testing/problems';

beforeAll(async () => {
  await use(cpu());
});

const identity = (): Linear => {
  const model = new Linear(2, 2, { bias: false });
  model.weight.assign(tensor([[1, 0], [0, 1]]));
  return model;
};
const classes = (...list: number[]): Tensor => tensor(list, { dtype: 'int32' });
const data = [{ x: tensor([[2, 1], [0, 3], [5, 4]]), y: classes(0, 1, 1) }, { x: tensor([[1, 7]]), y: classes(1) }];

describe('evaluate', () => {
  it('averages loss and metrics over samples, not batches [R31]', async () => {
    const result = await evaluate(identity(), data, { loss: (output: Tensor) => output.mean(), metrics: { accuracy } });
    expect(result.samples).toBe(4);
    expect(result.loss).toBe((2 + 1 + 0 + 3 + 5 + 4 + 1 + 7) / 8);
    expect(result.metrics['accuracy']).toBeCloseTo(3 / 4, 6);
  });

  it('adds up a confusion matrix and takes metrics of your own', async () => {
    const batches: number[] = [];
    const own: Metric = {
      reset: () => void batches.splice(0),
      update: (_, __, samples) => void batches.push(samples),
      result: () => batches.length,
    };
    const confusion = sumOf((scores: Tensor, target: Tensor) => confusionMatrix(scores, target));
    const options = { metrics: { confusion, own } };
    const model = identity();
    await evaluate(model, data, options);
    const { loss, metrics } = await evaluate(model, data, options); // again: nothing is left over
    expect(loss).toBeUndefined();
    expect(metrics).toEqual({ confusion: [[1, 0], [1, 2]], own: 2 });
    expect(batches).toEqual([3, 1]);
  });

  it('records no gradients and puts every mode back, also after an error', async () => {
    const model = new Sequential(identity(), new Dropout(0.5));
    model.at(0)!.eval();
    const modes = (): boolean[] => model.modules().map((part) => part.training);
    const before = modes();
    const outputs: Tensor[] = [];
    await evaluate(model, data, { loss: (output: Tensor) => { outputs.push(output); return output.sum(); } });
    expect(outputs.map((output) => output.requiresGrad)).toEqual([false, false]);
    expect(await outputs[1]!.array()).toEqual([[1, 7]]); // dropout was off
    expect(modes()).toEqual(before);
    const failing = evaluate(model, data, { loss: () => { throw new Error('mine'); } });
    await expect(failing).rejects.toThrow('mine');
    expect(modes()).toEqual(before);
  });

  it('refuses data without batches or without x and y', async () => {
    await expect(evaluate(identity(), [])).rejects.toThrow(ArgumentError);
    await expect(evaluate(identity(), [{ z: 1 }] as never)).rejects.toThrow(/a batch has z; expected x and y/);
    await expect(evaluate(identity(), 3 as never)).rejects.toThrow(/no source of batches/);
  });
});

describe('predict', () => {
  it('gives the outputs of a tensor, at once or in pieces [R31]', async () => {
    const x = tensor([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]);
    const whole = await predict(identity(), x);
    expect(await whole.array()).toEqual(await x.array());
    for (const batchSize of [1, 2, 5, 100]) expect(await (await predict(identity(), x, { batchSize })).array()).toEqual(await x.array());
  });

  it('goes through a loader and puts the outputs together', async () => {
    const loader = spiralLoader(10, 8);
    const output = await predict(identity(), loader);
    expect(output.shape).toEqual([30, 2]);
    expect(output.requiresGrad).toBe(false);
    const states = await predict(identity(), [{ image: ones([2, 2]) }], { select: ({ image }) => ({ x: image }) });
    expect(states.shape).toEqual([2, 2]);
  });

  it('predicts in evaluation mode and puts the mode back', async () => {
    const model = new Sequential(identity(), new Dropout(0.9));
    expect(await (await predict(model, tensor([[1, 2]]))).array()).toEqual([[1, 2]]);
    expect(model.modules().map((part) => part.training)).toEqual([true, true, true]);
  });

  it('refuses batch sizes and data that are none', async () => {
    await expect(predict(identity(), ones([1, 2]), { batchSize: 0 })).rejects.toThrow(ArgumentError);
    await expect(predict(identity(), [])).rejects.toThrow(/no batch/);
    const counter = { training: true, forward: () => 3, train: () => 0, eval: () => 0 };
    await expect(predict(counter as never, ones([1]))).rejects.toThrow(/no tensor/);
  });
});
