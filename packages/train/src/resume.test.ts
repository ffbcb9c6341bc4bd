import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@cotangent/backend-cpu';
import { loadCheckpoint, saveCheckpoint } from '@cotangent/io';
import { accuracy, BatchNorm1d, confusionMatrix, crossEntropy, Dropout, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam, cosineAnnealingLR, ReduceLROnPlateau, type Optimizer } from '@cotangent/optimizers';
import { FileError, Generator, manualSeed, StateError, use } from '@cotangent/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fit, meanOf, sumOf, type Callback, type EpochRecord, type FitOptions, type History, type Metric } from './index';
import { bits, perceptron, spiralLoader, xor } from './testing/problems';

let folder = '';
beforeAll(async () => {
  await use(cpu());
  folder = await mkdtemp(join(tmpdir(), 'cotangent-train-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A run with everything that has state: running statistics, two generators, momenta, a schedule, a shuffled loader. */
function setUp(
  schedule?: (optimizer: Optimizer) => FitOptions['schedule'],
): { model: Sequential; optimizer: Optimizer; options: FitOptions } {
  manualSeed(5);
  const model = new Sequential(
    new Linear(2, 8), new BatchNorm1d(8), new ReLU(), new Dropout(0.2), new Linear(8, 8), new Dropout(0.1, { generator: new Generator(9) }),
    new Linear(8, 3),
  );
  const optimizer = new Adam(model.parameters(), { lr: 0.05, amsgrad: true });
  const options: FitOptions = {
    train: spiralLoader(12, 8),
    validation: spiralLoader(10, 7, 11),
    loss: crossEntropy,
    optimizer,
    epochs: 6,
    metrics: { accuracy, confusion: sumOf((scores, target) => confusionMatrix(scores, target)) },
    schedule: schedule?.(optimizer) ?? { schedule: cosineAnnealingLR({ tMax: 30 }), every: 'step' },
    earlyStopping: { patience: 3, monitor: 'validation.accuracy' },
  };
  return { model, optimizer, options };
}

const figures = (history: History): Omit<EpochRecord, 'seconds'>[] => history.epochs.map(({ seconds: _, ...rest }) => rest);

/** Weights, optimiser state and history at the end of a run. */
async function outcome(run: ReturnType<typeof setUp>, history: History) {
  const { groups, ...state } = run.optimizer.stateDict();
  return {
    weights: await bits(run.model.stateDict()),
    state: await bits(state as never),
    groups,
    figures: figures(history),
    end: [history.stopped, history.bestEpoch, history.restored],
  };
}

const straight = async (make = setUp): ReturnType<typeof outcome> => {
  const run = make();
  return outcome(run, await fit(run.model, run.options));
};

const stopAfter = (step: number): Callback => ({ onBatchEnd: (event) => { if (event.step === step) event.stop(); } });

/** Trains until `callback` or the epochs stop it, then goes on in new objects, from the saved bytes only. */
async function interrupted(first: Partial<FitOptions>, make = setUp): ReturnType<typeof outcome> {
  let bytes = new Uint8Array();
  const checkpoint = { save: (saved: Uint8Array) => void (bytes = saved.slice()) };
  const a = make();
  await fit(a.model, { ...a.options, checkpoint, ...first });
  const b = make();
  manualSeed(12345); // what the generator does meanwhile must not matter
  return outcome(b, await fit(b.model, { ...b.options, checkpoint, resume: bytes }));
}

describe('a resumed run', () => {
  it('after whole epochs equals a run in one go, bit for bit [O28 R33]', async () => {
    const whole = await straight();
    for (const epochs of [1, 3, 5]) expect(await interrupted({ epochs })).toEqual(whole);
  });

  it('after a broken-off epoch equals it too, metrics of that epoch included', async () => {
    const whole = await straight();
    for (const step of [1, 7, 10, 13]) expect(await interrupted({ callbacks: [stopAfter(step)] })).toEqual(whole);
  });

  it('lowers the rate where a run in one go does, after whole and broken-off epochs [O25 O28]', async () => {
    const make = (): ReturnType<typeof setUp> => {
      const run = setUp((optimizer) => new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 1, threshold: 0.2, cooldown: 1 }));
      return { ...run, options: { ...run.options, epochs: 8, earlyStopping: undefined } };
    };
    const whole = await straight(make);
    expect(new Set(whole.figures.map(({ lr }) => lr)).size).toBeGreaterThan(2);
    for (const epochs of [1, 2, 3, 4, 5, 6, 7]) expect(await interrupted({ epochs }, make)).toEqual(whole);
    for (const step of [7, 13, 22]) expect(await interrupted({ callbacks: [stopAfter(step)] }, make)).toEqual(whole);
  });

  it('measures the rest of a broken-off epoch with metrics that cannot save what they have collected, or are new', async () => {
    const counting = (): Metric => {
      let batches = 0;
      return { reset: () => { batches = 0; }, update: () => { batches++; }, result: () => batches };
    };
    let bytes = new Uint8Array();
    const checkpoint = { save: (saved: Uint8Array) => void (bytes = saved.slice()) };
    const plain = { epochs: 3, earlyStopping: undefined };
    const a = setUp(); // five batches per epoch
    await fit(a.model, { ...a.options, ...plain, metrics: { own: counting() }, checkpoint, callbacks: [stopAfter(7)] });
    const b = setUp();
    const metrics = { own: counting(), late: counting() };
    const history = await fit(b.model, { ...b.options, ...plain, metrics, resume: bytes });
    expect(history.epochs.map(({ metrics }) => metrics['own'])).toEqual([5, 3, 5]);
    expect(history.epochs.map(({ metrics }) => metrics['late'])).toEqual([undefined, 3, 5]);
  });

  it('refuses the sums of another kind of metric', async () => {
    let bytes = new Uint8Array();
    const checkpoint = { save: (saved: Uint8Array) => void (bytes = saved.slice()) };
    const a = setUp();
    await fit(a.model, { ...a.options, metrics: { m: meanOf(accuracy) }, checkpoint, callbacks: [stopAfter(2)] });
    const b = setUp();
    await expect(fit(b.model, { ...b.options, metrics: { m: sumOf(accuracy) }, resume: bytes })).rejects.toThrow(StateError);
    await fit(a.model, { ...a.options, metrics: { m: sumOf(accuracy) }, checkpoint, callbacks: [stopAfter(2)] });
    const c = setUp();
    await expect(fit(c.model, { ...c.options, metrics: { m: accuracy }, resume: bytes })).rejects.toThrow(/expected the state of a mean/);
  });

  it('has nothing left to do when the run had ended, but puts the best weights back', async () => {
    const whole = await straight();
    expect(await interrupted({})).toEqual(whole);
  });

  it('skips batches that were used when the data cannot save its place', async () => {
    const [all] = xor('classes');
    const train = [0, 1, 2, 3].map((i) => ({ x: all!.x.index([i, i + 1]), y: all!.y.index([i, i + 1]) }));
    const make = (): { model: Sequential; options: FitOptions } => {
      const model = perceptron([2, 4, 2]);
      return { model, options: { train, loss: crossEntropy, optimizer: new Adam(model.parameters(), { lr: 0.05 }), epochs: 3 } };
    };
    const whole = make();
    const history = await fit(whole.model, whole.options);
    let bytes = new Uint8Array();
    const checkpoint = { save: (saved: Uint8Array) => void (bytes = saved.slice()) };
    const first = make();
    await fit(first.model, { ...first.options, checkpoint, callbacks: [{ onBatchEnd: ({ step, stop }) => { if (step === 6) stop(); } }] });
    const second = make();
    const resumed = await fit(second.model, { ...second.options, resume: bytes });
    expect(await bits(second.model.stateDict())).toEqual(await bits(whole.model.stateDict()));
    expect(figures(resumed)).toEqual(figures(history));
  });

  it('goes through a file', async () => {
    const path = join(folder, 'run.safetensors');
    const whole = await straight();
    const a = setUp();
    await fit(a.model, { ...a.options, epochs: 2, checkpoint: { path } });
    const b = setUp();
    const history = await fit(b.model, { ...b.options, checkpoint: { path }, resume: true });
    expect(await outcome(b, history)).toEqual(whole);
    const c = setUp();
    expect(figures(await fit(c.model, { ...c.options, resume: path }))).toEqual(whole.figures);
  });

  it('leaves a checkpoint that can be loaded by hand, the best weights beside the last', async () => {
    const path = join(folder, 'manual.safetensors');
    const a = setUp();
    const last: Record<string, number[]>[] = [];
    const callbacks: Callback[] = [{ onEpochEnd: async () => { last.push(await bits(a.model.stateDict())); } }];
    const history = await fit(a.model, { ...a.options, callbacks, checkpoint: { path } });
    expect(history.restored).toBe(true);
    const b = setUp();
    const { epoch, tensors } = await loadCheckpoint(path, { model: b.model, optimizer: b.optimizer });
    expect(epoch).toBe(history.epochs.length);
    expect(await bits(b.model.stateDict())).toEqual(last.at(-1));
    const { groups, ...state } = b.optimizer.stateDict();
    const { groups: wanted, ...expected } = a.optimizer.stateDict();
    expect([groups, await bits(state as never)]).toEqual([wanted, await bits(expected as never)]);
    const best = Object.entries(last[history.bestEpoch! - 1]!).map(([key, value]) => [`best.${key}`, value]);
    expect(await bits(tensors)).toEqual(Object.fromEntries(best));
  });

  it('saves as often as asked, and at the end', async () => {
    const run = setUp();
    let saves = 0;
    const checkpoint = { save: () => { saves++; }, every: 2 };
    await fit(run.model, { ...run.options, earlyStopping: undefined, epochs: 5, checkpoint });
    expect(saves).toBe(3);
  });

  it('needs a checkpoint that exists, fits and was written by fit', async () => {
    const run = setUp();
    await expect(fit(run.model, { ...run.options, resume: join(folder, 'none') })).rejects.toThrow(FileError);
    const path = join(folder, 'other.safetensors');
    const { model, optimizer } = run;
    await saveCheckpoint(path, { model, optimizer, epoch: 1, loader: spiralLoader(12, 8), rng: new Generator(1) });
    await expect(fit(run.model, { ...run.options, resume: path })).rejects.toThrow(StateError);
    await expect(fit(run.model, { ...run.options, resume: path })).rejects.toThrow(/was not written by fit/);
    const other = perceptron([2, 4, 3]);
    const options = { ...run.options, optimizer: new Adam(other.parameters()) };
    await expect(fit(other, { ...options, resume: path })).rejects.toThrow(StateError);
  });
});
