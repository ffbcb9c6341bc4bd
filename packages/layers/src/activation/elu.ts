/** The activations that approach a negative limit exponentially: ELU, CELU and SELU. */
import { expm1, gt, mul, readOptions, where, type Tensor } from '@cotangent/tensor';
import { ArgumentError } from '@cotangent/tensor';
import { checkFinite, checkInput } from '../check';
import { Module } from '../module';

export interface ELUOptions {
  /** The limit for x towards minus infinity is -alpha. Default 1. */
  readonly alpha?: number;
}

const ELU_OPTIONS = ['alpha'] as const;

/**
 * x for x > 0, else alpha * (e^x - 1). The derivative at 0 is alpha.
 *
 * @throws ArgumentError when alpha is not finite; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { elu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await elu(tensor([-1, 0, 2])).array()); // [-0.6321..., 0, 2]
 * ```
 */
export function elu(x: Tensor, options: ELUOptions = {}): Tensor {
  const { alpha = 1 } = readOptions('elu', options, ELU_OPTIONS);
  checkFinite('elu', 'alpha', alpha);
  checkInput('elu', x);
  return exponential(x, 1, alpha, 1);
}

/**
 * x for x > 0, else alpha * (e^(x / alpha) - 1): an ELU whose derivative is continuous, 1 at 0, for every alpha.
 *
 * @throws ArgumentError when alpha is 0 or not finite; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { celu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await celu(tensor([-2, 0, 2]), { alpha: 2 }).array()); // [-1.2642..., 0, 2]
 * ```
 */
export function celu(x: Tensor, options: ELUOptions = {}): Tensor {
  const { alpha = 1 } = readOptions('celu', options, ELU_OPTIONS);
  checkDivisor('celu', alpha);
  checkInput('celu', x);
  return exponential(x, 1, alpha, 1 / alpha);
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * scale * (x for x > 0, else alpha * (e^x - 1)) with scale 1.0507009873554805 and alpha 1.6732632423543772, for which mean 0 and
 * variance 1 are a fixed point of wide layers with LeCun normal weights.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { selu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await selu(tensor([-1, 0, 1])).array()); // [-1.1113..., 0, 1.0507...]
 * ```
 */
export function selu(x: Tensor): Tensor {
  checkInput('selu', x);
  return exponential(x, SELU_SCALE, SELU_ALPHA * SELU_SCALE, 1);
}

/** right * x for x > 0, else left * (e^(rate x) - 1). */
function exponential(x: Tensor, right: number, left: number, rate: number): Tensor {
  const positive = gt(x, 0);
  // The branch that is not taken must not overflow: its gradient, 0 times infinity, would be NaN.
  const safe = where(positive, 0, x);
  return where(positive, right === 1 ? x : mul(x, right), mul(expm1(rate === 1 ? safe : mul(safe, rate)), left));
}

/**
 * The exponential linear unit: x for x > 0, else alpha * (e^x - 1). Clevert et al., "Fast and Accurate Deep Network Learning by
 * Exponential Linear Units", 2015.
 *
 * @example
 * ```ts
 * import { ELU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new ELU().forward(tensor([-1000, 2])).array()); // [-1, 2]
 * ```
 */
export class ELU extends Module {
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super();
    this.alpha = checkFinite('ELU', 'alpha', readOptions('ELU', options, ELU_OPTIONS).alpha ?? 1);
  }

  override extraRepr(): string {
    return `alpha=${this.alpha}`;
  }

  forward(x: Tensor): Tensor {
    return elu(x, { alpha: this.alpha });
  }
}

/**
 * The continuously differentiable exponential linear unit: x for x > 0, else alpha * (e^(x / alpha) - 1). Barron, 2017.
 *
 * @example
 * ```ts
 * import { CELU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new CELU({ alpha: 2 }).forward(tensor([-1000, 2])).array()); // [-2, 2]
 * ```
 */
export class CELU extends Module {
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super();
    this.alpha = checkDivisor('CELU', readOptions('CELU', options, ELU_OPTIONS).alpha ?? 1);
  }

  override extraRepr(): string {
    return `alpha=${this.alpha}`;
  }

  forward(x: Tensor): Tensor {
    return celu(x, { alpha: this.alpha });
  }
}

/**
 * The scaled exponential linear unit, with which signals keep mean 0 and variance 1 through layers with LeCun normal weights;
 * `AlphaDropout` is its dropout. Klambauer et al., "Self-Normalizing Neural Networks", 2017.
 *
 * @example
 * ```ts
 * import { SELU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new SELU().forward(tensor([-1000, 1])).array()); // [-1.7580..., 1.0507...]
 * ```
 */
export class SELU extends Module {
  forward(x: Tensor): Tensor {
    return selu(x);
  }
}

function checkDivisor(where: string, alpha: number): number {
  if (alpha !== 0 && Number.isFinite(alpha)) return alpha;
  throw new ArgumentError(`${where}: alpha is ${alpha}; expected a finite number other than 0.`);
}
