import { cpu } from '@cotangent/backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add, arange, ArgumentError, compile, DTypeError, Generator, keep, matmul, mul, noGrad, ones, parameter, rand, scan, ShapeError, sin,
  StaleValueError, tanh, tensor, use, variable, zeros, type Kernel, type Plan, type Tensor,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const numbers = (): Tensor => tensor([[1, 10], [2, 20], [3, 30]]);

/** The plans that `run` makes the backend run. */
async function plansOf(run: () => Promise<unknown>): Promise<Plan[]> {
  const backend = await use(cpu());
  const plans: Plan[] = [];
  const before = backend.run.bind(backend);
  backend.run = (plan, inputs) => {
    plans.push(plan);
    return before(plan, inputs);
  };
  await run();
  return plans;
}

describe('scan', () => {
  it('carries a value through the steps and stacks what they give', async () => {
    const { carry, ys, carries } = scan((total, x) => [add(total, x), mul(total, x)], { init: tensor([0, 1]), xs: numbers() });
    expect(await carry.array()).toEqual([6, 61]);
    expect(await ys.array()).toEqual([[0, 10], [2, 220], [9, 930]]);
    expect(await carries.array()).toEqual([[1, 11], [3, 31], [6, 61]]);
  });

  it('in reverse begins with the last slice; stacks keep the order of the slices', async () => {
    const { carry, ys, carries } = scan((total, x) => [add(total, x), total], { init: tensor([0, 1]), xs: numbers(), reverse: true });
    expect(await carry.array()).toEqual([6, 61]);
    expect(await ys.array()).toEqual([[5, 51], [3, 31], [0, 1]]);
    expect(await carries.array()).toEqual([[6, 61], [5, 51], [3, 31]]);
  });

  it('takes and gives nested arrays and objects, of any dtype', async () => {
    const init = { sum: tensor([0, 0]), parts: [tensor(0, { dtype: 'int32' }), tensor([true])] } as const;
    const { carry, ys } = scan(
      ({ sum, parts: [count, flag] }, { x, n }) => [
        { sum: sum.add(x), parts: [count.add(n), flag.eq(n.eq(2))] },
        { both: [x.mul(2), count] },
      ],
      { init, xs: { x: numbers(), n: arange(3) } },
    );
    expect(await carry.sum.array()).toEqual([6, 60]);
    expect(await carry.parts[0].item()).toBe(3);
    expect(await carry.parts[1].array()).toEqual([1]);
    expect(await ys.both[0].array()).toEqual([[2, 20], [4, 40], [6, 60]]);
    expect(await ys.both[1].array()).toEqual([0, 0, 1]);
  });

  it('works without slices, without a carry, and without results', async () => {
    expect(await scan((x) => [x.mul(2)], { init: tensor(1), length: 10 }).carry.item()).toBe(1024);
    expect(await scan(() => [[], ones([2])], { init: [], length: 3 }).ys.array()).toEqual([[1, 1], [1, 1], [1, 1]]);
    expect(await scan((none, x) => [none, x.add(1)], { init: [], xs: numbers() }).ys.array()).toEqual([[2, 11], [3, 21], [4, 31]]);
    expect(scan((x) => [x], { init: tensor(1), length: 2 }).ys).toBeUndefined();
  });

  it('of no steps gives the start and empty stacks', async () => {
    const { carry, ys, carries } = scan((h, x) => [h.add(x), x.sum()], { init: tensor([1, 2]), xs: zeros([0, 2]) });
    expect(await carry.array()).toEqual([1, 2]);
    expect([ys.shape, carries.shape, (await ys.data()).length]).toEqual([[0], [0, 2], 0]);
  });

  it('gives equal parts of the carry, constants and slices as results', async () => {
    const w = tensor([5, 6]);
    const { ys, carry } = scan(
      ({ a, b }, x) => {
        const next = a.add(x);
        return [{ a: next, b: next }, [next, b, x, w, tensor(7), w.mul(2), next.reshape(2, 1), next]];
      },
      { init: { a: tensor([0, 0]), b: tensor([9, 9]) }, xs: numbers() },
    );
    expect(await Promise.all(ys.map((y) => y.array()))).toEqual([
      [[1, 10], [3, 30], [6, 60]],
      [[9, 9], [1, 10], [3, 30]],
      await numbers().array(),
      [[5, 6], [5, 6], [5, 6]],
      [7, 7, 7],
      [[10, 12], [10, 12], [10, 12]],
      [[[1], [10]], [[3], [30]], [[6], [60]]],
      [[1, 10], [3, 30], [6, 60]],
    ]);
    expect(await carry.a.array()).toEqual(await carry.b.array());
  });

  it('starts from parameters and uses those it captures', async () => {
    const [h, w] = [parameter(ones([2])), parameter(tensor([[1, 2], [3, 4]]))];
    const { carry } = scan((state, x) => [matmul(state, w).add(x)], { init: h, xs: numbers() });
    expect(await carry.array()).toEqual([340, 516]);
    expect(carry.requiresGrad).toBe(true);
    expect(noGrad(() => scan((state, x) => [matmul(state, w).add(x)], { init: h, xs: numbers() }).carry).requiresGrad).toBe(false);
  });

  it('makes a random draw once, for all steps', async () => {
    const { ys } = scan((c) => [c, rand([3])], { init: tensor(0), length: 2 });
    const [first, second] = (await ys.array()) as number[][];
    expect(second).toEqual(first);
    const generator = new Generator(5);
    expect(await scan((c) => [c, rand([3], { generator })], { init: tensor(0), length: 1 }).ys.array()).toEqual([
      await rand([3], { generator: new Generator(5) }).array(),
    ]);
  });

  it('lets values be read that do not depend on the step', async () => {
    const scale = tensor([2, 3]).sum();
    const { carry } = scan((c, x) => [c.add(x.mul(scale.itemSync()))], { init: zeros([2]), xs: numbers() });
    expect(await carry.array()).toEqual([30, 300]);
  });
});

