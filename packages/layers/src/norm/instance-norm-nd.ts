import { ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import type { BatchNormFunctionOptions } from './batch-norm';
import { instanceNorm } from './instance-norm';
import { RunningNorm, type RunningNormOptions } from './running-norm';

export type InstanceNormOptions = RunningNormOptions;

/** What instance normalisation over different ranks has in common. */
export abstract class InstanceNormNd extends RunningNorm {
  protected constructor(
    kind: string,
    private readonly places: string,
    numFeatures: number,
    options: InstanceNormOptions,
  ) {
    super(kind, numFeatures, options, false);
  }

  private get rank(): number {
    return this.places.split(', ').length;
  }

  protected override normalise(x: Tensor, options: BatchNormFunctionOptions): Tensor {
    const { training, ...rest } = options;
    const given = { ...rest, useInputStats: training === true || this.running_mean === undefined };
    if (x.ndim > this.rank + 1) return instanceNorm(x, given);
    return instanceNorm(x.unsqueeze(0), given).squeeze(0);
  }

  protected override check(x: Tensor): void {
    checkInput(this.kind, x, this.weight?.dtype ?? this.running_mean?.dtype);
    if ((x.ndim === this.rank + 1 || x.ndim === this.rank + 2) && x.shape.at(-this.rank - 1) === this.numFeatures) return;
    throw new ShapeError(
      `${this.kind}(${this.numFeatures}): the input has shape ${show(x.shape)}; expected [batch, ${this.numFeatures}, ${this.places}] ` +
        `or [${this.numFeatures}, ${this.places}].`,
    );
  }
}
