import { abs, customGradient, exp, log1p, minimum, mul, neg, sigmoid, sub, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * log(sigmoid(x)), computed without leaving the logarithm, so that it is finite for every finite x. Its derivative is sigmoid(-x).
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { logSigmoid } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await logSigmoid(tensor([-1000, 0])).array()); // [-1000, -0.6931...]
 * ```
 */
export function logSigmoid(x: Tensor): Tensor {
  checkInput('logSigmoid', x);
  // The formula has kinks at 0 that cancel each other; derivatives of any order are those of the sigmoid.
  return customGradient(
    (z) => sub(minimum(z, 0), log1p(exp(neg(abs(z))))),
    (grad, [z]) => [mul(grad, sigmoid(neg(z!)))],
  )(x);
}

/**
 * `logSigmoid` as a layer: the log-probability of a binary class.
 *
 * @example
 * ```ts
 * import { LogSigmoid } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new LogSigmoid().forward(tensor([-1000, 0])).array()); // [-1000, -0.6931...]
 * ```
 */
export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}
