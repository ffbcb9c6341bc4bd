/** Training where values are read asynchronously only: the same numbers in the same order, without waiting for every batch. */
import { cpu } from '@cotangent/backend-cpu';
import { webgpu } from '@cotangent/backend-webgpu';
import { accuracy, confusionMatrix, crossEntropy } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { tensor, use, type Backend, type Tensor } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { findGpu } from '../../../tools/webgpu';
import { evaluate, fit, predict, sumOf, TrainingError, type Callback, type FitOptions, type History } from './index';
import { batchesOf, bits, perceptron, spiralLoader } from './testing/problems';

// None on some machines, and said so there (an error with REQUIRE_WEBGPU=1): what needs one is left out.
const gpu = await findGpu();

/** The cpu backend, whose values come a while after they were asked for. Notes plans that run, and reads that are asked for or done. */
function slowReads(log: string[] = []): Backend {
  const backend = cpu();
  const [run, readSync] = [backend.run.bind(backend), backend.readSync.bind(backend)];
  return Object.assign(backend, {
    readSync: undefined,
    run: (...given: Parameters<Backend['run']>) => {
      log.push('run');
      return run(...given);
    },
    read: async (...[storage]: Parameters<Backend['read']>) => {
      const elements = readSync(storage).slice();
      log.push('ask');
      await new Promise((resolve) => setTimeout(resolve, 2));
      log.push('answer');
      return elements;
    },
  } as Partial<Backend>);
}

interface Outcome {
  readonly figures: unknown;
  readonly stopped: History['stopped'];
  readonly calls: readonly string[];
  readonly weights: Record<string, number[]>;
  readonly saved: number;
}

/** What a run leaves, and in which order what was called with what. */
async function outcome(backend: Backend, options: Partial<FitOptions> = {}): Promise<Outcome> {
  await use(backend);
  const model = perceptron([2, 8, 3]);
  const calls: string[] = [];
  const log: Callback = {
    onEpochStart: ({ epoch }) => void calls.push(`epoch ${epoch}`),
    onBatchEnd: ({ stop: _, ...event }) => void calls.push(JSON.stringify(event)),
    onEpochEnd: ({ record, improved }) => void calls.push(`end ${record.loss} ${JSON.stringify(record.metrics)} ${improved}`),
    onFitEnd: ({ history }) => void calls.push(history.stopped),
  };
  let saved = 0;
  const history = await fit(model, {
    train: spiralLoader(15, 8),
    validation: spiralLoader(10, 7, 11),
    loss: crossEntropy,
    optimizer: new Adam(model.parameters(), { lr: 0.05 }),
    epochs: 4,
    metrics: { accuracy, confusion: sumOf((scores: Tensor, target: Tensor) => confusionMatrix(scores, target)) },
    schedule: { schedule: (step, base) => base * 0.99 ** step, every: 'step' },
    earlyStopping: { patience: 2 },
    checkpoint: {
      save: () => {
        saved++;
      },
    },
    progress: { update: ({ batch, loss }) => void calls.push(`progress ${batch} ${loss}`), end: () => undefined },
    ...options,
    callbacks: [log, ...(options.callbacks ?? [])],
  });
  const figures = history.epochs.map(({ seconds: _, ...rest }) => rest);
  return { figures, stopped: history.stopped, calls, weights: await bits(model.stateDict()), saved };
}

const stopAt = (wanted: number): Callback => ({
  onBatchEnd: ({ step, stop }) => {
    if (step === wanted) stop();
  },
});

