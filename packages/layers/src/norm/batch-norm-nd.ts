import { ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { batchNorm, type BatchNormFunctionOptions } from './batch-norm';
import { RunningNorm, type RunningNormOptions } from './running-norm';

export type BatchNormOptions = RunningNormOptions;

/** What batch normalisation over different ranks has in common. */
export abstract class BatchNormNd extends RunningNorm {
  protected constructor(
    kind: string,
    private readonly layouts: readonly string[],
    numFeatures: number,
    options: BatchNormOptions,
  ) {
    super(kind, numFeatures, options, true);
  }

  protected override normalise(x: Tensor, options: BatchNormFunctionOptions): Tensor {
    return batchNorm(x, options);
  }

  protected override check(x: Tensor): void {
    checkInput(this.kind, x, this.weight?.dtype ?? this.running_mean?.dtype);
    const fits = this.layouts.some((layout) => layout.split(', ').length === x.ndim) && x.shape[1] === this.numFeatures;
    if (fits) return;
    const expected = this.layouts.map((layout) => `[${layout.replace('C', String(this.numFeatures))}]`).join(' or ');
    throw new ShapeError(`${this.kind}(${this.numFeatures}): the input has shape ${show(x.shape)}; expected ${expected}.`);
  }
}
