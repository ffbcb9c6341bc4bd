import { add, parameter, ShapeError, show, variable, zeros, type Parameter, type Tensor, type Variable } from '@cotangent/tensor';
import { checkInput, checkPositive, checkProbability, checkWhole } from '../check';
import { ones } from '../init/basic';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { batchNorm, cumulativeMomentum } from './batch-norm';

export interface BatchNormOptions extends Omit<FactoryOptions, 'generator'> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Share of the batch in the new running statistics. Default 0.1; null takes the plain mean over all batches. */
  readonly momentum?: number | null;
  /** Whether there are a learnt scale and shift per channel. Default true. */
  readonly affine?: boolean;
  /** Whether running statistics are kept, and used in evaluation. Default true; false always uses the batch. */
  readonly trackRunningStats?: boolean;
}

/** What batch normalisation over different ranks has in common. */
export abstract class BatchNormNd extends Module {
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
    private readonly kind: 'BatchNorm1d' | 'BatchNorm2d',
    private readonly layouts: readonly string[],
    numFeatures: number,
    options: BatchNormOptions,
  ) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true, dtype } = options;
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

  forward(x: Tensor): Tensor {
    this.check(x);
    const { weight, bias, running_mean: runningMean, running_var: runningVar, num_batches_tracked: batches, training, eps } = this;
    if (training && batches) batches.update(add(batches, 1));
    const momentum = this.momentum ?? (batches && cumulativeMomentum(batches));
    return batchNorm(x, { runningMean, runningVar, weight, bias, training, momentum, eps });
  }

  private check(x: Tensor): void {
    const dtype = this.weight?.dtype ?? this.running_mean?.dtype;
    checkInput(this.kind, x, dtype);
    const rank = x.ndim;
    const fits = this.layouts.some((layout) => layout.split(', ').length === rank) && x.shape[1] === this.numFeatures;
    if (fits) return;
    const expected = this.layouts.map((layout) => `[${layout.replace('C', String(this.numFeatures))}]`).join(' or ');
    throw new ShapeError(`${this.kind}(${this.numFeatures}): the input has shape ${show(x.shape)}; expected ${expected}.`);
  }
}
