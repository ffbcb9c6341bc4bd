/**
 * The interface of every optimiser, and the part they share: groups, one plan per step, rows of tables, saved state.
 *
 * An optimiser itself is an elementwise rule in plain tensor operations; it says which arrays it keeps per parameter and
 * how to get from the old values to the new ones.
 */
import { backward, RowsGradient, type Gradient, type Gradients } from '@cotangent/autodiff';
import {
  ArgumentError,
  assignAll,
  indexPut,
  noGrad,
  select,
  tensor,
  variable,
  where,
  type DType,
  type Parameter,
  type Tensor,
  type Variable,
} from '@cotangent/tensor';
import { ParameterGroup, readGroups, type ParameterSource } from './group';
import { touchedRows } from './rows';
import { startOf, stateArrayOf, type StateArray } from './state-array';
import { readState, writeState, type OptimizerState } from './state';

/** What a rule is given for one parameter: tensors of equal shape, to be worked on element by element. */
export interface RuleInput {
  /** The parameter, or the rows of it that have a gradient. */
  readonly value: Tensor;
  readonly gradient: Tensor;
  /** The arrays the optimiser keeps for this parameter, by the names that `slots` gave. */
  readonly state: Readonly<Record<string, Tensor>>;
  /** Single numbers: 'lr', and what `scalars` made. */
  readonly scalars: Readonly<Record<string, Tensor>>;
}

/** What a rule returns: new values of the parameter and of the arrays kept for it. */
export interface RuleOutput {
  readonly value: Tensor;
  readonly state?: Readonly<Record<string, Tensor>>;
}

/** Options every optimiser has. */
export interface CommonOptions {
  /** Factor of the parameter that is added to its gradient (L2 penalty). Default 0. */
  readonly weightDecay: number;
  /** Climb instead of descend. Default false. */
  readonly maximize: boolean;
}

/** The new values of one step: of parameters, and of everything else that the optimiser keeps. */
export interface Updates {
  readonly parameters: [Parameter, Tensor][];
  readonly state: [Variable, Tensor][];
}

/**
 * Base of all optimisers. Give it parameters or groups, then call `step` with the gradients of a loss.
 *
 * One step is one plan: the loss and all gradients it needs, every parameter, all state and the step counts. Frozen
 * parameters (`requiresGrad` false) and parameters without a gradient stay as they are, their state too.
 */
export abstract class Optimizer<O extends CommonOptions = CommonOptions> {
  readonly groups: readonly ParameterGroup<O>[];
  /** The arrays in use. */
  private readonly arrays = new Map<Parameter, Record<string, Variable>>();
  /** All arrays ever made. They stay the same variables, because compiled steps refer to them. */
  private readonly made = new Map<Parameter, Record<string, Variable>>();

  constructor(params: ParameterSource<O>, lr: number, defaults: O) {
    this.groups = readGroups(params).map(({ parameters, options }) => {
      const { lr: own = lr, ...rest } = options;
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const unknown = Object.keys(given).filter((key) => !(key in defaults));
      if (unknown.length > 0) {
        throw new ArgumentError(
          `${this.constructor.name}: unknown option ${unknown.join(', ')}; expected params, lr, ${Object.keys(defaults).join(', ')}.`,
        );
      }
      const all = { ...defaults, ...given };
      this.check(all);
      return new ParameterGroup<O>(parameters, all, own, this.counts(all), this.numbers(all));
    });
    for (const group of this.groups) {
      for (const parameter of group.parameters) if (parameter.requiresGrad) this.stateOf(parameter, group);
    }
  }

  /**
   * The arrays kept for a parameter of this shape: names, for arrays like the parameter that start at zero, or more about
   * them. Called while constructing: use the arguments only.
   */
  protected abstract slots(options: O, shape: readonly number[]): readonly (string | StateArray)[];

  /** Whether the rule needs to know how many updates a parameter has had. */
  protected abstract counts(options: O): boolean;

  /** The update of one parameter, element by element. */
  protected abstract rule(input: RuleInput, options: O): RuleOutput;

  /** Numbers kept for every parameter beside its arrays, by name, with their first values; `scalars` makes the new ones. */
  protected numbers(_options: O): Readonly<Record<string, number>> {
    return {};
  }

  /**
   * Numbers the rule needs, computed once for the whole group. Under the names of `numbers` they are kept for the next step.
   *
   * @param lr [] the learning rate.
   * @param step [parameters] how many updates each has had, this one included; absent without `counts`.
   * @param kept what `numbers` named, each [parameters]; and `momentum`, [], where `group.momentum` was set.
   * @returns tensors of shape [], or [parameters] when they differ between parameters.
   */
  protected scalars(_options: O, _lr: Tensor, _step: Tensor | undefined, _kept: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    return {};
  }

