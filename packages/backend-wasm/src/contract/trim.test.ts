import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { conv2d, parameter, tensor, use, type Backend, type Tensor } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { noise } from '../testing';

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly options: { readonly padding?: number; readonly dilation?: number };
}

// Large enough for rows to be told apart, and not the kind that Winograd's method takes.
const CASES: readonly Case[] = [
  { name: 'a kernel of 5 without padding', x: [8, 8, 14, 14], w: [16, 8, 5, 5], options: {} },
  { name: 'a dilated kernel', x: [4, 8, 16, 15], w: [16, 8, 4, 4], options: { dilation: 2 } },
  { name: 'padding so wide that some results see nothing', x: [8, 8, 9, 9], w: [16, 8, 5, 5], options: { padding: 7 } },
];

async function results(backend: Backend, { x, w, options }: Case): Promise<Float32Array[]> {
  await use(backend);
  const of = (shape: readonly number[], seed: number): Tensor => tensor(noise(shape.reduce((a, b) => a * b, 1), seed)).reshape(...shape);
  const [input, filter] = [parameter(of(x, 1)), parameter(of(w, 2))];
  const y = conv2d(input, filter, undefined, options);
  const grads = backward(y.mul(of(y.shape, 3)).sum());
  const found: Float32Array[] = [];
  for (const t of [y, grads.get(input) as Tensor, grads.get(filter) as Tensor]) found.push((await t.data()) as Float32Array);
  return found;
}

test.each(CASES)('rows near an edge leave out what lies beyond it: $name', async (wanted) => {
  const expected = await results(cpu(), wanted);
  const found = await results(wasm({ threads: 1 }), wanted);
  found.forEach((values, i) => {
    const largest = expected[i]!.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const error = values.reduce((most, v, k) => Math.max(most, Math.abs(v - expected[i]![k]!)), 0);
    expect(error / largest).toBeLessThan(3e-6);
  });
});
