import { add, parameter, readOptions, variable, zeros, type Parameter, type Tensor, type Variable } from '@cotangent/tensor';
import { checkPositive, checkProbability, checkWhole } from '../check';
import { ones } from '../init/basic';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { cumulativeMomentum, type BatchNormFunctionOptions } from './batch-norm';

export interface RunningNormOptions extends Omit<FactoryOptions, 'generator'> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Share of the batch in the new running statistics. Default 0.1; null takes the plain mean over all batches. */
  readonly momentum?: number | null;
  /** Whether there are a learnt scale and shift per channel. Default true for batch, false for instance normalisation. */
  readonly affine?: boolean;
  /** Whether running statistics are kept, and used in evaluation. Default true for batch, false for instance normalisation. */
  readonly trackRunningStats?: boolean;
}

export const RUNNING_NORM_OPTIONS = ['eps', 'momentum', 'affine', 'trackRunningStats', 'dtype'] as const;

/** What normalisations that may keep running statistics of their channels have in common. */
export abstract class RunningNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  weight: Parameter | undefined;
  bias: Parameter | undefined;
  // Spelt as PyTorch's keys are.
  running_mean: Variable | undefined;
  running_var: Variable | undefined;
  /** Training batches seen so far, int32. */
  num_batches_tracked: Variable | undefined;

  protected constructor(
    protected readonly kind: string,
    numFeatures: number,
    options: RunningNormOptions,
    byDefault: boolean,
  ) {
    super();
    readOptions(kind, options, RUNNING_NORM_OPTIONS);
    const { eps = 1e-5, momentum = 0.1, affine = byDefault, trackRunningStats = byDefault, dtype } = options;
    this.numFeatures = checkWhole(kind, 'numFeatures', numFeatures, 1);
    this.eps = checkPositive(kind, 'eps', eps);
    this.momentum = momentum === null ? null : checkProbability(kind, 'momentum', momentum);
    const shape = [numFeatures];
    this.weight = affine ? parameter(ones(shape, { dtype })) : undefined;
    this.bias = affine ? parameter(zeros(shape, { dtype })) : undefined;
    this.running_mean = trackRunningStats ? variable(zeros(shape, { dtype })) : undefined;
    this.running_var = trackRunningStats ? variable(ones(shape, { dtype })) : undefined;
    this.num_batches_tracked = trackRunningStats ? variable(zeros([], { dtype: 'int32' })) : undefined;
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum } = this;
    const tail = `affine=${this.weight !== undefined}, trackRunningStats=${this.running_mean !== undefined}`;
    return `${numFeatures}, eps=${eps}, momentum=${String(momentum)}, ${tail}`;
  }

  /** The normalisation of what `check` let pass. */
  protected abstract normalise(x: Tensor, options: BatchNormFunctionOptions): Tensor;

  /** Throws unless the input has the right dtype and shape. */
  protected abstract check(x: Tensor): void;

  forward(x: Tensor): Tensor {
    this.check(x);
    const { weight, bias, running_mean: runningMean, running_var: runningVar, num_batches_tracked: batches, training, eps } = this;
    if (training && batches) batches.update(add(batches, 1));
    const momentum = this.momentum ?? (batches && cumulativeMomentum(batches));
    return this.normalise(x, { runningMean, runningVar, weight, bias, training, momentum, eps });
  }
}
