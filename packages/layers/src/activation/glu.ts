/** Gated linear units: GLU, which halves its input, and SwiGLU, also as a layer with its projections. */
import { chunk, mul, normalizeAxis, readOptions, ShapeError, show, sigmoid, silu, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Linear } from '../layer/linear';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface GLUOptions {
  /** The axis that is halved; its size is even. Default -1. */
  readonly dim?: number;
}

const GLU_OPTIONS = ['dim'] as const;

/**
 * a * sigmoid(b), where a and b are the first and the second half of x along `dim`.
 *
 * @throws ShapeError when the axis has an odd size; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { glu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await glu(tensor([2, 4, 0, 1000])).array()); // [1, 4]
 * ```
 */
export function glu(x: Tensor, options: GLUOptions = {}): Tensor {
  const [a, b] = halves('glu', x, readOptions('glu', options, GLU_OPTIONS));
  return mul(a, sigmoid(b));
}

/**
 * silu(a) * b, where a and b are the first and the second half of x along `dim`: a gated unit whose gate is a Swish.
 *
 * @throws ShapeError when the axis has an odd size; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { swiglu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await swiglu(tensor([0, 1, 5, 2])).array()); // [0, 1.4621...]
 * ```
 */
export function swiglu(x: Tensor, options: GLUOptions = {}): Tensor {
  const [a, b] = halves('swiglu', x, readOptions('swiglu', options, GLU_OPTIONS));
  return mul(silu(a), b);
}

function halves(name: string, x: Tensor, { dim = -1 }: GLUOptions): [Tensor, Tensor] {
  checkInput(name, x);
  const axis = normalizeAxis(name, dim, x.ndim);
  if (x.shape[axis]! % 2 !== 0) {
    throw new ShapeError(`${name}: the input has shape ${show(x.shape)}; axis ${dim} must have an even size, to be halved.`);
  }
  return chunk(x, 2, axis) as [Tensor, Tensor];
}

/**
 * a * sigmoid(b) of the halves of the input along an axis. Dauphin et al., "Language Modeling with Gated Convolutional Networks",
 * 2016.
 *
 * @example
 * ```ts
 * import { GLU } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new GLU({ dim: 1 }).forward(ones([8, 6, 5])).shape); // [8, 3, 5]
 * ```
 */
export class GLU extends Module {
  readonly dim: number;

  constructor(options: GLUOptions = {}) {
    super();
    this.dim = readOptions('GLU', options, GLU_OPTIONS).dim ?? -1;
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  forward(x: Tensor): Tensor {
    return glu(x, { dim: this.dim });
  }
}

export interface SwiGLUOptions extends FactoryOptions {
  /** Default: that of the input. */
  readonly outFeatures?: number;
  /** Whether the three maps have biases. Default false. */
  readonly bias?: boolean;
}

/**
 * The gated feed-forward block W2 (silu(W1 x) * W3 x) of the last axis. Shazeer, "GLU Variants Improve Transformer", 2020. With
 * 2/3 of the usual hidden size it has as many weights as a block of two maps. The names of the maps are those of LLaMA.
 *
 * State: `w1.weight`, `w3.weight` [hidden, in], `w2.weight` [out, hidden]; with biases `w1.bias`, `w3.bias`, `w2.bias`.
 *
 * @example
 * ```ts
 * import { SwiGLU } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new SwiGLU(12, 32).forward(ones([2, 5, 12])).shape); // [2, 5, 12]
 * ```
 */
export class SwiGLU extends Module {
  readonly w1: Linear;
  readonly w2: Linear;
  readonly w3: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: SwiGLUOptions = {}) {
    super();
    readOptions('SwiGLU', options, ['outFeatures', 'bias', 'dtype', 'generator']);
    const { outFeatures = inFeatures, bias = false, ...factory } = options;
    this.w1 = new Linear(inFeatures, hiddenFeatures, { bias, ...factory });
    this.w2 = new Linear(hiddenFeatures, outFeatures, { bias, ...factory });
    this.w3 = new Linear(inFeatures, hiddenFeatures, { bias, ...factory });
  }

  forward(x: Tensor): Tensor {
    return this.w2.forward(mul(silu(this.w1.forward(x)), this.w3.forward(x)));
  }
}
