/** What a compiled function depends on, and how plans and kernels are shared. The list of all such traps is docs/traps.md. */
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { backward } from '@cotangent/autodiff';
import { BatchNorm1d, crossEntropy, Dropout, Linear, LSTM, Module, ReLU, Sequential } from '@cotangent/layers';
import { Adam, SGD } from '@cotangent/optimizers';
import {
  arange, compile, currentBackend, explain, Generator, indexPut, isTensor, manualSeed, memory, noGrad, ones, parameter,
  rand, randn, softmax, tensor, use, where, zeros, type Backend, type Plan, type Tensor,
} from '@cotangent/tensor';
import { BACKENDS, noise, plansOf } from '../testing/backends';

/** A compiled function that counts how often it is recorded; development mode's own recordings only where asked for. */
function counted<A extends unknown[], R>(
  fn: (...args: A) => R,
  check: number | false = false,
): { call: (...args: A) => R; recordings: () => number } {
  let recordings = 0;
  const call = compile(
    (...args: A) => {
      recordings++;
      return fn(...args);
    },
    { check },
  );
  return { call, recordings: () => recordings };
}

const matrix = (rows: number, columns: number): Tensor => tensor(noise(rows * columns), { shape: [rows, columns] });
const classes = (rows: number): Tensor => tensor(Int32Array.from({ length: rows }, (_, i) => i % 3));
const mlp = (): Sequential => new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));

class Noisy extends Module {
  first = new Linear(4, 8);
  norm = new BatchNorm1d(8);
  drop = new Dropout(0.5);
  last = new Linear(8, 3);
  forward(x: Tensor): Tensor {
    return this.last.forward(this.drop.forward(this.norm.forward(this.first.forward(x))));
  }
}

/** All numbers of a module and an optimiser. */
async function everything(...parts: { stateDict(): Record<string, unknown> }[]): Promise<number[]> {
  const tensors = parts.flatMap((part) => Object.values(part.stateDict())).filter((value) => isTensor(value));
  return (await Promise.all(tensors.map((t) => t.data()))).flatMap((data) => [...data]);
}

