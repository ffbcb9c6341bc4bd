import { abs, add, mul, scalar, sum, type Parameter, type Tensor } from '@cotangent/tensor';
import { Module } from '../module';

export interface WeightPenaltyOptions {
  /** Factor of the sum of absolute values (lasso), which drives weights to 0. Default 0. */
  readonly l1?: number;
  /** Factor of the sum of squares (ridge). Default 0. Its gradient is 2 * l2 * w; for lambda/2m * sum(w^2) give lambda / (2 * m). */
  readonly l2?: number;
  /** Whether parameters with fewer than two axes (biases, scales of normalisations) count too. Default false. */
  readonly biases?: boolean;
}

/**
 * l1 * sum |w| + l2 * sum w^2 over the weights of a model, to be added to its loss: lasso, L2 and, with both, the elastic net.
 * Biases are left out, since they do not make a model more complex; so are frozen parameters.
 *
 * @param of a module, or the parameters themselves.
 * @example
 * ```ts
 * import { Linear, weightPenalty } from '@cotangent/layers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([[1, -2], [3, 0.5]]));
 * console.log(await weightPenalty([w], { l1: 1, l2: 0.5 }).item()); // 6.5 + 0.5 * 14.25 = 13.625
 * console.log(weightPenalty(new Linear(3, 2), { l2: 1e-4 }).shape); // [], of the weight only
 * ```
 */
export function weightPenalty(of: Module | Iterable<Parameter>, options: WeightPenaltyOptions): Tensor {
  const { l1 = 0, l2 = 0, biases = false } = options;
  let total: Tensor | undefined;
  for (const p of of instanceof Module ? of.parameters() : of) {
    if (!p.requiresGrad || (!biases && p.ndim < 2)) continue;
    for (const term of [l1 !== 0 && mul(sum(abs(p)), l1), l2 !== 0 && mul(sum(mul(p, p)), l2)]) {
      if (term) total = total ? add(total, term) : term;
    }
  }
  return total ?? scalar(0);
}
