import { cpu } from '@cotangent/backend-cpu';
import { arrayDataset, DataLoader, kFold, subset } from '@cotangent/data';
import { accuracy, crossEntropy, f1Score, learningCurveChart, Linear, rocAuc } from '@cotangent/layers';
import { SGD } from '@cotangent/optimizers';
import { manualSeed, StateError, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossValidate, evaluate, fit, learningCurve, overAll, selectModel } from './index';

beforeAll(async () => {
  await use(cpu());
});

describe('selectModel', () => {
  const models = [
    { name: 'A', accuracy: 0.9, ms: 80 },
    { name: 'B', accuracy: 0.92, ms: 95 },
    { name: 'C', accuracy: 0.95, ms: 1500 },
  ];

  it('takes the most accurate of the models that answer within 100 ms [S14]', () => {
    const best = (limit: number): string | undefined =>
      selectModel(models, { maximise: (m) => m.accuracy, satisfy: [{ of: (m) => m.ms, atMost: limit }] })?.name;
    expect([best(100), best(2000), best(90), best(10)]).toEqual(['B', 'C', 'A', undefined]);
    expect(selectModel(models, { maximise: (m) => -m.ms, satisfy: [{ of: (m) => m.accuracy, atLeast: 0.91 }] })?.name).toBe('B');
  });

  it('maximises accuracy - 0.5 * runtime, which is called a cost [S14 E63]', () => {
    const seconds = models.map((m) => ({ ...m, s: m.ms / 1000 }));
    expect(selectModel(seconds, { maximise: (m) => m.accuracy - 0.5 * m.s })?.name).toBe('B'); // 0.86, 0.8725, 0.2
  });

  it('never chooses NaN, and of equal models the first', () => {
    expect(selectModel([NaN, 1, 1], { maximise: (v) => v })).toBe(1);
    expect(selectModel([{ a: 1, n: 0 }, { a: 1, n: 1 }], { maximise: (v) => v.a })?.n).toBe(0);
    expect(selectModel([1], { maximise: (v) => v, satisfy: [{ of: () => NaN, atMost: 3 }] })).toBeUndefined();
    expect(() => selectModel([1], { maximise: (v) => v, satisfy: [{ of: (v) => v }] })).toThrow('a requirement has no limit');
  });
});

describe('overAll', () => {
  const score = tensor([0.1, 0.4, 0.35, 0.8]);
  const target = tensor([0, 0, 1, 1], { dtype: 'int32' });
  const rows = (x: Tensor, from: number, to: number): Tensor => x.index([from, to]);

  it('computes what is no mean over batches from all of them, and goes on from a checkpoint [S13 R40]', async () => {
    const auc = overAll((s, t) => rocAuc(s, t));
    expect(await auc.result()).toBeNaN();
    await auc.update(rows(score, 0, 3), rows(target, 0, 3), 3);
    const saved = JSON.parse(JSON.stringify(await auc.state!())) as never;
    const resumed = overAll((s, t) => rocAuc(s, t));
    resumed.restore!(saved);
    for (const metric of [auc, resumed]) {
      await metric.update(rows(score, 3, 4), rows(target, 3, 4), 1);
      expect(await metric.result()).toBe(0.75);
    }
    auc.reset();
    await auc.update(score, target, 4);
    expect(await auc.result()).toBe(0.75);
    expect(() => { auc.restore!({ sum: 1, count: 2 } as never); }).toThrow(StateError);
  });

  it('stands beside others in evaluate', async () => {
    const model = new Linear(1, 2);
    const data = [{ x: tensor([[1], [2]]), y: tensor([0, 1], { dtype: 'int32' }) }, { x: tensor([[3]]), y: tensor([1], { dtype: 'int32' }) }];
    const f1 = overAll((s, t) => f1Score(s, t, { average: 'micro' }));
    const { metrics } = await evaluate(model, data, { metrics: { accuracy, f1 }, progress: false });
    expect(metrics.f1).toBeCloseTo(metrics.accuracy as number, 6);
  });

  it('refuses batches that do not fit', async () => {
    const metric = overAll(() => 0);
    await metric.update(score, target, 4);
    await expect(metric.update(tensor([[1]]), target, 1)).rejects.toThrow('the output of a batch is float32 of shape [1, 1], that of the first');
    await expect(overAll(() => 0).update(tensor(1), target, 1)).rejects.toThrow('no tensor with a batch axis');
  });
});

describe('cross-validation', () => {
  const x = Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? -1 : 1) * (1 + i / 40));
  const y = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const data = arrayDataset({ x: { data: x, shape: [40, 1] }, y: { data: y, shape: [40] } });

  async function trained(train: typeof data, validation: typeof data): Promise<{ train: number; validation: number }> {
    manualSeed(3);
    const model = new Linear(1, 2);
    const loader = (set: typeof data): DataLoader<{ x: Tensor; y: Tensor }> => new DataLoader(set, { batchSize: 8 }) as never;
    const optimizer = new SGD(model.parameters(), { lr: 0.5 });
    await fit(model, { train: loader(train), loss: crossEntropy, optimizer, epochs: 3, progress: false });
    const measure = async (set: typeof data): Promise<number> =>
      (await evaluate(model, loader(set), { metrics: { accuracy }, progress: false })).metrics.accuracy as number;
    return { train: await measure(train), validation: await measure(validation) };
  }

  it('trains once for each fold; mean and deviation over the folds [R40]', async () => {
    const folds = kFold(data, 4, { seed: 1, stratify: y });
    const { runs, mean } = await crossValidate(folds, ({ train, validation }) => trained(train as never, validation as never));
    expect(runs).toHaveLength(4);
    expect(mean.validation).toBe(1);
    const { deviation } = await crossValidate([1, 2, 3, 4], (v) => ({ value: v }));
    expect(deviation.value).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect((await crossValidate([1], (v) => ({ value: v }))).deviation.value).toBeNaN();
  });

  it('a learning curve repeats it with more and more data [R40]', async () => {
    const folds = kFold(data, 2, { seed: 1, stratify: y });
    const points = await learningCurve([4, 16], folds, ({ train, validation }, size) =>
      trained(subset(train, Array.from({ length: size }, (_, i) => i)) as never, validation as never));
    expect(points.map((point) => point.size)).toEqual([4, 16]);
    expect(points[1]!.mean.validation).toBeGreaterThanOrEqual(points[0]!.mean.validation);
    const chart = learningCurveChart(points, { yLabel: 'accuracy' });
    expect(chart).toContain(`<title>validation: ${Number(points[1]!.mean.validation.toPrecision(4))} ± `);
  });

  it('refuses nothing to do, and figures that change their names', async () => {
    await expect(crossValidate([], () => ({}))).rejects.toThrow('there are no folds');
    await expect(learningCurve([0], [1], () => ({}))).rejects.toThrow('a size is 0; expected whole numbers of at least 1.');
    const changing = (v: number): Record<string, number> => (v === 1 ? { a: 1 } : { b: 1 });
    await expect(crossValidate([1, 2], changing)).rejects.toThrow('runs gave a and b');
  });
});
