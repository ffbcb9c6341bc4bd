import { mul, noGrad, readOptions, relu, scalar, ShapeError, show, stopGradient, sub, variable } from '@cotangent/tensor';
import type { DType, Tensor, Variable } from '@cotangent/tensor';
import { checkFinite, checkInput, checkNotNegative, checkPositive } from '../check';
import { Module } from '../module';

export interface LagrangeMultiplierOptions {
  /** Step size of the multiplier. Default 0.01. */
  readonly rate?: number;
  /** The multiplier to start from, at least 0. Default 0. */
  readonly initial?: number;
  /** Default float32. */
  readonly dtype?: DType;
}

/**
 * A constraint omega <= k as a term of the loss: L = J + a (omega - k), to be minimised over the weights and maximised over the
 * multiplier a >= 0. Every call while training gives the term for the a of now, and then moves a uphill by rate * (omega - k): it grows
 * as long as the constraint is broken, and falls back to 0 where it does not matter. Where both come to rest, omega is at most k, as
 * after projections such as `maxNorm`. A fixed a is an ordinary penalty. Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 7.2.
 *
 * State: `multiplier` [].
 *
 * @example
 * ```ts
 * import { LagrangeMultiplier, Linear, weightPenalty } from '@cotangent/layers';
 * const layer = new Linear(3, 1);
 * const constraint = new LagrangeMultiplier(0.5, { rate: 0.1 });
 * const term = constraint.forward(weightPenalty(layer, { l2: 1 })); // a * (|w|^2 - 0.5), to be added to the loss
 * console.log(term.shape); // []
 * ```
 */
export class LagrangeMultiplier extends Module {
  readonly limit: number;
  readonly rate: number;
  readonly multiplier: Variable;

  /** @param limit k, what the measure may be at most. */
  constructor(limit: number, options: LagrangeMultiplierOptions = {}) {
    super();
    const { rate = 0.01, initial = 0, dtype } = readOptions('LagrangeMultiplier', options, ['rate', 'initial', 'dtype']);
    this.limit = checkFinite('LagrangeMultiplier', 'limit', limit);
    this.rate = checkPositive('LagrangeMultiplier', 'rate', rate);
    this.multiplier = variable(scalar(checkNotNegative('LagrangeMultiplier', 'initial', initial), { dtype }));
  }

  override extraRepr(): string {
    return `limit=${this.limit}, rate=${this.rate}`;
  }

  /** @param measure omega, a scalar that depends on the weights. */
  forward(measure: Tensor): Tensor {
    checkInput('LagrangeMultiplier', measure, this.multiplier.dtype);
    if (measure.ndim !== 0) throw new ShapeError(`LagrangeMultiplier: the measure has shape ${show(measure.shape)}; expected a scalar.`);
    const excess = sub(measure, this.limit);
    const term = mul(excess, stopGradient(this.multiplier));
    if (this.training) noGrad(() => { this.multiplier.update(relu(this.multiplier.add(mul(excess, this.rate)))); });
    return term;
  }
}
