/**
 * Making a failing graph small: whatever can go while it still fails goes.
 *
 * Not here: what failing means. The caller says whether a smaller graph still shows the fault.
 */
import type { RandomGraph} from '@cotangent/backend-tests';
import { FLOAT, Ref, mapArgument, refsIn, type Argument, type GraphInput, type GraphStep } from '@cotangent/backend-tests';

export interface ShrinkOptions {
  /** How many smaller graphs are tried at most. */
  readonly attempts: number;
  /** Whether a graph shows the fault. A graph that cannot be recorded does not. */
  readonly fails: (graph: RandomGraph) => Promise<boolean>;
  /** The shapes and elements of all values, to put inputs in the place of steps; undefined when the graph cannot be computed. */
  readonly compute: (graph: RandomGraph) => Promise<readonly Computed[] | undefined>;
}

export interface Computed {
  readonly shape: readonly number[];
  readonly elements: readonly number[];
}

/** The smallest graph found. */
export async function shrink(graph: RandomGraph, { attempts, fails, compute }: ShrinkOptions): Promise<RandomGraph> {
  let best = graph;
  let left = attempts;
  const attempt = async (candidate: RandomGraph | undefined): Promise<boolean> => {
    if (!candidate || left <= 0) return false;
    left--;
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  const shapes = async (candidate: RandomGraph): Promise<RandomGraph | undefined> => {
    const values = await compute(candidate);
    return values && candidate.with({
      steps: candidate.steps.map((step, i) => ({ ...step, shape: values[candidate.inputs.length + i]!.shape })),
    });
  };

  for (let size = Infinity; costOf(best) < size && left > 0; ) {
    size = costOf(best);
    for (const course of simplerCourses(best)) if (await attempt(best.with({ course }))) break;
    await removeSteps();
    await simplifySteps();
    await simplifyInputs();
    await shrinkShapes();
  }
  return best;

  async function removeSteps(): Promise<void> {
    for (let i = best.steps.length - 1; i >= 0; i--) {
      if (i >= best.steps.length) continue;
      if (await attempt(withoutUnused(best, i))) continue;
      let gone = false;
      for (const ref of refsIn(best.steps[i]!.args)) if ((gone = await attempt(bypass(best, i, ref)))) break;
      if (gone) continue;
      const values = await compute(best);
      if (values) await attempt(replaceByInput(best, i, values[best.inputs.length + i]!));
    }
    await attempt(dropUnusedInputs(best));
  }

  async function simplifySteps(): Promise<void> {
    for (let i = 0; i < best.steps.length; i++) {
      for (const flag of ['read', 'keep', 'output'] as const) {
        if (best.steps[i]![flag]) await attempt(withStep(best, i, { [flag]: false }));
      }
    }
  }

  async function simplifyInputs(): Promise<void> {
    for (let i = 0; i < best.inputs.length; i++) {
      const input = best.inputs[i]!;
      if (input.kind === 'parameter' && best.course.kind === 'gradients') await attempt(withInput(best, i, { kind: 'tensor' }));
      const simpler = [input.elements.map(() => 1), input.elements.map((x) => Math.trunc(x)), input.elements.map((_, k) => k + 1)];
      for (const elements of simpler) {
        if (elements.some((x, k) => !Object.is(x, best.inputs[i]!.elements[k])) && (await attempt(withInput(best, i, { elements })))) break;
      }
      if (input.elements.length > 24) continue;
      for (let k = 0; k < best.inputs[i]!.elements.length; k++) {
        for (const value of [1, 0, Math.round(best.inputs[i]!.elements[k]!)]) {
          const { elements } = best.inputs[i]!;
          if (Object.is(elements[k], value) || (elements[k] === 1 && value === 0)) break;
          if (await attempt(withInput(best, i, { elements: elements.map((x, at) => (at === k ? value : x)) }))) break;
        }
      }
    }
  }

  /** A size that occurs in inputs becomes smaller wherever it occurs, or in one input only. */
  async function shrinkShapes(): Promise<void> {
    for (let i = 0; i < best.inputs.length; i++) {
      for (let axis = 0; axis < best.inputs[i]!.shape.length; axis++) {
        const n = best.inputs[i]!.shape[axis]!;
        for (const smaller of new Set([1, 2, n >> 1, n - 1])) {
          if (smaller >= n || smaller < 1) continue;
          const one = resize(best, (k, a, size) => (k === i && a === axis ? smaller : size));
          const all = resize(best, (_, __, size) => (size === n ? smaller : size), [n, smaller]);
          if ((await attempt(await shapes(one))) || (await attempt(await shapes(all)))) break;
        }
      }
    }
  }
}

function costOf(graph: RandomGraph): number {
  const elements = graph.inputs.reduce((n, input) => n + input.elements.length, 0);
  const flags = graph.steps.reduce((n, { read, keep, output }) => n + Number(read) + Number(keep) + Number(output), 0);
  const digits = graph.inputs.reduce((n, input) => n + input.elements.filter((x) => x !== 1).length, 0);
  const { course } = graph;
  const more = course.kind === 'training' ? 100 + course.trips : course.order;
  return 1000 * graph.steps.length + 100 * graph.inputs.length + 10 * elements + digits + flags + 50 * more;
}

function simplerCourses({ course }: RandomGraph): RandomGraph['course'][] {
  const plain = { kind: 'gradients', order: 1, readFirst: true, apart: false } as const;
  if (course.kind === 'gradients') {
    return [
      ...(course.order > 0 ? [{ ...plain, order: 0 as const }] : []),
      ...(course.order === 2 || course.apart ? [plain, { ...plain, readFirst: false }] : []),
    ];
  }
  return [
    { ...plain, order: 0 },
    plain,
    ...(course.rule !== 'sgd' ? [{ ...course, rule: 'sgd' as const }] : []),
    ...(course.trips > 1 ? [{ ...course, trips: course.trips - 1 }] : []),
    ...(course.by !== 'assignAll' ? [{ ...course, by: 'assignAll' as const }] : []),
  ];
}

function withStep(graph: RandomGraph, i: number, change: Partial<GraphStep>): RandomGraph {
  return graph.with({ steps: graph.steps.map((step, k) => (k === i ? { ...step, ...change } : step)) });
}

function withInput(graph: RandomGraph, i: number, change: Partial<GraphInput>): RandomGraph {
  return graph.with({ inputs: graph.inputs.map((input, k) => (k === i ? { ...input, ...change } : input)) });
}

/** Step `i` gone, references to it going to `to(old)` and all later ones moved down. */
function renumber(steps: readonly GraphStep[], move: (value: number) => number): GraphStep[] {
  const change = (part: Ref | number): Argument => (part instanceof Ref ? new Ref(move(part.value)) : part);
  return steps.map((step) => ({ ...step, args: step.args.map((arg) => mapArgument(arg, change)) }));
}

function withoutUnused(graph: RandomGraph, i: number): RandomGraph | undefined {
  const value = graph.inputs.length + i;
  if (graph.steps.length === 1 || graph.steps.some(({ args }) => refsIn(args).includes(value))) return undefined;
  return graph.with({ steps: renumber(graph.steps.filter((_, k) => k !== i), (k) => (k > value ? k - 1 : k)) });
}

/** What used step `i` uses one of its arguments, which has the same shape and type. */
function bypass(graph: RandomGraph, i: number, ref: number): RandomGraph | undefined {
  const value = graph.inputs.length + i;
  const step = graph.steps[i]!;
  const source = ref < graph.inputs.length ? graph.inputs[ref]! : graph.steps[ref - graph.inputs.length]!;
  if (graph.steps.length === 1 || source.shape.join() !== step.shape.join() || source.dtype !== step.dtype) return undefined;
  if ('kind' in source && source.kind === 'variable') return undefined;
  return graph.with({ steps: renumber(graph.steps.filter((_, k) => k !== i), (k) => (k === value ? ref : k > value ? k - 1 : k)) });
}

/** Step `i` becomes an input that holds what it computes. */
function replaceByInput(graph: RandomGraph, i: number, { elements }: Computed): RandomGraph | undefined {
  const step = graph.steps[i]!;
  const value = graph.inputs.length + i;
  if (graph.steps.length === 1 || (step.dtype !== FLOAT && step.dtype !== 'int32' && step.dtype !== 'bool')) return undefined;
  const { inputs } = graph;
  const added: GraphInput = { shape: step.shape, dtype: step.dtype, elements: elements.map((x) => shorten(x)), kind: 'tensor' };
  // The new input takes the number after the last one.
  const move = (k: number): number => (k < inputs.length ? k : k === value ? inputs.length : k < value ? k + 1 : k);
  return graph.with({ inputs: [...inputs, added], steps: renumber(graph.steps.filter((_, k) => k !== i), move) });
}

function shorten(x: number): number {
  return Object.is(x, -0) || !Number.isFinite(x) ? x : Number(x.toPrecision(4));
}

function dropUnusedInputs(graph: RandomGraph): RandomGraph | undefined {
  const used = new Set(graph.steps.flatMap(({ args }) => refsIn(args)));
  const places = graph.inputs.flatMap((_, i) => (used.has(i) ? [i] : []));
  const dropped = graph.inputs.length - places.length;
  if (dropped === 0) return undefined;
  const move = (k: number): number => (k < graph.inputs.length ? places.indexOf(k) : k - dropped);
  return graph.with({ inputs: places.map((i) => graph.inputs[i]!), steps: renumber(graph.steps, move) });
}

/** Other sizes of inputs; what steps say about sizes follows when `replaced` gives an old and a new one. */
function resize(
  graph: RandomGraph, sizeOf: (input: number, axis: number, size: number) => number, replaced?: readonly [number, number],
): RandomGraph {
  const inputs = graph.inputs.map((input, k): GraphInput => {
    const shape = input.shape.map((n, axis) => sizeOf(k, axis, n));
    return { ...input, shape, elements: input.elements.slice(0, shape.reduce((a, b) => a * b, 1)) };
  });
  if (!replaced) return graph.with({ inputs });
  const change = (part: Ref | number): Argument => (part === replaced[0] ? replaced[1] : part);
  return graph.with({ inputs, steps: graph.steps.map((step) => ({ ...step, args: step.args.map((arg) => mapArgument(arg, change)) })) });
}
