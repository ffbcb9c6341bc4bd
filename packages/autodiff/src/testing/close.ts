/** Comparing computed elements with expected ones. */
import { expect } from 'vitest';
import type { NestedArray, Tensor } from '@cotangent/tensor';

/** Expects the elements of `t` to be `expected` (nested as the tensor is), within `tolerance * max(1, |expected|)`. */
export async function expectClose(t: Tensor, expected: NestedArray, tolerance = 1e-6): Promise<void> {
  const actual = await t.array();
  expect(shapeOf(actual), 'shape').toEqual(shapeOf(expected));
  const got = [actual].flat(Infinity as 1) as number[];
  const want = [expected].flat(Infinity as 1) as number[];
  want.forEach((value, i) => {
    const isSame = Object.is(got[i], value) || Math.abs(got[i]! - value) <= tolerance * Math.max(1, Math.abs(value));
    if (!isSame) expect.fail(`element ${i} is ${got[i]!}, expected ${value} within ${tolerance}: got [${got.join(', ')}]`);
  });
}

function shapeOf(nested: NestedArray): number[] {
  return Array.isArray(nested) ? [nested.length, ...(nested.length > 0 ? shapeOf(nested[0]!) : [])] : [];
}
