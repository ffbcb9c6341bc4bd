import { abs, ArgumentError, customGradient, ge, le, lt, mul, readOptions, where, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/** What a step passes on backwards; see `BinaryStepOptions`. */
export type StepGradient = 'zero' | 'straightThrough' | 'clipped';

export interface BinaryStepOptions {
  /**
   * The gradient handed to the input: 'zero' (default), the true one wherever there is one; 'straightThrough', as if the step were
   * the identity; 'clipped', the same where |x| <= 1 and 0 elsewhere. Bengio et al., "Estimating or Propagating Gradients Through
   * Stochastic Neurons", 2013.
   */
  readonly gradient?: StepGradient;
}

const BINARY_STEP_OPTIONS = ['gradient'] as const;

/**
 * The binary step (Heaviside) function: 0 for x < 0, else 1; NaN stays NaN.
 *
 * @throws ArgumentError for an unknown gradient; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { binaryStep } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await binaryStep(tensor([-2, 0, 3])).array()); // [0, 1, 1]
 * ```
 */
export function binaryStep(x: Tensor, options: BinaryStepOptions = {}): Tensor {
  const { gradient = 'zero' } = readOptions('binaryStep', options, BINARY_STEP_OPTIONS);
  checkGradient('binaryStep', gradient);
  checkInput('binaryStep', x);
  const step = (z: Tensor): Tensor => where(lt(z, 0), 0, where(ge(z, 0), 1, z));
  return customGradient(step, (grad, [z]) => {
    if (gradient === 'straightThrough') return [grad];
    return [gradient === 'zero' ? mul(grad, 0) : where(le(abs(z!), 1), grad, 0)];
  })(x);
}

/**
 * The binary step function as a layer: 0 for x < 0, else 1. Its derivative is 0, so nothing in front of it learns unless another
 * gradient is chosen.
 *
 * @example
 * ```ts
 * import { BinaryStep } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const layer = new BinaryStep({ gradient: 'straightThrough' });
 * console.log(await layer.forward(tensor([-2, 0, 3])).array()); // [0, 1, 1]
 * ```
 */
export class BinaryStep extends Module {
  readonly gradient: StepGradient;

  constructor(options: BinaryStepOptions = {}) {
    super();
    this.gradient = checkGradient('BinaryStep', readOptions('BinaryStep', options, BINARY_STEP_OPTIONS).gradient ?? 'zero');
  }

  override extraRepr(): string {
    return this.gradient === 'zero' ? '' : `gradient=${this.gradient}`;
  }

  forward(x: Tensor): Tensor {
    return binaryStep(x, { gradient: this.gradient });
  }
}

function checkGradient(where: string, gradient: StepGradient): StepGradient {
  if (['zero', 'straightThrough', 'clipped'].includes(gradient)) return gradient;
  throw new ArgumentError(`${where}: the gradient is '${gradient}'; expected 'zero', 'straightThrough' or 'clipped'.`);
}
