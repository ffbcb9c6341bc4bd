import { cpu } from '@cotangent/backend-cpu';
import { crossEntropy } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { ArgumentError, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { EarlyStopping, fit, type Metric } from './index';
import { bits, perceptron, xor } from './testing/problems';

beforeAll(async () => {
  await use(cpu());
});

/** A metric that gives these values, one per pass. */
function scripted(values: readonly number[]): Metric {
  let pass = 0;
  return { reset: () => undefined, update: () => undefined, result: () => values[pass++]! };
}
/** As `scripted`, for validation passes only: every other pass is a training one. */
const scriptedValidation = (values: readonly number[]): Metric => scripted(values.flatMap((value) => [-1, value]));

/** The trace of the textbook: down, down, down, up, up, up with patience 3. */
const TRACE = [0.9, 0.8, 0.7, 0.75, 0.8, 0.85];

describe('early stopping in fit', () => {
  const run = async (values: readonly number[], earlyStopping: object) => {
    const model = perceptron([2, 4, 2]);
    const weights: Record<string, number[]>[] = [];
    const improved: number[] = [];
    const history = await fit(model, {
      train: xor('classes'),
      validation: xor('classes'),
      loss: crossEntropy,
      optimizer: new Adam(model.parameters(), { lr: 0.05 }),
      epochs: 20,
      metrics: { scripted: scriptedValidation([...values, ...Array.from({ length: 20 }, () => 9)]) },
      earlyStopping: { monitor: 'validation.scripted', mode: 'min', ...earlyStopping },
      callbacks: [
        {
          onEpochEnd: async (event) => {
            if (event.improved) improved.push(event.epoch);
            weights.push(await bits(model.stateDict()));
          },
        },
      ],
    });
    return { history, weights, improved, final: await bits(model.stateDict()) };
  };

  it('saves at epochs 1, 2, 3, stops at 6 and puts back the weights of 3 bit for bit [R03 E23]', async () => {
    const { history, weights, improved, final } = await run(TRACE, { patience: 3 });
    expect(improved).toEqual([1, 2, 3]);
    expect([history.stopped, history.epochs.length, history.bestEpoch, history.restored]).toEqual(['early', 6, 3, true]);
    expect(final).toEqual(weights[2]);
    expect(final).not.toEqual(weights[5]);
  });

  it('keeps the last weights on request', async () => {
    const { history, weights, final } = await run(TRACE, { patience: 3, restoreBest: false });
    expect([history.stopped, history.bestEpoch, history.restored]).toEqual(['early', 3, false]);
    expect(final).toEqual(weights[5]);
  });

  it('ignores improvements smaller than minDelta', async () => {
    const { history, improved } = await run([1, 0.99, 0.98, 0.5], { patience: 2, minDelta: 0.1 });
    expect(improved).toEqual([1]);
    expect(history.epochs.length).toBe(3);
  });

  it('takes larger metrics for better ones unless told otherwise', async () => {
    const { history } = await run([0.5, 0.7, 0.6, 0.65], { patience: 2, mode: undefined });
    expect([history.bestEpoch, history.epochs.length]).toEqual([2, 4]);
  });

  it('takes NaN for no improvement', async () => {
    const { history } = await run([NaN, 0.5, NaN, NaN], { patience: 2 });
    expect([history.bestEpoch, history.epochs.length]).toEqual([2, 4]);
  });

  it('puts the best weights back when all epochs are done', async () => {
    const model = perceptron([2, 4, 2]);
    const seen: Record<string, number[]>[] = [];
    const history = await fit(model, {
      train: xor('classes'),
      loss: crossEntropy,
      optimizer: new Adam(model.parameters(), { lr: 0.05 }),
      epochs: 3,
      metrics: { scripted: scripted([3, 1, 2]) },
      earlyStopping: { monitor: 'scripted', mode: 'min' },
      callbacks: [{ onEpochEnd: async () => void seen.push(await bits(model.stateDict())) }],
    });
    expect([history.stopped, history.bestEpoch, history.restored]).toEqual(['finished', 2, true]);
    expect(await bits(model.stateDict())).toEqual(seen[1]);
  });

  it('watches the validation loss by default', async () => {
    const model = perceptron([2, 4, 2]);
    let pass = 0;
    const history = await fit(model, {
      train: xor('classes'),
      validation: xor('classes'),
      loss: (output: Tensor, target: Tensor) => crossEntropy(output, target).add(model.training ? 0 : pass++),
      optimizer: new Adam(model.parameters(), { lr: 0.01 }),
      epochs: 20,
      earlyStopping: { patience: 2 },
    });
    expect([history.stopped, history.bestEpoch, history.epochs.length]).toEqual(['early', 1, 3]);
  });
});

describe('EarlyStopping', () => {
  it('follows the trace of the textbook [R03]', () => {
    const stopping = new EarlyStopping({ patience: 3 });
    const saved: number[] = [];
    let epoch = 0;
    for (const loss of TRACE) {
      epoch++;
      if (stopping.update(loss)) saved.push(epoch);
      if (stopping.done) break;
    }
    expect([saved, epoch, stopping.bestEpoch, stopping.best]).toEqual([[1, 2, 3], 6, 3, 0.7]);
  });

  it('goes on from a saved state', () => {
    const first = new EarlyStopping({ patience: 2, mode: 'max' });
    first.update(0.5);
    first.update(0.4);
    const second = new EarlyStopping({ patience: 2, mode: 'max' });
    second.restore(first.state());
    expect(second.done).toBe(false);
    second.update(0.5);
    expect([second.done, second.bestEpoch]).toEqual([true, 1]);
  });

  it('refuses options that make no sense', () => {
    expect(() => new EarlyStopping({ patience: 0.5 })).toThrow(ArgumentError);
    expect(() => new EarlyStopping({ minDelta: -1 })).toThrow(/minDelta is -1/);
  });
});
