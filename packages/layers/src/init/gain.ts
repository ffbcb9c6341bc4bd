/** How much a nonlinearity shrinks a signal, so that initial weights can make up for it. */
import { ArgumentError } from '@cotangent/tensor';

/** The linear maps, for a layer that no nonlinearity follows. */
const LINEAR = [
  'linear', 'conv1d', 'conv2d', 'conv3d', 'convTranspose1d', 'convTranspose2d', 'convTranspose3d',
] as const;

/** The nonlinearity that follows a layer, or the name of a linear map. */
export type Nonlinearity = (typeof LINEAR)[number] | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

/**
 * PyTorch's recommended gain: 1 for linear maps and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + slope^2)) for leakyRelu,
 * 3/4 for selu.
 *
 * @param param the slope of leakyRelu; default 0.01.
 * @throws ArgumentError for an unknown name.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.gain('relu')); // 1.4142...
 * ```
 */
export function gain(nonlinearity: Nonlinearity, param = 0.01): number {
  if ((LINEAR as readonly string[]).includes(nonlinearity)) return 1;
  switch (nonlinearity) {
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + param * param));
    case 'selu':
      return 0.75;
    default:
      throw new ArgumentError(`gain: '${nonlinearity}' is unknown; expected ${LINEAR.join(', ')}, sigmoid, tanh, relu, leakyRelu or selu.`);
  }
}
