/** One graph: is there a problem, and what is the smallest graph that has it? */
import {
  comparisonsFor, computeValues, describeProblem, Lab, randomGraph, type Makers, type Problem, type RandomGraph, type Switch,
} from '@cotangent/backend-tests';
import { shrink } from './shrink';

export interface ExamineOptions {
  /** The backends to compare, of those that can be made. */
  readonly backends: readonly string[];
  readonly switches: readonly Switch[];
  /** How many smaller graphs are tried. Default 800. */
  readonly attempts?: number;
}

/** Compares graphs; a failing one is described together with a smaller one. */
export class Examiner {
  private lab: Lab;
  private examined = 0;

  constructor(
    private readonly makers: Makers,
    private readonly options: ExamineOptions,
  ) {
    this.lab = new Lab(makers);
  }

  /** The problem of the graph with this number, in words and code. */
  async examine(seed: number): Promise<string | undefined> {
    // What backends remember of plans that never come again would only fill memory.
    if (++this.examined % 200 === 0) await this.renew();
    const graph = randomGraph(seed);
    const { backends, switches } = this.options;
    const comparisons = comparisonsFor(graph, { backends, double: backends.filter((name) => name === 'cpu'), switches });
    const problem = await this.lab.firstProblem(graph, comparisons);
    return problem && this.smallest(graph, problem);
  }

  async dispose(): Promise<void> {
    await this.lab.dispose();
  }

  private async renew(): Promise<void> {
    await this.lab.dispose();
    this.lab = new Lab(this.makers);
  }

  private async smallest(graph: RandomGraph, problem: Problem): Promise<string> {
    const { comparison } = problem;
    let last = problem;
    const compute = await this.makers['cpu']!();
    const small = await shrink(graph, {
      attempts: this.options.attempts ?? 800,
      compute: (candidate) => computeValues(candidate, compute, comparison.expected.float).catch(() => undefined),
      fails: async (candidate) => {
        const found = await this.lab.firstProblem(candidate, [comparison]);
        if (!found || kindOf(found) !== kindOf(problem)) return false;
        last = found;
        return true;
      },
    });
    compute.dispose();
    return describeProblem(small, last, graph.steps.length);
  }
}

/** Errors with other words are other faults; all differences count as one. */
function kindOf({ name, text }: Problem): string {
  return name === undefined ? text.split('\n')[0]!.replace(/\d+/g, '#').slice(0, 80) : 'difference';
}
