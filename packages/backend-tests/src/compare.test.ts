import { describe, expect, it } from 'vitest';
import { difference, overallDifference } from './compare';
import { EXACT } from './samples/sample';

const next = 1 + 2 ** -23;

describe('difference', () => {
  it('counts in units of the last place of the result', () => {
    expect(difference([next], [1], 'float32', EXACT)).toBe(`element 0 is ${next} instead of 1`);
    expect(difference([next], [1], 'float32', { ulps: 1 })).toBeUndefined();
    expect(difference([1 + 2 * 2 ** -23], [1], 'float32', { ulps: 1 })).toContain('instead of 1');
    expect(difference([1.401298464324817e-45], [0], 'float32', { ulps: 1 })).toBeUndefined();
  });

  it('rounds exact results to the type', () => {
    expect(difference([Math.fround(0.1)], [0.1], 'float32', EXACT)).toBeUndefined();
    expect(difference([0.1], [Math.fround(0.1)], 'float64', EXACT)).toContain('instead of');
    expect(difference([0.0999755859375], [0.1], 'float16', EXACT)).toBeUndefined();
  });

  it('wants NaN, infinities and signs of zero in the same places', () => {
    const loose = { ulps: 100, absolute: 1 };
    expect(difference([NaN], [NaN], 'float32', EXACT)).toBeUndefined();
    expect(difference([NaN], [1], 'float32', loose)).toContain('NaN');
    expect(difference([1], [NaN], 'float32', loose)).toContain('NaN');
    expect(difference([Infinity], [-Infinity], 'float32', loose)).toContain('Infinity');
    expect(difference([3e38], [Infinity], 'float32', loose)).toContain('Infinity');
    expect(difference([0], [-0], 'float32', EXACT)).toBe('element 0 is 0 instead of -0');
    expect(difference([0], [-0], 'float32', { ulps: 0, anyZero: true })).toBeUndefined();
  });

  it('accepts an overflow one rounding early or late only', () => {
    expect(difference([Infinity], [1e39], 'float32', EXACT)).toBeUndefined();
    expect(difference([Infinity], [3.402823e38], 'float32', { ulps: 8 })).toBeUndefined();
    expect(difference([Infinity], [3e38], 'float32', { ulps: 8 })).toContain('Infinity');
  });

  it('counts at the sum of the terms where that is asked for', () => {
    expect(difference([1e-6], [0], 'float32', { ulps: 2, ofTerms: true }, [8])).toBeUndefined();
    expect(difference([3e-6], [0], 'float32', { ulps: 2, ofTerms: true }, [8])).toContain('instead of 0');
  });

  it('wants integers and lengths to be equal', () => {
    expect(difference([3], [4], 'int32', { ulps: 9 })).toBe('element 0 is 3 instead of 4');
    expect(difference([1, 2], [1], 'int32', EXACT)).toBe('2 elements instead of 1');
    expect(difference([1, 1, 1], [1, 2, 3], 'int32', EXACT)).toBe('element 1 is 1 instead of 2, and 1 more of 3');
  });
});

describe('overallDifference', () => {
  it('is relative to each element and to the size of all', () => {
    expect(overallDifference([1, 1e-6], [1, 0], 1e-5)).toBeUndefined();
    expect(overallDifference([1, 1e-4], [1, 0], 1e-5)).toBe('element 1 is 0.0001 instead of 0');
    expect(overallDifference([NaN, Infinity], [NaN, Infinity], 1e-5)).toBeUndefined();
    expect(overallDifference([NaN], [1], 1)).toContain('NaN');
  });
});
