/** Dropout of whole channels: neighbours of a feature map are so alike that single dropped elements hide nothing. */
import { readOptions, type Tensor } from '@cotangent/tensor';
import { checkInput, checkProbability } from '../check';
import { DropoutLayer } from './dropout';
import { channelMask, DROPOUT_FUNCTION_OPTIONS, dropScaled, type DropoutFunctionOptions } from './mask';

/**
 * Dropout of whole channels of [batch, channels, length] or [channels, length].
 *
 * @param options p: probability of dropping a channel, default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1]; ShapeError for other ranks.
 * @example
 * ```ts
 * import { dropout1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await dropout1d(ones([2, 3])).array()); // every row zeros or twos
 * ```
 */
export function dropout1d(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  return dropChannels('dropout1d', x, 1, readOptions('dropout1d', options, DROPOUT_FUNCTION_OPTIONS));
}

/**
 * Dropout of whole channels of [batch, channels, height, width] or [channels, height, width].
 *
 * @param options p: probability of dropping a channel, default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1]; ShapeError for other ranks.
 * @example
 * ```ts
 * import { dropout2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await dropout2d(ones([3, 2, 2])).array()); // every channel zeros or twos
 * ```
 */
export function dropout2d(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  return dropChannels('dropout2d', x, 2, readOptions('dropout2d', options, DROPOUT_FUNCTION_OPTIONS));
}

/**
 * Dropout of whole channels of [batch, channels, depth, height, width] or [channels, depth, height, width].
 *
 * @param options p: probability of dropping a channel, default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1]; ShapeError for other ranks.
 * @example
 * ```ts
 * import { dropout3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(dropout3d(ones([8, 3, 4, 4, 4])).shape); // [8, 3, 4, 4, 4]
 * ```
 */
export function dropout3d(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  return dropChannels('dropout3d', x, 3, readOptions('dropout3d', options, DROPOUT_FUNCTION_OPTIONS));
}

function dropChannels(name: string, x: Tensor, rank: number, options: DropoutFunctionOptions): Tensor {
  const { p = 0.5, training = true, generator } = options;
  checkProbability(name, 'p', p);
  checkInput(name, x);
  const shape = channelMask(name, x, rank);
  return training ? dropScaled(x, p, shape, generator) : x;
}

/**
 * Dropout of whole channels of sequences, [batch, channels, length]. Tompson et al., "Efficient Object Localization Using
 * Convolutional Networks", 2015.
 *
 * @example
 * ```ts
 * import { Dropout1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await new Dropout1d(0.5).forward(ones([2, 3])).array()); // every row zeros or twos
 * ```
 */
export class Dropout1d extends DropoutLayer {
  forward(x: Tensor): Tensor {
    return dropout1d(x, this);
  }
}

/**
 * Dropout of whole channels of images, [batch, channels, height, width]. Tompson et al., "Efficient Object Localization Using
 * Convolutional Networks", 2015.
 *
 * @example
 * ```ts
 * import { Dropout2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await new Dropout2d(0.5).forward(ones([3, 2, 2])).array()); // every channel zeros or twos
 * ```
 */
export class Dropout2d extends DropoutLayer {
  forward(x: Tensor): Tensor {
    return dropout2d(x, this);
  }
}

/**
 * Dropout of whole channels of volumes, [batch, channels, depth, height, width].
 *
 * @example
 * ```ts
 * import { Dropout3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Dropout3d(0.5).forward(ones([8, 3, 4, 4, 4])).shape); // [8, 3, 4, 4, 4]
 * ```
 */
export class Dropout3d extends DropoutLayer {
  forward(x: Tensor): Tensor {
    return dropout3d(x, this);
  }
}
