/** The base of modules that train another one with disturbed weights. */
import { ArgumentError, withValues, type Generator, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkModule, Module } from '../module';
import type { DropoutOptions } from './mask';

export interface NoisyWeightsOptions extends DropoutOptions {
  /** Keys of the weights concerned, such as ['weight_hh_l0']. Default: every parameter with at least two axes, so no biases. */
  readonly weights?: readonly string[];
}

/**
 * A module around another one, of any kind, whose weights it disturbs while training: one disturbance for a call, the same for all
 * samples and all steps of a sequence. In evaluation it does what the module does. Gradients reach the undisturbed weights.
 *
 * State: that of the module, under `module.`.
 */
export abstract class NoisyWeights<M extends Module> extends Module {
  readonly module: M;
  readonly generator: Generator | undefined;
  readonly #keys: readonly string[] | undefined;

  constructor(module: M, options: NoisyWeightsOptions) {
    super();
    const name = this.constructor.name;
    checkModule(`${name}: the module`, module);
    this.module = module;
    this.generator = options.generator;
    this.#keys = options.weights;
    const known = module.namedParameters().map(([key]) => key);
    const unknown = this.#keys?.filter((key) => !known.includes(key)) ?? [];
    if (unknown.length > 0) {
      throw new ArgumentError(`${name}: the module has no parameter ${unknown.join(', ')}; expected some of ${known.join(', ')}.`);
    }
  }

  /** The inputs and outputs of the module. */
  forward(...inputs: Parameters<M['forward']>): ReturnType<M['forward']> {
    const run = (): ReturnType<M['forward']> => this.module.forward(...inputs) as ReturnType<M['forward']>;
    return this.training ? withValues(this.disturbed(), run) : run();
  }

  /** What a weight is replaced by for one call. */
  protected abstract disturb(weight: Parameter): Tensor;

  private disturbed(): [Parameter, Tensor][] {
    const keys = this.#keys;
    const chosen = this.module.namedParameters().filter(([key, p]) => (keys ? keys.includes(key) : p.ndim >= 2));
    return chosen.map(([, p]) => [p, this.disturb(p)]);
  }
}
