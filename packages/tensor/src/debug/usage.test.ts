import { cpu } from '@cotangent/backend-cpu';
import { beforeEach, expect, it } from 'vitest';
import { keep, memory, parameter, tensor, use } from '../index';

beforeEach(async () => {
  await use(cpu());
});

it('counts what is recorded and not computed', () => {
  tensor([0]).add(1).dataSync();
  const y = keep(tensor(new Float32Array(100)).add(1));
  expect(memory()).toMatchObject({ pending: { nodes: 1, bytes: 400 }, kept: { values: 1, bytes: 400 } });
  y.dataSync();
  expect(memory()).toMatchObject({ pending: { nodes: 0, bytes: 0 }, kept: { values: 0, bytes: 0 } });
});

it('is the same at every step of a loop', () => {
  const w = parameter(tensor(new Float32Array(64)));
  const seen: string[] = [];
  for (let i = 0; i < 20; i++) {
    const loss = keep(w.sub(1).square().sum());
    w.assign(w.mul(0.9).add(0.1));
    loss.itemSync();
    seen.push(JSON.stringify(memory()));
  }
  expect(new Set(seen.slice(2)).size).toBe(1);
});

it('counts the plans and the memory of the backend', () => {
  const before = memory();
  expect(before.plans).toBe(0);
  tensor([1, 2]).exp().log().dataSync();
  tensor([1, 2]).sqrt().dataSync();
  const { plans, backend } = memory();
  expect(plans).toBe(2);
  expect(backend).toMatchObject({ name: 'cpu' });
  expect(backend!.compiled).toBeGreaterThan(0);
});

it('prints as a line', () => {
  tensor([0]).add(1).dataSync();
  expect(String(memory())).toMatch(/^1 plan; pending 0 ops, 0 B; kept 0 values, 0 B; cpu \d+ B, 1 compiled kernel$/);
});