describe('the plan of a loop', () => {
  const run = (steps: number, factor: number, w: Tensor): Promise<unknown> =>
    scan((h, x) => [tanh(matmul(h, w).add(x)), h.mul(factor)], { init: zeros([2, 3]), xs: ones([steps, 2, 3]) }).ys.data();
  const kernelsOf = (plan: Plan): Kernel[] => plan.kernels.flatMap((k) => (k.kind === 'repeat' ? [k, ...k.kernels] : [k]));

  it('is found again for a body that is recorded anew', async () => {
    const w = tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    const plans = await plansOf(async () => {
      for (const [steps, factor] of [[3, 2], [3, 2], [3, 4], [5, 2]] as const) await run(steps, factor, w);
    });
    expect(new Set(plans).size).toBe(3);
    expect(plans[1]).toBe(plans[0]);
  });

  it('has as many kernels for 100 steps as for 3', async () => {
    const w = ones([3, 3]);
    const plans = await plansOf(async () => {
      await run(3, 2, w);
      await run(100, 2, w);
    });
    const [few, many] = plans.map(kernelsOf) as [Kernel[], Kernel[]];
    expect(many.map((k) => k.kind)).toEqual(few.map((k) => k.kind));
    expect(few.filter((k) => k.kind === 'repeat').map((k) => k.trips)).toEqual([1, 3]);
  });

  it('reads slices and states where they lie', async () => {
    const plans = await plansOf(async () => {
      const init = tensor([1, 2]);
      const { carries } = scan((h, x) => [sin(h).add(x)], { init, xs: numbers() });
      await scan((h, x) => [sin(h).mul(x)], { init, xs: carries, reverse: true }).carry.data();
    });
    // Two starts, two loops of one kernel each, and the cut of the last state that is read.
    expect(plans[0]!.kernels.map((k) => (k.kind === 'repeat' ? k.kernels.length : k.kind))).toEqual([1, 1, 1, 1, 'map']);
  });

  it('is recorded once by compile', async () => {
    const w = parameter(tensor([[0.5, 0], [0, 0.25]]));
    let recorded = 0;
    const last = compile((xs: Tensor) => {
      recorded++;
      return scan((h, x) => [matmul(h, w).add(x)], { init: zeros([1, 2]), xs }).carry;
    });
    expect(await last(ones([2, 1, 2])).array()).toEqual([[1.5, 1.25]]);
    const before = recorded;
    expect(await last(ones([2, 1, 2]).mul(2)).array()).toEqual([[3, 2.5]]);
    expect(await last(ones([2, 1, 2]).mul(4)).array()).toEqual([[6, 5]]);
    expect(recorded - before).toBeLessThanOrEqual(1);
  });
});

