import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import {
  ArgumentError, compile, Generator, parameter, StateError, tensor, use, type Backend, type Parameter, type Tensor,
} from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, EMA, GradientNoise, LAMB, Lookahead, SAM, SGD, SWA, type Optimizer } from './index';
import { copied, expectClose, given, numbers } from './testing/helpers';

let backend: Backend;
beforeAll(async () => {
  backend = await use(cpu());
});

const plansOf = async (work: () => unknown): Promise<number> => {
  const before = backend.stats().plans;
  await work();
  return backend.stats().plans - before;
};
const weights = (...values: number[]): Parameter => parameter(tensor(values));

describe('EMA', () => {
  it('is decay times the average and the rest of the weights, from the first weights on [O26]', async () => {
    const w = weights(1, 2);
    const ema = new EMA([w], { decay: 0.75 });
    const seen: number[][] = [];
    for (const value of [[5, 2], [1, -2]]) {
      w.assign(tensor(value));
      ema.update();
      seen.push(await numbers(ema.get(w)!));
    }
    expect(seen).toEqual([[2, 2], [1.75, 1]]);
    expect(ema.get(weights(1))).toBeUndefined();
  });

  it('begins with less decay on request', async () => {
    const w = weights(0);
    const ema = new EMA([w], { decay: 0.2, warmup: true });
    w.assign(tensor([1]));
    ema.update(); // 1 / 10 stays
    expectClose(await numbers(ema.get(w)!), [0.9]);
    ema.update(); // 2 / 11 stays
    expectClose(await numbers(ema.get(w)!), [1 - (0.1 * 2) / 11]);
    ema.update(); // 0.2 stays, not 3 / 12
    expectClose(await numbers(ema.get(w)!), [1 - (0.1 * 2 * 0.2) / 11]);
  });

  it('is computed together with the next step, in no plan of its own', async () => {
    const w = weights(1, 2);
    const optimizer = new SGD([w], { lr: 0.5 });
    const ema = new EMA([w], { decay: 0.5 });
    const step = (): void => {
      optimizer.step(given([w], [[1, 1]]));
      ema.update();
    };
    expect(await plansOf(() => { for (let i = 0; i < 10; i++) step(); })).toBe(10);
    const same = weights(1, 2);
    const byHand = [1, 2];
    const other = new SGD([same], { lr: 0.5 });
    for (let i = 0; i < 10; i++) {
      other.step(given([same], [[1, 1]]));
      (await numbers(same)).forEach((value, k) => { byHand[k] = (byHand[k]! + value) / 2; });
    }
    expectClose(await numbers(ema.get(w)!), byHand);
  });

  it('lends its weights to the model for a while', async () => {
    const w = weights(1);
    const ema = new EMA([w], { decay: 0.5 });
    w.assign(tensor([3]));
    ema.update();
    expect(await ema.during(async () => (await numbers(w))[0])).toBe(2);
    expect(await numbers(w)).toEqual([3]);
    await expect(ema.during(() => { throw new Error('stop'); })).rejects.toThrow('stop');
    expect(await numbers(w)).toEqual([3]);
    ema.copyTo();
    expect(await numbers(w)).toEqual([2]);
  });

  it('works inside compile', async () => {
    const w = weights(1);
    const optimizer = new SGD([w], { lr: 0.25 });
    const ema = new EMA([w], { decay: 0.5 });
    const step = compile((x: Tensor) => {
      const loss = w.mul(x).sum();
      optimizer.step(backward(loss));
      ema.update();
      return loss;
    });
    for (let i = 0; i < 3; i++) await step(tensor([1])).item();
    expect([await numbers(w), await numbers(ema.get(w)!)]).toEqual([[0.25], [0.46875]]);
  });

  it('goes on from its saved state [O28]', async () => {
    const [w, v] = [weights(1), weights(1)];
    const [a, b] = [new EMA([w], { warmup: true }), new EMA([v], { warmup: true })];
    w.assign(tensor([2]));
    v.assign(tensor([2]));
    a.update();
    const state = a.stateDict();
    a.update();
    b.loadStateDict(state);
    b.update();
    expect(await numbers(b.get(v)!)).toEqual(await numbers(a.get(w)!));
    expect(() => { b.loadStateDict({}); }).toThrow(StateError);
    expect(() => new EMA([])).toThrow(ArgumentError);
    expect(() => new EMA([w], { decay: 2 })).toThrow(/decay is 2/);
  });
});

