/** Sharpness-aware minimisation. */
import { backward, RowsGradient } from '@cotangent/autodiff';
import {
  ArgumentError, assignAll, div, noGrad, readOptions, stack, variable, type Parameter, type Tensor, type Variable,
} from '@cotangent/tensor';
import { checkPositive } from './checks';
import type { ParameterGroup } from './group';
import type { CommonOptions, Optimizer } from './optimizer';
import type { OptimizerState } from './state';
import { startOf } from './state-array';

export interface SAMOptions {
  /** How far away the second gradient is taken. Default 0.05. */
  readonly rho?: number;
  /** Measure that distance in the size of each weight (Kwon et al., "ASAM", 2021); rho is about ten times larger then. Default false. */
  readonly adaptive?: boolean;
}

/**
 * Steps with the gradient from where the loss is highest within a distance of rho, so that flat minima are found (Foret et
 * al., "Sharpness-Aware Minimization for Efficiently Improving Generalization", 2021), and any optimiser's rule.
 *
 * A step is two plans: loss and gradients here, and the weights moved uphill; loss and gradients there, and the optimiser's
 * update from where the weights were. Running statistics see both passes.
 *
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { SAM, SGD } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * const optimizer = new SAM(new SGD([w], { lr: 0.25 }), { rho: 0.5 });
 * await optimizer.step(() => w.square().sum());
 * console.log(await w.array()); // [0.25]: with the gradient at 1.5
 * ```
 */
export class SAM<O extends CommonOptions = CommonOptions> {
  private readonly rho: number;
  private readonly adaptive: boolean;
  /** Room for the weights of every parameter. */
  private readonly copies: ReadonlyMap<Parameter, Variable>;
  /** Where the weights are while they stand uphill. */
  private readonly held = new Map<Parameter, Variable>();

  constructor(readonly optimizer: Optimizer<O>, options: SAMOptions = {}) {
    const { rho = 0.05, adaptive = false } = readOptions('SAM', options, ['rho', 'adaptive']);
    checkPositive('SAM', { rho });
    this.rho = rho;
    this.adaptive = adaptive;
    const parameters = optimizer.groups.flatMap((group) => group.parameters);
    this.copies = new Map(parameters.map((p) => [p, variable(startOf(p, { shape: p.shape, start: 0 }))]));
  }

  get groups(): readonly ParameterGroup<O>[] {
    return this.optimizer.groups;
  }

  get lr(): number {
    return this.optimizer.lr;
  }

  set lr(value: number) {
    this.optimizer.lr = value;
  }

  /**
   * One step.
   *
   * @param closure computes the loss of a batch; it is called twice.
   * @returns the first of the two losses.
   */
  step(closure: () => Tensor): Promise<Tensor> {
    if (typeof closure !== 'function') {
      throw new ArgumentError('SAM.step: expected a function that computes the loss; it is needed at two points.');
    }
    const loss = closure();
    this.climb(loss);
    const { parameters, state } = this.optimizer.updates(backward(closure()), this.held);
    // What has no gradient at the second point goes back as it was.
    const updated = new Map<Variable, Tensor>([...this.held, ...parameters]);
    assignAll([...updated, ...state]);
    return Promise.resolve(loss);
  }

  stateDict(): OptimizerState {
    return this.optimizer.stateDict();
  }

  loadStateDict(state: OptimizerState): void {
    this.optimizer.loadStateDict(state);
  }

  /** Moves the weights that have a gradient by rho along it, and remembers where they were. */
  private climb(loss: Tensor): void {
    const grads = backward(loss);
    const own = this.groups.flatMap((group) => group.parameters);
    noGrad(() => {
      const moved = own.flatMap((p) => {
        const given = p.requiresGrad ? grads.get(p) : undefined;
        if (!given) return [];
        const gradient = given instanceof RowsGradient ? given.toDense() : given;
        return [{ p, gradient, scaled: this.adaptive ? gradient.mul(p.abs()) : gradient }];
      });
      if (moved.length === 0) throw new ArgumentError('SAM.step: the loss depends on no parameter of this optimiser.');
      const norm = stack(moved.map(({ scaled }) => scaled.square().sum().cast('float32'))).sum().sqrt();
      const far = div(this.rho, norm.add(1e-12));
      this.held.clear();
      assignAll(moved.flatMap(({ p, scaled }): [Variable, Tensor][] => {
        const along = this.adaptive ? scaled.mul(p.abs()) : scaled;
        const held = this.copies.get(p)!;
        this.held.set(p, held);
        return [[held, p], [p, p.add(along.mul(far.cast(p.dtype)))]];
      }));
    });
  }
}
