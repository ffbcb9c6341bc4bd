/** Optimiser state by name: what is saved, and the checks before it is taken over. */
import { full, keep, noGrad, sameShape, select, show, stack, StateError, Tensor, type Parameter, type Variable } from '@cotangent/tensor';
import { parameterKeys, type ParameterGroup } from './group';
import { stateArrayOf, type StateArray } from './state-array';

/** Plain data, as JSON holds it. */
export type StateValue = null | boolean | number | string | readonly StateValue[] | { readonly [key: string]: StateValue | undefined };

/** Tensors by `<parameter>.<array>`, and plain data under `groups`. */
export type OptimizerState = Record<string, Tensor | StateValue>;

interface SavedGroup {
  readonly lr: number;
  readonly options: object;
  readonly parameters: readonly string[];
}

/** A checked state, ready to be taken over. */
export interface LoadedState {
  readonly groups: readonly SavedGroup[];
  readonly arrays: ReadonlyMap<Parameter, Readonly<Record<string, Tensor>>>;
  /** New step counts and other numbers of the groups that have some. */
  readonly vectors: readonly (readonly [Variable, Tensor])[];
}

const GROUPS = 'groups';

/** The state as of now: values are kept, so later steps do not change them. */
export function writeState(groups: readonly ParameterGroup[], arrays: ReadonlyMap<Parameter, Record<string, Variable>>): OptimizerState {
  const keys = parameterKeys(groups);
  const state: OptimizerState = {};
  for (const { parameters, vectors } of groups) {
    parameters.forEach((parameter, i) => {
      const own = arrays.get(parameter);
      if (!own) return;
      const key = keys.get(parameter)!;
      for (const [name, value] of Object.entries(own)) state[`${key}.${name}`] = keep(value.detach());
      for (const { name, vector } of vectors) state[`${key}.${name}`] = keep(select(vector, 0, i));
    });
  }
  state[GROUPS] = groups.map(({ lr, options, parameters }) => ({
    lr,
    options: { ...options },
    parameters: parameters.map((p) => keys.get(p)!),
  }));
  return state;
}

/** Checks a state against the groups it is meant for; throws StateError with all that does not fit. */
export function readState(
  state: OptimizerState,
  groups: readonly ParameterGroup[],
  slots: (options: object, shape: readonly number[]) => readonly (string | StateArray)[],
  optimizer: string,
): LoadedState {
  const saved = savedGroups(state[GROUPS], groups, optimizer);
  const keys = parameterKeys(groups);
  const problems: string[] = [];
  const used = new Set<string>([GROUPS]);
  const arrays = new Map<Parameter, Record<string, Tensor>>();
  const vectors: [Variable, Tensor][] = [];
  const take = (key: string, shape: readonly number[], dtype: string): Tensor | undefined => {
    const value = state[key];
    used.add(key);
    if (!(value instanceof Tensor)) {
      problems.push(`${key} is missing`);
    } else if (!sameShape(value.shape, shape) || value.dtype !== dtype) {
      problems.push(`${key} is ${value.dtype} ${show(value.shape)}, expected ${dtype} ${show(shape)}`);
    } else {
      return value;
    }
    return undefined;
  };
  groups.forEach((group, g) => {
    const rows = group.vectors.map(() => [] as (Tensor | undefined)[]);
    for (const parameter of group.parameters) {
      const key = keys.get(parameter)!;
      const { shape } = parameter;
      const own = slots(saved[g]!.options, shape).map((slot) => stateArrayOf(slot, shape));
      // A parameter that was frozen when the state was saved has none: it starts afresh.
      const fresh = ![...own, ...group.vectors].some(({ name }) => `${key}.${name}` in state);
      group.vectors.forEach(({ name, vector, start }, v) => {
        rows[v]!.push(fresh ? full([], start, { dtype: vector.dtype }) : take(`${key}.${name}`, [], vector.dtype));
      });
      if (fresh) continue;
      const values = own.map((array) => [array.name, take(`${key}.${array.name}`, array.shape, parameter.dtype)] as const);
      arrays.set(parameter, Object.fromEntries(values) as Record<string, Tensor>);
    }
    group.vectors.forEach(({ vector }, v) => {
      const values = rows[v]!;
      if (values.every((value) => value !== undefined)) vectors.push([vector, noGrad(() => stack(values))]);
    });
  });
  const extra = Object.keys(state).filter((key) => !used.has(key));
  if (extra.length > 0) problems.push(`unexpected: ${extra.join(', ')}`);
  if (problems.length > 0) {
    throw new StateError(
      `${optimizer}.loadStateDict: the state does not fit the parameters: ${problems.join('; ')}. ` +
        'Load it into an optimiser of the same kind, made for the same parameters.',
    );
  }
  return { groups: saved, arrays, vectors };
}

/** The saved groups, when they are of the same optimiser and the same parameters. */
function savedGroups(value: Tensor | StateValue | undefined, groups: readonly ParameterGroup[], optimizer: string): readonly SavedGroup[] {
  const fail = (what: string): never => {
    throw new StateError(`${optimizer}.loadStateDict: ${what}`);
  };
  if (!Array.isArray(value)) return fail("'groups' is missing; expected what stateDict() returns.");
  const saved = value as readonly { readonly [K in keyof SavedGroup]?: unknown }[];
  if (saved.length !== groups.length) fail(`the state has ${saved.length} parameter groups, this optimiser ${groups.length}.`);
  const keys = parameterKeys(groups);
  return groups.map(({ parameters, options }, i) => {
    const { lr, options: given, parameters: names } = saved[i]!;
    if (typeof lr !== 'number' || !Array.isArray(names) || typeof given !== 'object' || given === null) {
      return fail(`group ${i} is damaged; expected { lr, options, parameters }.`);
    }
    const own = parameters.map((p) => keys.get(p)!);
    const missing = own.filter((key) => !names.includes(key));
    const extra = (names as readonly string[]).filter((key) => !own.includes(key));
    if (missing.length + extra.length > 0) {
      return fail(`group ${i} has other parameters: missing ${missing.join(', ') || 'none'}; unexpected ${extra.join(', ') || 'none'}.`);
    }
    return { lr, options: completeOptions(given, options, optimizer), parameters: names };
  });
}

/**
 * Saved options. Those that the state does not have, because it was saved before they existed, stay as the optimiser was made.
 *
 * @throws StateError with the names of options that the optimiser does not know.
 */
export function completeOptions<O extends object>(saved: object, own: O, optimizer: string): O {
  const unknown = Object.keys(saved).filter((name) => !(name in own));
  if (unknown.length === 0) return { ...own, ...saved };
  throw new StateError(
    `${optimizer}.loadStateDict: unknown option ${unknown.join(', ')}; expected ${Object.keys(own).join(', ')}. ` +
      'The state is of another kind of optimiser, or was saved by a later version.',
  );
}