describe('where reads come later', () => {
  it.each([['one batch for an update', 1], ['two batches for an update', 2], ['four, which leaves some over', 4]])(
    'a run gives the numbers, the calls and the history that it gives elsewhere, with %s',
    async (_, accumulate) => {
      expect(await outcome(slowReads(), { accumulate })).toEqual(await outcome(cpu(), { accumulate }));
    },
  );

  it('a batch is read while the next one runs', async () => {
    const log: string[] = [];
    await use(slowReads(log));
    const model = perceptron([2, 8, 3]);
    const batches = await batchesOf(spiralLoader(8, 8));
    const optimizer = new Adam(model.parameters());
    await fit(model, { train: batches, loss: crossEntropy, optimizer, epochs: 1 });
    expect(log).toEqual(['run', 'ask', 'run', 'ask', 'answer', 'run', 'ask', 'answer', 'answer']);
    log.length = 0;
    await evaluate(model, batches, { loss: crossEntropy });
    expect(log).toEqual(['run', 'ask', 'run', 'ask', 'answer', 'run', 'ask', 'answer', 'answer']);
  });

  it('evaluate and predict give the same numbers', async () => {
    const results = async (backend: Backend): Promise<unknown> => {
      await use(backend);
      const model = perceptron([2, 8, 3]);
      const evaluated = await evaluate(model, spiralLoader(10, 7), { loss: crossEntropy, metrics: [accuracy] });
      const unread = await evaluate(model, spiralLoader(10, 7), { metrics: [accuracy] });
      return { evaluated, unread, predicted: await (await predict(model, spiralLoader(10, 7))).array() };
    };
    expect(await results(slowReads())).toEqual(await results(cpu()));
  });

  it('stop() within an epoch takes effect one batch later, at its end at once; the state is then fit for saving', async () => {
    const stopped = (backend: Backend, step: number): Promise<Outcome> => outcome(backend, { callbacks: [stopAt(step)] });
    const here = await stopped(slowReads(), 3);
    expect(here).toMatchObject({ stopped: 'callback', figures: [], saved: 1 });
    expect(here).toEqual(await stopped(cpu(), 4));
    // Six batches are an epoch.
    expect(await stopped(slowReads(), 6)).toEqual(await stopped(cpu(), 6));
  });

  it('a broken-off run goes on from its checkpoint as one that was not', async () => {
    let bytes = new Uint8Array();
    const checkpoint = { save: (given: Uint8Array) => void (bytes = given.slice()) };
    await outcome(slowReads(), { checkpoint, callbacks: [stopAt(9)] });
    const resumed = await outcome(slowReads(), { resume: bytes });
    const whole = await outcome(cpu());
    expect([resumed.figures, resumed.weights]).toEqual([whole.figures, whole.weights]);
  });

  it('an abort ends the run after the batch that is under way', async () => {
    const controller = new AbortController();
    const abort: Callback = {
      onBatchEnd: ({ step }) => {
        if (step === 2) controller.abort();
      },
    };
    const { calls, stopped } = await outcome(slowReads(), { signal: controller.signal, callbacks: [abort] });
    expect([stopped, calls.filter((call) => call.startsWith('{')).length]).toEqual(['aborted', 3]);
  });

  it('a loss that is no number is reported for its own batch', async () => {
    await use(slowReads());
    const model = perceptron([2, 4, 3]);
    const [good, bad] = [1, NaN].map((value) => ({ x: tensor([[value, 1]]), y: tensor([1], { dtype: 'int32' }) }));
    const ended: number[] = [];
    const failed = fit(model, {
      train: [good!, bad!, good!, good!], loss: crossEntropy, optimizer: new Adam(model.parameters()), epochs: 1,
      callbacks: [{ onBatchEnd: ({ batch }) => void ended.push(batch) }],
    });
    await expect(failed).rejects.toThrow(TrainingError);
    await expect(failed).rejects.toThrow(/in epoch 1, batch 2 of 4 \(after 1 updates.*\n- 1 of the 2 inputs/s);
    expect(ended).toEqual([1]);
  });

  it('a batch has ended before the error of the next one is reported', async () => {
    await use(slowReads());
    const model = perceptron([2, 4, 3]);
    const y = tensor([1], { dtype: 'int32' });
    const ended: number[] = [];
    const failed = fit(model, {
      train: [{ x: tensor([[1, 1]]), y }, { x: tensor([[1, 1, 1]]), y }], loss: crossEntropy,
      optimizer: new Adam(model.parameters()), epochs: 1, callbacks: [{ onBatchEnd: ({ batch }) => void ended.push(batch) }],
    });
    await expect(failed).rejects.toThrow(/\[1, 3\]/);
    expect(ended).toEqual([1]);
  });

  it.skipIf(!gpu)('webgpu calls in the order of cpu, with its numbers but for rounding', async () => {
    const [ours, theirs] = [await outcome(webgpu({ gpu }), { epochs: 2 }), await outcome(cpu(), { epochs: 2 })];
    const number = /\d+\.\d+/g;
    const words = ({ calls }: Outcome): string[] => calls.map((call) => call.replace(number, '#'));
    const numbers = ({ calls }: Outcome): number[] => calls.flatMap((call) => [...call.matchAll(number)].map(([text]) => Number(text)));
    expect(words(ours)).toEqual(words(theirs));
    const [found, expected] = [numbers(ours), numbers(theirs)];
    expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-3);
    expect(ours.stopped).toBe('finished');
  });
});
