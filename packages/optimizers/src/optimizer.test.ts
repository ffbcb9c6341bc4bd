import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ArgumentError, noGrad, parameter, StateError, tensor, use, type Backend, type Parameter, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, AdamW, SGD, type OptimizerState } from './index';
import { copied, expectClose, given, numbers } from './testing/helpers';

let backend: Backend;
beforeAll(async () => {
  backend = await use(cpu());
});

const pair = (): Parameter[] => {
  const [a, b] = [parameter(tensor([1, 2])), parameter(tensor([[3, -1], [0.5, 2]]))];
  a.name = 'a';
  b.name = 'fc.b';
  return [a, b];
};
const GRADIENTS = [[0.5, -1], [1, 2, -3, 0.25]];

describe('step', () => {
  it('descends the parabola w^2 - 20 w + 25 to its minimum at 10', async () => {
    const w = parameter(tensor(0, { dtype: 'float64' }));
    const optimizer = new SGD([w], { lr: 0.01 });
    const loss = (): Tensor => w.square().sub(w.mul(20)).add(25);
    optimizer.step(backward(loss()));
    expect(await w.item()).toBeCloseTo(0.2, 12);
    for (let i = 1; i < 1000; i++) optimizer.step(backward(loss()));
    expect(await w.item()).toBeCloseTo(9.999999983, 8);
    expect(await noGrad(loss).item()).toBeCloseTo(-75, 8);
  });

  it('descends the parabola w^2 - 10 w + 25 to its minimum at 5', async () => {
    const w = parameter(tensor(0, { dtype: 'float64' }));
    const optimizer = new SGD([w], { lr: 0.01 });
    const step = (): void => optimizer.step(backward(w.square().sub(w.mul(10)).add(25)));
    step();
    expect(await w.item()).toBeCloseTo(0.1, 12);
    for (let i = 1; i < 1000; i++) step();
    expect(await w.item()).toBeCloseTo(4.999999992, 8);
  });

  it('is one plan for all parameters, all state, the count and the loss', async () => {
    const ps = pair();
    const optimizer = new Adam(ps);
    const loss = ps[0]!.square().sum().add(ps[1]!.square().sum());
    const before = backend.stats().plans;
    optimizer.step(backward(loss));
    expect(backend.stats().plans - before).toBe(1);
    expect(await loss.item()).toBe(19.25);
    expect(backend.stats().plans - before).toBe(1);
  });

  it('compiles nothing new when the learning rate changes', async () => {
    const ps = pair();
    const optimizer = new Adam(ps);
    const step = (): void => optimizer.step(given(ps, GRADIENTS));
    step();
    optimizer.lr = 0.5;
    step();
    step();
    const { compiled } = backend.stats();
    for (let i = 1; i <= 20; i++) {
      optimizer.lr = 1 / i;
      step();
      if (i % 3 === 0) step();
    }
    await ps[0]!.data();
    expect(backend.stats().compiled).toBe(compiled);
  });

  it('uses a changed learning rate at once', async () => {
    const p = parameter(tensor([1]));
    const optimizer = new SGD([p], { lr: 1 });
    optimizer.step(given([p], [[0.25]]));
    optimizer.lr = 0.5;
    optimizer.step(given([p], [[0.25]]));
    optimizer.lr = 0;
    optimizer.step(given([p], [[100]]));
    expect(await numbers(p)).toEqual([0.625]);
  });

  it('with a closure computes the loss, steps and returns the loss of before', async () => {
    const p = parameter(tensor([2]));
    const optimizer = new SGD([p], { lr: 0.25 });
    const loss = await optimizer.step(() => p.square().sum());
    expect(await loss.item()).toBe(4);
    expect(await numbers(p)).toEqual([1]);
  });

  it('leaves frozen parameters and their state bit for bit, and goes on when they thaw', async () => {
    const ps = pair();
    const optimizer = new Adam(ps, { lr: 0.1 });
    optimizer.step(given(ps, GRADIENTS));
    const frozen = { value: await numbers(ps[1]!), moment: await numbers(optimizer.stateDict()['fc.b.exp_avg'] as Tensor) };
    ps[1]!.requiresGrad = false;
    optimizer.step(given(ps, GRADIENTS));
    expect(await numbers(ps[1]!)).toEqual(frozen.value);
    const state = optimizer.stateDict();
    expect(await numbers(state['fc.b.exp_avg'] as Tensor)).toEqual(frozen.moment);
    expect([await (state['a.step'] as Tensor).item(), await (state['fc.b.step'] as Tensor).item()]).toEqual([2, 1]);
    ps[1]!.requiresGrad = true;
    optimizer.step(given(ps, GRADIENTS));
    expect(await numbers(ps[1]!)).not.toEqual(frozen.value);
  });

  it('skips parameters without a gradient', async () => {
    const ps = pair();
    const optimizer = new AdamW(ps, { lr: 0.1, weightDecay: 0.5 });
    optimizer.step(given([ps[0]!], [GRADIENTS[0]!]));
    expect(await numbers(ps[1]!)).toEqual([3, -1, 0.5, 2]);
    expect(await numbers(ps[0]!)).not.toEqual([1, 2]);
  });

  it('keeps state for a parameter that was frozen when the optimiser was made', async () => {
    const ps = pair();
    ps[1]!.requiresGrad = false;
    const optimizer = new Adam(ps);
    expect(Object.keys(optimizer.stateDict())).not.toContain('fc.b.exp_avg');
    ps[1]!.requiresGrad = true;
    optimizer.step(given(ps, GRADIENTS));
    expect(Object.keys(optimizer.stateDict())).toContain('fc.b.exp_avg');
  });

  it('refuses gradients of another model', () => {
    const [mine, other] = [parameter(tensor([1])), parameter(tensor([1]))];
    expect(() => new SGD([mine], { lr: 1 }).step(backward(other.square().sum()))).toThrow(ArgumentError);
    expect(() => new SGD([mine], { lr: 1 }).step(backward(other.square().sum()))).toThrow(/none of the 1 gradients belongs/);
  });

  it('needs no more memory after 2,000 steps of a loop that disposes of nothing', async () => {
    const w1 = parameter(tensor(Array.from({ length: 16 }, (_, i) => [Math.sin(i), Math.cos(i)])));
    const w2 = parameter(tensor([Array.from({ length: 16 }, (_, i) => Math.sin(3 * i))]));
    const optimizer = new Adam([w1, w2], { lr: 1e-3 });
    const { gc } = globalThis as { gc?: () => void };
    const used = (): number => {
      gc?.();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return gc ? heapUsed + arrayBuffers : arrayBuffers;
    };
    let [loss, start, most] = [0, 0, 0];
    for (let i = 0; i < 2000; i++) {
      const x = tensor(Array.from({ length: 32 }, (_, k) => [Math.sin(i + k), Math.cos(i * k)]));
      const out = x.matmul(w1.transpose()).tanh().matmul(w2.transpose());
      const value = out.sub(x.sum({ dim: 1, keepdim: true })).square().mean();
      optimizer.step(backward(value));
      loss = await value.item();
      if (i === 200) start = used();
      if (i > 200 && i % 100 === 0) most = Math.max(most, used());
    }
    expect(loss).toBeLessThan(0.5);
    expect(backend.stats().bytes).toBeLessThan(1 << 20);
    expect(most - start).toBeLessThan(16 * 2 ** 20);
  });
});

