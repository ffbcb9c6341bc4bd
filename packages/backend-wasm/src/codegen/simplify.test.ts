import { describe, expect, test } from 'vitest';
import type { Instruction } from './body';
import { simplify } from './simplify';

const load = (input: number): Instruction => ({ op: 'load', input, dtype: 'float32' });
const zero: Instruction = { op: 'const', constant: 0, dtype: 'float32' };
const opsOf = (body: readonly Instruction[], constants: readonly number[] = [0]): string[] =>
  simplify(body, constants).body.map((x) => x.op);

describe('exp of what is never positive', () => {
  test('is that of a value less the maximum of its row', () => {
    expect(opsOf([
      load(0),
      { op: 'fold', fold: 'max', args: [0], dtype: 'float32' },
      { op: 'sub', args: [0, 1], dtype: 'float32' },
      { op: 'exp', args: [2], dtype: 'float32' },
    ])).toEqual(['load', 'fold', 'sub', 'expNegative']);
  });

  test('is that of -|x| and -(x x)', () => {
    expect(opsOf([
      load(0),
      { op: 'abs', args: [0], dtype: 'float32' },
      { op: 'neg', args: [1], dtype: 'float32' },
      { op: 'exp', args: [2], dtype: 'float32' },
      { op: 'mul', args: [0, 0], dtype: 'float32' },
      { op: 'neg', args: [4], dtype: 'float32' },
      { op: 'exp', args: [5], dtype: 'float32' },
    ])).toEqual(['load', 'abs', 'neg', 'expNegative', 'mul', 'neg', 'expNegative']);
  });

  test('is not that of a value less another maximum, nor of a product of two values', () => {
    const body: Instruction[] = [
      load(0),
      load(1),
      { op: 'fold', fold: 'max', args: [1], dtype: 'float32' },
      { op: 'sub', args: [0, 2], dtype: 'float32' },
      { op: 'exp', args: [3], dtype: 'float32' },
      { op: 'mul', args: [0, 1], dtype: 'float32' },
      { op: 'neg', args: [5], dtype: 'float32' },
      { op: 'exp', args: [6], dtype: 'float32' },
    ];
    expect(simplify(body, []).body).toEqual(body);
  });
});

test('a stable sigmoid divides once, and its exp is that of what is never positive', () => {
  const negative = (limit: number): string[] => opsOf([
    load(0),
    zero,
    { op: 'lt', args: [1, 0], dtype: 'bool' },
    { op: 'neg', args: [0], dtype: 'float32' },
    { op: 'where', args: [2, 3, 0], dtype: 'float32' },
    { op: 'exp', args: [4], dtype: 'float32' },
  ], [limit]);
  expect(negative(0).at(-1)).toBe('expNegative');
  expect(negative(1).at(-1)).toBe('exp');
  const { body, at } = simplify([
    load(0), load(1), load(2),
    { op: 'lt', args: [0, 1], dtype: 'bool' },
    { op: 'div', args: [0, 2], dtype: 'float32' },
    { op: 'div', args: [1, 2], dtype: 'float32' },
    { op: 'where', args: [3, 4, 5], dtype: 'float32' },
  ], []);
  expect(body[at[6]!]).toEqual({ op: 'div', args: [6, 2], dtype: 'float32' });
  expect(body[6]).toEqual({ op: 'where', args: [3, 0, 1], dtype: 'float32' });
});
