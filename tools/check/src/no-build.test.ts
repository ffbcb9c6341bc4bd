import { expect, test } from 'vitest';
import { digitsProblem, xorProblem } from './no-build';

test('the page about XOR must show four right answers', () => {
  expect(xorProblem('a\tb\tnet\n0\t0\t0.010\n0\t1\t0.980\n1\t0\t0.990\n1\t1\t0.020\n')).toBeUndefined();
  expect(xorProblem('0\t0\t0.010\n0\t1\t0.980\n1\t0\t0.990\n1\t1\t0.500\n')).toContain('XOR was not learnt');
  expect(xorProblem('Loading')).toContain('Loading');
});

test('the page about digits must recognise nine of ten and show ten answers', () => {
  const answers = '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n';
  expect(digitsProblem(`97.5 % of 359 unseen digits\n${answers}`)).toBeUndefined();
  expect(digitsProblem(`60.0 % of 359 unseen digits\n${answers}`)).toContain('not learnt');
  expect(digitsProblem('97.5 % of 359 unseen digits\n1\n')).toContain('not learnt');
});
