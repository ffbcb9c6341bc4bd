import { readOptions, type Tensor } from '@cotangent/tensor';
import { checkNonlinearity, type RNNCellOptions } from './rnn-cell';
import { Recurrent, type RecurrentOptions } from './recurrent';

export type RNNOptions = RecurrentOptions & RNNCellOptions;

/**
 * The plain recurrent network (Elman, "Finding Structure in Time", 1990):
 * h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), or relu in place of tanh. The products with the inputs of all steps are one
 * product before the loop, and the graph does not grow with the number of steps. All weights start uniform in
 * [-1/sqrt(hidden), 1/sqrt(hidden)).
 *
 * State: `weight_ih_l0` [hidden, input], `weight_hh_l0` [hidden, hidden], `bias_ih_l0`, `bias_hh_l0` [hidden]; the same with
 * `_l1`, ... for further layers and with `_reverse` at the end for the backward direction.
 *
 * @example
 * ```ts
 * import { RNN } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const [output, h] = new RNN(8, 16).forward(ones([5, 3, 8])); // 5 steps, a batch of 3
 * console.log(output.shape, h.shape); // [5, 3, 16] [1, 3, 16]
 * ```
 */
export class RNN extends Recurrent {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    readOptions('RNN', options, ['numLayers', 'batchFirst', 'dropout', 'bidirectional', 'bias', 'dtype', 'generator', 'nonlinearity']);
    const { nonlinearity = 'tanh' } = options;
    super('RNN', checkNonlinearity('RNN', nonlinearity), inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  /**
   * @param x [time, batch, input], with `batchFirst` [batch, time, input], or [time, input].
   * @param h the initial state, [layers * directions, batch, hidden]; zeros when it is left out.
   * @returns the outputs of the last layer for every step, and the final state in the shape of the initial one.
   */
  forward(x: Tensor, h?: Tensor): [output: Tensor, h: Tensor] {
    const { output, states } = this.run(x, [h]);
    return [output, states[0]!];
  }
}
