import { cpu } from '@cotangent/backend-cpu';
import { expect, it } from 'vitest';
import { ones, parameter, relu, setPlanner, tensor, use, type Backend, type Plan, type Tensor } from '../index';

/** A cpu backend that notes the plans it is given. */
function noting(): { backend: Backend; plans: Set<Plan> } {
  const backend = cpu();
  const plans = new Set<Plan>();
  const run = backend.run.bind(backend);
  backend.run = (plan, inputs) => {
    plans.add(plan);
    return run(plan, inputs);
  };
  return { backend, plans };
}

async function plansOf(...makers: (() => Tensor)[]): Promise<number> {
  const { backend, plans } = noting();
  await use(backend);
  for (const make of makers) await make().data();
  for (const make of makers) await make().data(); // the second time everything is known
  return plans.size;
}

const x = (): Tensor => tensor([1, 2, 3, 4]);

it('graphs of the same structure share a plan, whatever their data', async () => {
  expect(await plansOf(() => relu(tensor([1, 2])), () => relu(tensor([-1, 5])))).toBe(1);
});

it.each([
  ['literals', () => x().mul(0.1), () => x().mul(0.2)],
  ['the sign of a zero literal', () => x().mul(0), () => x().mul(-0)],
  ['shapes', () => ones([2, 3]).exp(), () => ones([3, 2]).exp()],
  ['dtypes', () => x().add(1), () => x().cast('int32').add(1)],
  ['attributes', () => x().reshape(2, 2).sum({ dim: 0 }), () => x().reshape(2, 2).sum({ dim: 1 })],
  ['the order of operands', () => x().sub(x().exp()), () => x().exp().sub(x())],
  ['ops', () => x().exp(), () => x().sqrt()],
] as [string, () => Tensor, () => Tensor][])('graphs that differ in %s have plans of their own', async (_, a, b) => {
  expect(await plansOf(a, b)).toBe(2);
});

it('a tensor used again and again finds the plan of its first step, though the weights are newer by then', async () => {
  const { backend, plans } = noting();
  await use(backend);
  const weight = parameter(tensor([1, 2]));
  const data = tensor([3, 4]);
  const step = (): void => weight.assign(weight.sub(weight.mul(data).mul(0.1)));
  step();
  step();
  step();
  expect(plans.size).toBe(1);
});

it('settings that are given back find the plans made with them', async () => {
  const { backend, plans } = noting();
  await use(backend);
  const run = (): Promise<unknown> => x().mul(2).add(1).data();
  await run();
  const before = setPlanner({ maps: false });
  await run();
  setPlanner(before);
  await run();
  expect(plans.size).toBe(2);
});
