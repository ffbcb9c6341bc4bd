import { cpu } from '@cotangent/backend-cpu';
import { parameter, tensor, use, type DType, type Parameter, type Tensor } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { LBFGS } from './index';
import { copied, numbers } from './testing/helpers';

const rosenbrock = (x: Parameter) => (): Tensor => {
  const [a, b] = [x.index(0), x.index(1)];
  return a.sub(1).square().add(b.sub(a.square()).square().mul(100));
};
const start = (dtype: DType = 'float64'): Parameter => parameter(tensor([Math.fround(-1.2), 1], { dtype }));

describe('LBFGS', () => {
  it('finds the minimum of Rosenbrock\'s valley with the strong Wolfe conditions, as PyTorch 1.13 [O23]', async () => {
    await use(cpu());
    const x = start();
    const optimizer = new LBFGS([x], { maxIter: 4, historySize: 10, lineSearchFn: 'strong_wolfe' });
    // The points after each four iterations.
    for (const point of [[-1.0288795417769347, 1.0655029659385047], [-0.9431278153026561, 0.8529663008762896]]) {
      await optimizer.step(rosenbrock(x));
      const got = await numbers(x);
      got.forEach((value, i) => { expect(value).toBeCloseTo(point[i]!, 9); });
    }
    for (let i = 0; i < 10; i++) await optimizer.step(rosenbrock(x));
    for (const value of await numbers(x)) expect(value).toBeCloseTo(1, 5);
  });

  it('goes fixed steps without a line search, as PyTorch 1.13', async () => {
    await use(cpu());
    const x = start();
    const optimizer = new LBFGS([x], { lr: 0.001, maxIter: 4, historySize: 10 });
    await optimizer.step(rosenbrock(x));
    await optimizer.step(rosenbrock(x));
    const got = await numbers(x);
    [-1.1983398872080488, 1.0008346007862146].forEach((value, i) => { expect(got[i]).toBeCloseTo(value, 9); });
    expect(optimizer.counts).toEqual({ iterations: 8, evaluations: 8 });
  });

  it('arrives in float32 too, several parameters being one vector [O23]', async () => {
    await use(cpu());
    const [a, b] = [parameter(tensor([-1.2])), parameter(tensor([[1]]))];
    const optimizer = new LBFGS([a, b], { lineSearchFn: 'strong_wolfe', maxIter: 60 });
    await optimizer.step(() => a.sub(1).square().sum().add(b.sub(a.square()).square().mul(100).sum()));
    for (const p of [a, b]) expect((await numbers(p))[0]).toBeCloseTo(1, 3);
  });

  it('takes two plans for an evaluation and two for a direction, and stops where the gradient is flat [O23]', async () => {
    const backend = await use(cpu());
    const x = start();
    const optimizer = new LBFGS([x], { lineSearchFn: 'strong_wolfe', maxIter: 10 });
    await optimizer.step(rosenbrock(x));
    const plans = backend.stats().plans;
    const before = optimizer.counts;
    await optimizer.step(rosenbrock(x));
    const { iterations, evaluations } = optimizer.counts;
    const made = backend.stats().plans - plans;
    expect(made).toBeLessThanOrEqual(2 * (evaluations - before.evaluations) + 4 * (iterations - before.iterations));
    const flat = parameter(tensor([1, 1], { dtype: 'float64' }));
    const done = new LBFGS([flat]);
    expect(await (await done.step(rosenbrock(flat))).item()).toBe(0);
    expect(done.counts).toEqual({ iterations: 0, evaluations: 1 });
  });

  it('goes on exactly from its saved state [O28]', async () => {
    await use(cpu());
    const [x, y] = [start(), start()];
    const make = (p: Parameter): LBFGS => new LBFGS([p], { lineSearchFn: 'strong_wolfe', maxIter: 3, historySize: 4 });
    const [a, b] = [make(x), make(y)];
    for (let i = 0; i < 3; i++) await a.step(rosenbrock(x));
    y.assign(x.detach());
    b.loadStateDict(await copied(a.stateDict()));
    for (let i = 0; i < 3; i++) {
      await a.step(rosenbrock(x));
      await b.step(rosenbrock(y));
    }
    expect(await numbers(y)).toEqual(await numbers(x));
    expect(b.counts).toEqual(a.counts);
    expect(() => { make(parameter(tensor([1, 2, 3]))).loadStateDict(a.stateDict()); }).toThrow(/missing or does not fit/);
    expect(() => { a.loadStateDict({}); }).toThrow(/'groups' is missing/);
    const state = await copied(a.stateDict());
    const [group] = state['groups'] as unknown as [{ options: Record<string, unknown> }];
    delete group.options['historySize'];
    b.loadStateDict(state);
    expect(b.groups[0].options).toEqual(a.groups[0].options);
    group.options['damping'] = 0.5;
    expect(() => { b.loadStateDict(state); }).toThrow(/LBFGS\.loadStateDict: unknown option damping; expected maxIter/);
  });

  it('keeps frozen parameters where they are', async () => {
    await use(cpu());
    const [a, b] = [parameter(tensor([3])), parameter(tensor([5]))];
    b.requiresGrad = false;
    await new LBFGS([a, b], { lineSearchFn: 'strong_wolfe' }).step(() => a.sub(b).square().sum());
    expect([(await numbers(a))[0], (await numbers(b))[0]]).toEqual([5, 5]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['groups', () => new LBFGS([{ params: [start()] }, { params: [start()] }] as never), /without groups/],
    ['no iterations', () => new LBFGS([start()], { maxIter: 0 }), /maxIter is 0/],
    ['another line search', () => new LBFGS([start()], { lineSearchFn: 'armijo' as never }), /lineSearchFn is "armijo"/],
    ['several dtypes', () => new LBFGS([start(), start('float32')]), /several dtypes/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('needs a closure', async () => {
    await expect(new LBFGS([start()]).step({} as never)).rejects.toThrow(/expected a function/);
  });
});
