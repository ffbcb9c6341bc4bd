/** Annealed noise on gradients. */
import { RowsGradient, type Gradients } from '@cotangent/autodiff';
import { noGrad, randn, readOptions, StateError, Tensor, tensor, variable, type Generator } from '@cotangent/tensor';
import { checkAtLeastZero } from './checks';

export interface GradientNoiseOptions {
  /** Variance of the noise at first. Default 0.01; 0.3 and 1 are usual too. */
  readonly eta?: number;
  /** How fast the variance falls: eta / (1 + t)^gamma in step t, from 0. Default 0.55. */
  readonly gamma?: number;
  /** Where the noise comes from. Default: the generator of `manualSeed`. */
  readonly generator?: Generator;
}

/**
 * Adds normal noise to gradients, less in every step, which helps deep nets out of bad starts (Neelakantan et al., "Adding
 * Gradient Noise Improves Learning for Very Deep Networks", 2015). Rows of a table get noise where they have a gradient.
 *
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { GradientNoise, SGD } from '@cotangent/optimizers';
 * import { Generator, parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * const optimizer = new SGD([w], { lr: 0.1 });
 * const noise = new GradientNoise({ eta: 0.3, generator: new Generator(1) });
 * optimizer.step(noise.apply(backward(w.square().sum())));
 * ```
 */
export class GradientNoise {
  private readonly eta: number;
  private readonly gamma: number;
  private readonly generator: Generator | undefined;
  private readonly count = variable(tensor(0, { dtype: 'int32' }));

  constructor(options: GradientNoiseOptions = {}) {
    const { eta = 0.01, gamma = 0.55, generator } = readOptions('GradientNoise', options, ['eta', 'gamma', 'generator']);
    checkAtLeastZero('GradientNoise', { eta, gamma });
    this.eta = eta;
    this.gamma = gamma;
    this.generator = generator;
  }

  /** Gradients with the noise of the next step. */
  apply(grads: Gradients): Gradients {
    return noGrad(() => {
      const deviation = this.count.cast('float32').add(1).pow(-this.gamma / 2).mul(Math.sqrt(this.eta));
      const noisy = (t: Tensor): Tensor => {
        const { dtype } = t;
        return t.add(randn(t.shape, { dtype, generator: this.generator }).mul(deviation.cast(dtype)));
      };
      const all = grads.map((g) => (g instanceof RowsGradient ? new RowsGradient(g.indices, noisy(g.rows), g.shape) : noisy(g)));
      this.count.update(this.count.add(1));
      return all;
    });
  }

  /** How many steps there were. The generator has a state of its own. */
  stateDict(): Record<string, Tensor> {
    return { step: this.count.detach() };
  }

  /** @throws StateError when the state is of something else. */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const { step } = state;
    if (!(step instanceof Tensor)) throw new StateError('GradientNoise.loadStateDict: step is missing; expected what stateDict() returns.');
    this.count.update(step);
  }
}
