/** Running a graph on a backend: everything that its course computes, as arrays. */
import { gradients } from '@cotangent/autodiff';
import {
  add, assignAll, clamp, compile, div, isFloat, keep, mean, mul, setPlanner, sqrt, square, sub, sum, tensor, use, variable, Variable,
  type Backend, type PlannerOptions, type Shape, type Tensor, type TypedArray,
} from '@cotangent/tensor';
import { ALL_OFF } from './settings';
import { FLOAT, newGenerators, type Course, type Float, type RandomGraph } from './graph';

/** Each step of a training is recorded in a loop (default), or by a function, or by a function given to `compile`. */
export type Form = 'loop' | 'function' | 'compiled';

/** How a graph is run. */
export interface Way {
  readonly backend: Backend;
  readonly float: Float;
  /** What the planner does; default: what is set. */
  readonly planner?: PlannerOptions;
  readonly form?: Form;
}

export interface Result {
  readonly data: TypedArray;
  /** Results of one group are of one size: values, gradients, or what a training leaves. */
  readonly group: 'values' | 'gradients' | 'state';
  /** The result is a value of the graph that no summation touches, so it has one right set of bits. */
  readonly orderFree: boolean;
}

/** Results under a name such as `v12` or `the gradient for v3`. */
export type Results = ReadonlyMap<string, Result>;

export async function runGraph(graph: RandomGraph, { backend, float, planner, form = 'loop' }: Way): Promise<Results> {
  await use(backend);
  const before = setPlanner(planner ?? {});
  try {
    const run = new Run(graph, float);
    if (graph.course.kind === 'gradients') await run.gradients(graph.course);
    else await run.training(graph.course, form);
    return run.results;
  } finally {
    setPlanner(before);
  }
}

/** The shapes and elements of all values, inputs first, whatever shapes the steps say. */
export async function computeValues(graph: RandomGraph, backend: Backend, float: Float): Promise<{ shape: Shape; elements: number[] }[]> {
  await use(backend);
  const before = setPlanner(ALL_OFF);
  try {
    const values = graph.recordAll(graph.makeInputs(float), float, newGenerators(), false);
    for (const value of values) keep(value);
    const found = [];
    for (const value of values) found.push({ shape: value.shape, elements: [...(await value.data())] });
    return found;
  } finally {
    setPlanner(before);
  }
}

/** The mean of the elements times fixed uneven numbers. */
function weighted(y: Tensor): Tensor {
  const weights = Array.from({ length: y.size }, (_, i) => 1 + ((i * 5) % 7) / 8);
  return (y.size === 0 ? sum : mean)(mul(y, tensor(weights, { shape: y.shape, dtype: y.dtype })));
}

class Run {
  readonly results = new Map<string, Result>();
  private readonly generators = newGenerators();
  private readonly orderFree: ReadonlySet<number>;
  private readonly outputs: readonly number[];

  constructor(
    private readonly graph: RandomGraph,
    private readonly float: Float,
  ) {
    this.orderFree = graph.orderFree;
    this.outputs = graph.outputs;
  }

  async gradients({ order, readFirst, apart }: Extract<Course, { kind: 'gradients' }>): Promise<void> {
    const { graph } = this;
    const inputs = graph.makeInputs(this.float);
    const values = await graph.record(inputs, this.float, this.generators);
    if (readFirst) await this.read(values);
    const losses = order === 0 ? [] : this.losses(values);
    const wanted = [...graph.inputs.keys()].filter((i) => graph.inputs[i]!.dtype === FLOAT && graph.inputs[i]!.kind !== 'variable');
    const leaves = wanted.map((i) => inputs[i]!);
    const sets = losses.length === 0 ? [] : (apart ? losses : [losses]).map((loss) => gradients(loss, leaves));
    if (order === 2 && losses.length > 0) {
      const again = sets.flat().filter((slope) => slope.requiresGrad).map(weighted);
      if (again.length > 0) sets.push(gradients(again, leaves));
    }
    if (!readFirst) await this.read(values);
    for (const [n, slopes] of sets.entries()) {
      for (const [i, slope] of slopes.entries()) {
        const name = `the gradient for v${wanted[i]!}${sets.length > 1 ? ` (${n + 1})` : ''}`;
        this.results.set(name, { data: await slope.data(), group: 'gradients', orderFree: false });
      }
    }
  }

