/** Comparing a backend with the reference, and the planner with itself, on one graph. */
import type { Backend } from '@cotangent/tensor';
import type { RandomGraph } from './graph';
import { describeSide, type Comparison, type Problem } from './lab';
import { firstDifference } from './judge';
import { printGraph } from './print';
import { runGraph, type Results } from './run-graph';

/**
 * What differs between a backend and the reference, with the code of the graph; undefined when nothing does.
 *
 * float32 results may differ from the float64 ones by 4e-6 of the element and of the graph's largest results, or by 30 times
 * what is usual: the error of the reference in float32, or the change that one unit in the last place of the inputs makes
 * (sums may cancel, and only the second sees it). float64 results must agree to 1e-10. Integers must be equal.
 */
export async function graphProblem(graph: RandomGraph, backend: Backend, reference: Backend): Promise<string | undefined> {
  try {
    const exact = await runGraph(graph, { backend: reference, float: 'float64' });
    const usual = await runGraph(graph, { backend: reference, float: 'float32' });
    const single = await runGraph(graph, { backend, float: 'float32' });
    // Where the range of a type matters, the other type says nothing.
    const wanted = graph.special ? usual : exact;
    const verdict = { relative: 4e-6, special: graph.special };
    let difference = firstDifference(single, wanted, { ...verdict, others: graph.special ? [] : [usual] });
    if (difference) {
      const others = [usual];
      for (let draw = 0; draw < 6; draw++) {
        const other = draw % 2 === 0 ? reference : backend;
        others.push(await runGraph(graph.perturbed('float32', draw), { backend: other, float: 'float32' }));
      }
      if (graph.special) others.push(exact);
      difference = firstDifference(single, wanted, { ...verdict, others });
    }
    if (difference) return report(graph, `${backend.name} in float32`, difference);
    if (!backend.caps.compute.includes('float64')) return undefined;
    const double = await runGraph(graph, { backend, float: 'float64' });
    if (!firstDifference(double, exact, { relative: 1e-10, special: graph.special, others: [] })) return undefined;
    const others: Results[] = [];
    for (let draw = 0; draw < 6; draw++) {
      others.push(await runGraph(graph.perturbed('float64', draw), { backend: reference, float: 'float64' }));
    }
    difference = firstDifference(double, exact, { relative: 1e-10, special: graph.special, others });
    return difference && report(graph, `${backend.name} in float64`, difference);
  } catch (error) {
    return `graph ${graph.seed}: ${messageOf(error)}\n${printGraph(graph)}`;
  }
}

/** The problem in words, with code that shows it. */
export function describeProblem(graph: RandomGraph, { comparison, name, text }: Problem, steps?: number): string {
  const { actual, expected } = comparison;
  const difference = name === undefined ? text : `${name}: ${text}`;
  const switches = [actual, expected].map(({ setting, planner }) => (setting === 'fused' ? '{}' : offIn(planner))) as [string, string];
  const code = printGraph(graph, {
    float: actual.float,
    backends: [actual.backend, expected.backend],
    switches,
    forms: [actual.form ?? 'loop', expected.form ?? 'loop'],
  });
  const shrunk = steps === undefined ? '' : ` (shrunk from ${steps} steps to ${graph.steps.length})`;
  return `graph ${graph.seed}${shrunk}, ${describeSide(actual)} against ${describeSide(expected)}: ${difference}\n${code}`;
}

function offIn(planner: Comparison['actual']['planner']): string {
  const off = Object.entries(planner).filter(([, on]) => !on);
  return `{ ${off.map(([name]) => `${name}: false`).join(', ')} }`;
}

function report(graph: RandomGraph, where: string, { name, text }: { name: string; text: string }): string {
  return `graph ${graph.seed}, ${name} on ${where}: ${text}\n${printGraph(graph)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
