import { bilinear, parameter, readOptions, ShapeError, show, uniform, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkInput, checkWhole } from '../check';
import { Module } from '../module';
import { LINEAR_OPTIONS, type LinearOptions } from './linear';

/**
 * The bilinear map of two inputs: y_o = x1^T W_o x2 + b_o over their last axes. W and b start uniform in [-1/sqrt(in1), 1/sqrt(in1)).
 *
 * State: `weight` [out, in1, in2], `bias` [out].
 *
 * @example
 * ```ts
 * import { Bilinear } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Bilinear(20, 30, 40).forward(ones([8, 20]), ones([8, 30])).shape); // [8, 40]
 * ```
 */
export class Bilinear extends Module {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | undefined;

  constructor(in1Features: number, in2Features: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, dtype, generator } = readOptions('Bilinear', options, LINEAR_OPTIONS);
    this.in1Features = checkWhole('Bilinear', 'in1Features', in1Features, 1);
    this.in2Features = checkWhole('Bilinear', 'in2Features', in2Features, 1);
    this.outFeatures = checkWhole('Bilinear', 'outFeatures', outFeatures, 1);
    const bound = 1 / Math.sqrt(in1Features);
    this.weight = parameter(uniform([outFeatures, in1Features, in2Features], -bound, bound, { dtype, generator }));
    this.bias = bias ? parameter(uniform([outFeatures], -bound, bound, { dtype, generator })) : undefined;
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this;
    return `in1Features=${in1Features}, in2Features=${in2Features}, outFeatures=${outFeatures}, bias=${this.bias !== undefined}`;
  }

  /** @param a [..., in1]. @param b [..., in2], with the same axes before the last. */
  forward(a: Tensor, b: Tensor): Tensor {
    checkInput('Bilinear', a, this.weight.dtype);
    checkInput('Bilinear', b, this.weight.dtype);
    if (a.shape.at(-1) !== this.in1Features || b.shape.at(-1) !== this.in2Features) {
      throw new ShapeError(
        `Bilinear(${this.in1Features}, ${this.in2Features}, ${this.outFeatures}): the inputs have shapes ${show(a.shape)} and ` +
          `${show(b.shape)}; expected [..., ${this.in1Features}] and [..., ${this.in2Features}].`,
      );
    }
    return bilinear(a, b, this.weight, this.bias);
  }
}
