/** Running one graph on two backends and comparing values and gradients. */
import { gradients } from '@cotangent/autodiff';
import { isFloat, mean, mul, tensor, use, type Backend, type Tensor, type TypedArray } from '@cotangent/tensor';
import { FLOAT, type RandomGraph } from './graph';

interface Results {
  /** By the number of the value. */
  readonly outputs: ReadonlyMap<number, TypedArray>;
  /** By the number of the input. */
  readonly gradients: ReadonlyMap<number, TypedArray>;
}

async function run(graph: RandomGraph, backend: Backend, float: 'float32' | 'float64'): Promise<Results> {
  await use(backend);
  const values = await graph.record(float);
  const outputs = graph.outputs;
  const floats = outputs.filter((k) => isFloat(values[k]!.dtype) && values[k]!.dtype === float && values[k]!.requiresGrad);
  const inputs = [...graph.inputs.keys()].filter((i) => graph.inputs[i]!.dtype === FLOAT);
  // Half of the graphs are read before their gradient is asked for, the others after.
  const found = new Map<number, TypedArray>();
  const read = async (): Promise<void> => {
    for (const k of outputs) found.set(k, await values[k]!.data());
  };
  if (graph.seed % 2 === 0) await read();
  const loss = floats.map((k) => weighted(values[k]!));
  const slopes = loss.length > 0 ? gradients(loss, inputs.map((i) => values[i]!)) : [];
  if (graph.seed % 2 === 1) await read();
  const bySlope = new Map<number, TypedArray>();
  for (const [i, slope] of slopes.entries()) bySlope.set(inputs[i]!, await slope.data());
  return { outputs: found, gradients: bySlope };
}

/** The mean of the elements times fixed uneven numbers. */
function weighted(y: Tensor): Tensor {
  const weights = Array.from({ length: y.size }, (_, i) => 1 + ((i * 5) % 7) / 8);
  return mean(mul(y, tensor(weights, { shape: y.shape, dtype: y.dtype })));
}

const KINDS = ['outputs', 'gradients'] as const;

/**
 * What differs between a backend and the reference, with the code of the graph; undefined when nothing does.
 *
 * float32 results may differ from the float64 ones by 4e-6 of the element and of the graph's largest results, or by 30 times
 * what is usual: the error of the reference in float32, or the change that one unit in the last place of the inputs makes
 * (sums may cancel, and only the second sees it). float64 results must agree to 1e-10. Integers must be equal.
 */
export async function graphProblem(graph: RandomGraph, backend: Backend, reference: Backend): Promise<string | undefined> {
  try {
    const exact = await run(graph, reference, 'float64');
    const single = await run(graph, backend, 'float32');
    const usual = await run(graph, reference, 'float32');
    if (firstProblem(graph, single, exact, [usual], 'float32')) {
      const moved = await run(graph.perturbed(), reference, 'float64');
      const problem = firstProblem(graph, single, exact, [usual, moved], 'float32');
      if (problem) return problem;
    }
    if (!backend.caps.compute.includes('float64')) return undefined;
    return firstProblem(graph, await run(graph, backend, 'float64'), exact, [], 'float64');
  } catch (error) {
    return `graph ${graph.seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${String(graph)}`;
  }
}

/** `others` show how large differences without a fault are. */
function firstProblem(
  graph: RandomGraph,
  actual: Results,
  exact: Results,
  others: readonly Results[],
  dtype: 'float32' | 'float64',
): string | undefined {
  for (const kind of KINDS) {
    const size = Math.max(0, ...[...exact[kind].values()].map(rootMeanSquare));
    for (const [k, wanted] of exact[kind]) {
      const slack = 30 * Math.max(0, ...others.map((other) => largestDifference(other[kind].get(k)!, wanted)));
      const problem = different(actual[kind].get(k)!, wanted, slack, dtype === 'float32' ? 4e-6 : 1e-10, size);
      if (problem) return report(graph, kind, k, dtype, problem);
    }
  }
  return undefined;
}

function report(graph: RandomGraph, kind: keyof Results, k: number, dtype: string, problem: string): string {
  const what = kind === 'outputs' ? `v${k}` : `the gradient for v${k}`;
  return `graph ${graph.seed}, ${what} in ${dtype}: ${problem}\n${graph.toString(kind === 'outputs' ? k : undefined)}`;
}

function largestDifference(a: TypedArray, b: TypedArray): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!) || 0); // NaN counts as 0
  return largest;
}

function isReal(x: TypedArray): boolean {
  return x instanceof Float32Array || x instanceof Float64Array;
}

/** 0 for integers and for nothing at all. */
function rootMeanSquare(x: TypedArray): number {
  let squares = 0;
  if (isReal(x)) for (const v of x) squares += v * v;
  return Math.sqrt(squares / Math.max(x.length, 1)) || 0;
}

/** `size` is how large results are in general: an element that should be small may be what large terms left over. */
function different(actual: TypedArray, exact: TypedArray, slack: number, relative: number, size: number): string | undefined {
  if (actual.length !== exact.length) return `${actual.length} elements instead of ${exact.length}`;
  for (let i = 0; i < exact.length; i++) {
    const [a, e] = [actual[i]!, exact[i]!];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (!isReal(exact) || !(Math.abs(a - e) <= slack + relative * (Math.abs(e) + size))) return `element ${i} is ${a} instead of ${e}`;
  }
  return undefined;
}