  /** Throws ArgumentError for options that make no sense. */
  protected check({ weightDecay }: O): void {
    if (!(weightDecay >= 0)) {
      throw new ArgumentError(`${this.constructor.name}: weightDecay is ${weightDecay}; expected a number of at least 0.`);
    }
  }

  /** Throws ArgumentError when the rule cannot work on some rows of a table alone. */
  protected checkRows({ weightDecay }: O, name: string): void {
    if (weightDecay !== 0) {
      throw new ArgumentError(
        `${this.constructor.name}: ${name} has a gradient for some rows only, but weightDecay ${weightDecay} changes all rows. ` +
          'Put it into a group of its own with weightDecay: 0, or look it up with sparse: false.',
      );
    }
  }

  /** The learning rate of the first group; setting it sets all groups. For one group: `optimizer.groups[1].lr = 1e-3`. */
  get lr(): number {
    return this.groups[0]!.lr;
  }

  set lr(value: number) {
    for (const group of this.groups) group.lr = value;
  }

  /**
   * Updates the parameters. With gradients it returns at once, the loss behind them stays readable. With a closure that
   * computes the loss it calls `backward` itself and gives the loss back; optimisers that look at several points call the
   * closure several times.
   *
   * @throws ArgumentError when none of the gradients belongs to this optimiser.
   * @example
   * ```ts
   * import { backward } from '@cotangent/autodiff';
   * import { SGD } from '@cotangent/optimizers';
   * import { parameter, tensor } from '@cotangent/tensor';
   * const w = parameter(tensor([1, -2]));
   * const optimizer = new SGD([w], { lr: 0.25 });
   * optimizer.step(backward(w.square().sum()));
   * await optimizer.step(() => w.square().sum());
   * console.log(await w.array()); // [0.25, -0.5]
   * ```
   */
  step(grads: Gradients): void;
  step(closure: () => Tensor): Promise<Tensor>;
  step(from: Gradients | (() => Tensor)): void | Promise<Tensor> {
    if (typeof from === 'function') return this.evaluate(from);
    this.apply(from);
  }

  /**
   * Everything needed to go on exactly where this optimiser stands: for every parameter `<name>.<array>` and
   * `<name>.step`, and under `groups` the rates and options. Names are the parameters' names, or positions where they
   * have none. The values are those of this moment; later steps do not change them.
   */
  stateDict(): OptimizerState {
    return noGrad(() => writeState(this.groups, this.arrays));
  }

  /**
   * Takes over a state made by `stateDict`, with its rates and options. Options that it does not have, because they are newer
   * than the state, stay as this optimiser was made.
   *
   * @throws StateError that lists everything that does not fit; nothing has changed then.
   */
  loadStateDict(state: OptimizerState): void {
    const loaded = readState(state, this.groups, (options, shape) => this.slots(options as O, shape), this.constructor.name);
    this.groups.forEach((group, i) => {
      const { lr, options } = loaded.groups[i]!;
      group.restore(lr, options as unknown as O);
    });
    this.arrays.clear();
    for (const group of this.groups) {
      for (const parameter of group.parameters) {
        const values = loaded.arrays.get(parameter);
        const arrays = this.stateOf(parameter, group, true);
        if (!values && !parameter.requiresGrad) this.arrays.delete(parameter);
        for (const [name, value] of Object.entries(values ?? {})) arrays[name]!.update(value);
      }
    }
    for (const [vector, value] of loaded.vectors) vector.update(value);
  }

  /**
   * The new values that a step with these gradients would assign, without assigning them. For wrappers that do more in the
   * same plan; training loops call `step`.
   *
   * @param at where to step from, for parameters that stand elsewhere for the moment.
   * @throws ArgumentError when none of the gradients belongs to this optimiser.
   */
  updates(grads: Gradients, at: ReadonlyMap<Parameter, Tensor> = new Map()): Updates {
    const updates: Updates = { parameters: [], state: [] };
    noGrad(() => {
      for (const group of this.groups) this.collect(group, grads, at, updates);
    });
    if (updates.parameters.length === 0 && grads.size > 0 && this.groups.some((group) => group.parameters.some((p) => p.requiresGrad))) {
      throw new ArgumentError(
        `${this.constructor.name}.step: none of the ${grads.size} gradients belongs to a parameter of this optimiser. ` +
          'Make the optimiser from the parameters of the model whose loss was given to backward.',
      );
    }
    return updates;
  }

