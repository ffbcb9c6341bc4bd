import { cpu } from '@cotangent/backend-cpu';
import type { Backend, Kernel, Plan, Storage } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { graphProblem } from './compare-graph';
import { printGraph } from './print';
import { randomGraph } from './random-graph';

/** The cpu backend with a fault: every kernel of its plans passes through `spoil`. */
function faulty(spoil: (kernel: Kernel) => Kernel): Backend {
  const backend = cpu();
  const spoiled = new WeakMap<Plan, Plan>();
  const run = backend.run.bind(backend);
  backend.run = (plan: Plan, inputs: readonly Storage[]): Storage[] => {
    let other = spoiled.get(plan);
    if (!other) spoiled.set(plan, (other = { ...plan, kernels: plan.kernels.map(spoil) }));
    return run(other, inputs);
  };
  return backend;
}

/** Replaces one instruction of scalar programs by another. */
const swap = (from: string, to: string) => (kernel: Kernel): Kernel =>
  kernel.kind === 'map' ? { ...kernel, body: kernel.body.map((x) => (x.op === from ? { ...x, op: to as never } : x)) } : kernel;

async function firstProblem(backend: Backend, seeds: number): Promise<string> {
  const reference = cpu({ interpret: true });
  for (let seed = 0; seed < seeds; seed++) {
    const problem = await graphProblem(randomGraph(seed), backend, reference);
    if (problem) return problem;
  }
  return '';
}

describe('random graphs', () => {
  it('are the same for the same seed and differ between seeds', () => {
    const texts = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const graph = randomGraph(seed);
      expect(graph.steps.length).toBeGreaterThanOrEqual(3);
      expect(printGraph(randomGraph(seed))).toBe(printGraph(graph));
      texts.add(printGraph(graph));
    }
    expect(texts.size).toBe(50);
  });

  it('use most functions of the core, all courses, and chains of more than 64 steps', () => {
    const used = new Set<string>();
    const courses = new Set<string>();
    let longest = 0;
    let special = 0;
    for (let seed = 0; seed < 600; seed++) {
      const graph = randomGraph(seed);
      for (const { fn } of graph.steps) used.add(fn);
      const { course } = graph;
      courses.add(course.kind === 'training' ? `${course.rule} ${course.by}` : `order ${course.order}`);
      longest = Math.max(longest, graph.steps.length);
      if (graph.special) special++;
    }
    expect(used.size).toBeGreaterThan(75);
    expect(courses.size).toBe(11);
    expect(longest).toBeGreaterThan(64);
    expect(special).toBeGreaterThan(100);
  });

  it('print as code that declares every value before its use', () => {
    for (let seed = 0; seed < 60; seed++) {
      const declared = new Set<string>();
      for (const line of printGraph(randomGraph(seed)).split('\n')) {
        const [, name, expression] = /^ *const (v\d+) = (.*)$/.exec(line) ?? [];
        for (const use of (expression ?? line.replace(/'[^']*'/g, '').replace(/"[^"]*"/g, '')).match(/\bv\d+\b/g) ?? []) {
          expect(declared.has(use) || (use === 'v2' && line.includes('v[n]')), `${use} in ${line} of ${seed}`).toBe(true);
        }
        if (name) declared.add(name);
      }
    }
  });

  const faults: readonly (readonly [string, (kernel: Kernel) => Kernel, number])[] = [
    ['sin for cos', swap('sin', 'cos'), 60],
    ['max for min', swap('max', 'min'), 30],
    ['a comparison with its equal case', swap('lt', 'le'), 60],
    ['a literal in the sixth digit', (k) => (k.kind === 'map' ? { ...k, constants: k.constants.map((x) => x * 1.00002) } : k), 30],
    ['sums without the first element', (k) => (k.kind === 'reduce' && k.op === 'sum' ? { ...k, op: 'max' } : k), 30],
    ['padding in the wrong place', (k) => (k.kind === 'pad' ? { ...k, value: k.value + 1 } : k), 60],
    ['running sums that are running products', (k) => (k.kind === 'scan' && k.op === 'cumsum' ? { ...k, op: 'cumprod' } : k), 90],
    ['scattered sums that are overwritten', (k) => (k.kind === 'scatter' && k.mode === 'add' ? { ...k, mode: 'set' } : k), 60],
  ];
  for (const [name, spoil, seeds] of faults) {
    it(`find ${name}, and say in which graph`, async () => {
      const problem = await firstProblem(faulty(spoil), seeds);
      // A wrong comparison may also lead to an index that is out of range.
      const what = '(v\\d+|the gradient for v\\d+|the momentum of v\\d+|the mean square of v\\d+)';
      const when = '( \\(\\d\\)| of step \\d| at the end)?';
      expect(problem).toMatch(new RegExp(`^graph \\d+(: IndexError|, ${what}${when} on cpu in float(32|64): element \\d+ is )`));
      expect(problem).toContain('const v');
    });
  }
});
