/** Adding up the gradients of several batches before one step. */
import { keep, type Parameter } from '@cotangent/tensor';
import { Gradients } from './backward';
import { addGradients, RowsGradient, type Gradient } from './rows';

/**
 * Collects gradients: calling `accumulate` twice doubles them, `zero` starts again. Gives a large batch in small pieces.
 *
 * @example
 * ```ts
 * import { backward, GradientAccumulator } from '@cotangent/autodiff';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([3]));
 * const total = new GradientAccumulator();
 * total.accumulate(backward(w.square().sum()));
 * total.accumulate(backward(w.square().sum()));
 * console.log(total.gradients().size); // 1, with the gradient [12]
 * ```
 */
export class GradientAccumulator {
  private sums = new Map<Parameter, Gradient>();
  private count = 0;

  /** Adds the gradients of one batch. */
  accumulate(grads: Gradients): void {
    for (const [parameter, gradient] of grads) {
      const before = this.sums.get(parameter);
      const sum = before ? addGradients(before, gradient) : gradient;
      // Kept, so that a read in between computes it and the graphs of earlier batches can go.
      if (sum instanceof RowsGradient) {
        keep(sum.rows);
        keep(sum.indices);
      } else keep(sum);
      this.sums.set(parameter, sum);
    }
    this.count++;
  }

  /** How many batches have been added since the last `zero`. */
  get batches(): number {
    return this.count;
  }

  /** The sums; with `mean` divided by the number of batches. */
  gradients(options: { readonly mean?: boolean } = {}): Gradients {
    const { mean = false } = options;
    const factor = mean && this.count > 0 ? 1 / this.count : 1;
    const all = new Gradients(this.sums);
    if (factor === 1) return all;
    return all.map((g) => (g instanceof RowsGradient ? g.scale(factor) : g.mul(factor)));
  }

  /** Forgets everything added so far. */
  zero(): void {
    this.sums = new Map();
    this.count = 0;
  }
}
