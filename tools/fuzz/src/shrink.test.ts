import { cpu } from '@cotangent/backend-cpu';
import { computeValues, randomGraph, refsIn, type RandomGraph } from '@cotangent/backend-tests';
import { describe, expect, it } from 'vitest';
import { shrink } from './shrink';

const backend = cpu();
const compute = (graph: RandomGraph) => computeValues(graph, backend, 'float64').catch(() => undefined);

/** Whether a graph can be computed and its steps have the shapes that they say. */
async function isSound(graph: RandomGraph): Promise<boolean> {
  const values = await compute(graph);
  const count = graph.inputs.length;
  return values?.every(({ shape }, i) => i < count || shape.join() === graph.steps[i - count]!.shape.join()) ?? false;
}

describe('shrinking', () => {
  it('leaves the one step that matters, small inputs and simple numbers', async () => {
    let found = 0;
    for (let seed = 0; seed < 40 && found < 6; seed++) {
      const graph = randomGraph(seed);
      const hasTanh = (g: RandomGraph): boolean => g.steps.some(({ fn }) => fn === 'tanh');
      if (!hasTanh(graph)) continue;
      found++;
      const small = await shrink(graph, { attempts: 500, compute, fails: async (g) => hasTanh(g) && (await isSound(g)) });
      expect(small.steps.map(({ fn }) => fn)).toEqual(['tanh']);
      expect(small.inputs).toHaveLength(1);
      expect(small.inputs[0]!.elements.filter((x) => x !== 1)).toEqual([]);
      expect(small.inputs[0]!.shape.every((n) => n <= 1)).toBe(true);
      expect(small.course).toMatchObject({ kind: 'gradients', order: 0 });
    }
    expect(found).toBe(6);
  });

  it('never gives back a graph that does not fail', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const graph = randomGraph(seed);
      const fails = async (g: RandomGraph): Promise<boolean> => g.steps.length >= 3 && (await isSound(g));
      const small = await shrink(graph, { attempts: 200, compute, fails });
      expect(await fails(small)).toBe(true);
      const count = small.inputs.length + small.steps.length;
      for (const { args } of small.steps) for (const ref of refsIn(args)) expect(ref).toBeLessThan(count);
    }
  });

  it('stops after the given number of attempts', async () => {
    let tried = 0;
    await shrink(randomGraph(1), { attempts: 7, compute, fails: async () => (tried++, false) });
    expect(tried).toBeLessThanOrEqual(7);
  });
});
