/**
 * The interface of every optimiser, and the part they share: groups, one plan per step, rows of tables, saved state.
 *
 * An optimiser itself is an elementwise rule in plain tensor operations; it says which arrays it keeps per parameter and
 * how to get from the old values to the new ones.
 */
import { backward, RowsGradient, type Gradient, type Gradients } from '@cotangent/autodiff';
import {
  allocate,
  ArgumentError,
  assignAll,
  indexPut,
  noGrad,
  select,
  tensor,
  variable,
  type DType,
  type Parameter,
  type Tensor,
  type Variable,
} from '@cotangent/tensor';
import { ParameterGroup, readGroups, type ParameterSource } from './group';
import { touchedRows } from './rows';
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

/** The new values of one step. */
interface Updates {
  readonly parameters: [Variable, Tensor][];
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
      return new ParameterGroup<O>(parameters, all, own, this.counts(all));
    });
    for (const group of this.groups) {
      for (const parameter of group.parameters) if (parameter.requiresGrad) this.stateOf(parameter, group);
    }
  }

  /** Names of the arrays kept for every parameter, of its shape and starting at zero. Called while constructing: use `options` only. */
  protected abstract slots(options: O): readonly string[];

  /** Whether the rule needs to know how many updates a parameter has had. */
  protected abstract counts(options: O): boolean;

  /** The update of one parameter, element by element. */
  protected abstract rule(input: RuleInput, options: O): RuleOutput;

  /**
   * Numbers the rule needs, computed once for the whole group.
   *
   * @param lr [] the learning rate.
   * @param step [parameters] how many updates each has had, this one included; absent without `counts`.
   * @returns tensors of shape [], or [parameters] when they differ between parameters.
   */
  protected scalars(_options: O, _lr: Tensor, _step: Tensor | undefined): Record<string, Tensor> {
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
   * Takes over a state made by `stateDict`, with its rates and options.
   *
   * @throws StateError that lists everything that does not fit; nothing has changed then.
   */
  loadStateDict(state: OptimizerState): void {
    const loaded = readState(state, this.groups, (options) => this.slots(options as O), this.constructor.name);
    this.groups.forEach((group, i) => {
      const { lr, options } = loaded.groups[i]!;
      group.options = options as unknown as O;
      group.lr = lr;
    });
    this.arrays.clear();
    for (const group of this.groups) {
      for (const parameter of group.parameters) {
        for (const array of Object.values(this.made.get(parameter) ?? {})) array.update(blank(parameter));
        const values = loaded.arrays.get(parameter);
        if (!values && !parameter.requiresGrad) continue;
        const arrays = this.stateOf(parameter, group);
        for (const [name, value] of Object.entries(values ?? {})) arrays[name]!.update(value);
      }
    }
    for (const [steps, value] of loaded.steps) steps.update(value);
  }

  /** One step with a closure. */
  protected async evaluate(closure: () => Tensor): Promise<Tensor> {
    const loss = closure();
    this.apply(backward(loss));
    return loss;
  }

  /** One step with gradients. */
  protected apply(grads: Gradients): void {
    const updates: Updates = { parameters: [], state: [] };
    noGrad(() => {
      for (const group of this.groups) this.collect(group, grads, updates);
    });
    if (updates.parameters.length === 0) {
      const own = this.groups.some((group) => group.parameters.some((p) => p.requiresGrad));
      if (!own || grads.size === 0) return;
      throw new ArgumentError(
        `${this.constructor.name}.step: none of the ${grads.size} gradients belongs to a parameter of this optimiser. ` +
          'Make the optimiser from the parameters of the model whose loss was given to backward.',
      );
    }
    assignAll([...updates.parameters, ...updates.state]);
  }

  private collect(group: ParameterGroup<O>, grads: Gradients, updates: Updates): void {
    const { options, parameters, rate, steps } = group;
    const found = parameters.map((p) => (p.requiresGrad ? grads.get(p) : undefined));
    if (found.every((gradient) => gradient === undefined)) return;
    let step: Tensor | undefined;
    if (steps) {
      const all = found.every((gradient) => gradient !== undefined);
      step = steps.add(all ? 1 : tensor(Int32Array.from(found, (gradient) => (gradient ? 1 : 0))));
      updates.state.push([steps, step]);
    }
    const shared = { lr: rate, ...this.scalars(options, rate, step?.cast(rate.dtype)) };
    parameters.forEach((parameter, i) => {
      const gradient = found[i];
      if (!gradient) return;
      const scalars = mapValues(shared, (value) => scalarFor(value, i, parameter.dtype));
      const state = this.stateOf(parameter, group);
      const next = this.next(parameter, options.maximize ? negative(gradient) : gradient, state, scalars, options);
      updates.parameters.push([parameter, next.value]);
      for (const [name, value] of Object.entries(next.state ?? {})) updates.state.push([state[name]!, value]);
    });
  }

  /** The new values of one parameter; for rows, the whole table with those rows replaced. */
  private next(
    parameter: Parameter,
    gradient: Gradient,
    state: Record<string, Variable>,
    scalars: Record<string, Tensor>,
    options: O,
  ): RuleOutput {
    if (!(gradient instanceof RowsGradient)) return this.rule({ value: parameter, gradient, state, scalars }, options);
    this.checkRows(options, parameter.name === undefined ? `a parameter of shape [${parameter.shape.join(', ')}]` : `'${parameter.name}'`);
    const rows = touchedRows(gradient);
    const out = this.rule(
      { value: rows.of(parameter), gradient: rows.totals, state: mapValues(state, (array) => rows.of(array)), scalars },
      options,
    );
    const put = (table: Tensor, value: Tensor): Tensor => indexPut(table, 0, rows.indices, value);
    return { value: put(parameter, out.value), state: mapValues(out.state ?? {}, (value, name) => put(state[name]!, value)) };
  }

  private stateOf(parameter: Parameter, group: ParameterGroup<O>): Record<string, Variable> {
    let state = this.arrays.get(parameter);
    if (!state) {
      const made = this.made.get(parameter) ?? {};
      const entries = this.slots(group.options).map((name) => [name, (made[name] ??= variable(blank(parameter)))] as const);
      this.made.set(parameter, made);
      this.arrays.set(parameter, (state = Object.fromEntries(entries)));
    }
    return state;
  }
}

/** Zeros like a parameter, as data. */
function blank({ dtype, shape, size }: Parameter): Tensor {
  return tensor(allocate(dtype, size), { dtype, shape });
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
