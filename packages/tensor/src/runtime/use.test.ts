import { cpu } from '@cotangent/backend-cpu';
import { expect, it } from 'vitest';
import { dryRun, keep, parameter, rand, tensor, use, variable } from '../index';

it('values to be kept are computed on their backend before another takes over', async () => {
  const first = await use(cpu());
  const w = parameter(tensor([1, 2]));
  await w.data();
  const kept = keep(w.mul(10));
  const runs = first.stats().plans;
  const second = await use(cpu());
  expect(first.stats().plans).toBe(runs + 1);
  expect(await tensor([1]).add(1).array()).toEqual([2]); // nothing of the first backend gets in the way of the second
  expect(second.stats().plans).toBe(1);
  expect(await kept.array()).toEqual([10, 20]);
});

it('a dry run records shapes, computes nothing and changes no variable', async () => {
  const backend = await use(cpu());
  const counter = variable(tensor([1]));
  const w = parameter(rand([2, 3]));
  const before = { node: counter.node, runs: backend.stats().plans };
  const shape = dryRun(() => {
    counter.update(counter.add(1));
    return w.sum({ dim: 0 }).shape;
  });
  expect(shape).toEqual([3]);
  expect(counter.node).toBe(before.node);
  expect(backend.stats().plans).toBe(before.runs);
  expect(await counter.array()).toEqual([1]);
});