  async training(course: Extract<Course, { kind: 'training' }>, form: Form): Promise<void> {
    const { graph, float } = this;
    const inputs = graph.makeInputs(float);
    const parameters = [...graph.inputs.keys()].filter((i) => graph.inputs[i]!.kind === 'parameter');
    const trained = parameters.map((i) => inputs[i] as Variable);
    const rule = new Rule(course, trained);
    const step = (...given: Tensor[]): Tensor[] => {
      const values = graph.recordAll(inputs.map((x) => (x instanceof Variable ? x : given.shift()!)), float, this.generators);
      if (form === 'function') for (const k of this.outputs) keep(values[k]!);
      rule.apply(this.losses(values));
      return this.outputs.map((k) => values[k]!);
    };
    const replay = form === 'compiled' ? compile(step) : step;
    // Lazy updates that nobody reads add up: all trips become one plan.
    const deferred: (() => Promise<void>)[] = [];
    for (let trip = 1; trip <= course.trips; trip++) {
      const suffix = ` of step ${trip}`;
      if (form !== 'loop') {
        const outputs = replay(...inputs.filter((x) => !(x instanceof Variable)));
        for (const [n, k] of this.outputs.entries()) await this.note(k, outputs[n]!, suffix);
        continue;
      }
      const values = await graph.record(inputs, float, this.generators);
      if (course.readFirst) await this.read(values, suffix);
      else for (const k of this.outputs) keep(values[k]!);
      rule.apply(this.losses(values));
      if (course.readFirst) continue;
      if (course.by === 'update') deferred.push(() => this.read(values, suffix));
      else await this.read(values, suffix);
    }
    for (const read of deferred) await read();
    const state: (readonly [string, Tensor])[] = [...parameters.map((i, n) => [`v${i}`, trained[n]!] as const), ...rule.named(parameters)];
    for (const [i, { kind }] of graph.inputs.entries()) if (kind === 'variable') state.push([`v${i}`, inputs[i]!]);
    for (const [name, x] of state) this.results.set(`${name} at the end`, { data: await x.data(), group: 'state', orderFree: false });
  }

  /** One number for each output that has a gradient. */
  private losses(values: readonly Tensor[]): Tensor[] {
    const floats = this.outputs.map((k) => values[k]!).filter((x) => isFloat(x.dtype) && x.dtype === this.float && x.requiresGrad);
    return floats.map(weighted);
  }

  private async read(values: readonly Tensor[], suffix = ''): Promise<void> {
    for (const k of this.outputs) await this.note(k, values[k]!, suffix);
  }

  private async note(k: number, value: Tensor, suffix: string): Promise<void> {
    const orderFree = this.orderFree.has(k) && this.graph.course.kind === 'gradients';
    this.results.set(`v${k}${suffix}`, { data: await value.data(), group: 'values', orderFree });
  }
}

/** Small steps against the gradient, which is limited to [-1, 1]. */
class Rule {
  private readonly first: Variable[] = [];
  private readonly second: Variable[] = [];

  constructor(
    private readonly course: Extract<Course, { kind: 'training' }>,
    private readonly trained: readonly Variable[],
  ) {
    const zero = (x: Tensor): Variable => variable(tensor(new Array<number>(x.size).fill(0), { shape: x.shape, dtype: x.dtype }));
    if (course.rule !== 'sgd') this.first = trained.map(zero);
    if (course.rule === 'adam') this.second = trained.map(zero);
  }

  /** The state under names. */
  named(parameters: readonly number[]): (readonly [string, Variable])[] {
    const name = (kind: string) => (x: Variable, n: number): readonly [string, Variable] => [`the ${kind} of v${parameters[n]!}`, x];
    return [...this.first.map(name('momentum')), ...this.second.map(name('mean square'))];
  }

  apply(losses: readonly Tensor[]): void {
    if (losses.length === 0) return;
    const slopes = gradients(losses, this.trained).map((g) => clamp(g, { min: -1, max: 1 }));
    const pairs = slopes.flatMap((g, n): (readonly [Variable, Tensor])[] => {
      const p = this.trained[n]!;
      const [m, v] = [this.first[n], this.second[n]];
      if (!m) return [[p, sub(p, mul(g, 0.1))]];
      const m2 = add(mul(m, 0.9), mul(g, v ? 0.1 : 1));
      if (!v) return [[p, sub(p, mul(m2, 0.1))], [m, m2]];
      const v2 = add(mul(v, 0.99), mul(square(g), 0.01));
      return [[p, sub(p, div(mul(m2, 0.05), add(sqrt(v2), 1e-3)))], [m, m2], [v, v2]];
    });
    if (this.course.by === 'assignAll') assignAll(pairs);
    else if (this.course.by === 'update') for (const [p, value] of pairs) p.update(value);
    else {
      // The later ones are recorded with the old values of the first, so all must be computed when the first is replaced.
      for (const [, value] of pairs) keep(value);
      for (const [p, value] of pairs) p.assign(value);
    }
  }
}
