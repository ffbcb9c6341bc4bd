import { expect, it } from 'vitest';
import { median, spread } from './statistics';

it('the median is the middle of the sorted list, or the mean of both middles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 1, 9, 2])).toBe(5.5);
  expect(median([7])).toBe(7);
});

it('the spread is that of the middle half: outliers do not count', () => {
  expect(spread([10, 10, 10, 10, 1000])).toBe(0);
  expect(spread([8, 9, 10, 11, 12])).toBeCloseTo(0.2);
  expect(spread([5])).toBe(0);
});