describe.each(BACKENDS)('compile on %s', (_, make) => {
  beforeEach(async () => {
    await use(make());
    manualSeed(1);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('arguments and results may be nested objects', async () => {
    const { call, recordings } = counted(({ a, list }: { a: Tensor; list: readonly { b: Tensor }[] }, options: { scale: number }) => ({
      sum: list.reduce((total, { b }) => total.add(b), a),
      parts: { scaled: [a.mul(options.scale)], a },
      text: 'as it was',
    }));
    for (const n of [1, 2]) {
      const a = tensor([n]);
      const { sum, parts, text } = call({ a, list: [{ b: tensor([10]) }, { b: tensor([100]) }] }, { scale: 3 });
      expect([await sum.item(), await parts.scaled[0]!.item(), text]).toEqual([n + 110, 3 * n, 'as it was']);
      expect(parts.a).toBe(a);
    }
    expect(recordings()).toBe(1);
  });

  describe('what a recording captures follows what happens outside:', () => {
    /** A step compiled and the same step plain, with `between` in the middle of training. */
    async function compare(between: (model: Noisy, optimizer: Adam) => void | Promise<void>): Promise<void> {
      const results: number[][] = [];
      for (const wrap of [compile, <F>(fn: F): F => fn] as (typeof compile)[]) {
        manualSeed(5);
        const model = new Noisy();
        const optimizer = new Adam(model.parameters(), { lr: 0.05 });
        const step = wrap((x: Tensor, y: Tensor) => {
          const loss = crossEntropy(model.forward(x), y);
          optimizer.step(backward(loss));
          return loss;
        });
        const losses: number[] = [];
        for (let i = 0; i < 6; i++) {
          if (i === 3) await between(model, optimizer);
          losses.push(await step(matrix(6, 4), classes(6)).item());
        }
        results.push([...losses, ...(await everything(model, optimizer))]);
      }
      expect(results[0]).toEqual(results[1]);
      expect(results[0]!.every(Number.isFinite)).toBe(true);
    }

    it('parameters', () => compare((model) => {
      model.first.weight.assign(model.first.weight.mul(2));
    }));

    it('buffers', () => compare((model) => {
      const [, mean] = model.namedBuffers().find(([name]) => name.endsWith('mean'))!;
      mean.assign(mean.add(1));
    }));

    it('state of the optimiser', () => compare((_, optimizer) => {
      const saved = optimizer.stateDict();
      optimizer.loadStateDict(saved);
    }));

    it('requires-grad flags', () => compare((model) => {
      model.first.freeze();
    }));

    it('the mode of modules', () => compare((model) => {
      model.eval();
    }));

    it('the learning rate', () => compare((_, optimizer) => {
      optimizer.lr = 0.5;
    }));

    it('which module it was given', async () => {
      const [a, b] = [new Linear(2, 1), new Linear(2, 1)];
      const { call, recordings } = counted((model: Linear, x: Tensor) => model.forward(x));
      for (const model of [a, b, a]) expect(await call(model, ones([1, 2])).array()).toEqual(await model.forward(ones([1, 2])).array());
      expect(recordings()).toBe(2);
    });
  });

  it('numbers read while recording are constants, but learning rate and step count are not', async () => {
    const p = parameter(tensor([1]));
    const optimizer = new Adam([p], { lr: 0.25 });
    let factor = 1;
    const { call, recordings } = counted(() => {
      optimizer.step(backward(p.mul(factor).sum()));
    });
    // The bias correction of Adam makes every step one of lr only if the count goes on.
    let expected = 1;
    for (const lr of [0.25, 0.25, 0.25, 0.5, 0.125]) {
      optimizer.lr = lr;
      call();
      expected -= lr;
      expect(await p.item()).toBeCloseTo(expected, 5);
    }
    factor = -1;
    call();
    expect(await p.item()).toBeCloseTo(expected - 0.125, 5);
    expect(recordings()).toBe(1);
  });

  it('another shape, dtype, mode, gradient setting, flag or backend is another recording, and nothing else is', async () => {
    const model = new Noisy();
    const { call, recordings } = counted((x: Tensor) => model.forward(x.cast('float32')));
    const first = currentBackend();
    const calls: (() => Promise<unknown> | Tensor)[] = [
      () => call(ones([2, 4])),
      () => call(ones([3, 4])),
      () => call(ones([2, 4]).cast('int32')),
      () => noGrad(() => call(ones([2, 4]))),
      () => {
        model.eval();
        return call(ones([2, 4]));
      },
      () => {
        model.train().first.freeze();
        return call(ones([2, 4]));
      },
      async () => {
        model.first.unfreeze();
        const state = await Promise.all(model.parameters().map(async (v) => [v, await v.array()] as const));
        const buffers = await Promise.all(model.namedBuffers().map(async ([, v]) => [v, await v.array(), v.dtype] as const));
        await use(make());
        for (const [v, values] of state) v.assign(tensor(values));
        for (const [v, values, dtype] of buffers) v.assign(tensor(values, { dtype }));
        call(ones([2, 4]));
      },
    ];
    for (const [i, run] of calls.entries()) {
      await run();
      expect(recordings()).toBe(i + 1);
    }
    expect(currentBackend()).not.toBe(first);
    for (let i = 0; i < 3; i++) call(tensor(noise(8), { shape: [2, 4] }));
    expect(recordings()).toBe(calls.length);
  });

  it('a throw while recording restores parameters, buffers, optimiser, flags and random numbers', async () => {
    const model = new Noisy();
    const generator = new Generator(4);
    const optimizer = new Adam(model.parameters());
    const before = await everything(model, optimizer);
    const drawn = generator.state();
    let broken = true;
    const { call } = counted((x: Tensor, y: Tensor) => {
      model.last.freeze();
      const loss = crossEntropy(model.forward(x.add(rand(x.shape, { generator }))), y);
      optimizer.step(backward(loss));
      model.last.unfreeze();
      if (broken) throw new Error('in the middle');
      return loss;
    });
    manualSeed(2);
    expect(() => call(matrix(6, 4), classes(6))).toThrow('in the middle');
    expect(await everything(model, optimizer)).toEqual(before);
    expect(generator.state()).toEqual(drawn);
    expect(model.parameters().every((p) => p.requiresGrad)).toBe(true);
    expect([memory().kept.values, memory().pending.nodes]).toEqual([0, 0]);
    const next = await rand([2]).array();
    manualSeed(2);
    expect(await rand([2]).array()).toEqual(next);
    broken = false;
    expect(Number.isFinite(await call(matrix(6, 4), classes(6)).item())).toBe(true);
  });

  it('compile inside compile is part of the outer plan, gradients included', async () => {
    const model = mlp();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const inner = counted((x: Tensor) => model.forward(x));
    const outer = counted((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(inner.call(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await outer.call(matrix(6, 4), classes(6)).item());
    expect(losses[3]).toBeLessThan(losses[0]!);
    expect(await plansOf(() => outer.call(matrix(6, 4), classes(6)))).toBe(1);
    expect([outer.recordings(), inner.recordings()]).toEqual([1, 1]);
  });

  describe('development mode', () => {
    const warnings = (): MockInstance<typeof console.warn> => vi.spyOn(console, 'warn').mockImplementation(() => undefined);

    it.each<[string, RegExp, (epoch: number, x: Tensor) => Tensor]>([
      ['a captured counter', /constant 1 became 100 in op 'add'/, (epoch, x) => x.add(epoch)],
      ['Math.random', /constant .* became .* in op 'mul'/, (_, x) => x.mul(Math.random())],
      ['if (epoch > 5)', /op 'exp' became 'tanh'/, (epoch, x) => (epoch > 5 ? x.tanh() : x.exp())],
    ])('records again at the 100th call and names %s', async (_, message, fn) => {
      const warn = warnings();
      let epoch = 1;
      const { call, recordings } = counted((x: Tensor) => fn(epoch, x), 100);
      call(tensor([1]));
      call(tensor([1])); // checked too, and Math.random differs already
      const before = recordings();
      for (let i = 3; i < 100; i++) call(tensor([1]));
      expect(recordings()).toBe(before);
      epoch = 100;
      const last = await call(tensor([1])).item();
      expect(recordings()).toBeGreaterThan(before);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls.flat().join()).toMatch(message);
      if (message.source.includes('exp')) expect(last).toBeCloseTo(Math.tanh(1), 6);
    });

    it('notices a layer that was replaced', () => {
      const warn = warnings();
      const model = { head: new Linear(2, 2) };
      model.head.parameters();
      const { call } = counted((x: Tensor) => model.head.forward(x), 2);
      call(ones([1, 2]));
      model.head = new Linear(2, 2);
      call(ones([1, 2]));
      expect(warn.mock.calls.flat().join()).toMatch(/it no longer uses 'weight', but a variable of shape \[2, 2\]/);
    });

    it('warns at the fifth recording for a new shape, once, and names the shapes', () => {
      const warn = warnings();
      const { call } = counted((x: Tensor) => x.add(1), 100);
      for (let n = 1; n <= 5; n++) call(ones([n]));
      expect(warn).not.toHaveBeenCalled();
      for (let n = 6; n <= 12; n++) call(ones([n]));
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls.flat().join()).toMatch(/float32 \[1\]; float32 \[2\]; .*float32 \[6\]/);
    });
  });

  describe('plans and kernels', () => {
    const perSample = (x: Tensor): Tensor => softmax(x.mul(2).add(1).tanh(), { dim: 1 }).sum({ dim: 0 });

    it('kernels take sizes as parameters: other sizes are other plans and no new kernels', async () => {
      await perSample(matrix(7, 5)).data();
      await perSample(matrix(9, 11)).data();
      const { compiled } = currentBackend().stats();
      const { plans } = memory();
      for (let n = 13; n < 30; n++) await perSample(matrix(n, n + 3)).data();
      expect(memory().plans).toBe(plans + 17);
      expect(currentBackend().stats().compiled).toBe(compiled);
    });

    it('equal kernels of different plans are compiled once', async () => {
      await matrix(4, 4).mul(2).tanh().data();
      await matrix(4, 4).matmul(matrix(4, 4)).data();
      const { compiled } = currentBackend().stats();
      const both = [matrix(4, 4).mul(2).tanh(), matrix(4, 4).matmul(matrix(4, 4))];
      await explain(() => Promise.all(both.map((x) => x.data())));
      expect(currentBackend().stats().compiled).toBe(compiled);
    });

    it('at most 64 plans are kept', async () => {
      for (let n = 1; n <= 200; n++) {
        await ones([n]).add(1).sum().data();
        expect(memory().plans).toBe(Math.min(n, 64));
      }
    });

    it('the plans used last are kept, and the backend is told of the others', async () => {
      const backend = make();
      const forgotten: Plan[] = [];
      const forget = backend.forget?.bind(backend);
      const planned = new Set<Plan>();
      const run = backend.run.bind(backend);
      const noting: Backend = Object.assign(backend, {
        forget: (plan: Plan) => {
          forgotten.push(plan);
          forget?.(plan);
        },
        run: (plan: Plan, inputs: Parameters<Backend['run']>[1]) => {
          planned.add(plan);
          return run(plan, inputs);
        },
      });
      await use(noting);
      const favourite = (): Promise<unknown> => ones([1000]).add(1).sum().data();
      for (let n = 1; n <= 200; n++) {
        await ones([n]).add(1).sum().data();
        await favourite();
      }
      expect(memory().plans).toBe(64);
      expect(planned.size).toBe(201);
      expect(new Set(forgotten).size).toBe(201 - 64);
      // The one that was used all the time is still there, the oldest one is not.
      await favourite();
      expect(planned.size).toBe(201);
      await ones([1]).add(1).sum().data();
      expect(planned.size).toBe(202);
    });

    it('plans share one arena', async () => {
      const work = (n: number): Promise<unknown> => softmax(matrix(n, 1000).exp().sum({ dim: 0 }), { dim: 0 }).square().sum().data();
      await work(120);
      const { bytes } = currentBackend().stats();
      // Each needs up to half a megabyte; one arena apiece would be 10 MB.
      for (let n = 100; n < 120; n++) await work(n);
      expect(currentBackend().stats().bytes - bytes).toBeLessThan(1e6);
    });

    it('a short last batch is a second plan, made once', async () => {
      const model = mlp();
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      const { call, recordings } = counted((x: Tensor, y: Tensor) => {
        const loss = crossEntropy(model.forward(x), y);
        optimizer.step(backward(loss));
        return loss;
      });
      const epoch = async (step: typeof call): Promise<void> => {
        for (const n of [8, 8, 8, 5]) await step(matrix(n, 4), classes(n)).item();
      };
      await epoch(call);
      const before = [memory().plans, currentBackend().stats().compiled];
      for (let i = 0; i < 3; i++) await epoch(call);
      expect(recordings()).toBe(2);
      expect([memory().plans, currentBackend().stats().compiled]).toEqual(before);
    });

    it('a recurrent net is a repetition: twice the steps are as many kernels, forward and backward', async () => {
      const lstm = new LSTM(3, 4);
      const kernels = (steps: number): Promise<{ kinds: string[]; nodes: number }> => {
        const x = randn([steps, 2, 3]);
        return Promise.resolve().then(async () => {
          const before = memory().pending.nodes;
          const loss = lstm.forward(x)[0].square().sum();
          const gradient = backward(loss).get(lstm.weights['weight_hh_l0']!) as Tensor;
          const nodes = memory().pending.nodes - before;
          const { plans } = explain(gradient);
          await gradient.data();
          return { kinds: plans.flatMap((plan) => plan.kernels.map(({ kind }) => kind)), nodes };
        });
      };
      await Promise.all(lstm.parameters().map((p) => p.data()));
      const short = await kernels(4);
      expect(await kernels(8)).toEqual(short);
      expect(await kernels(300)).toEqual(short);
      expect(short.kinds).toContain('repeat');
    });

    it('a cache of keys and values has a fixed size and its length is an input: one recording for all lengths', async () => {
      const [size, width] = [6, 4];
      const [keys, values] = [parameter(zeros([size, width])), parameter(zeros([size, width]))];
      const { call, recordings } = counted((query: Tensor, key: Tensor, value: Tensor, length: Tensor) => {
        const at = length.reshape(1);
        keys.assign(indexPut(keys, 0, at, key));
        values.assign(indexPut(values, 0, at, value));
        const scores = where(arange(size).le(length), keys.matmul(query), -Infinity);
        return softmax(scores, { dim: 0 }).matmul(values);
      });
      const rows = matrix(size, width);
      for (let t = 0; t < size; t++) {
        const query = rows.index(t).mul(2);
        const got = await call(query, rows.index([t, t + 1]), rows.index([t, t + 1]).add(1), tensor(t, { dtype: 'int32' })).array();
        const seen = rows.index([0, t + 1]);
        const expected = await softmax(seen.matmul(query), { dim: 0 }).matmul(seen.add(1)).array();
        (got as number[]).forEach((v, i) => {
          expect(v).toBeCloseTo((expected as number[])[i]!, 5);
        });
      }
      expect(recordings()).toBe(1);
    });
  });
});