describe('scan refuses', () => {
  const init = zeros([2]);
  const xs = numbers();

  it('a carry that changes', () => {
    const message = 'scan: tensor 0 of the carry has shape [2] before the body and [1, 2] after it; they must be equal.';
    expect(() => scan((h) => [h.unsqueeze(0)], { init, xs })).toThrow(new ShapeError(message));
    expect(() => scan((h) => [h.cast('int32')], { init, xs })).toThrow(DTypeError);
    const twice = (): unknown => scan((h) => [[h, h]] as never, { init, xs });
    expect(twice).toThrow(/returned a carry \["tensor","tensor"\]; expected the structure of init, "tensor"/);
  });

  it('bodies that return something else', () => {
    expect(() => scan((h) => h as never, { init, xs })).toThrow(/must return an array/);
    expect(() => scan((h) => [h, 3] as never, { init, xs })).toThrow(ArgumentError);
    expect(() => scan((() => Promise.resolve([init])) as never, { init, xs })).toThrow(ArgumentError);
  });

  it('slices of different lengths, scalars, and a missing length', () => {
    expect(() => scan((h) => [h], { init, xs: [xs, zeros([4])] })).toThrow(/has 4 slices; expected 3/);
    expect(() => scan((h) => [h], { init, xs, length: 2 })).toThrow(ShapeError);
    expect(() => scan((h) => [h], { init, xs: tensor(1) })).toThrow(/is a scalar/);
    expect(() => scan((h) => [h], { init })).toThrow(/neither xs nor a length/);
    expect(() => scan((h) => [h], { init, length: 1.5 })).toThrow(/length is 1\.5/);
    expect(() => scan((h) => [h], { init: zeros([1, 1, 1, 1, 1, 1, 1, 1]), length: 2 })).toThrow(/at most 7 axes/);
  });

  it('reading values of a step, inside and later', () => {
    let leaked: Tensor | undefined;
    scan((h) => [(leaked = h.add(1))], { init, xs });
    expect(() => leaked!.dataSync()).toThrow(StaleValueError);
    expect(() => leaked!.add(1).dataSync()).toThrow(/the body of scan/);
    expect(() => scan((h) => [h.mul(h.index(0).itemSync())], { init, xs })).toThrow(StaleValueError);
  });

  it('replacing variables in the body, and leaves them as they were', async () => {
    const count = variable(tensor(3));
    const body = (h: Tensor): [Tensor] => {
      count.update(count.add(1));
      return [h];
    };
    expect(() => scan(body, { init, xs })).toThrow(/replaces the value of a variable/);
    expect(await count.item()).toBe(3);
    count.update(count.add(10));
    expect(() => scan(body, { init, xs })).toThrow(ArgumentError);
    expect(await count.item()).toBe(13);
  });

  it('nothing for values that the body wants kept: they are only known in the loop', async () => {
    const { carry } = scan((h, x) => [keep(h.add(x))], { init, xs });
    expect(await carry.array()).toEqual([6, 60]);
  });
});
