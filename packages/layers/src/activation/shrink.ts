/** The activations that pull towards 0: Hardshrink, Softshrink and Tanhshrink. */
import { abs, add, ge, le, logicalAnd, lt, readOptions, sub, tanh, where, type Tensor } from '@cotangent/tensor';
import { checkFinite, checkInput, checkNotNegative } from '../check';
import { Module } from '../module';

export interface ShrinkOptions {
  /** Half the width of what becomes 0. Default 0.5. */
  readonly lambd?: number;
}

const SHRINK_OPTIONS = ['lambd'] as const;

/**
 * 0 for -lambd <= x <= lambd, else x.
 *
 * @throws ArgumentError when lambd is not finite; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { hardshrink } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await hardshrink(tensor([-2, 0.5, 1])).array()); // [-2, 0, 1]
 * ```
 */
export function hardshrink(x: Tensor, options: ShrinkOptions = {}): Tensor {
  const { lambd = 0.5 } = readOptions('hardshrink', options, SHRINK_OPTIONS);
  checkFinite('hardshrink', 'lambd', lambd);
  checkInput('hardshrink', x);
  return where(logicalAnd(ge(x, -lambd), le(x, lambd)), 0, x);
}

/**
 * x - lambd for x > lambd, x + lambd for x < -lambd, else 0: the step of a lasso towards 0.
 *
 * @throws ArgumentError when lambd is negative; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { softshrink } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await softshrink(tensor([-2, 0.5, 1])).array()); // [-1.5, 0, 0.5]
 * ```
 */
export function softshrink(x: Tensor, options: ShrinkOptions = {}): Tensor {
  const { lambd = 0.5 } = readOptions('softshrink', options, SHRINK_OPTIONS);
  checkNotNegative('softshrink', 'lambd', lambd);
  checkInput('softshrink', x);
  return where(le(abs(x), lambd), 0, where(lt(x, 0), add(x, lambd), sub(x, lambd)));
}

/**
 * x - tanh(x), element by element.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { tanhshrink } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await tanhshrink(tensor([-2, 0, 1])).array()); // [-1.0359..., 0, 0.2384...]
 * ```
 */
export function tanhshrink(x: Tensor): Tensor {
  checkInput('tanhshrink', x);
  return sub(x, tanh(x));
}

/**
 * 0 for -lambd <= x <= lambd, else x, as a layer.
 *
 * @example
 * ```ts
 * import { Hardshrink } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Hardshrink({ lambd: 1 }).forward(tensor([-2, 0.5, 1])).array()); // [-2, 0, 0]
 * ```
 */
export class Hardshrink extends Module {
  readonly lambd: number;

  constructor(options: ShrinkOptions = {}) {
    super();
    this.lambd = checkFinite('Hardshrink', 'lambd', readOptions('Hardshrink', options, SHRINK_OPTIONS).lambd ?? 0.5);
  }

  override extraRepr(): string {
    return `lambd=${this.lambd}`;
  }

  forward(x: Tensor): Tensor {
    return hardshrink(x, { lambd: this.lambd });
  }
}

/**
 * x pulled towards 0 by lambd, as a layer: the nonlinearity of sparse coding.
 *
 * @example
 * ```ts
 * import { Softshrink } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Softshrink({ lambd: 1 }).forward(tensor([-2, 0.5, 3])).array()); // [-1, 0, 2]
 * ```
 */
export class Softshrink extends Module {
  readonly lambd: number;

  constructor(options: ShrinkOptions = {}) {
    super();
    this.lambd = checkNotNegative('Softshrink', 'lambd', readOptions('Softshrink', options, SHRINK_OPTIONS).lambd ?? 0.5);
  }

  override extraRepr(): string {
    return `lambd=${this.lambd}`;
  }

  forward(x: Tensor): Tensor {
    return softshrink(x, { lambd: this.lambd });
  }
}

/**
 * x - tanh(x), as a layer.
 *
 * @example
 * ```ts
 * import { Tanhshrink } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Tanhshrink().forward(tensor([0, 1000])).array()); // [0, 999]
 * ```
 */
export class Tanhshrink extends Module {
  forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}