  /** One step with a closure. */
  protected async evaluate(closure: () => Tensor): Promise<Tensor> {
    const loss = closure();
    this.apply(backward(loss));
    return loss;
  }

  /** One step with gradients. */
  protected apply(grads: Gradients): void {
    const { parameters, state } = this.updates(grads);
    if (parameters.length > 0) assignAll([...parameters, ...state]);
  }

  private collect(group: ParameterGroup<O>, grads: Gradients, at: ReadonlyMap<Parameter, Tensor>, updates: Updates): void {
    const { options, parameters, rate, steps, numbers } = group;
    const found = parameters.map((p) => (p.requiresGrad ? grads.get(p) : undefined));
    if (found.every((gradient) => gradient === undefined)) return;
    const all = found.every((gradient) => gradient !== undefined);
    const moves = all ? undefined : tensor(Uint8Array.from(found, (gradient) => (gradient ? 1 : 0)), { dtype: 'bool' });
    let step: Tensor | undefined;
    if (steps) {
      step = steps.add(moves?.cast('int32') ?? 1);
      updates.state.push([steps, step]);
    }
    const momentum = group.momentumTensor;
    const cycled: Record<string, Tensor> = momentum ? { momentum } : {};
    const made = this.scalars(options, rate, step?.cast(rate.dtype), { ...numbers, ...cycled });
    for (const [name, kept] of Object.entries(numbers)) {
      const value = made[name]!;
      updates.state.push([kept, moves ? where(moves, value, kept) : value]);
    }
    const shared = { lr: rate, ...cycled, ...made };
    parameters.forEach((parameter, i) => {
      const gradient = found[i];
      if (!gradient) return;
      const scalars = mapValues(shared, (value) => scalarFor(value, i, parameter.dtype));
      const state = this.stateOf(parameter, group);
      const uphill = options.maximize ? negative(gradient) : gradient;
      const next = this.next(parameter, at.get(parameter) ?? parameter, uphill, state, scalars, options);
      updates.parameters.push([parameter, next.value]);
      for (const [name, value] of Object.entries(next.state ?? {})) updates.state.push([state[name]!, value]);
    });
  }

  /** The new values of one parameter; for rows, the whole table with those rows replaced. */
  private next(
    parameter: Parameter,
    from: Tensor,
    gradient: Gradient,
    state: Record<string, Variable>,
    scalars: Record<string, Tensor>,
    options: O,
  ): RuleOutput {
    if (!(gradient instanceof RowsGradient)) return this.rule({ value: from, gradient, state, scalars }, options);
    this.checkRows(options, parameter.name === undefined ? `a parameter of shape [${parameter.shape.join(', ')}]` : `'${parameter.name}'`);
    const rows = touchedRows(gradient);
    const out = this.rule(
      { value: rows.of(from), gradient: rows.totals, state: mapValues(state, (array) => rows.of(array)), scalars },
      options,
    );
    const put = (table: Tensor, value: Tensor): Tensor => indexPut(table, 0, rows.indices, value);
    return { value: put(from, out.value), state: mapValues(out.state ?? {}, (value, name) => put(state[name]!, value)) };
  }

  /** The arrays of a parameter; `afresh` puts them back to their start. */
  private stateOf(parameter: Parameter, group: ParameterGroup<O>, afresh = false): Record<string, Variable> {
    let state = this.arrays.get(parameter);
    if (!state) {
      const made = this.made.get(parameter) ?? {};
      const entries = this.slots(group.options, parameter.shape).map((slot) => {
        const { name, ...start } = stateArrayOf(slot, parameter.shape);
        if (made[name] && afresh) made[name].update(startOf(parameter, start));
        return [name, (made[name] ??= variable(startOf(parameter, start)))] as const;
      });
      this.made.set(parameter, made);
      this.arrays.set(parameter, (state = Object.fromEntries(entries)));
    }
    return state;
  }
}

function negative(gradient: Gradient): Gradient {
  return gradient instanceof RowsGradient ? gradient.scale(-1) : gradient.neg();
}

/** Entry i of a vector, or a scalar as it is, in the dtype of a parameter. */
function scalarFor(value: Tensor, i: number, dtype: DType): Tensor {
  const picked = value.ndim === 0 ? value : select(value, 0, i);
  return picked.dtype === dtype ? picked : picked.cast(dtype);
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, fn: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fn(value, name)]));
}
