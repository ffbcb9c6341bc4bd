import { linear, readOptions, ShapeError, show, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkInput, checkWhole } from '../check';
import { defaultParameters } from '../init/default';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface LinearOptions extends FactoryOptions {
  /** Whether b is added. Default true; false before a batch normalisation, which would take it away again. */
  readonly bias?: boolean;
}

export const LINEAR_OPTIONS = ['bias', 'dtype', 'generator'] as const;

/**
 * The affine map y = x W^T + b of the last axis, from `inFeatures` to `outFeatures` numbers. W has shape [out, in], as in
 * PyTorch, so row i holds the weights of unit i. Without a nonlinearity between them two linear layers are one: W2 W1. W and b
 * start uniform in [-1/sqrt(in), 1/sqrt(in)).
 *
 * State: `weight` [out, in], `bias` [out].
 *
 * @example
 * ```ts
 * import { Linear } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const layer = new Linear(32, 10);
 * console.log(layer.forward(ones([5, 32])).shape); // [5, 10]
 * ```
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | undefined;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    this.inFeatures = checkWhole('Linear', 'inFeatures', inFeatures, 1);
    this.outFeatures = checkWhole('Linear', 'outFeatures', outFeatures, 1);
    readOptions('Linear', options, LINEAR_OPTIONS);
    ({ weight: this.weight, bias: this.bias } = defaultParameters([outFeatures, inFeatures], outFeatures, options));
  }

  override extraRepr(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== undefined}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('Linear', x, this.weight.dtype);
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(
        `Linear(${this.inFeatures}, ${this.outFeatures}): the input has shape ${show(x.shape)}; expected [..., ${this.inFeatures}]. ` +
          'Flatten or transpose the input, or change inFeatures.',
      );
    }
    return linear(x, this.weight, this.bias);
  }
}
