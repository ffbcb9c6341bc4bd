import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSafetensors, readFile } from '@cotangent/io';
import type { Options } from './options';
import { accuracyOf } from './report';
import { runDigits, type RunResult } from './run';
import { recordingTerminal, type Terminal } from './terminal';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digits-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Enough to see everything work, few enough for the cpu backend. */
const LIMIT = 120;
const options = (more: Partial<Options> = {}): Options => ({
  data: undefined,
  backend: 'cpu',
  epochs: 2,
  seed: 1,
  resume: false,
  out: join(folder, 'run'),
  ...more,
});

/** Interrupts a run when it prints a line that starts with `text` for the n-th time, then goes on with it. */
async function interrupted(given: Options, text: string, times: number): Promise<{ lines: string[]; result: RunResult | undefined }> {
  const interrupt = new AbortController();
  const terminal = recordingTerminal();
  let seen = 0;
  const print: Terminal['print'] = (line = '') => {
    terminal.print(line);
    if (line.trim().startsWith(text) && ++seen === times) interrupt.abort();
  };
  expect(await runDigits(given, { ...terminal, print }, { limit: LIMIT, signal: interrupt.signal })).toBeUndefined();
  return { lines: terminal.lines, result: await runDigits({ ...given, resume: true }, recordingTerminal(), { limit: LIMIT }) };
}

/** What must be equal between two runs: everything but times and names. */
async function numbers(result: RunResult | undefined): Promise<unknown> {
  const { lenet, regression, history, file } = result!;
  const epochs = history.epochs.map(({ loss, validation, lr }) => ({ loss, validation, lr }));
  return { lenet, regression, epochs, file: [...(await readFile(file))] };
}

describe('runDigits', () => {
  let whole: unknown;
  const uninterrupted = async (): Promise<unknown> =>
    (whole ??= await numbers(await runDigits(options({ out: join(folder, 'whole') }), recordingTerminal(), { limit: LIMIT })));

  it('draws, trains, reports and saves', async () => {
    const terminal = recordingTerminal();
    const result = await runDigits(options(), terminal, { limit: LIMIT });
    const text = terminal.lines.join('\n');
    expect(text.indexOf('@')).toBeLessThan(text.indexOf('epoch 1/2')); // digits first
    expect(terminal.lines.filter((line) => line.startsWith('epoch '))).toHaveLength(4);
    expect(text).toContain('loss over the epochs');
    expect(terminal.lines).toContainEqual(expect.stringMatching(/^test accuracy \d+\.\d %$/));
    expect(terminal.lines).toContainEqual(expect.stringMatching(/^softmax regression \d+\.\d %$/));
    expect(text).toMatch(/read as \d/);
    expect(text).toContain(`saved in ${result!.file}`);
    expect(result!.lenet.predicted).toHaveLength(24);
    const { tensors, metadata } = loadSafetensors(await readFile(result!.file));
    expect(Object.keys(tensors)).toContain('conv1.weight');
    expect(Number(metadata['accuracy'])).toBe(accuracyOf(result!.lenet));
    expect(await readdir(join(folder, 'run'))).toEqual(['lenet5.safetensors']);
  });

  it('gives the same numbers for the same seed, others for another one', async () => {
    const run = (seed: number, out: string): Promise<RunResult | undefined> =>
      runDigits(options({ seed, epochs: 1, out: join(folder, out) }), recordingTerminal(), { limit: LIMIT });
    const first = await numbers(await run(1, 'a'));
    expect(await numbers(await run(1, 'b'))).toEqual(first);
    expect(await numbers(await run(2, 'c'))).not.toEqual(first);
  });

  it.each([
    ['between two epochs', 'epoch 1/2', 2],
    ['before the first batch of LeNet-5', 'LeNet-5, 2 epochs', 1],
    ['while the softmax regression is trained', 'epoch 1/2', 1],
  ])('ends with the numbers of an uninterrupted run when it is interrupted %s', async (_, text, times) => {
    const { lines, result } = await interrupted(options(), text, times);
    expect(lines.at(-1)).toBe(`  pnpm start --resume --backend cpu --epochs 2 --seed 1 --out ${join(folder, 'run')}`);
    expect(await numbers(result)).toEqual(await uninterrupted());
  });

  it('refuses to go on with nothing, or with another run', async () => {
    const resume = (more: Partial<Options>): Promise<unknown> =>
      runDigits(options({ ...more, resume: true }), recordingTerminal(), { limit: LIMIT });
    await expect(resume({})).rejects.toThrow(/there is no interrupted run in/);
    const signal = AbortSignal.abort();
    expect(await runDigits(options(), recordingTerminal(), { limit: LIMIT, signal })).toBeUndefined();
    await expect(resume({ seed: 2, epochs: 3 })).rejects.toThrow(/other options: epochs 2 there, 3 here; seed 1 there, 2 here/);
    expect(existsSync(join(folder, 'run', 'run.json'))).toBe(true);
  });

  it('forgets an interrupted run when a new one is started', async () => {
    const signal = AbortSignal.abort();
    await runDigits(options({ seed: 5 }), recordingTerminal(), { limit: LIMIT, signal });
    await runDigits(options({ seed: 6 }), recordingTerminal(), { limit: LIMIT, signal });
    const resumed = runDigits(options({ seed: 5, resume: true }), recordingTerminal(), { limit: LIMIT });
    await expect(resumed).rejects.toThrow(/seed 6 there, 5 here/);
  });
});
