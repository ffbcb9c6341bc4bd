import { readOptions, type Tensor } from '@cotangent/tensor';
import { Recurrent, type RecurrentOptions } from './recurrent';

export type LSTMOptions = RecurrentOptions;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000). With
 * a = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh cut into a_i, a_f, a_g, a_o:
 *
 *     c_t = sigmoid(a_f) c_(t-1) + sigmoid(a_i) tanh(a_g)
 *     h_t = sigmoid(a_o) tanh(c_t)
 *
 * The products with the inputs of all steps are one product before the loop, and the graph does not grow with the number of
 * steps. All weights start uniform in [-1/sqrt(hidden), 1/sqrt(hidden)).
 *
 * State: `weight_ih_l0` [4 hidden, input], `weight_hh_l0` [4 hidden, hidden], `bias_ih_l0`, `bias_hh_l0` [4 hidden]; the same
 * with `_l1`, ... for further layers and with `_reverse` at the end for the backward direction.
 *
 * @example
 * ```ts
 * import { LSTM } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const [output, [h, c]] = new LSTM(8, 16, { batchFirst: true }).forward(ones([3, 5, 8])); // a batch of 3, 5 steps
 * console.log(output.shape, h.shape, c.shape); // [3, 5, 16] [1, 3, 16] [1, 3, 16]
 * ```
 */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    readOptions('LSTM', options, ['numLayers', 'batchFirst', 'dropout', 'bidirectional', 'bias', 'dtype', 'generator']);
    super('LSTM', 'lstm', inputSize, hiddenSize, options);
  }

  /**
   * @param x [time, batch, input], with `batchFirst` [batch, time, input], or [time, input].
   * @param state the initial [h, c], each [layers * directions, batch, hidden]; zeros when it is left out.
   * @returns the outputs of the last layer for every step, and the final [h, c] in the shape of the initial ones.
   */
  forward(x: Tensor, state?: readonly [h: Tensor, c: Tensor]): [output: Tensor, state: [h: Tensor, c: Tensor]] {
    const { output, states } = this.run(x, state ?? [undefined, undefined]);
    return [output, states as [Tensor, Tensor]];
  }
}
