import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@cotangent/backend-cpu';
import { saveCheckpoint } from '@cotangent/io';
import { accuracy, BatchNorm1d, crossEntropy, Dropout, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam, cosineAnnealingLR, type Optimizer } from '@cotangent/optimizers';
import { FileError, Generator, manualSeed, StateError, use } from '@cotangent/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fit, type Callback, type EpochRecord, type FitOptions, type History } from './index';
import { bits, perceptron, spiralLoader, xor } from './testing/problems';

let folder = '';
beforeAll(async () => {
  await use(cpu());
  folder = await mkdtemp(join(tmpdir(), 'cotangent-train-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A run with everything that has state: running statistics, two generators, momenta, a schedule, a shuffled loader. */
function setUp(): { model: Sequential; optimizer: Optimizer; options: FitOptions } {
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
    metrics: { accuracy },
    schedule: { schedule: cosineAnnealingLR({ tMax: 30 }), every: 'step' },
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

const straight = async (): ReturnType<typeof outcome> => {
  const run = setUp();
  return outcome(run, await fit(run.model, run.options));
};

/** Trains until `callback` or the epochs stop it, then goes on in new objects, from the saved bytes only. */
async function interrupted(first: Partial<FitOptions>): ReturnType<typeof outcome> {
  let bytes = new Uint8Array();
  const checkpoint = { save: (saved: Uint8Array) => void (bytes = saved.slice()) };
  const a = setUp();
  await fit(a.model, { ...a.options, checkpoint, ...first });
  const b = setUp();
  manualSeed(12345); // what the generator does meanwhile must not matter
  return outcome(b, await fit(b.model, { ...b.options, checkpoint, resume: bytes }));
}

describe('a resumed run', () => {
  it('after whole epochs equals a run in one go, bit for bit', async () => {
    const whole = await straight();
    for (const epochs of [1, 3, 5]) expect(await interrupted({ epochs })).toEqual(whole);
  });

  it('after a broken-off epoch equals it too, metrics of that epoch apart', async () => {
    const whole = await straight();
    const strip = (result: Awaited<ReturnType<typeof straight>>): unknown => ({
      ...result,
      figures: result.figures.map(({ metrics: _, ...rest }) => rest),
    });
    for (const step of [1, 7, 10, 13]) {
      const callbacks: Callback[] = [{ onBatchEnd: (event) => { if (event.step === step) event.stop(); } }];
      expect(strip(await interrupted({ callbacks }))).toEqual(strip(whole));
    }
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