describe('groups', () => {
  it('have rates and options of their own', async () => {
    // PyTorch 1.13: SGD with lr 0.01 and with lr 0.1, momentum 0.9, weight decay 0.1.
    const [a, b] = [parameter(tensor([2.99, -0.637, -0.247])), parameter(tensor([-0.127, -0.673, 0.045, -0.217]))];
    const optimizer = new SGD([{ params: [a], lr: 0.01 }, { params: [b], weightDecay: 0.1, momentum: 0.9 }], { lr: 0.1 });
    const g = [[0.196, 0.052, 0.864], [0.92, -0.546, 0.355, -2.766], [0.456, -0.568, -0.519], [0.139, -0.69, 0.417, -0.912]];
    optimizer.step(given([a, b], [g[0]!, g[1]!]));
    expectClose(await numbers(a), [2.98804, -0.63752, -0.25564]);
    expectClose(await numbers(b), [-0.21773, -0.61166996, 0.00905, 0.05960001 + 0.00217]);
    optimizer.step(given([a, b], [g[2]!, g[3]!]));
    expectClose(await numbers(a), [2.98348, -0.63184005, -0.25045]);
    expectClose(await numbers(b), [-0.31110972, -0.4813563, -0.0650955, 0.4032453]);
  });

  it('show and take their rates one by one or together', () => {
    const [a, b] = pair() as [Parameter, Parameter];
    const optimizer = new Adam([{ params: [a] }, { params: [b], lr: 0.5 }], { lr: 0.25 });
    expect(optimizer.groups.map((group) => group.lr)).toEqual([0.25, 0.5]);
    optimizer.groups[1]!.lr = 0.125;
    expect(optimizer.lr).toBe(0.25);
    optimizer.lr = 1;
    expect(optimizer.groups.map((group) => group.lr)).toEqual([1, 1]);
  });
});

