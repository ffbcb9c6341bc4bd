import { readOptions, type Tensor } from '@cotangent/tensor';
import { RecurrentCell } from './cell';
import type { CellOptions } from './weights';

/**
 * One step of `LSTM`, with the same formulas.
 *
 * State: `weight_ih` [4 hidden, input], `weight_hh` [4 hidden, hidden], `bias_ih`, `bias_hh` [4 hidden]; gates in the order
 * input, forget, candidate, output.
 *
 * @example
 * ```ts
 * import { LSTMCell } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const cell = new LSTMCell(8, 16);
 * let state = cell.forward(ones([3, 8]));
 * state = cell.forward(ones([3, 8]), state);
 * console.log(state[0].shape); // [3, 16]
 * ```
 */
export class LSTMCell extends RecurrentCell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super('LSTMCell', 'lstm', inputSize, hiddenSize, readOptions('LSTMCell', options, ['bias', 'dtype', 'generator']));
  }

  /**
   * @param x [batch, input] or [input].
   * @param state [h, c], each [batch, hidden] or [hidden]; zeros when it is left out.
   * @returns the next [h, c].
   */
  forward(x: Tensor, state?: readonly [h: Tensor, c: Tensor]): [h: Tensor, c: Tensor] {
    return [...this.run(x, state ?? [undefined, undefined])] as [Tensor, Tensor];
  }
}
