import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inputsOf, readArray, writeArrays } from './inputs';
import type { Task } from './task';
import { TASKS } from './tasks';

const mlp: Task = TASKS.find(({ id }) => id === 'mlp-step')!;

it('inputs are the same every time, spread over their range, and differ from each other', () => {
  const [first, second] = [inputsOf(mlp), inputsOf(mlp)];
  expect(first).toEqual(second);
  const w0 = first['w0']!.data;
  const bound = 1 / Math.sqrt(784);
  expect(Math.max(...w0.slice(0, 10_000))).toBeLessThanOrEqual(bound);
  expect(Math.min(...w0.slice(0, 10_000))).toBeLessThan(-0.99 * bound);
  expect(w0[0]).not.toBe(first['w1']!.data[0]);
});

it('classes are whole numbers below their count, and all occur', () => {
  const { data } = inputsOf(mlp)['y']!;
  expect(data).toBeInstanceOf(Int32Array);
  expect([...new Set(data)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('arrays survive a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-inputs-'));
  try {
    writeArrays(folder, { a: Float32Array.of(1.5, -2), b: [3] });
    expect(readArray(folder, 'a')).toEqual(Float32Array.of(1.5, -2));
    expect(readArray(folder, 'b')).toEqual(Float32Array.of(3));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
