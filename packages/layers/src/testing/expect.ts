/** Helpers of this package's tests. */
import { tensor, type NestedArray, type Tensor } from '@cotangent/tensor';
import { expect } from 'vitest';

/** int32 tensor. */
export function ints(data: NestedArray): Tensor {
  return tensor(data, { dtype: 'int32' });
}

/** Expects shape and elements; each within 1e-6 + 1e-5 of its size. */
export async function expectClose(actual: Tensor, expected: NestedArray): Promise<void> {
  const wanted = tensor(expected, { dtype: 'float64' });
  expect(actual.shape).toEqual(wanted.shape);
  const values = await actual.data();
  const targets = await wanted.data();
  values.forEach((value, i) => {
    const target = targets[i]!;
    const message = `element ${i} of ${[...values].join(', ')}`;
    if (Number.isNaN(target)) expect(value, message).toBeNaN();
    else expect(Math.abs(value - target), message).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(target));
  });
}

/** Expects numbers within 1e-9, also in lists and fields. */
export function expectNear(actual: unknown, expected: unknown): void {
  if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(actual as object)).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) expectNear((actual as Record<string, unknown>)[key], value);
    return;
  }
  if (typeof expected === 'number' && Number.isFinite(expected)) expect(actual).toBeCloseTo(expected, 9);
  else expect(actual).toBe(expected);
}
