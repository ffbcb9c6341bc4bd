/** Helpers of the tests of losses. */
import { backward, gradCheck } from '@cotangent/autodiff';
import { parameter, tensor, type NestedArray, type Tensor } from '@cotangent/tensor';
import { expect } from 'vitest';

/** The gradient of a scalar loss at some input. */
export function gradient(loss: (x: Tensor) => Tensor, at: NestedArray): Tensor {
  const x = parameter(tensor(at));
  return backward(loss(x)).get(x) as Tensor;
}

/** Expects the gradients of finite differences for inputs in float64. */
export async function expectGradients(loss: (...inputs: Tensor[]) => Tensor, ...inputs: NestedArray[]): Promise<void> {
  const report = await gradCheck(loss, inputs.map((data) => tensor(data, { dtype: 'float64' })));
  expect(report.passed, JSON.stringify(report)).toBe(true);
}
