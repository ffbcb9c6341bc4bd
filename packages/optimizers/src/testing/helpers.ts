/** Shared by the tests of this package. */
import { Gradients } from '@cotangent/autodiff';
import { tensor, type Parameter, type Tensor } from '@cotangent/tensor';
import { expect } from 'vitest';
import type { Optimizer } from '../optimizer';
import type { OptimizerState, StateValue } from '../state';

/** A gradient for each parameter, as numbers. */
export function given(parameters: readonly Parameter[], values: readonly (readonly number[])[]): Gradients {
  return new Gradients(parameters.map((p, i) => [p, tensor(values[i]!, { dtype: p.dtype, shape: p.shape })] as const));
}

/** The values of a parameter after each of the gradients. */
export async function trajectory(
  optimizer: Optimizer,
  parameter: Parameter,
  gradients: readonly (readonly number[])[],
): Promise<number[][]> {
  const values: number[][] = [];
  for (const gradient of gradients) {
    optimizer.step(given([parameter], [gradient]));
    values.push(await numbers(parameter));
  }
  return values;
}

export async function numbers(t: Tensor): Promise<number[]> {
  return Array.from(await t.data());
}

/** Both lists agree within an absolute and relative tolerance. */
export function expectClose(got: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  expect(got.length).toBe(expected.length);
  got.forEach((value, i) => {
    const want = expected[i]!;
    expect(Math.abs(value - want), `element ${i}: ${value}, expected ${want}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(want)));
  });
}

/** A saved state through plain arrays, as a file would hold it. */
export async function copied(state: OptimizerState): Promise<OptimizerState> {
  const entries = Object.entries(state).map(async ([key, value]): Promise<[string, OptimizerState[string]]> => {
    if (key === 'groups') return [key, JSON.parse(JSON.stringify(value)) as StateValue];
    const t = value as Tensor;
    return [key, tensor(await t.data(), { shape: t.shape, dtype: t.dtype })];
  });
  return Object.fromEntries(await Promise.all(entries));
}
