import {
  full, gt, mul, parameter, readOptions, reshape, ShapeError, show, where, type DType, type Parameter, type Tensor,
} from '@cotangent/tensor';
import { checkFinite, checkInput, checkWhole } from '../check';
import { Module } from '../module';

/**
 * x for x > 0, else weight * x, with one slope for all elements or one per channel (axis 1). Slopes of 0 make it a ReLU.
 *
 * @param weight [1] or [], or [channels] for x of shape [batch, channels, ...].
 * @throws ShapeError when the number of slopes is neither 1 nor that of the channels; DTypeError when the dtypes differ.
 * @example
 * ```ts
 * import { prelu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await prelu(tensor([[-1, -1], [2, -4]]), tensor([0.5, 0.25])).array()); // [[-0.5, -0.25], [2, -1]]
 * ```
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  checkInput('prelu (weight)', weight);
  checkInput('prelu', x, weight.dtype);
  const channels = x.ndim < 2 ? 1 : x.shape[1]!;
  if (weight.ndim > 1 || (weight.size !== 1 && weight.size !== channels)) {
    throw new ShapeError(
      `prelu: the weight has shape ${show(weight.shape)} and the input ${show(x.shape)}; expected [1], one slope for all, ` +
        'or [channels], one for each index of axis 1.',
    );
  }
  const slopes = weight.size === 1 ? reshape(weight, []) : reshape(weight, [-1, ...Array.from({ length: x.ndim - 2 }, () => 1)]);
  return where(gt(x, 0), x, mul(x, slopes));
}

export interface PReLUOptions {
  /** The slope to start from. Default 0.25. */
  readonly init?: number;
  /** Default float32. */
  readonly dtype?: DType;
}

/**
 * A leaky ReLU whose slopes are learned: x for x > 0, else weight * x. He et al., "Delving deep into rectifiers", 2015. Leave the
 * slopes out of weight decay, which would turn them into a ReLU.
 *
 * State: `weight` [numParameters].
 *
 * @example
 * ```ts
 * import { PReLU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new PReLU().forward(tensor([-2, 3])).array()); // [-0.5, 3]
 * console.log(new PReLU(64).weight.shape); // [64], one slope per channel of [batch, 64, ...]
 * ```
 */
export class PReLU extends Module {
  readonly numParameters: number;
  weight: Parameter;

  /** @param numParameters 1 (default), one slope for all elements, or the number of channels. */
  constructor(numParameters = 1, options: PReLUOptions = {}) {
    super();
    const { init = 0.25, dtype } = readOptions('PReLU', options, ['init', 'dtype']);
    this.numParameters = checkWhole('PReLU', 'numParameters', numParameters, 1);
    this.weight = parameter(full([numParameters], checkFinite('PReLU', 'init', init), { dtype }));
  }

  override extraRepr(): string {
    return `numParameters=${this.numParameters}`;
  }

  forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }
}
