import { cpu } from '@cotangent/backend-cpu';
import { NumericsError, numericsCheck, parameter, tensor, use, where, type Tensor } from '@cotangent/tensor';
import { beforeEach, expect, it } from 'vitest';
import { backward } from './index';

beforeEach(async () => {
  await use(cpu());
});

function caught(fn: () => unknown, options?: { infinity: boolean }): NumericsError {
  try {
    numericsCheck(fn, options);
  } catch (error) {
    if (error instanceof NumericsError) return error;
    throw error;
  }
  throw new Error('nothing was found');
}

it('names the op whose gradient made a NaN, with its line and that of backward', () => {
  const w = parameter(tensor([4, 0]));
  // The square root of 0 is fine; its gradient is infinite, and 0 times infinity is not a number.
  const error = caught(() => {
    const root = w.mul(w).sqrt();
    const grads = backward(root.sum());
    return (grads.get(w) as Tensor).dataSync();
  }, { infinity: true });
  const { op, gradientOf, at, element } = error.finding;
  expect(gradientOf!.op).toBe('sqrt');
  expect(element).toEqual([1]);
  const line = (place: string | undefined): number => Number(/numerics\.test\.ts:(\d+):\d+$/.exec(place!)![1]);
  expect(line(at)).toBe(line(gradientOf!.at) + 1);
  expect(error.message).toContain(`${op} made Infinity at element [1] of its result [2]`);
  expect(error.message).toMatch(/It is part of the gradient of sqrt, called at .*numerics\.test\.ts/);
});

it('finds the NaN that a gradient makes where the value itself was thrown away', () => {
  const w = parameter(tensor([4, 0]));
  const gradient = (): unknown => {
    const root = where(w.gt(0), w.sqrt(), 0);
    return (backward(root.sum()).get(w) as Tensor).dataSync();
  };
  expect(caught(gradient).finding).toMatchObject({ op: 'div', element: [1], inputs: [0, 0], gradientOf: { op: 'sqrt' } });
});
