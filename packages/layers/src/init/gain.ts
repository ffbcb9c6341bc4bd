/** How much a nonlinearity shrinks a signal, so that initial weights can make up for it. */
import { ArgumentError } from '@cotangent/tensor';

/** The nonlinearity that follows a layer; 'linear' also stands for convolution. */
export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

/**
 * PyTorch's recommended gain: 1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + slope^2)) for leakyRelu,
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
  switch (nonlinearity) {
    case 'linear':
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
      throw new ArgumentError(`gain: '${String(nonlinearity)}' is unknown; expected linear, sigmoid, tanh, relu, leakyRelu or selu.`);
  }
}
