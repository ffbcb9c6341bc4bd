/** The activations that clip: Hardtanh and ReLU6. */
import { ArgumentError, ge, le, readOptions, where, type Tensor } from '@cotangent/tensor';
import { checkNumber, checkInput } from '../check';
import { Module } from '../module';

export interface HardtanhOptions {
  /** Default -1. */
  readonly minVal?: number;
  /** Default 1. */
  readonly maxVal?: number;
}

const HARDTANH_OPTIONS = ['minVal', 'maxVal'] as const;

/**
 * x, but at least minVal and at most maxVal. The derivative is 1 strictly between the two and 0 elsewhere, also at the ends; NaN
 * stays NaN.
 *
 * @throws ArgumentError unless minVal < maxVal; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { hardtanh } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await hardtanh(tensor([-3, 0.5, 3])).array()); // [-1, 0.5, 1]
 * ```
 */
export function hardtanh(x: Tensor, options: HardtanhOptions = {}): Tensor {
  const { minVal = -1, maxVal = 1 } = readOptions('hardtanh', options, HARDTANH_OPTIONS);
  checkRange('hardtanh', minVal, maxVal);
  checkInput('hardtanh', x);
  return clipped(x, minVal, maxVal);
}

/**
 * min(max(0, x), 6). The derivative is 1 strictly between 0 and 6, and 0 elsewhere.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { relu6 } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await relu6(tensor([-1, 3, 7])).array()); // [0, 3, 6]
 * ```
 */
export function relu6(x: Tensor): Tensor {
  checkInput('relu6', x);
  return clipped(x, 0, 6);
}

/** Unlike `clamp`, whose derivative at the ends is 1. */
function clipped(x: Tensor, low: number, high: number): Tensor {
  return where(le(x, low), low, where(ge(x, high), high, x));
}

/**
 * x cut off below minVal and above maxVal, by default a tanh made of three straight lines.
 *
 * @example
 * ```ts
 * import { Hardtanh } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Hardtanh({ minVal: -2, maxVal: 2 }).forward(tensor([-3, 1])).array()); // [-2, 1]
 * ```
 */
export class Hardtanh extends Module {
  readonly minVal: number;
  readonly maxVal: number;

  constructor(options: HardtanhOptions = {}) {
    super();
    const { minVal = -1, maxVal = 1 } = readOptions('Hardtanh', options, HARDTANH_OPTIONS);
    checkRange('Hardtanh', minVal, maxVal);
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  override extraRepr(): string {
    return `minVal=${this.minVal}, maxVal=${this.maxVal}`;
  }

  forward(x: Tensor): Tensor {
    return hardtanh(x, { minVal: this.minVal, maxVal: this.maxVal });
  }
}

/**
 * A ReLU that ends at 6, so that numbers of few bits can hold the result. Howard et al., "MobileNets", 2017.
 *
 * @example
 * ```ts
 * import { ReLU6 } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new ReLU6().forward(tensor([-1, 3, 7])).array()); // [0, 3, 6]
 * ```
 */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

function checkRange(where: string, minVal: number, maxVal: number): void {
  checkNumber(where, 'minVal', minVal);
  checkNumber(where, 'maxVal', maxVal);
  if (minVal >= maxVal) throw new ArgumentError(`${where}: minVal is ${minVal} and maxVal ${maxVal}; expected minVal < maxVal.`);
}
