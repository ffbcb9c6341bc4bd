/** Formulas that several optimisers share. */
import { expm1, log, sub, type Tensor } from '@cotangent/tensor';
import type { CommonOptions } from './optimizer';

/** 1 - beta^step, which a running mean from zero is divided by; written so that nothing is lost to cancellation in float32. */
export function correction(beta: Tensor | number, step: Tensor): Tensor {
  return expm1(step.mul(typeof beta === 'number' ? Math.log(beta) : log(beta))).neg();
}

/** 1 - share. */
export function rest(share: Tensor | number): Tensor | number {
  return typeof share === 'number' ? 1 - share : sub(1, share);
}

/** The gradient with the L2 penalty of weight decay. */
export function decayed(value: Tensor, gradient: Tensor, { weightDecay }: CommonOptions): Tensor {
  return weightDecay === 0 ? gradient : gradient.add(value.mul(weightDecay));
}

/** 1 - lr weightDecay: what decoupled weight decay multiplies the weights by. */
export function shrink(lr: Tensor, { weightDecay }: CommonOptions): Tensor {
  return lr.mul(-weightDecay).add(1);
}

/** The next value of a running mean. */
export function running(mean: Tensor, beta: Tensor | number, next: Tensor): Tensor {
  return mean.mul(beta).add(next.mul(rest(beta)));
}
