import { mul, parameter, readOptions, scalar, sigmoid, silu, type DType, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkFinite, checkInput } from '../check';
import { Module } from '../module';

/**
 * x * sigmoid(beta * x), element by element: between x / 2 (beta = 0) and a ReLU (large beta).
 *
 * @param options beta: a number or a tensor that broadcasts to x. Default 1, which is `silu`.
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { swish } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await swish(tensor([-1, 0, 1])).array()); // [-0.2689..., 0, 0.7310...]
 * ```
 */
export function swish(x: Tensor, options: { readonly beta?: number | Tensor } = {}): Tensor {
  const { beta = 1 } = readOptions('swish', options, ['beta']);
  checkInput('swish', x);
  return beta === 1 ? silu(x) : mul(x, sigmoid(mul(x, beta)));
}

export interface SwishOptions {
  /** Factor of x inside the sigmoid. Default 1. */
  readonly beta?: number;
  /** Whether beta is a parameter, one for the layer. Default false. */
  readonly learnable?: boolean;
  /** Of the parameter. Default float32. */
  readonly dtype?: DType;
}

/**
 * The self-gated unit x * sigmoid(beta * x). Ramachandran et al., "Searching for Activation Functions", 2017.
 *
 * State: `beta` [] where it is learnable.
 *
 * @example
 * ```ts
 * import { Swish } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Swish().forward(tensor([1])).array()); // [0.7310...]
 * console.log(new Swish({ learnable: true }).parameters().length); // 1
 * ```
 */
export class Swish extends Module {
  beta: number | Parameter;

  constructor(options: SwishOptions = {}) {
    super();
    const { beta = 1, learnable = false, dtype } = readOptions('Swish', options, ['beta', 'learnable', 'dtype']);
    checkFinite('Swish', 'beta', beta);
    this.beta = learnable ? parameter(scalar(beta, { dtype })) : beta;
  }

  override extraRepr(): string {
    return typeof this.beta === 'number' ? `beta=${this.beta}` : 'learnable=true';
  }

  forward(x: Tensor): Tensor {
    return swish(x, { beta: this.beta });
  }
}

/**
 * The sigmoid linear unit x * sigmoid(x), which is Swish with beta 1. Elfwing et al., 2017.
 *
 * @example
 * ```ts
 * import { SiLU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new SiLU().forward(tensor([-1, 0, 1])).array()); // [-0.2689..., 0, 0.7310...]
 * ```
 */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    checkInput('SiLU', x);
    return silu(x);
  }
}
