/** Exponentially weighted moving averages of numbers: curves made smooth, and what momentum and Adam are made of. */
import { readOptions } from '@cotangent/tensor';
import { checkShare } from './checks';

export interface EwmaOptions {
  /** How much of the average stays. Default 0.9. */
  readonly beta?: number;
  /** How much of each value is held back. Default beta, which makes it an average; 0 adds values up as they are. */
  readonly dampening?: number;
  /** Divide what is given out by 1 - beta^t, which makes up for the start at zero. Default false. */
  readonly biasCorrection?: boolean;
}

/**
 * v <- beta v + (1 - dampening) value, from v = 0; v after every value. The correction is of what is given out only: v itself
 * goes on uncorrected.
 *
 * @example
 * ```ts
 * import { ewma } from '@cotangent/optimizers';
 * console.log(ewma([40, 49, 45])); // [4, 8.5, 12.15]
 * console.log(ewma([40, 49, 45], { biasCorrection: true })); // [40, 44.74, 44.83]
 * ```
 */
export function ewma(values: Iterable<number>, options: EwmaOptions = {}): number[] {
  const { beta = 0.9, dampening = beta, biasCorrection = false } = readOptions('ewma', options, ['beta', 'dampening', 'biasCorrection']);
  checkShare('ewma', { beta });
  let v = 0;
  return Array.from(values, (value, i) => {
    v = beta * v + (1 - dampening) * value;
    return biasCorrection ? v / (1 - beta ** (i + 1)) : v;
  });
}

/** Over about how many values such an average goes: 1 / (1 - beta). After so many, a value weighs 1/e of what it did. */
export function ewmaWindow(beta: number): number {
  checkShare('ewmaWindow', { beta });
  return 1 / (1 - beta);
}
