/** The dropout that goes with SELU: it keeps mean and variance of what has mean 0 and variance 1. */
import { add, bernoulli, mul, readOptions, where, type Shape, type Tensor } from '@cotangent/tensor';
import { checkInput, checkProbability } from '../check';
import { DropoutLayer } from './dropout';
import { channelMask, DROPOUT_FUNCTION_OPTIONS, type DropoutFunctionOptions } from './mask';

/** What SELU gives for minus infinity. */
const SATURATED = -1.7580993408473766;

/**
 * Alpha dropout as a function: in training each element becomes the lower limit of SELU, -1.758, with probability p, and a linear map
 * then restores mean 0 and variance 1; else the input is returned as it is.
 *
 * @param options p: probability of dropping, default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1].
 * @example
 * ```ts
 * import { alphaDropout } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(alphaDropout(randn([4, 100]), { p: 0.1 }).shape); // [4, 100], mean and variance as before
 * ```
 */
export function alphaDropout(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  readOptions('alphaDropout', options, DROPOUT_FUNCTION_OPTIONS);
  checkInput('alphaDropout', x);
  return saturate('alphaDropout', x, x.shape, options);
}

/**
 * `alphaDropout` of whole channels of [batch, channels, ...].
 *
 * @param options p: probability of dropping a channel, default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1]; ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { featureAlphaDropout } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(featureAlphaDropout(randn([4, 8, 5, 5])).shape); // [4, 8, 5, 5]
 * ```
 */
export function featureAlphaDropout(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  readOptions('featureAlphaDropout', options, DROPOUT_FUNCTION_OPTIONS);
  checkInput('featureAlphaDropout', x);
  return saturate('featureAlphaDropout', x, channelMask('featureAlphaDropout', x, undefined), options);
}

function saturate(name: string, x: Tensor, maskShape: Shape, options: DropoutFunctionOptions): Tensor {
  const { p = 0.5, training = true, generator } = options;
  checkProbability(name, 'p', p);
  if (!training || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const scale = 1 / Math.sqrt((1 - p) * (1 + p * SATURATED * SATURATED));
  const shift = -scale * p * SATURATED;
  const kept = bernoulli(1 - p, maskShape, { generator });
  return where(kept, add(mul(x, scale), shift), SATURATED * scale + shift);
}

/**
 * Dropout for networks of SELUs: dropped elements become the lower limit of SELU, and mean 0 and variance 1 are kept. Klambauer et
 * al., "Self-Normalizing Neural Networks", 2017.
 *
 * @example
 * ```ts
 * import { AlphaDropout } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(new AlphaDropout(0.1).forward(randn([4, 100])).shape); // [4, 100]
 * ```
 */
export class AlphaDropout extends DropoutLayer {
  forward(x: Tensor): Tensor {
    return alphaDropout(x, this);
  }
}

/**
 * Alpha dropout of whole channels of [batch, channels, ...].
 *
 * @example
 * ```ts
 * import { FeatureAlphaDropout } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(new FeatureAlphaDropout(0.1).forward(randn([4, 8, 5, 5])).shape); // [4, 8, 5, 5]
 * ```
 */
export class FeatureAlphaDropout extends DropoutLayer {
  forward(x: Tensor): Tensor {
    return featureAlphaDropout(x, this);
  }
}
