/**
 * Training steps written by hand, kept outside this repository: `train.mjs` of a folder, called as `node train.mjs mlp|cnn|lstm`
 * with THREADS=n in the environment, checks itself and prints a line such as `mlp 1 thread: best 5.8 median 6.1 ms/step`.
 */
import { spawn } from 'node:child_process';

const NAMES: Readonly<Record<string, string>> = { 'mlp-step': 'mlp', 'lenet-step': 'cnn', 'lstm-step': 'lstm' };

/** It measures for some seconds by itself. */
const LIMIT_MS = 60_000;

/** One call stands for this many rounds of the others. */
export const STRAIGHT_EVERY = 3;

export function hasStraight(kind: string): boolean {
  return kind in NAMES;
}

/** The median milliseconds in what the program prints. @throws Error when there are none, or its losses are wrong. */
export function readStraight(output: string): number {
  const found = /: best [\d.]+ median ([\d.]+) ms\/step(.*)/.exec(output);
  if (!found) throw new Error(`no line 'NAME n threads: best X median Y ms/step' but: ${output.trim().split('\n').at(-1) ?? ''}`);
  if (found[2]!.includes('WRONG')) throw new Error(`its losses are wrong: ${found[0]}`);
  return Number(found[1]);
}

/** Runs the step by hand of a kind of task for some seconds; the median of its own measurements. */
export async function runStraight(folder: string, kind: string, threads: number): Promise<number> {
  const child = spawn(process.execPath, ['train.mjs', NAMES[kind]!], {
    cwd: folder, env: { ...process.env, THREADS: `${threads}` }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const isStarted = await new Promise<boolean>((resolve) => {
    child.once('close', () => {
      resolve(true);
    });
    child.once('error', () => {
      resolve(false);
    });
  });
  clearTimeout(timer);
  if (!isStarted) throw new Error(`${folder}/train.mjs could not be started`);
  return readStraight(output);
}
