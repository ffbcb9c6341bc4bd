/** Random graphs: values and gradients of whole computations against the reference, and fused against unfused. */
import { describe, expect, it } from 'vitest';
import { describeProblem, graphProblem } from '../graphs/compare-graph';
import { comparisonsFor, Lab } from '../graphs/lab';
import { randomGraph } from '../graphs/random-graph';
import { summary, type Setup } from './setup';

const PER_TEST = 25;

/** Declares a test for every 25 graphs. */
function forGraphs(count: number, title: string, problemOf: (seed: number) => Promise<string | undefined>): void {
  for (let first = 0; first < count; first += PER_TEST) {
    const last = Math.min(first + PER_TEST, count) - 1;
    it(`${first} to ${last} ${title}`, async () => {
      const problems: string[] = [];
      for (let seed = first; seed <= last; seed++) {
        const problem = await problemOf(seed);
        if (problem) problems.push(problem);
      }
      expect(summary(problems, 2)).toBe('');
    });
  }
}

export function testGraphs({ create, backend, reference }: Setup, count: number): void {
  describe('random graphs', () => {
    forGraphs(count, 'give the values and gradients of the reference', (seed) => graphProblem(randomGraph(seed), backend, reference));

    const lab = new Lab({ cpu: () => reference, tested: create });
    const double = backend.caps.compute.includes('float64') ? ['tested'] : [];
    forGraphs(Math.ceil(count / 3), 'give the same results whatever the planner does, and compiled', async (seed) => {
      const graph = randomGraph(seed);
      const problem = await lab.firstProblem(graph, comparisonsFor(graph, { backends: ['tested'], double }));
      return problem && describeProblem(graph, problem);
    });
  });
}
