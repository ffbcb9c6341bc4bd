import { ArgumentError, readOptions, type Tensor } from '@cotangent/tensor';
import { RecurrentCell } from './cell';
import type { CellOptions } from './weights';

export interface RNNCellOptions extends CellOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** Throws ArgumentError for any other word. */
export function checkNonlinearity(layer: string, given: 'tanh' | 'relu'): 'tanh' | 'relu' {
  if (!['tanh', 'relu'].includes(given)) throw new ArgumentError(`${layer}: nonlinearity is '${given}'; expected 'tanh' or 'relu'.`);
  return given;
}

/**
 * One step of `RNN`: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu in place of tanh.
 *
 * State: `weight_ih` [hidden, input], `weight_hh` [hidden, hidden], `bias_ih`, `bias_hh` [hidden].
 *
 * @example
 * ```ts
 * import { RNNCell } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new RNNCell(8, 16).forward(ones([3, 8])).shape); // [3, 16]
 * ```
 */
export class RNNCell extends RecurrentCell {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    const { nonlinearity = 'tanh' } = readOptions('RNNCell', options, ['nonlinearity', 'bias', 'dtype', 'generator']);
    super('RNNCell', checkNonlinearity('RNNCell', nonlinearity), inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  /**
   * @param x [batch, input] or [input].
   * @param h [batch, hidden] or [hidden]; zeros when it is left out.
   * @returns the next state.
   */
  forward(x: Tensor, h?: Tensor): Tensor {
    return this.run(x, [h])[0]!;
  }
}
