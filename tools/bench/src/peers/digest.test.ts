import { describe, expect, it } from 'vitest';
import { digest, errorOf } from './digest';

const exact = Float64Array.from({ length: 10_000 }, (_, i) => Math.sin(i));

describe('the error of a result', () => {
  it('is at the level of rounding for the same numbers in float32', () => {
    const error = errorOf(Float32Array.from(exact), digest(exact));
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(1e-7);
  });

  it('shows one wrong element anywhere', () => {
    for (const place of [0, 1234, 9999]) {
      const wrong = Float64Array.from(exact);
      wrong[place]! += 0.5;
      expect(errorOf(wrong, digest(exact)), `${place}`).toBeGreaterThan(1e-5);
    }
  });

  it('shows elements in another order', () => {
    expect(errorOf(exact.slice().reverse(), digest(exact))).toBeGreaterThan(0.01);
  });

  it('is infinite for NaN, which compares as smaller than nothing', () => {
    const wrong = Float64Array.from(exact);
    wrong[77] = NaN;
    expect(errorOf(wrong, digest(exact))).toBe(Infinity);
  });

  it('is an error of its own for another number of elements', () => {
    expect(() => errorOf(exact.slice(1), digest(exact))).toThrow('9999 elements; expected 10000');
  });
});

it('small arrays are kept whole', () => {
  expect(digest([3, -4])).toMatchObject({ length: 2, largest: 4, norm: 5, samples: [3, -4] });
});
