import { abs, add, mul, readOptions, scalar, sum, type Tensor } from '@cotangent/tensor';
import { checkFinite, checkPositive } from '../check';
import { weightsOf, type WeightChoice, type WeightSource } from './weights-of';

export interface WeightPenaltyOptions extends WeightChoice {
  /** Factor of the sum of absolute values (lasso), which drives weights to 0. Default 0. */
  readonly l1?: number;
  /** Factor of the sum of squares (ridge), whose gradient is 2 * l2 * w. Default 0. */
  readonly l2?: number;
  /**
   * What the penalty is divided by. Default 1. Where lambda / 2m * sum(w^2) is meant, with m samples, give l2: lambda and
   * divisor: 2 * m: a step then shrinks a weight to (1 - lr * lambda / m) w. For lambda / n give n.
   */
  readonly divisor?: number;
}

/**
 * (l1 * sum |w| + l2 * sum w^2) / divisor over the weights of a model, to be added to its loss: lasso, L2 and, with both, the elastic
 * net. Biases are left out, since they do not make a model more complex; so are frozen parameters.
 *
 * @param of a module, or the parameters themselves.
 * @throws ArgumentError when a factor is not finite or the divisor is not > 0.
 * @example
 * ```ts
 * import { Linear, weightPenalty } from '@cotangent/layers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([[1, -2], [3, 0.5]]));
 * console.log(await weightPenalty([w], { l1: 1, l2: 0.5 }).item()); // 6.5 + 0.5 * 14.25 = 13.625
 * console.log(weightPenalty(new Linear(3, 2), { l2: 1e-4 }).shape); // [], of the weight only
 * ```
 */
export function weightPenalty(of: WeightSource, options: WeightPenaltyOptions): Tensor {
  const { l1 = 0, l2 = 0, divisor = 1 } = readOptions('weightPenalty', options, ['l1', 'l2', 'divisor', 'biases']);
  checkFinite('weightPenalty', 'l1', l1);
  checkFinite('weightPenalty', 'l2', l2);
  checkPositive('weightPenalty', 'divisor', divisor);
  const [first, second] = [l1 / divisor, l2 / divisor];
  let total: Tensor | undefined;
  for (const p of weightsOf(of, options)) {
    for (const term of [first !== 0 && mul(sum(abs(p)), first), second !== 0 && mul(sum(mul(p, p)), second)]) {
      if (term) total = total ? add(total, term) : term;
    }
  }
  return total ?? scalar(0);
}
