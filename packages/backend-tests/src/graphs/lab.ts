/** Running a graph in several ways and comparing the results. */
import type { Backend, Plan, PlannerOptions } from '@cotangent/tensor';
import { planProblem } from './check-plan';
import type { Float, RandomGraph } from './graph';
import { firstDifference, type Difference } from './judge';
import { reordered } from './reorder';
import { runGraph, type Form, type Results } from './run-graph';
import { SWITCHES, without, type Switch } from './settings';

/** One way to run a graph. */
export interface Side {
  /** The name of a backend of the lab. */
  readonly backend: string;
  readonly float: Float;
  readonly planner: PlannerOptions;
  /** What the planner is set to, in words. */
  readonly setting: string;
  readonly form?: Form;
}

/** Two ways to run a graph that must give the same results. */
export interface Comparison {
  readonly actual: Side;
  readonly expected: Side;
}

export interface Problem {
  readonly comparison: Comparison;
  /** The result that differs; undefined when a run throws. */
  readonly name: string | undefined;
  readonly text: string;
}

/** Makes backends by name; `cpu` must be among them and compute in float64. */
export type Makers = Readonly<Record<string, () => Backend | Promise<Backend>>>;

const RELATIVE: Readonly<Record<Float, number>> = { float32: 4e-6, float64: 1e-10 };

/** How many runs with other rounding are made when something differs. */
const SHAKES = 6;

export function describeSide({ backend, float, setting, form = 'loop' }: Side): string {
  return `${form === 'loop' ? '' : `${form}, `}${setting} on ${backend} in ${float}`;
}

/** Makes a backend refuse plans that break a rule, even where their results happen to be right. */
function watched(backend: Backend): Backend {
  const checked = new WeakSet<Plan>();
  const run = backend.run.bind(backend);
  backend.run = (plan, inputs) => {
    if (!checked.has(plan)) {
      const problem = planProblem(plan);
      if (problem) throw new Error(`A plan breaks a rule: ${problem}.`);
      checked.add(plan);
    }
    return run(plan, inputs);
  };
  return backend;
}

export class Lab {
  private readonly backends = new Map<string, Promise<Backend>>();
  private readonly results = new Map<string, Promise<Results>>();
  private graph: RandomGraph | undefined;

  constructor(private readonly makers: Makers) {}

  /** The first of the comparisons in which the graph's results differ. */
  async firstProblem(graph: RandomGraph, comparisons: readonly Comparison[]): Promise<Problem | undefined> {
    if (graph !== this.graph) this.results.clear();
    this.graph = graph;
    for (const comparison of comparisons) {
      const problem = await this.problem(graph, comparison);
      if (problem) return problem;
    }
    return undefined;
  }

  async dispose(): Promise<void> {
    for (const backend of this.backends.values()) (await backend).dispose();
    this.backends.clear();
    this.results.clear();
  }

  private async problem(graph: RandomGraph, comparison: Comparison): Promise<Problem | undefined> {
    try {
      const difference = await this.difference(graph, comparison);
      return difference && { comparison, ...difference };
    } catch (error) {
      return { comparison, name: undefined, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  private async difference(graph: RandomGraph, { actual, expected }: Comparison): Promise<Difference | undefined> {
    const { float, backend } = expected;
    const [found, twin] = [await this.run(graph, actual), await this.run(graph, expected)];
    const { special } = graph;
    const bits = actual.backend === backend ? twin : undefined;
    // In float32 both sides round; the truth is the same in float64, unless the ranges of the types matter.
    const unfused = without('all');
    const truth = float === 'float32' && !special ? await this.run(graph, { ...unfused, backend: 'cpu', float: 'float64' }) : twin;
    const usual = truth === twin ? [] : [await this.run(graph, { ...unfused, backend: 'cpu', float })];
    const verdict = { relative: RELATIVE[float], special, bits };
    if (!firstDifference(found, truth, { ...verdict, others: usual })) return undefined;
    const others = [...usual, ...(await this.shaken(graph, expected))];
    if (special && actual.backend !== backend) {
      others.push(...(await this.shaken(graph, { ...expected, backend: actual.backend })));
      others.push(await this.run(graph, { ...unfused, backend: 'cpu', float: 'float64' }));
    }
    return firstDifference(found, truth, { ...verdict, others });
  }

  /** Runs without fusing whose inputs differ in the last place, and that add up in other orders. */
  private async shaken(graph: RandomGraph, { backend, float, form = 'loop' }: Side): Promise<Results[]> {
    const runs: Results[] = [];
    for (let draw = 0; draw < SHAKES; draw++) {
      const order = (['', ' backwards', ' interleaved'] as const)[draw % 3]!;
      const drawn = draw === 1 || draw === 2 ? graph : graph.perturbed(float, draw);
      runs.push(await this.run(drawn, { ...without('all'), backend: backend + order, float, form }));
    }
    return runs;
  }

  private run(graph: RandomGraph, side: Side): Promise<Results> {
    const { backend, float, planner, form = 'loop' } = side;
    const start = async (): Promise<Results> =>
      runGraph(graph, { backend: await this.backend(backend), float, planner, form });
    if (graph !== this.graph) return start();
    const key = describeSide(side);
    let results = this.results.get(key);
    if (!results) this.results.set(key, (results = start()));
    return results;
  }

  private backend(name: string): Promise<Backend> {
    let backend = this.backends.get(name);
    if (!backend) {
      const [maker, order] = name.split(' ') as [string, ('backwards' | 'interleaved')?];
      backend = Promise.resolve(this.makers[maker]!()).then((made) => (order ? reordered(made, order) : watched(made)));
      this.backends.set(name, backend);
    }
    return backend;
  }
}

export interface ComparisonOptions {
  /** Backends that are compared with themselves and, unfused, with the first of them. */
  readonly backends: readonly string[];
  /** Those that are compared with themselves in float64 too. */
  readonly double: readonly string[];
  /** The switches that take turns at being off alone. Default: all. */
  readonly switches?: readonly Switch[];
}

/**
 * What is compared for a graph: fused with unfused, in float64 and float32; one of these, in turn, once more with one switch
 * off, and trainings once more compiled; and each backend with the first, unfused.
 */
export function comparisonsFor({ seed, course }: RandomGraph, { backends, double, switches = SWITCHES }: ComparisonOptions): Comparison[] {
  const float = 'float32';
  const places = [...double.map((backend) => ({ backend, float: 'float64' as const })), ...backends.map((backend) => ({ backend, float } as const))];
  const [on, off] = [without('none'), without('all')];
  const list: Comparison[] = places.map((place) => ({ actual: { ...place, ...on }, expected: { ...place, ...off } }));
  const turn = places[seed % places.length]!;
  const alone = switches[Math.floor(seed / places.length) % switches.length];
  if (alone !== undefined) list.push({ actual: { ...turn, ...without(alone) }, expected: { ...turn, ...off } });
  if (course.kind === 'training') {
    list.push({ actual: { ...turn, ...on, form: 'compiled' }, expected: { ...turn, ...on, form: 'function' } });
  }
  for (const backend of backends.slice(1)) {
    list.push({ actual: { backend, float, ...off }, expected: { backend: backends[0]!, float, ...off } });
  }
  return list;
}
