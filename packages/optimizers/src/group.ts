/** Groups of parameters that share their options. */
import { ArgumentError, isTensor, Parameter, tensor, variable, type Tensor, type Variable } from '@cotangent/tensor';

/** Parameters with options of their own; what is left out is taken from the optimiser's options. */
export type GroupSpec<O extends object> = Partial<O> & { readonly params: Iterable<Parameter>; readonly lr?: number };

/** What optimisers are made for: parameters, or groups of them. */
export type ParameterSource<O extends object> = Iterable<Parameter> | Iterable<GroupSpec<O>>;

/** A number that is kept for every parameter of a group. */
export interface NumberPerParameter {
  readonly name: string;
  /** [parameters] */
  readonly vector: Variable;
  readonly start: number;
}

/**
 * The parameters of one group with their learning rate, their options and their step counts.
 *
 * Learning rate and step counts are variables, never numbers inside the recorded graph, so that a step with another rate
 * or count reuses the plan of the step before. The momentum becomes one when it is set for the first time.
 */
export class ParameterGroup<O extends object = object> {
  readonly parameters: readonly Parameter[];
  options: Readonly<O>;
  /** [] float: the learning rate as the update sees it. */
  readonly rate: Variable;
  /** [parameters] int32: how many updates each parameter has had; undefined when the optimiser needs no count. */
  readonly steps: Variable | undefined;
  /** Other numbers of every parameter, [parameters] each, by name. */
  readonly numbers: Readonly<Record<string, Variable>>;
  /** Step counts and other numbers, as they are saved. */
  readonly vectors: readonly NumberPerParameter[];
  private current: number;
  private cycled: Variable | undefined;

  constructor(
    parameters: readonly Parameter[],
    options: Readonly<O>,
    lr: number,
    counts: boolean,
    numbers: Readonly<Record<string, number>> = {},
  ) {
    this.parameters = parameters;
    this.options = options;
    this.current = checkRate(lr);
    const dtype = parameters.some((p) => p.dtype === 'float64') ? 'float64' : 'float32';
    this.rate = variable(tensor(lr, { dtype }));
    this.steps = counts ? variable(tensor(new Int32Array(parameters.length))) : undefined;
    const kept = Object.entries(numbers).map(([name, start]) => {
      return { name, vector: variable(tensor(new Array<number>(parameters.length).fill(start), { dtype })), start };
    });
    this.numbers = Object.fromEntries(kept.map(({ name, vector }) => [name, vector]));
    this.vectors = [...(this.steps ? [{ name: 'step', vector: this.steps, start: 0 }] : []), ...kept];
  }

  /** The learning rate. Setting it takes effect at the next step. */
  get lr(): number {
    return this.current;
  }

  set lr(value: number) {
    if (checkRate(value) === this.current) return;
    this.current = value;
    this.rate.update(tensor(value, { dtype: this.rate.dtype }));
  }

  /**
   * The momentum, or the first of the betas: what schedules cycle against the learning rate. undefined for optimisers that
   * have none. Setting it takes effect at the next step.
   *
   * @throws ArgumentError when the optimiser has no momentum, or the value is not between 0 and 1.
   */
  get momentum(): number | undefined {
    const { momentum, betas } = this.options as { readonly momentum?: number; readonly betas?: readonly [number, number] };
    return momentum ?? betas?.[0];
  }

  set momentum(value: number | undefined) {
    const { options } = this;
    if (!this.momentum) throw new ArgumentError('momentum: this group has none to change; make the optimiser with momentum, or betas.');
    if (value === undefined || !(value > 0 && value < 1)) {
      throw new ArgumentError(`momentum: got ${value}; expected a number above 0 and below 1.`);
    }
    const { betas } = options as { readonly betas?: readonly [number, number] };
    this.options = { ...options, ...(betas ? { betas: [value, betas[1]] } : { momentum: value }) };
    const now = tensor(value, { dtype: this.rate.dtype });
    if (this.cycled) this.cycled.update(now);
    else this.cycled = variable(now);
  }

  /** [] the momentum, once it has been set; before, it is the number among the options. */
  get momentumTensor(): Tensor | undefined {
    return this.cycled;
  }

  /** Takes over a saved rate and saved options. */
  restore(lr: number, options: Readonly<O>): void {
    this.options = options;
    this.lr = lr;
    const { momentum } = this;
    if (this.cycled && momentum) this.momentum = momentum;
  }
}

/** Throws unless `lr` can be a learning rate. */
function checkRate(lr: number): number {
  if (!Number.isFinite(lr) || lr < 0) throw new ArgumentError(`lr: got ${lr}; expected a finite number of at least 0.`);
  return lr;
}

/** A group as it was given. */
export interface GivenGroup<O extends object> {
  readonly parameters: Parameter[];
  readonly options: Partial<O> & { readonly lr?: number };
}

/** The parameters and given options of every group. */
export function readGroups<O extends object>(source: ParameterSource<O>): GivenGroup<O>[] {
  if (typeof (source as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== 'function') {
    throw new ArgumentError('Optimizer: expected parameters, such as model.parameters(), or a list of groups { params, lr, ... }.');
  }
  const items: (Parameter | GroupSpec<O>)[] = [...source];
  if (items.length === 0) {
    throw new ArgumentError('Optimizer: there are no parameters. Pass model.parameters() of a model that has some.');
  }
  const plain = items.every((item) => isTensor(item) && item instanceof Parameter);
  const groups = plain ? [{ params: items } as unknown as GroupSpec<O>] : (items as GroupSpec<O>[]);
  const seen = new Set<Parameter>();
  return groups.map((group, i) => {
    const { params, ...options } = group;
    if (typeof (params as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== 'function') {
      throw new ArgumentError(
        `Optimizer: group ${i} has no params; expected { params: [...], lr, ... ` +
          '} with parameters made by parameter(...).',
      );
    }
    const parameters = [...params];
    for (const p of parameters) {
      if (!isTensor(p) || !(p instanceof Parameter)) {
        throw new ArgumentError(`Optimizer: group ${i} contains something that is no Parameter. Make weights with parameter(...).`);
      }
      if (seen.has(p)) {
        throw new ArgumentError(`Optimizer: the parameter ${p.name ?? 'of group ' + i} of shape [${p.shape.join(', ')}] is given twice.`);
      }
      seen.add(p);
    }
    return { parameters, options: options as unknown as GivenGroup<O>['options'] };
  });
}

/**
 * The key of every parameter in a state dict: its name; its position among all parameters when it has none or shares it.
 */
export function parameterKeys(groups: readonly { readonly parameters: readonly Parameter[] }[]): Map<Parameter, string> {
  const all = groups.flatMap((group) => group.parameters);
  const uses = new Map<string, number>();
  for (const { name } of all) if (name !== undefined) uses.set(name, (uses.get(name) ?? 0) + 1);
  return new Map(all.map((p, i) => [p, p.name !== undefined && uses.get(p.name) === 1 ? p.name : String(i)]));
}
