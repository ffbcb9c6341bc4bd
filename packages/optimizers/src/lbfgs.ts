/** L-BFGS. */
import { backward, RowsGradient } from '@cotangent/autodiff';
import {
  ArgumentError, assignAll, concat, isTensor, keep, noGrad, readOptions, reciprocal, stack, StateError, tensor, type Parameter,
  type Tensor,
} from '@cotangent/tensor';
import { checkAtLeastZero } from './checks';
import { ParameterGroup, readGroups } from './group';
import { strongWolfe, type LinePoint } from './line-search';
import { completeOptions, type OptimizerState } from './state';

export interface LBFGSOptions {
  /** The first step of a line search, or the step without one. Default 1. */
  readonly lr: number;
  /** Iterations of one call of `step`. Default 20. */
  readonly maxIter: number;
  /** Evaluations of the loss in one call of `step`, checked after each iteration. Default 1.25 maxIter. */
  readonly maxEval: number;
  /** Stop where no gradient is larger. Default 1e-7. */
  readonly toleranceGrad: number;
  /** Stop where neither a parameter nor the loss changes by more. Default 1e-9. */
  readonly toleranceChange: number;
  /** How many steps the curvature is remembered of. Default 100. */
  readonly historySize: number;
  /** How far to go along a direction: lr, or to a step that fulfils the strong Wolfe conditions. Default null. */
  readonly lineSearchFn: 'strong_wolfe' | null;
}

/** A step of the past: by how much the parameters and the gradient changed, and one over the product of the two. */
interface Pair {
  readonly step: Tensor;
  readonly change: Tensor;
  readonly inverse: Tensor;
}

/** Where an evaluation was: the whole gradient as one vector, and its largest entry. */
interface Point {
  readonly gradient: Tensor;
  readonly largest: number;
}

/** What is left by the last iteration. */
interface Memory {
  readonly direction: Tensor;
  readonly t: number;
  readonly gradient: Tensor;
  readonly pairs: readonly Pair[];
  /** Scale of the first guess of the inverse curvature. */
  readonly scale: Tensor | number;
}

/**
 * A quasi-Newton method with little memory: the curvature is guessed from the last steps (Liu and Nocedal, "On the limited
 * memory BFGS method for large scale optimization", 1989), with PyTorch's options and numbers. For losses of all data, not of
 * small batches: `await optimizer.step(closure)` runs up to maxIter iterations and calls the closure once or more in each.
 *
 * All parameters are one vector. An evaluation is two plans: the parameters are set, then loss, gradient and the slope along
 * the direction are computed and read together. A new direction is two more: one that reads whether the last step curves
 * upwards, and the two loops over the history, with its slope.
 *
 * @throws ArgumentError for options that make no sense, and for more than one group.
 * @example
 * ```ts
 * import { LBFGS } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([-1.2, 1]));
 * const optimizer = new LBFGS([w], { lineSearchFn: 'strong_wolfe', maxIter: 60 });
 * const rosenbrock = () => {
 *   const [x, y] = [w.index(0), w.index(1)];
 *   return y.sub(x.square()).square().mul(100).add(x.sub(1).square());
 * };
 * await optimizer.step(rosenbrock);
 * console.log(await w.array()); // close to [1, 1]
 * ```
 */
export class LBFGS {
  readonly groups: readonly [ParameterGroup<Omit<LBFGSOptions, 'lr'>>];
  private memory: Memory | undefined;
  private iterations = 0;
  private evaluations = 0;

