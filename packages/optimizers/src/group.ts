/** Groups of parameters that share their options. */
import { ArgumentError, isTensor, Parameter, tensor, variable, type Variable } from '@cotangent/tensor';

/** Parameters with options of their own; what is left out is taken from the optimiser's options. */
export type GroupSpec<O extends object> = Partial<O> & { readonly params: Iterable<Parameter>; readonly lr?: number };

/** What optimisers are made for: parameters, or groups of them. */
export type ParameterSource<O extends object> = Iterable<Parameter> | Iterable<GroupSpec<O>>;

/**
 * The parameters of one group with their learning rate, their options and their step counts.
 *
 * Learning rate and step counts are variables, never numbers inside the recorded graph, so that a step with another rate
 * or count reuses the plan of the step before.
 */
export class ParameterGroup<O extends object = object> {
  readonly parameters: readonly Parameter[];
  options: Readonly<O>;
  /** [] float: the learning rate as the update sees it. */
  readonly rate: Variable;
  /** [parameters] int32: how many updates each parameter has had; undefined when the optimiser needs no count. */
  readonly steps: Variable | undefined;
  private current: number;

  constructor(parameters: readonly Parameter[], options: Readonly<O>, lr: number, counts: boolean) {
    this.parameters = parameters;
    this.options = options;
    this.current = checkRate(lr);
    const dtype = parameters.some((p) => p.dtype === 'float64') ? 'float64' : 'float32';
    this.rate = variable(tensor(lr, { dtype }));
    this.steps = counts ? variable(tensor(new Int32Array(parameters.length))) : undefined;
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
export function parameterKeys(groups: readonly ParameterGroup[]): Map<Parameter, string> {
  const all = groups.flatMap((group) => group.parameters);
  const uses = new Map<string, number>();
  for (const { name } of all) if (name !== undefined) uses.set(name, (uses.get(name) ?? 0) + 1);
  return new Map(all.map((p, i) => [p, p.name !== undefined && uses.get(p.name) === 1 ? p.name : String(i)]));
}
