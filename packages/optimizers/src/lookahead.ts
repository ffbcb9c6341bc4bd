/** Lookahead: slow weights behind any optimiser. */
import { backward, type Gradients } from '@cotangent/autodiff';
import {
  ArgumentError, assignAll, keep, noGrad, readOptions, remainder, StateError, Tensor, tensor, variable, where, type Parameter,
  type Variable,
} from '@cotangent/tensor';
import { checkShare } from './checks';
import { parameterKeys, type ParameterGroup } from './group';
import type { CommonOptions, Optimizer } from './optimizer';
import type { OptimizerState } from './state';

export interface LookaheadOptions {
  /** Steps between two meetings of fast and slow weights. Default 5. */
  readonly k?: number;
  /** How far the slow weights go towards the fast ones. Default 0.5. */
  readonly alpha?: number;
}

const SLOW = 'slow_param';
const COUNT = 'lookahead_step';

/**
 * Lets an optimiser go ahead for k steps, moves slow weights by alpha towards where it arrived, and goes on from there (Zhang
 * et al., "Lookahead Optimizer: k steps forward, 1 step back", 2019). It is used as the optimiser itself: `step`, `groups`,
 * `lr`, states. Its part is done in the same pass over the weights as the optimiser's step.
 *
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Lookahead, SGD } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * const optimizer = new Lookahead(new SGD([w], { lr: 0.25 }), { k: 2, alpha: 0.5 });
 * for (let i = 0; i < 2; i++) optimizer.step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.625]: half way from 1 to 0.25
 * ```
 */
export class Lookahead<O extends CommonOptions = CommonOptions> {
  private readonly k: number;
  private readonly alpha: number;
  private readonly count = variable(tensor(0, { dtype: 'int32' }));
  private readonly slow: ReadonlyMap<Parameter, Variable>;

  constructor(readonly optimizer: Optimizer<O>, options: LookaheadOptions = {}) {
    const { k = 5, alpha = 0.5 } = readOptions('Lookahead', options, ['k', 'alpha']);
    if (!Number.isInteger(k) || k < 1) throw new ArgumentError(`Lookahead: k is ${k}; expected a whole number of at least 1.`);
    checkShare('Lookahead', { alpha });
    this.k = k;
    this.alpha = alpha;
    const parameters = optimizer.groups.flatMap((group) => group.parameters);
    this.slow = new Map(parameters.map((p) => [p, variable(p.detach())]));
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

  /** As `Optimizer.step`. */
  step(grads: Gradients): void;
  step(closure: () => Tensor): Promise<Tensor>;
  step(from: Gradients | (() => Tensor)): void | Promise<Tensor> {
    if (typeof from === 'function') {
      const loss = from();
      this.step(backward(loss));
      return Promise.resolve(loss);
    }
    const { parameters, state } = this.optimizer.updates(from);
    if (parameters.length === 0) return;
    noGrad(() => {
      const count = this.count.add(1);
      const meets = remainder(count, this.k).eq(0);
      const pairs = parameters.flatMap(([p, fast]): [Variable, Tensor][] => {
        const slow = this.slow.get(p)!;
        const next = where(meets, slow.add(fast.sub(slow).mul(this.alpha)), slow);
        return [[p, where(meets, next, fast)], [slow, next]];
      });
      assignAll([...pairs, ...state, [this.count, count]]);
    });
  }

  /** The optimiser's state, the slow weights as `<name>.slow_param`, and the count. */
  stateDict(): OptimizerState {
    const keys = parameterKeys(this.groups);
    const slow = noGrad(() => [...this.slow].map(([p, weights]) => [`${keys.get(p)!}.${SLOW}`, keep(weights.detach())] as const));
    return { ...this.optimizer.stateDict(), ...Object.fromEntries(slow), [COUNT]: keep(this.count.detach()) };
  }

  /** @throws StateError that lists what does not fit; nothing has changed then. */
  loadStateDict(state: OptimizerState): void {
    const keys = parameterKeys(this.groups);
    const rest = { ...state };
    const take = (key: string, target: Variable): [Variable, Tensor] => {
      const value = rest[key];
      if (!(value instanceof Tensor)) {
        throw new StateError(`Lookahead.loadStateDict: ${key} is missing; expected what stateDict() returns.`);
      }
      target.check(value);
      delete rest[key];
      return [target, value];
    };
    const pairs = [...this.slow].map(([p, weights]) => take(`${keys.get(p)!}.${SLOW}`, weights));
    pairs.push(take(COUNT, this.count));
    this.optimizer.loadStateDict(rest);
    for (const [target, value] of pairs) target.update(value);
  }
}
