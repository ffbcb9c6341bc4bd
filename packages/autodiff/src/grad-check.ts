/** Checking gradients against finite differences. */
import { ArgumentError, GradientError, isFloat, show, tensor, type Tensor } from '@cotangent/tensor';
import { gradients, track } from './gradients';

export interface GradCheckOptions {
  /** Step of the differences, times max(1, |x|). Default 1e-6 in float64, 1e-3 in float32. */
  readonly step?: number;
  /** Largest relative difference that passes. Default 1e-6 in float64, 1e-2 in float32. */
  readonly tolerance?: number;
}

export interface GradCheckReport {
  readonly passed: boolean;
  /** norm(analytic - numeric) / (norm(analytic) + norm(numeric)), the largest over the inputs; 0 when both are 0. */
  readonly relativeError: number;
  /** The same for each input. */
  readonly errors: readonly number[];
}

/**
 * Compares the gradients of `fn` with two-sided differences (f(x + h) - f(x - h)) / 2h for every element of every input.
 * Meant for float64 on the cpu backend, where 1e-7 is good, 1e-5 worth a look and 1e-3 wrong. The output may have any
 * shape; it is weighted with fixed uneven numbers so that errors do not cancel.
 *
 * @param fn must give the same value every time: no dropout, no other randomness.
 * @throws GradientError when two evaluations differ.
 * @example
 * ```ts
 * import { gradCheck } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const x = tensor([0.5, -1], { dtype: 'float64' });
 * const report = await gradCheck((t) => t.tanh(), [x]);
 * console.log(report.passed); // true
 * ```
 */
export async function gradCheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradCheckOptions = {},
): Promise<GradCheckReport> {
  for (const x of inputs) {
    if (!isFloat(x.dtype)) throw new ArgumentError(`gradCheck: an input is ${x.dtype}; expected floating-point tensors, best float64 on the cpu backend.`);
  }
  const precise = inputs.every((x) => x.dtype === 'float64');
  const { step = precise ? 1e-6 : 1e-3, tolerance = precise ? 1e-6 : 1e-2 } = options;
  const numeric = await numericGradients(fn, inputs, step);
  const tracked = inputs.map(track);
  const y = fn(...tracked);
  const analytic = gradients(y, tracked, { gradOutputs: weights(y) });
  const errors: number[] = [];
  for (let i = 0; i < inputs.length; i++) errors.push(relativeDifference(await analytic[i]!.data(), numeric[i]!));
  const relativeError = errors.reduce((worst, e) => (e > worst || Number.isNaN(e) ? e : worst), 0);
  return { passed: relativeError <= tolerance, relativeError, errors };
}

/**
 * Gradients by finite differences alone: of sum(w * fn(inputs)) with fixed weights w (1 for a scalar result).
 *
 * @param step times max(1, |x|).
 * @example
 * ```ts
 * import { numericGradients } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const [g] = await numericGradients((x) => x.pow(3).sum(), [tensor([1], { dtype: 'float64' })], 1e-6);
 * console.log(g); // about [3]
 * ```
 */
export async function numericGradients(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  step: number,
): Promise<Float64Array[]> {
  const evaluate = async (values: readonly Tensor[]): Promise<number> => {
    const y = fn(...values);
    return y.mul(weights(y)).sum().item();
  };
  const once = await evaluate(inputs);
  const twice = await evaluate(inputs);
  if (!Object.is(once, twice)) {
    throw new GradientError('gradCheck: two evaluations with the same inputs differ. Switch dropout and other randomness off (model.eval(), a fixed mask).');
  }
  const result: Float64Array[] = [];
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i]!;
    const data = await x.data();
    const out = new Float64Array(data.length);
    const shifted = (k: number, by: number): readonly Tensor[] => {
      const copy = data.slice();
      copy[k] = copy[k]! + by;
      return inputs.map((other, j) => (j === i ? tensor(copy, { shape: x.shape, dtype: x.dtype }) : other));
    };
    for (let k = 0; k < data.length; k++) {
      const h = step * Math.max(1, Math.abs(data[k]!));
      out[k] = ((await evaluate(shifted(k, h))) - (await evaluate(shifted(k, -h)))) / (2 * h);
    }
    result.push(out);
  }
  return result;
}

/** 1 for a scalar; for anything else numbers between 0.5 and 1.5 without a pattern that sums could hide. */
function weights(y: Tensor): Tensor {
  if (!isFloat(y.dtype)) throw new ArgumentError(`gradCheck: the function returned ${y.dtype} of shape ${show(y.shape)}; expected a floating-point tensor.`);
  const values = Array.from({ length: y.size }, (_, i) => (y.size === 1 ? 1 : 1 + 0.5 * Math.sin(1 + 2.4 * i)));
  return tensor(values, { shape: y.shape, dtype: y.dtype });
}

function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let total = 0;
  let other = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    total += a[i]! ** 2;
    other += b[i]! ** 2;
  }
  const scale = Math.sqrt(total) + Math.sqrt(other);
  return scale === 0 ? 0 : Math.sqrt(difference) / scale;
}