describe('options', () => {
  const p = (): Parameter[] => [parameter(tensor([1]))];
  it.each([
    ['a negative rate', () => new SGD(p(), { lr: -1 }), /lr: got -1/],
    ['a rate that is no number', () => new Adam(p(), { lr: NaN }), /lr: got NaN/],
    ['no parameters', () => new Adam([]), /no parameters/],
    ['something that is no list', () => new Adam(undefined as unknown as Parameter[]), /expected parameters/],
    ['a tensor that is no parameter', () => new Adam([tensor([1]) as never]), /group 0 has no params/],
    ['a plain tensor in a group', () => new Adam([{ params: [tensor([1]) as never] }]), /no Parameter/],
    ['a parameter twice', () => { const [q] = p(); return new Adam([q!, q!]); }, /given twice/],
    ['an unknown option', () => new Adam([{ params: p(), momentum: 0.9 } as never]), /unknown option momentum/],
    ['negative weight decay', () => new Adam(p(), { weightDecay: -1 }), /weightDecay is -1/],
    ['betas of 1', () => new Adam(p(), { betas: [0.9, 1] }), /betas are \[0.9,1\]/],
    ['negative momentum', () => new SGD(p(), { lr: 1, momentum: -1 }), /momentum is -1/],
    ['Nesterov without momentum', () => new SGD(p(), { lr: 1, nesterov: true }), /nesterov needs momentum/],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe('stateDict and loadStateDict', () => {
  it('are keyed by parameter names, or positions', () => {
    const [a, b] = pair() as [Parameter, Parameter];
    b.name = undefined;
    expect(Object.keys(new Adam([a, b]).stateDict())).toEqual([
      'a.exp_avg', 'a.exp_avg_sq', 'a.step', '1.exp_avg', '1.exp_avg_sq', '1.step', 'groups',
    ]);
    expect(Object.keys(new SGD([a, b], { lr: 1 }).stateDict())).toEqual(['groups']);
  });

  it('give values of now, which later steps do not change', async () => {
    const ps = pair();
    const optimizer = new SGD(ps, { lr: 0.1, momentum: 0.5 });
    optimizer.step(given(ps, GRADIENTS));
    const state = optimizer.stateDict();
    optimizer.step(given(ps, GRADIENTS));
    expect(await numbers(state['a.momentum_buffer'] as Tensor)).toEqual([0.5, -1]);
  });

  it('take a state without a parameter that was frozen then', async () => {
    const ps = pair();
    ps[1]!.requiresGrad = false;
    const optimizer = new Adam(ps);
    optimizer.step(given([ps[0]!], [GRADIENTS[0]!]));
    const state = await copied(optimizer.stateDict());
    const again = pair();
    const other = new Adam(again);
    other.step(given(again, GRADIENTS));
    other.loadStateDict(state);
    const now = other.stateDict();
    expect(await numbers(now['fc.b.exp_avg'] as Tensor)).toEqual([0, 0, 0, 0]);
    expect([await (now['a.step'] as Tensor).item(), await (now['fc.b.step'] as Tensor).item()]).toEqual([1, 0]);
  });

  it('list everything that does not fit and change nothing', async () => {
    const ps = pair();
    const optimizer = new Adam(ps);
    optimizer.step(given(ps, GRADIENTS));
    const good = optimizer.stateDict();
    const before = await numbers(good['a.exp_avg'] as Tensor);
    const bad: OptimizerState = { ...good, 'a.exp_avg': tensor([0, 0]), 'fc.b.exp_avg_sq': tensor([1]), 'c.exp_avg': tensor([1]) };
    delete bad['a.exp_avg_sq'];
    const load = (): void => {
      optimizer.loadStateDict(bad);
    };
    expect(load).toThrow(StateError);
    expect(load).toThrow(/a\.exp_avg_sq is missing; fc\.b\.exp_avg_sq is float32 \[1\], expected float32 \[2, 2\]; unexpected: c\.exp_avg/);
    expect(await numbers(optimizer.stateDict()['a.exp_avg'] as Tensor)).toEqual(before);
  });

  it('take a state from before some options existed, which stay as the optimiser was made [O28]', async () => {
    const ps = pair();
    const optimizer = new Adam([{ params: [ps[0]!] }, { params: [ps[1]!], weightDecay: 0.5 }], { lr: 0.1 });
    optimizer.step(given(ps, GRADIENTS));
    const state = await copied(optimizer.stateDict());
    const groups = state['groups'] as unknown as { options: Record<string, unknown> }[];
    for (const { options } of groups) for (const name of ['biasCorrection', 'epsInside', 'weightDecay']) delete options[name];
    const again = pair();
    again.forEach((p, i) => { p.assign(ps[i]!.detach()); });
    const other = new Adam([{ params: [again[0]!] }, { params: [again[1]!], weightDecay: 0.5 }], { betas: [0.5, 0.5] });
    other.loadStateDict(state);
    expect(other.groups.map(({ options }) => options)).toEqual(optimizer.groups.map(({ options }) => options));
    for (const [o, p] of [[optimizer, ps], [other, again]] as const) o.step(given(p, GRADIENTS));
    for (const i of [0, 1]) expect(await numbers(again[i]!)).toEqual(await numbers(ps[i]!));
  });

  it('refuse options they do not know by name, and change nothing', async () => {
    const ps = pair();
    const optimizer = new Adam(ps, { lr: 0.1 });
    const state = await copied(optimizer.stateDict());
    Object.assign((state['groups'] as unknown as [{ lr: number; options: object }])[0], { lr: 5, options: { later: 1, latest: true } });
    const load = (): void => { optimizer.loadStateDict(state); };
    expect(load).toThrow(StateError);
    expect(load).toThrow(/Adam\.loadStateDict: unknown option later, latest; expected betas/);
    expect(optimizer.lr).toBe(0.1);
  });

  it('refuse the state of another kind of optimiser and of other parameters', () => {
    const ps = pair();
    const state = new SGD(ps, { lr: 1 }).stateDict();
    expect(() => new Adam(ps).loadStateDict(state)).toThrow(/unknown option momentum, .*; expected betas, .*another kind of optimiser/);
    const renamed = pair();
    renamed[0]!.name = 'z';
    expect(() => new SGD(renamed, { lr: 1 }).loadStateDict(state)).toThrow(/missing z; unexpected a/);
    const two = new SGD([{ params: ps }, { params: renamed }], { lr: 1 });
    expect(() => { two.loadStateDict(state); }).toThrow(/1 parameter groups, this optimiser 2/);
    expect(() => new SGD(ps, { lr: 1 }).loadStateDict({})).toThrow(/'groups' is missing/);
  });
});