  constructor(params: Iterable<Parameter>, options: Partial<LBFGSOptions> = {}) {
    readOptions('LBFGS', options, ['lr', 'maxIter', 'maxEval', 'toleranceGrad', 'toleranceChange', 'historySize', 'lineSearchFn']);
    const { lr = 1, maxIter = 20, maxEval = Math.floor(maxIter * 1.25), toleranceGrad = 1e-7, toleranceChange = 1e-9 } = options;
    const { historySize = 100, lineSearchFn = null } = options;
    const groups = readGroups<object>(params);
    const parameters = groups[0]!.parameters;
    if (groups.length !== 1) throw new ArgumentError('LBFGS: expected parameters without groups; all of them have one step in common.');
    if (parameters.some(({ dtype }) => dtype !== parameters[0]!.dtype)) {
      throw new ArgumentError('LBFGS: the parameters have several dtypes; convert them to one.');
    }
    for (const [name, value] of Object.entries({ maxIter, maxEval, historySize })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new ArgumentError(`LBFGS: ${name} is ${value}; expected a whole number of at least 1.`);
      }
    }
    checkAtLeastZero('LBFGS', { toleranceGrad, toleranceChange });
    const search: unknown = lineSearchFn;
    if (search !== null && search !== 'strong_wolfe') {
      throw new ArgumentError(`LBFGS: lineSearchFn is ${JSON.stringify(search)}; expected 'strong_wolfe' or null.`);
    }
    const rest = { maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn };
    this.groups = [new ParameterGroup(parameters, rest, lr, false)];
  }

  get lr(): number {
    return this.groups[0].lr;
  }

  set lr(value: number) {
    this.groups[0].lr = value;
  }

  /** Iterations and evaluations of the loss in all steps so far. */
  get counts(): { readonly iterations: number; readonly evaluations: number } {
    return { iterations: this.iterations, evaluations: this.evaluations };
  }

  /**
   * Minimises from where the parameters stand, and leaves them at the best point found.
   *
   * @param closure computes the loss; it is called again and again.
   * @returns the loss of before.
   */
  async step(closure: () => Tensor): Promise<Tensor> {
    if (typeof closure !== 'function') {
      throw new ArgumentError('LBFGS.step: expected a function that computes the loss; it is needed at several points.');
    }
    const { maxEval, maxIter, toleranceChange, toleranceGrad } = this.groups[0].options;
    const first = await this.evaluate(closure);
    this.evaluations++;
    let { loss } = first;
    let point = first.at;
    let evaluations = 1;
    if (point.largest <= toleranceGrad) return tensor(loss, { dtype: this.dtype });
    for (let n = 1; n <= maxIter; n++) {
      this.iterations++;
      const memory = await this.newDirection(point.gradient);
      const { direction } = memory;
      const [slope, reach, size] = await numbers(dot(point.gradient, direction), largestOf(direction), point.gradient.abs().sum());
      const before = loss;
      let t = this.iterations === 1 ? Math.min(1, 1 / size!) * this.lr : this.lr;
      this.memory = { ...memory, t };
      if (slope! > -toleranceChange) break;
      const last = n === maxIter;
      const moved = await this.along(closure, { t: 0, loss, slope: slope!, at: point }, direction, t, reach!, last);
      t = moved.t;
      this.memory = { ...memory, t };
      evaluations += moved.evaluations;
      this.evaluations += moved.evaluations;
      if (moved.found) ({ loss, at: point } = moved.found);
      if (last || evaluations >= maxEval || point.largest <= toleranceGrad) break;
      if (reach! * t <= toleranceChange || Math.abs(loss - before) < toleranceChange) break;
    }
    return tensor(first.loss, { dtype: this.dtype });
  }

  /** Tensors of the last iteration, and under `groups` options and counts. */
  stateDict(): OptimizerState {
    const { groups, memory, iterations, evaluations } = this;
    const { lr, options } = groups[0];
    const state: OptimizerState = {};
    if (memory) {
      const { direction, gradient, pairs, scale } = memory;
      Object.assign(state, { d: direction, prev_flat_grad: gradient, H_diag: this.scalar(scale) });
      pairs.forEach(({ step, change, inverse }, i) => {
        Object.assign(state, { [`old_stps.${i}`]: step, [`old_dirs.${i}`]: change, [`ro.${i}`]: inverse });
      });
    }
    state['groups'] = [{ lr, options: { ...options }, iterations, evaluations, t: memory?.t ?? 0, pairs: memory?.pairs.length ?? 0 }];
    return state;
  }

  /**
   * Takes over a state made by `stateDict`.
   *
   * @throws StateError when it is of another optimiser or other parameters.
   */
  loadStateDict(state: OptimizerState): void {
    const [group] = (state['groups'] ?? []) as unknown as [SavedGroup?];
    if (!group || typeof group.pairs !== 'number') {
      throw new StateError("LBFGS.loadStateDict: 'groups' is missing or of another kind of optimiser; expected what stateDict() returns.");
    }
    const options = completeOptions(group.options, this.groups[0].options, 'LBFGS');
    const size = this.parameters.reduce((sum, p) => sum + p.size, 0);
    const take = (key: string, shape: readonly number[]): Tensor => {
      const value = state[key];
      if (!isTensor(value) || value.ndim !== shape.length || value.size !== (shape[0] ?? 1) || value.dtype !== this.dtype) {
        throw new StateError(`LBFGS.loadStateDict: ${key} is missing or does not fit parameters with ${size} numbers in all.`);
      }
      return value;
    };
    const pairs = Array.from({ length: group.pairs }, (_, i) => {
      return { step: take(`old_stps.${i}`, [size]), change: take(`old_dirs.${i}`, [size]), inverse: take(`ro.${i}`, []) };
    });
    const memory = 'd' in state && {
      direction: take('d', [size]), t: group.t, gradient: take('prev_flat_grad', [size]), pairs, scale: take('H_diag', []),
    };
    this.groups[0].restore(group.lr, options);
    this.memory = memory || undefined;
    this.iterations = group.iterations;
    this.evaluations = group.evaluations;
  }

  private get parameters(): readonly Parameter[] {
    return this.groups[0].parameters;
  }

  private get dtype(): Tensor['dtype'] {
    return this.parameters[0]!.dtype;
  }

  private scalar(value: Tensor | number): Tensor {
    return isTensor(value) ? value : tensor(value, { dtype: this.dtype });
  }

  /** Loss and gradient where the parameters stand, and the slope along a direction. */
  private async evaluate(closure: () => Tensor, t = 0, direction?: Tensor): Promise<LinePoint<Point>> {
    const loss = closure();
    const grads = backward(loss);
    const gradient = noGrad(() => keep(concat(this.parameters.map((p) => {
      const found = p.requiresGrad ? grads.get(p) : undefined;
      if (found === undefined) return p.mul(0).reshape(-1);
      return (found instanceof RowsGradient ? found.toDense() : found).reshape(-1);
    }))));
    const [value, largest, slope] = await numbers(
      loss.reshape().cast(this.dtype),
      largestOf(gradient),
      direction ? dot(gradient, direction) : largestOf(gradient),
    );
    return { t, loss: value!, slope: slope!, at: { gradient, largest: largest! } };
  }

  /** The direction for a gradient, from the curvature that the last steps have shown. */
  private async newDirection(gradient: Tensor): Promise<Memory> {
    const { memory } = this;
    if (!memory) return { direction: noGrad(() => keep(gradient.neg())), t: 0, gradient, pairs: [], scale: 1 };
    const { historySize } = this.groups[0].options;
    let { pairs, scale } = memory;
    const change = noGrad(() => keep(gradient.sub(memory.gradient)));
    const step = noGrad(() => keep(memory.direction.mul(this.scalar(memory.t))));
    const product = noGrad(() => keep(dot(change, step)));
    const [curvature] = await numbers(product);
    if (curvature! > 1e-10) {
      const inverse = noGrad(() => keep(reciprocal(product)));
      pairs = [...pairs, { step, change, inverse }].slice(-historySize);
      scale = noGrad(() => keep(product.div(dot(change, change))));
    }
    return { direction: noGrad(() => keep(quasiNewton(gradient, pairs, scale))), t: 0, gradient, pairs, scale };
  }

  /** Moves the parameters along a direction. Without a line search the last step of all is not evaluated. */
  private async along(
    closure: () => Tensor,
    start: LinePoint<Point>,
    direction: Tensor,
    t: number,
    reach: number,
    last: boolean,
  ): Promise<{ t: number; found: LinePoint<Point> | undefined; evaluations: number }> {
    const origin = noGrad(() => this.parameters.map((p) => keep(p.add(0))));
    const moveTo = (to: number): void => {
      noGrad(() => {
        const by = direction.mul(this.scalar(to));
        let from = 0;
        assignAll(this.parameters.map((p, i) => {
          const part = by.index([from, (from += p.size)]).reshape(...p.shape);
          return [p, origin[i]!.add(part)] as const;
        }));
      });
    };
    const at = (to: number): Promise<LinePoint<Point>> => {
      moveTo(to);
      return this.evaluate(closure, to, direction);
    };
    if (this.groups[0].options.lineSearchFn === null) {
      if (!last) return { t, found: await at(t), evaluations: 1 };
      moveTo(t);
      return { t, found: undefined, evaluations: 0 };
    }
    const { point, evaluations } = await strongWolfe(at, start, t, reach);
    moveTo(point.t);
    return { t: point.t, found: point, evaluations };
  }
}

interface SavedGroup {
  readonly lr: number;
  readonly options: Omit<LBFGSOptions, 'lr'>;
  readonly iterations: number;
  readonly evaluations: number;
  readonly t: number;
  readonly pairs: number;
}

/** The two loops: the inverse curvature of the history, applied to the negative gradient. */
function quasiNewton(gradient: Tensor, pairs: readonly Pair[], scale: Tensor | number): Tensor {
  let d = gradient.neg();
  const shares = [...pairs].reverse().map(({ step, change, inverse }) => {
    const share = dot(step, d).mul(inverse);
    d = d.sub(change.mul(share));
    return share;
  });
  d = d.mul(scale);
  pairs.forEach(({ step, change, inverse }, i) => {
    d = d.add(step.mul(shares.at(-1 - i)!.sub(dot(change, d).mul(inverse))));
  });
  return d;
}

function dot(a: Tensor, b: Tensor): Tensor {
  return a.mul(b).sum();
}

function largestOf(t: Tensor): Tensor {
  return t.abs().amax();
}

/** Reads scalars together. */
async function numbers(...scalars: readonly Tensor[]): Promise<number[]> {
  return Array.from(await noGrad(() => stack(scalars)).data());
}
