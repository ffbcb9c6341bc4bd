/** Losses that are squared near 0 and linear far away, so that outliers pull with limited force: Huber and smooth L1. */
import { abs, ArgumentError, le, lt, readOptions, square, sub, where, type Tensor } from '@cotangent/tensor';
import { checkPositive } from '../check';
import { LossModule } from './loss-module';
import { checkPair } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface HuberLossOptions extends LossOptions {
  /** Errors up to this size count squared. Default 1. */
  readonly delta?: number;
}

const HUBER_LOSS_OPTIONS = ['delta', ...LOSS_OPTIONS] as const;

export interface SmoothL1LossOptions extends LossOptions {
  /** Errors up to this size count squared; 0 makes it `l1Loss`. Default 1. */
  readonly beta?: number;
}

const SMOOTHL1_LOSS_OPTIONS = ['beta', ...LOSS_OPTIONS] as const;

/**
 * Huber's loss of the error d = input - target: d^2 / 2 up to |d| = delta, delta * (|d| - delta / 2) beyond. Huber, 1964.
 *
 * @param target of the same shape and dtype as the input.
 * @throws ShapeError or DTypeError when they differ; ArgumentError unless delta > 0.
 * @example
 * ```ts
 * import { huberLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await huberLoss(tensor([0.5, 3]), tensor([0, 0]), { reduction: 'none' }).array()); // [0.125, 2.5]
 * ```
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  const delta = checkPositive('huberLoss', 'delta', readOptions('huberLoss', options, HUBER_LOSS_OPTIONS).delta ?? 1);
  checkPair('huberLoss', input, target);
  const error = sub(input, target);
  const size = abs(error);
  const losses = where(le(size, delta), square(error).mul(0.5), size.sub(0.5 * delta).mul(delta));
  return reduceLosses('huberLoss', losses, options);
}

/**
 * Huber's loss divided by beta: d^2 / (2 beta) up to |d| = beta, |d| - beta / 2 beyond, for d = input - target. Girshick,
 * "Fast R-CNN", 2015.
 *
 * @param target of the same shape and dtype as the input.
 * @throws ShapeError or DTypeError when they differ; ArgumentError unless beta >= 0.
 * @example
 * ```ts
 * import { smoothL1Loss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await smoothL1Loss(tensor([0.5, 3]), tensor([0, 0]), { reduction: 'none', beta: 2 }).array()); // [0.0625, 2]
 * ```
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const beta = checkBeta('smoothL1Loss', readOptions('smoothL1Loss', options, SMOOTHL1_LOSS_OPTIONS).beta ?? 1);
  checkPair('smoothL1Loss', input, target);
  const error = sub(input, target);
  const size = abs(error);
  const losses = beta === 0 ? size : where(lt(size, beta), square(error).mul(0.5 / beta), size.sub(0.5 * beta));
  return reduceLosses('smoothL1Loss', losses, options);
}

function checkBeta(loss: string, beta: number): number {
  if (!(beta >= 0 && Number.isFinite(beta))) throw new ArgumentError(`${loss}: beta is ${beta}; expected a finite number >= 0.`);
  return beta;
}

/**
 * `huberLoss` as a module.
 *
 * @example
 * ```ts
 * import { HuberLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new HuberLoss({ delta: 2 }).forward(tensor([3]), tensor([0])).item()); // 4
 * ```
 */
export class HuberLoss extends LossModule<HuberLossOptions> {
  constructor(options: HuberLossOptions = {}) {
    super(readOptions('HuberLoss', options, HUBER_LOSS_OPTIONS));
    checkPositive('HuberLoss', 'delta', options.delta ?? 1);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this.options);
  }
}

/**
 * `smoothL1Loss` as a module.
 *
 * @example
 * ```ts
 * import { SmoothL1Loss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new SmoothL1Loss().forward(tensor([3]), tensor([0])).item()); // 2.5
 * ```
 */
export class SmoothL1Loss extends LossModule<SmoothL1LossOptions> {
  constructor(options: SmoothL1LossOptions = {}) {
    super(readOptions('SmoothL1Loss', options, SMOOTHL1_LOSS_OPTIONS));
    checkBeta('SmoothL1Loss', options.beta ?? 1);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this.options);
  }
}
