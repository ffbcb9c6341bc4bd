import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { use } from '@cotangent/tensor';
import type { Progress } from '@cotangent/train';
import { makeBackend } from './backend';
import { loadDigits, type DigitsData } from './data';
import { LENET5 } from './recipe';
import { scoresOf, train, type Trained } from './train';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digits-'));
  await use(await makeBackend('cpu'));
});
afterEach(() => rm(folder, { recursive: true }));

const quiet: Progress = { update: () => undefined, end: () => undefined };

function run(data: DigitsData, name: string, more: { resume?: boolean; progress?: Progress; signal?: AbortSignal } = {}): Promise<Trained> {
  const checkpoint = join(folder, name);
  return train(LENET5, data, { seed: 3, epochs: 2, batchSize: 16, checkpoint, resume: false, progress: quiet, ...more });
}

it.each([
  ['in the middle of an epoch', 3],
  ['after the last batch of an epoch', 5],
])('training goes on exactly where it was interrupted, %s', async (_, batch) => {
  const data = await loadDigits(undefined, 3, 100);
  const whole = await run(data, 'whole');
  expect(whole.history.epochs).toHaveLength(2);

  const interrupt = new AbortController();
  const update: Progress['update'] = (state) => {
    if (state.label === 'epoch 1/2' && state.batch === batch) interrupt.abort();
  };
  const progress = { ...quiet, update };
  const first = await run(data, 'parts', { progress, signal: interrupt.signal });
  expect(first.history.stopped).toBe('aborted');
  expect(first.history.epochs).toHaveLength(0);
  const second = await run(data, 'parts', { resume: true });

  const losses = ({ history }: Trained): unknown => history.epochs.map(({ loss, validation }) => [loss, validation]);
  expect(losses(second)).toEqual(losses(whole));
  const scores = async ({ model }: Trained): Promise<number[]> => Array.from(await (await scoresOf(model, data.test)).data());
  expect(await scores(second)).toEqual(await scores(whole));
});
