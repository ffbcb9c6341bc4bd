import { add, avgPool2d, div, mul, pad, pow, readOptions, ShapeError, show, square, type Tensor } from '@cotangent/tensor';
import { checkInput, checkWhole } from '../check';
import { Module } from '../module';

export interface LocalResponseNormOptions {
  /** Share of the mean square. Default 1e-4. */
  readonly alpha?: number;
  /** Exponent. Default 0.75. */
  readonly beta?: number;
  /** Added to the mean square. Default 1. */
  readonly k?: number;
}

const LOCAL_RESPONSE_NORM_OPTIONS = ['alpha', 'beta', 'k'] as const;

/**
 * x / (k + alpha / size * sum of x^2 over the `size` channels around each)^beta, for [batch, channels, ...places]; channels beyond the
 * first and last count as 0.
 *
 * @throws ShapeError for fewer than three axes.
 * @example
 * ```ts
 * import { localResponseNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await localResponseNorm(tensor([[[1], [3]]]), 1, { alpha: 1, beta: 1 }).array()); // [[[0.5], [0.3]]]
 * ```
 */
export function localResponseNorm(x: Tensor, size: number, options: LocalResponseNormOptions = {}): Tensor {
  const { alpha = 1e-4, beta = 0.75, k = 1 } = readOptions('localResponseNorm', options, LOCAL_RESPONSE_NORM_OPTIONS);
  checkInput('localResponseNorm', x);
  checkWhole('localResponseNorm', 'size', size, 1);
  if (x.ndim < 3) throw new ShapeError(`localResponseNorm: the input has shape ${show(x.shape)}; expected [batch, channels, ...places].`);
  const [batch, channels] = x.shape as [number, number];
  const places = x.size / (batch * channels);
  // The channels as rows of an image, over which a window of one column slides.
  const rows = pad(square(x).reshape(batch, channels, places), [0, 0, size >> 1, (size - 1) >> 1]);
  const mean = avgPool2d(rows.unsqueeze(1), [size, 1], { stride: 1 }).reshape(...x.shape);
  return div(x, pow(add(mul(mean, alpha), k), beta));
}

/**
 * Local response normalisation of [batch, channels, ...places]: every element is divided by
 * (k + alpha / size * sum of squares over the `size` channels around it)^beta. Krizhevsky, Sutskever and Hinton, "ImageNet
 * classification with deep convolutional neural networks", 2012, without the factor 1 / size.
 *
 * @example
 * ```ts
 * import { LocalResponseNorm } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new LocalResponseNorm(5).forward(ones([1, 96, 27, 27])).shape); // [1, 96, 27, 27]
 * ```
 */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  /** @param size number of channels in a sum. */
  constructor(size: number, options: LocalResponseNormOptions = {}) {
    super();
    this.size = checkWhole('LocalResponseNorm', 'size', size, 1);
    this.alpha = readOptions('LocalResponseNorm', options, LOCAL_RESPONSE_NORM_OPTIONS).alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${this.alpha}, beta=${this.beta}, k=${this.k}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('LocalResponseNorm', x);
    return localResponseNorm(x, this.size, this);
  }
}
