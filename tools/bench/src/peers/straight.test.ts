import { expect, it } from 'vitest';
import { readStraight } from './straight';

it('reads the median of a step by hand, whatever else the program prints', () => {
  const output = '(kernels emitted and compiled in 52 ms)\nmlp 2 threads: best 2.944 median 3.102 ms/step  308 MFLOP, loss error 2.1e-9\n';
  expect(readStraight(output)).toBe(3.102);
});

it('does not take the time of a step that is wrong, or of none', () => {
  expect(() => readStraight('cnn 1 thread: best 5.0 median 5.3 ms/step  loss error 1e-2 WRONG 2.3')).toThrow('its losses are wrong');
  expect(() => readStraight('Error: no such file\n')).toThrow("'NAME n threads: best X median Y ms/step' but: Error: no such file");
});
