/** Random graphs: values and gradients of whole computations against the reference. */
import { describe, expect, it } from 'vitest';
import { graphProblem } from '../graphs/compare-graph';
import { randomGraph } from '../graphs/random-graph';
import { summary, type Setup } from './setup';

const PER_TEST = 25;

export function testGraphs({ backend, reference }: Setup, count: number): void {
  describe('random graphs', () => {
    for (let first = 0; first < count; first += PER_TEST) {
      const last = Math.min(first + PER_TEST, count) - 1;
      it(`${first} to ${last} give the values and gradients of the reference`, async () => {
        const problems: string[] = [];
        for (let seed = first; seed <= last; seed++) {
          const problem = await graphProblem(randomGraph(seed), backend, reference);
          if (problem) problems.push(problem);
        }
        expect(summary(problems, 2)).toBe('');
      });
    }
  });
}