describe('SWA', () => {
  it('is the exact mean of the weights at its updates [O26]', async () => {
    const w = weights(0.1);
    const swa = new SWA([w]);
    for (const value of [1, 2, 6, 3]) {
      w.assign(tensor([value]));
      swa.update();
    }
    expect(await numbers(swa.get(w)!)).toEqual([3]);
  });
});

describe('Lookahead', () => {
  it('moves slow weights by alpha after every k steps and goes on from there [O26]', async () => {
    const w = weights(0);
    const optimizer = new Lookahead(new SGD([w], { lr: 1 }), { k: 3, alpha: 0.5 });
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) {
      optimizer.step(given([w], [[-1]]));
      seen.push((await numbers(w))[0]!);
    }
    expect(seen).toEqual([1, 2, 1.5, 2.5, 3.5, 3]);
  });

  it('is one kernel with the step of the optimiser', async () => {
    const ps = Array.from({ length: 30 }, (_, i) => weights(...Array.from({ length: i + 2 }, (__, k) => k)));
    const optimizer = new Lookahead(new Adam(ps));
    const gradients = given(ps, ps.map((p) => new Array<number>(p.size).fill(1)));
    for (let i = 0; i < 3; i++) optimizer.step(gradients);
    const before = backend.stats();
    optimizer.step(gradients);
    const { plans, kernels } = backend.stats();
    expect([plans - before.plans, kernels - before.kernels]).toEqual([1, 1]);
  });

  it('goes on bit for bit from its saved state, compiled or not [O28]', async () => {
    const make = (): { w: Parameter; optimizer: Lookahead } => {
      const w = weights(1, -1);
      return { w, optimizer: new Lookahead(new Adam([w], { lr: 0.1 }), { k: 2 }) };
    };
    const [a, b] = [make(), make()];
    const plain = async (loss: Tensor): Promise<void> => {
      a.optimizer.step(backward(loss));
      await a.w.data();
    };
    for (let i = 0; i < 3; i++) await plain(a.w.square().sum());
    b.w.assign(a.w.detach());
    b.optimizer.loadStateDict(await copied(a.optimizer.stateDict()));
    const step = compile(() => {
      const loss = b.w.square().sum();
      b.optimizer.step(backward(loss));
      return loss;
    });
    for (let i = 0; i < 3; i++) {
      await plain(a.w.square().sum());
      await step().item();
    }
    expect(await numbers(b.w)).toEqual(await numbers(a.w));
    expect(() => { b.optimizer.loadStateDict({}); }).toThrow(StateError);
  });

  it('takes closures and has the rates of the optimiser', async () => {
    const w = weights(2);
    const optimizer = new Lookahead(new SGD([w], { lr: 1 }), { k: 5 });
    optimizer.lr = 0.25;
    const loss = await optimizer.step(() => w.square().sum());
    expect([await loss.item(), await numbers(w), optimizer.groups[0]!.lr]).toEqual([4, [1], 0.25]);
    expect(() => new Lookahead(optimizer.optimizer, { k: 0 })).toThrow(/k is 0/);
  });
});

