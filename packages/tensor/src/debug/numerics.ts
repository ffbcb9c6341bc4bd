/** `numericsCheck`: which op made the first NaN, and where in the user's code it was called. */
import { NumericsError } from '../errors';
import type { Node } from '../graph/node';
import type { PlannerOptions } from '../plan/options';
import { state } from '../runtime/state';
import type { PlanRun } from '../runtime/watch';
import { show } from '../shape';
import type { Variable } from '../variable';
import { nameOf } from './origin';
import { Search, type Source } from './search';
import { Trace } from './trace';
import { checkObservable, unwatch, watch, watched, type Watcher } from './watching';

export interface NumericsOptions {
  /** Look for infinities too. Default: false, because masks and maxima use them on purpose. */
  readonly infinity?: boolean;
}

/** One kernel per op, so that a result has one op behind it. Always this object, by which plans are told apart. */
const UNFUSED: PlannerOptions = {
  maps: false, rows: false, epilogues: false, recompute: false, groups: false, schedule: false, donate: false,
};

let end: (() => void) | undefined;

/**
 * Finds where the first NaN comes from. While it is on, every op notes the line that called it, plans run one kernel per op,
 * and all results are looked at; the read or step that computes a NaN throws an error which names the op, the element, the
 * numbers it was computed from and the line of your code. For an op of a gradient it names the op whose gradient it is, too.
 * NaN that a `where` throws away is not reported. Everything runs many times slower.
 *
 * With a function, the check is on while it runs (until it settles, when it returns a promise) and its result is returned; with
 * true or false it is switched on or off. Switch it on before the model is built and before a function is compiled: lines of
 * ops recorded earlier are not known.
 *
 * @throws NumericsError out of the read or step that meets a NaN; BackendError there when the backend cannot run kernel by kernel.
 * @example
 * ```ts
 * import { NumericsError, numericsCheck, tensor } from '@cotangent/tensor';
 * try {
 *   await numericsCheck(async () => tensor([1, -1.5]).log().sum().item());
 * } catch (error) {
 *   if (error instanceof NumericsError) console.log(error.message); // log made NaN at element [1] of its result [2], from -1.5, ...
 * }
 * ```
 */
export function numericsCheck(on: boolean, options?: NumericsOptions): void;
export function numericsCheck<T>(fn: () => T, options?: NumericsOptions): T;
export function numericsCheck<T>(what: boolean | (() => T), options: NumericsOptions = {}): T | undefined {
  if (what === false) {
    end?.();
    return undefined;
  }
  const watcher = checker(options);
  if (what !== true) return watched(watcher, what, unfused());
  end?.();
  const fuse = unfused();
  watch(watcher);
  end = () => {
    end = undefined;
    unwatch(watcher);
    fuse();
  };
  return undefined;
}

/** Switches the planner to one kernel per op; the result switches it back. */
function unfused(): () => void {
  const before = state.planner;
  state.planner = UNFUSED;
  return () => {
    state.planner = before;
  };
}

interface Call {
  readonly trace: Trace;
  /** The node whose gradient rule recorded this one. */
  readonly gradientOf: Node | undefined;
}

function checker({ infinity = false }: NumericsOptions): Watcher {
  const bad = infinity ? (x: number) => !Number.isFinite(x) : Number.isNaN;
  const calls = new WeakMap<Node, Call>();
  const earlier = new WeakMap<Node, Source>();
  let differentiated: Node | undefined;
  const searches = new WeakMap<PlanRun, Search>();
  return {
    recorded(node) {
      calls.set(node, { trace: new Trace(), gradientOf: differentiated });
    },
    differentiated(node, rule) {
      const before = differentiated;
      differentiated = node;
      try {
        return rule();
      } finally {
        differentiated = before;
      }
    },
    before(run) {
      checkObservable('numericsCheck', run);
      const search = new Search(run, bad, earlier);
      searches.set(run, search);
      return (kernel, _, read) => search.observe(kernel, read);
    },
    after(run) {
      const source = searches.get(run)!.finish();
      if (source) throw errorFor(source, calls);
    },
  };
}

function errorFor(source: Source, calls: WeakMap<Node, Call>): NumericsError {
  const { node, shape, element, value, inputs } = source;
  const call = node && calls.get(node);
  const at = call?.trace.place;
  const origin = call?.gradientOf;
  const gradientOf = origin && { op: nameOf(origin), at: calls.get(origin)?.trace.place };
  const op = source.kind === 'data' ? undefined : (source.op ?? nameOf(node!));
  const where = show(element);
  const called = at === undefined ? '; the line that called it is not known, because numericsCheck was not on yet' : `, at ${at}`;
  let message: string;
  if (op === undefined) {
    const name = (node?.variable as Partial<Variable> | undefined)?.name;
    const kind = node?.variable ? 'variable' : 'tensor';
    message =
      `A ${kind}${name === undefined ? '' : ` '${name}'`} of shape ${show(shape)} holds ${value} at element ${where} ` +
      `before anything is computed from it${node?.variable ? '' : called}. ${kind === 'variable' ? 'Load or initialise it again' : 'Clean the data'}.`;
  } else {
    const from = source.kind === 'literal' ? ', which it was given as a number' : inputsText(source);
    const part = gradientOf
      ? ` It is part of the gradient of ${gradientOf.op}${gradientOf.at === undefined ? '' : `, called at ${gradientOf.at}`}.`
      : '';
    message = `${op} made ${value} at element ${where} of its result ${show(shape)}${from}${called}.${part} ${advice(op, source)}`;
  }
  return new NumericsError(message, { op, shape, element, value, inputs, at, gradientOf }, { cause: call?.trace.cause });
}

function inputsText({ inputs, infinite }: Source): string {
  if (!inputs) return infinite ? ', from inputs that hold infinities but no NaN' : ', from finite inputs';
  return inputs.length > 0 ? `, from ${inputs.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join(' and ')}` : '';
}

const ADVICE: Readonly<Record<string, string>> = {
  log: 'It needs numbers above 0: clamp them, or add a small number first.',
  sqrt: 'It needs numbers of at least 0, and its gradient numbers above 0: clamp them, or add a small number first.',
  div: 'Add a small number to the divisor, or choose another value with where() before dividing.',
  exp: 'Large numbers overflow: use softmax, logSoftmax or logSumExp, which subtract the maximum first.',
  pow: 'A fractional power needs a base of at least 0.',
};

function advice(op: string, { value, inputs, infinite }: Source): string {
  if (Number.isNaN(value) && (infinite || inputs?.some((x) => Math.abs(x) === Infinity))) {
    return 'numericsCheck with { infinity: true } tells where the infinity was made.';
  }
  return ADVICE[op] ?? 'Look at the numbers that reach this line; large learning rates, unscaled inputs and masks multiplied instead of chosen by where() are usual causes.';
}
