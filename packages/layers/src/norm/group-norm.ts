import { ArgumentError, parameter, readOptions, ShapeError, show, zeros, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPositive, checkWhole } from '../check';
import { ones } from '../init/basic';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { checkStatistics, moments, scaledAndShifted } from './batch-norm';

export interface GroupNormFunctionOptions {
  /** Scale of each channel, [channels]. Default 1. */
  readonly weight?: Tensor;
  /** Added to each channel, [channels]. Default 0. */
  readonly bias?: Tensor;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias for [batch, channels, ...], with mean and biased variance over each of `groups`
 * equal runs of channels of each sample and all their places.
 *
 * @throws ShapeError when the groups do not divide the channels.
 * @example
 * ```ts
 * import { groupNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await groupNorm(tensor([[1, 3, 10, 30]]), 2).array()); // [[-0.9999..., 0.9999..., -0.9999..., 0.9999...]]
 * ```
 */
export function groupNorm(x: Tensor, groups: number, options: GroupNormFunctionOptions = {}): Tensor {
  const { weight, bias, eps = 1e-5 } = readOptions('groupNorm', options, ['weight', 'bias', 'eps']);
  checkInput('groupNorm', x);
  checkWhole('groupNorm', 'groups', groups, 1);
  if (x.ndim < 2 || x.shape[1]! % groups !== 0) {
    throw new ShapeError(`groupNorm: the input has shape ${show(x.shape)}; expected [batch, channels, ...] with a multiple of ${groups} channels.`);
  }
  checkStatistics('groupNorm', x, { weight, bias });
  const [batch, channels, ...places] = x.shape as [number, number, ...number[]];
  const split = x.reshape(batch, groups, places.reduce((size, n) => size * n, channels / groups));
  return scaledAndShifted(moments(split, [2], { eps }).reshape(...x.shape), weight, bias);
}

export interface GroupNormOptions extends Omit<FactoryOptions, 'generator'> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether there are a learnt scale and shift per channel. Default true. */
  readonly affine?: boolean;
}

/**
 * Group normalisation of [batch, channels, ...]: the channels of each sample are cut into groups, and each group is shifted and
 * scaled to mean 0 and variance 1 over its channels and places. Independent of the batch, the same in training and evaluation. One
 * group normalises the whole sample, as many groups as channels are instance normalisation. Wu and He, "Group normalization", 2018.
 *
 * State: `weight`, `bias` [channels].
 *
 * @example
 * ```ts
 * import { GroupNorm } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(new GroupNorm(4, 16).forward(randn([2, 16, 8, 8])).shape); // [2, 16, 8, 8]
 * ```
 */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  weight: Parameter | undefined;
  bias: Parameter | undefined;

  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    super();
    const { eps = 1e-5, affine = true, dtype } = readOptions('GroupNorm', options, ['eps', 'affine', 'dtype']);
    this.numGroups = checkWhole('GroupNorm', 'numGroups', numGroups, 1);
    this.numChannels = checkWhole('GroupNorm', 'numChannels', numChannels, 1);
    if (numChannels % numGroups !== 0) throw new ArgumentError(`GroupNorm: ${numGroups} groups do not divide ${numChannels} channels.`);
    this.eps = checkPositive('GroupNorm', 'eps', eps);
    this.weight = affine ? parameter(ones([numChannels], { dtype })) : undefined;
    this.bias = affine ? parameter(zeros([numChannels], { dtype })) : undefined;
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${this.eps}, affine=${this.weight !== undefined}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('GroupNorm', x, this.weight?.dtype);
    if (x.ndim < 2 || x.shape[1] !== this.numChannels) {
      throw new ShapeError(
        `GroupNorm(${this.numGroups}, ${this.numChannels}): the input has shape ${show(x.shape)}; expected [batch, ${this.numChannels}, ...].`,
      );
    }
    return groupNorm(x, this.numGroups, this);
  }
}