describe('SAM', () => {
  it('steps from where it is with the gradient from rho uphill [O26]', async () => {
    const w = weights(3, 4);
    const optimizer = new SAM(new SGD([w], { lr: 0.1 }), { rho: 0.5 });
    const loss = await optimizer.step(() => w.square().sum().mul(0.5));
    expect(await loss.item()).toBe(12.5);
    expectClose(await numbers(w), [3 - 0.1 * 3.3, 4 - 0.1 * 4.4]);
  });

  it('measures in the size of each weight on request', async () => {
    const w = weights(1, 2);
    const optimizer = new SAM(new SGD([w], { lr: 0.1 }), { rho: 0.5, adaptive: true });
    await optimizer.step(() => w.sum());
    expectClose(await numbers(w), [0.9, 1.9]);
    await optimizer.step(() => w.square().sum().mul(0.5));
    const scale = 0.5 / Math.hypot(0.9 ** 2, 1.9 ** 2);
    expectClose(await numbers(w), [0.9, 1.9].map((x) => x - 0.1 * (x + scale * x * x * x)));
  });

  it('is two plans, whatever the optimiser [O26]', async () => {
    const ps = [weights(1, 2), weights(3)];
    const bases: Optimizer[] = [new SGD(ps, { lr: 0.1, momentum: 0.9 }), new Adam(ps), new LAMB(ps)];
    for (const base of bases) {
      const optimizer = new SAM(base);
      const step = (): Promise<Tensor> => optimizer.step(() => ps[0]!.square().sum().add(ps[1]!.exp().sum()));
      await step();
      expect(await plansOf(step)).toBe(2);
    }
  });

  it('gives the same steps compiled, and from a saved state [O28]', async () => {
    const make = (): { w: Parameter; optimizer: SAM } => {
      const w = weights(1, -2);
      return { w, optimizer: new SAM(new Adam([w], { lr: 0.1 }), { rho: 0.1 }) };
    };
    const [a, b] = [make(), make()];
    const loss = (w: Parameter) => (): Tensor => w.square().mul(tensor([1, 3])).sum();
    for (let i = 0; i < 2; i++) await a.optimizer.step(loss(a.w));
    b.w.assign(a.w.detach());
    b.optimizer.loadStateDict(await copied(a.optimizer.stateDict()));
    const step = compile(() => {
      void b.optimizer.step(loss(b.w));
      return b.w.sum();
    });
    for (let i = 0; i < 3; i++) {
      await a.optimizer.step(loss(a.w));
      await step().item();
    }
    expectClose(await numbers(b.w), await numbers(a.w));
  });

  it('needs a closure', () => {
    const w = weights(1);
    const optimizer = new SAM(new SGD([w], { lr: 0.1 }));
    expect(() => optimizer.step(given([w], [[1]]) as never)).toThrow(ArgumentError);
    expect(() => new SAM(new SGD([w], { lr: 0.1 }), { rho: 0 })).toThrow(/rho is 0/);
  });
});

describe('GradientNoise', () => {
  it('is seeded, normal, and its variance falls as eta / (1 + t)^gamma [O17]', async () => {
    const w = parameter(tensor(new Float32Array(20_000)));
    const [a, b] = [new Generator(7), new Generator(7)].map((generator) => new GradientNoise({ eta: 0.25, gamma: 1, generator }));
    const noise = async (source: GradientNoise): Promise<number[]> => {
      return numbers(source.apply(given([w], [[...new Float32Array(20_000)]])).get(w) as Tensor);
    };
    for (const variance of [0.25, 0.125, 0.25 / 3]) {
      const values = await noise(a!);
      expect(await noise(b!)).toEqual(values);
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(0.02);
      expect(values.reduce((sum, x) => sum + x * x, 0) / values.length / variance).toBeCloseTo(1, 1);
    }
    const later = new GradientNoise({ eta: 0.25, gamma: 1, generator: new Generator(7) });
    later.loadStateDict(a!.stateDict());
    expect((await noise(later)).reduce((sum, x) => sum + x * x, 0) / 20_000 / (0.25 / 4)).toBeCloseTo(1, 1);
  });
});
