import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { backward, gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import {
  arange, bernoulli, checkpoint, compile, dryRun, Generator, guard, isTensor, keep, manualSeed, maskedSelect, noGrad, nonzero, ones,
  parameter, rand, setPlanner, StaleValueError, tensor, unique, use, variable, zeros, type Backend, type Parameter, type Tensor,
} from '../index';
import { state } from '../runtime/state';

let backend: Backend;
beforeEach(async () => {
  backend = await use(cpu());
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A function that counts how often it runs, without development mode's extra recordings. */
function counted<A extends unknown[], R>(fn: (...args: A) => R): { call: (...args: A) => R; runs: () => number } {
  let runs = 0;
  const call = compile(
    (...args: A) => {
      runs++;
      return fn(...args);
    },
    { check: false },
  );
  return { call, runs: () => runs };
}

const plans = (): number => backend.stats().plans;

describe('a compiled function', () => {
  it('is run once and then replayed as one plan', async () => {
    const { call, runs } = counted((x: Tensor) => x.mul(2).add(1).sum());
    expect(await call(tensor([1, 2])).item()).toBe(8);
    expect(await call(tensor([3, 4])).item()).toBe(16);
    expect(runs()).toBe(1);
    const before = plans();
    call(tensor([5, 6]));
    expect(plans()).toBe(before + 1);
  });

  it('is recorded again for another shape, dtype, structure, number or string, and only then', async () => {
    const { call, runs } = counted((x: { a: Tensor; rest?: Tensor[] }, factor: number, mode = 'sum') => {
      const all = [x.a, ...(x.rest ?? [])].map((t) => t.mul(factor));
      return mode === 'sum' ? all.reduce((p, q) => p.add(q)) : all[0]!;
    });
    const calls: [number, () => Tensor, unknown][] = [
      [1, () => call({ a: tensor([1]) }, 2), [2]],
      [1, () => call({ a: tensor([4]) }, 2), [8]],
      [2, () => call({ a: tensor([1, 2]) }, 2), [2, 4]],
      [3, () => call({ a: tensor([1]) }, 3), [3]],
      [4, () => call({ a: tensor([1], { dtype: 'int32' }) }, 3), [3]],
      [5, () => call({ a: tensor([1]), rest: [tensor([5])] }, 2), [12]],
      [6, () => call({ a: tensor([1]), rest: [tensor([5])] }, 2, 'first'), [2]],
      [6, () => call({ a: tensor([1, 2]) }, 2), [2, 4]],
      [6, () => call({ a: tensor([9]), rest: [tensor([1])] }, 2, 'sum'), [20]],
    ];
    for (const [expected, run, values] of calls) {
      expect(await run().array()).toEqual(values);
      if (expected < 6) expect(runs()).toBe(expected);
    }
    expect(runs()).toBe(7); // 'sum' given and 'sum' by default are two kinds of call
  });

  it('tells -0 from 0 and knows NaN', async () => {
    const { call, runs } = counted((x: Tensor, n: number) => x.div(n));
    expect(await call(tensor([1]), 0).array()).toEqual([Infinity]);
    expect(await call(tensor([1]), -0).array()).toEqual([-Infinity]);
    call(tensor([1]), NaN);
    call(tensor([1]), NaN);
    expect(runs()).toBe(3);
  });

  it('returns nested structures: results, arguments themselves, captured values copied, and other things as they were', async () => {
    const w = parameter(tensor([1, 2]));
    const outer = tensor([7]);
    const { call } = counted((x: Tensor, y: Tensor) => {
      return { sum: x.add(y), parts: [x, w, outer, x.reshape(2, 1)], name: 'ok', n: 3, none: null };
    });
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    const first = call(x, y);
    w.assign(tensor([5, 6]));
    const second = call(y, x);
    expect(second.name).toBe('ok');
    expect([second.n, second.none]).toEqual([3, null]);
    expect(second.parts[0]).toBe(y);
    expect(second.parts[2]).toBe(outer);
    expect(await first.sum.array()).toEqual([4, 6]);
    expect(await first.parts[1]!.array()).toEqual([1, 2]);
    expect(await second.parts[1]!.array()).toEqual([5, 6]);
    expect(await second.parts[3]!.array()).toEqual([[3], [4]]);
    w.assign(tensor([8, 9]));
    expect(await second.parts[1]!.array()).toEqual([5, 6]);
  });

  it('takes values that are not computed yet, and values of variables', async () => {
    const w = parameter(tensor([1, 2]));
    const { call } = counted((x: Tensor) => {
      w.assign(w.mul(10));
      return x.add(w);
    });
    expect(await call(tensor([1, 1]).mul(3)).array()).toEqual([13, 23]);
    const handle = w.cast('float32'); // the same value without a copy
    expect(await call(handle).array()).toEqual([110, 220]);
    expect(await w.array()).toEqual([100, 200]);
  });

  it('sees parameters given as arguments as what they are', async () => {
    const [a, b] = [parameter(tensor([1])), parameter(tensor([2]))];
    const { call, runs } = counted((p: Parameter, x: Tensor) => {
      p.assign(p.add(x));
    });
    for (const p of [a, b, a]) call(p, tensor([10]));
    expect([await a.item(), await b.item()]).toEqual([21, 12]);
    expect(runs()).toBe(2);
  });

  it('keeps the 64 recordings used last', () => {
    const { call, runs } = counted((x: Tensor) => x.add(1));
    for (let n = 1; n <= 70; n++) call(ones([n]));
    expect(runs()).toBe(70);
    for (let n = 70; n > 6; n--) call(ones([n]));
    expect(runs()).toBe(70);
    call(ones([1]));
    expect(runs()).toBe(71);
  });

  it('works without a backend as the plain function does', async () => {
    state.backend = undefined;
    const { call } = counted((x: Tensor) => x.add(1));
    const y = call(tensor([1]));
    await use(backend);
    expect(await y.array()).toEqual([2]);
  });

  it('computes nothing in a dry run', () => {
    const w = parameter(ones([2]));
    const { call, runs } = counted((x: Tensor) => {
      w.update(w.add(1));
      return w.add(x);
    });
    const before = plans();
    expect(dryRun(() => call(ones([3, 2])).shape)).toEqual([3, 2]);
    expect([plans(), w.version, runs()]).toEqual([before, 0, 1]);
  });

  it('moves to another backend, gradient mode or planner setting by a recording of its own', async () => {
    const w = parameter(tensor([2]));
    const { call, runs } = counted((x: Tensor) => {
      const y = w.mul(x);
      return y.requiresGrad ? y.add(100) : y;
    });
    expect(await call(tensor([1])).item()).toBe(102);
    expect(await noGrad(() => call(tensor([1]))).item()).toBe(2);
    const before = setPlanner({ maps: false });
    expect(await call(tensor([1])).item()).toBe(102);
    setPlanner(before);
    await use(cpu());
    expect(await call(tensor([1])).item()).toBe(102);
    expect(runs()).toBe(4);
  });

  it('refuses options and functions that make no sense', () => {
    expect(() => compile(3 as never)).toThrow(/compile: expected a function but got number/);
    expect(() => compile(() => 1, { check: 0.5 })).toThrow(/check is 0\.5; expected a whole number/);
  });
});

describe('variables in a compiled function', () => {
  it('have their new value at once, old handles the old one', async () => {
    const w = variable(tensor([1]));
    const { call } = counted(() => {
      const old = w.mul(1);
      const handle = w.cast('float32');
      w.assign(w.add(1));
      const next = w.mul(10);
      w.update(w.add(5));
      return [old, handle, next, w.mul(1)];
    });
    for (const expected of [[[1], [1], [20], [7]], [[7], [7], [80], [13]]]) {
      expect(await Promise.all(call().map((t) => t.array()))).toEqual(expected);
    }
    expect(await w.item()).toBe(13);
    expect(w.version).toBe(2);
  });

  it('change together: new values are made of old ones', async () => {
    const [a, b] = [variable(tensor([1])), variable(tensor([2]))];
    const { call } = counted(() => {
      const [x, y] = [a.cast('float32'), b.cast('float32')];
      a.assign(y);
      b.assign(x);
    });
    call();
    expect([await a.item(), await b.item()]).toEqual([2, 1]);
    call();
    expect([await a.item(), await b.item()]).toEqual([1, 2]);
  });

  it('have the values of now at every call, also those recorded and not computed, and those set by hand', async () => {
    const rate = variable(tensor(0.5));
    const w = parameter(rand([2]).mul(0).add(8)); // not initialised yet
    const { call } = counted(() => {
      w.assign(w.mul(rate));
      return w.sum();
    });
    expect(await call().item()).toBe(8);
    rate.update(tensor(0.25));
    expect(await call().item()).toBe(2);
    w.assign(tensor([100, 300]));
    expect(await call().item()).toBe(100);
    w.update(w.add(75));
    expect(await call().item()).toBe(250 * 0.25);
  });

  it('do not disturb what is kept outside, and make what is not kept stale', async () => {
    const w = parameter(tensor([1]));
    const { call } = counted(() => {
      w.assign(w.add(1));
    });
    for (const value of [1, 2]) {
      const kept = keep(w.mul(10));
      const lost = w.mul(100);
      call();
      expect(await kept.item()).toBe(10 * value);
      await expect(lost.data()).rejects.toThrow(StaleValueError);
    }
  });

  it('do not disturb recorded updates outside that need the old value', async () => {
    const w = parameter(tensor([1]));
    const average = variable(tensor([0]));
    const { call } = counted(() => {
      w.assign(w.add(1));
    });
    call();
    for (let i = 0; i < 3; i++) {
      average.update(average.add(w));
      call();
    }
    expect(await average.item()).toBe(2 + 3 + 4);
  });

  it('that cannot be computed outside do not stop a compiled function that does not need them', async () => {
    const broken = variable(nanIndex());
    const { call } = counted((x: Tensor) => x.add(1));
    await expect(broken.data()).rejects.toThrow(/index 5/);
    expect(await call(tensor([1])).item()).toBe(2);
  });

  it('may be made on the first call but not on every call', async () => {
    let w: Parameter | undefined;
    const lazy = counted((x: Tensor) => {
      w ??= parameter(tensor([3]));
      w.assign(w.add(x));
    });
    lazy.call(tensor([1]));
    lazy.call(tensor([1]));
    expect(await w!.item()).toBe(5);
    expect(() => {
      compile(() => variable(tensor([1])).add(1))();
    }).toThrow(/makes new variables or parameters at every call/);
    expect(() => {
      compile((x: Tensor) => parameter(x).add(1))(ones([2]));
    }).toThrow(/makes a variable of shape \[2\] from a computed value/);
  });
});

function nanIndex(): Tensor {
  return zeros([2]).index(tensor([5], { dtype: 'int32' }));
}

describe('captured tensors', () => {
  it('are constants, computed before the first call', async () => {
    const table = arange(3).cast('float32').mul(2);
    const { call } = counted((x: Tensor) => x.add(table));
    expect(await call(ones([3])).array()).toEqual([1, 3, 5]);
    expect(await call(zeros([3])).array()).toEqual([0, 2, 4]);
    expect(await table.array()).toEqual([0, 2, 4]);
  });

  it('made inside are constants too', async () => {
    const { call } = counted((x: Tensor) => [x.mul(tensor([1, 2])), tensor([5])]);
    for (let i = 1; i < 3; i++) {
      const [y, c] = call(ones([2]).mul(i));
      expect([await y!.array(), await c!.array()]).toEqual([[i, 2 * i], [5]]);
    }
  });

  it('that depend on a parameter keep the value they had', async () => {
    const w = parameter(tensor([1]));
    const before = w.mul(5);
    const { call } = counted(() => {
      w.assign(w.add(1));
      return before.add(w);
    });
    expect(await call().item()).toBe(7);
    expect(await call().item()).toBe(8);
  });
});

describe('reading inside a compiled function', () => {
  const readers: Record<string, (x: Tensor) => unknown> = {
    data: (x) => void x.add(1).data(),
    array: (x) => void x.array(),
    item: (x) => void x.sum().item(),
    dataSync: (x) => x.add(1).dataSync(),
    itemSync: (x) => x.sum().itemSync(),
    nonzero: (x) => void nonzero(x),
    unique: (x) => void unique(x),
    maskedSelect: (x) => void maskedSelect(x, x.gt(0)),
    'a parameter': () => state.tracing && parameterInUse.dataSync(),
    'an error that the function swallows': (x) => {
      try {
        x.itemSync();
      } catch {
        return x;
      }
    },
  };
  const parameterInUse = parameter(tensor([1]));

  it.each(Object.keys(readers))('is an error that names compile and the remedy: %s', async (name) => {
    const { call, runs } = counted((x: Tensor) => {
      readers[name]!(x);
      return x;
    });
    for (let i = 1; i < 3; i++) {
      expect(() => call(tensor([1]))).toThrow(/compile: the function reads a value.*Return the tensor and read it outside/s);
      expect(runs()).toBe(i);
    }
    await new Promise((resolve) => setTimeout(resolve, 0)); // no rejection nobody handles
  });

  it('is allowed for constants', async () => {
    const table = tensor([2]);
    const { call } = counted((x: Tensor) => x.mul(table.itemSync()));
    expect(await call(tensor([3])).array()).toEqual([6]);
  });

  it('and an async function are errors', async () => {
    const step = compile(async (x: Tensor) => {
      await Promise.resolve();
      return x;
    });
    expect(() => step(ones([1]))).toThrow(/compile: the function is asynchronous.*put every await outside/);
    const reads = compile(async (x: Tensor) => (await x.item()) + 1);
    expect(() => reads(ones([1]))).toThrow(/compile: the function is asynchronous/);
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  it('printing is not', () => {
    const { call } = counted((x: Tensor) => {
      expect(String(x)).toContain('shape: [1]');
      return x.add(1);
    });
    call(tensor([1]));
  });

  it('what leaves the function by a side door cannot be used, and says why', async () => {
    const leaked: Tensor[] = [];
    const { call } = counted((x: Tensor) => {
      leaked.push(x, x.add(1), rand([2]), x.mul(2));
      return x;
    });
    call(tensor([1]));
    const message = /belongs to the recording of a compiled function.*return this value too/;
    for (const t of leaked) await expect(t.add(1).data()).rejects.toThrow(message);
    expect(() => counted((x: Tensor) => x.add(leaked[1]!)).call(tensor([1]))).toThrow(/belongs to the recording/);
  });
});

describe('an error while recording', () => {
  it('leaves everything as it was', async () => {
    const w = parameter(tensor([1]));
    const frozen = parameter(tensor([1]));
    const statistics = variable(tensor([0]));
    const generator = new Generator(3);
    manualSeed(9);
    await w.data();
    const kept = keep(w.mul(3));
    statistics.update(statistics.add(1));
    const draws = generator.state();
    const broken = compile((x: Tensor) => {
      w.assign(w.add(1));
      statistics.update(statistics.mul(0));
      frozen.requiresGrad = false;
      rand([2], { generator });
      rand([2]);
      keep(x);
      noGrad(() => {
        x.add(ones([7]));
      });
    });
    const before = { ...state };
    expect(() => {
      broken(ones([2]));
    }).toThrow(/do not broadcast/);
    // What was kept or recorded as an update has been computed; all else is as it was.
    const { kept: _, updated, pending, pendingBytes, nextId, ...rest } = state;
    expect({ ...before, ...rest }).toEqual(before);
    expect([pending.length, pendingBytes, [...updated].length]).toEqual([0, 0, 0]);
    expect(nextId).toBeGreaterThan(before.nextId);
    expect(frozen.requiresGrad).toBe(true);
    expect(generator.state()).toEqual(draws);
    const drawn = await rand([2]).array();
    manualSeed(9);
    expect(await rand([2]).array()).toEqual(drawn);
    expect([await w.item(), await statistics.item(), await kept.item()]).toEqual([1, 1, 3]);
  });

  it('or planning or running can be mended and tried again', async () => {
    const index = variable(tensor([5], { dtype: 'int32' }));
    const w = variable(tensor([1, 2]));
    const { call } = counted(() => {
      w.assign(w.mul(2));
      return zeros([2]).add(1).index(index);
    });
    expect(() => call()).toThrow(/index 5/);
    index.assign(tensor([1], { dtype: 'int32' }));
    expect(await call().array()).toEqual([1]);
    expect(await w.array()).toEqual([2, 4]);
  });
});

describe('randomness in a compiled function', () => {
  const draw = (x: Tensor, generator: Generator): Tensor[] => {
    return [rand([3]).add(x), bernoulli(0.5, [4], { generator }), rand([2], { generator })];
  };

  it('is drawn anew by every call, as the plain function draws it', async () => {
    const read = async (fn: typeof draw): Promise<unknown> => {
      manualSeed(5);
      const generator = new Generator(6);
      const all: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        all.push(...(await Promise.all(fn(zeros([3]), generator).map((t) => t.array()))));
        all.push(await rand([1]).array(), generator.state());
      }
      return all;
    };
    expect(await read(compile(draw))).toEqual(await read(draw));
  });

  it('moves on for draws that no result needs', async () => {
    const { call } = counted(() => {
      rand([2]);
      return rand([2]);
    });
    manualSeed(1);
    const values = [await call().array(), await call().array()];
    manualSeed(1);
    for (const value of values) {
      rand([2]);
      expect(await rand([2]).array()).toEqual(value);
    }
  });

  it('is repeated by a checkpoint', async () => {
    const w = parameter(ones([64]));
    const gradientOf = (): Tensor => {
      const loss = checkpoint(() => w.mul(rand([64])).sum());
      return backward(loss).get(w) as Tensor;
    };
    const compiled = compile(gradientOf);
    for (let i = 0; i < 3; i++) {
      manualSeed(i);
      const expected = await rand([64]).array();
      manualSeed(i);
      expect(await compiled().array()).toEqual(expected);
    }
  });

  it('cannot be seeded inside', () => {
    expect(() => {
      compile(() => {
        manualSeed(1);
      })();
    }).toThrow(/compile: the function seeds or restores a generator/);
  });
});

describe('gradients in a compiled function', () => {
  it('flow to arguments that record gradients', async () => {
    const { call, runs } = counted((x: Tensor) => (x.requiresGrad ? gradients(x.square().sum(), [x])[0]! : x));
    const leaf = parameter(tensor([3])).mul(1);
    expect(await call(leaf).array()).toEqual([6]);
    expect(await call(tensor([3])).array()).toEqual([3]);
    expect(runs()).toBe(2);
  });

  it('do not flow out of it', () => {
    const w = parameter(tensor([1]));
    const y = compile((x: Tensor) => w.mul(x).sum())(tensor([2]));
    expect(y.requiresGrad).toBe(false);
    expect(() => backward(y)).toThrow(/depends on no trainable parameter/);
  });

  it('follow the flags of parameters', async () => {
    const [a, b] = [parameter(tensor([2])), parameter(tensor([3]))];
    const { call, runs } = counted(() => {
      const grads = backward(a.mul(b).sum());
      return [a, b].map((p) => grads.get(p) as Tensor | undefined);
    });
    const read = (): Promise<unknown[]> => Promise.all(call().map(async (g) => g && (await g.array())));
    expect(await read()).toEqual([[3], [2]]);
    b.requiresGrad = false;
    expect(await read()).toEqual([[3], undefined]);
    b.requiresGrad = true;
    expect(await read()).toEqual([[3], [2]]);
    expect(runs()).toBe(2);
  });

  it('follow flags that the function itself sets and takes back', async () => {
    const [a, b] = [parameter(tensor([2])), parameter(tensor([3]))];
    const { call, runs } = counted(() => {
      b.requiresGrad = false;
      const grads = backward(a.mul(b).sum());
      b.requiresGrad = true;
      b.assign(b.add(1));
      return grads.size;
    });
    expect([call(), call(), call()]).toEqual([1, 1, 1]);
    expect(runs()).toBe(1);
    expect(b.requiresGrad).toBe(true);
    expect(await b.item()).toBe(6);
  });
});

describe('guards', () => {
  it('record again when a flag read through guard() has changed, and replay when it is back', async () => {
    let noisy = false;
    const read = (): boolean => noisy;
    const { call, runs } = counted((x: Tensor) => (guard(read, 'noisy') && guard(read, 'noisy') ? x.add(1) : x.add(0)));
    const seen: unknown[] = [];
    for (const flag of [false, true, false, true]) {
      noisy = flag;
      seen.push(await call(tensor([1])).item());
    }
    expect(seen).toEqual([1, 2, 1, 2]);
    expect(runs()).toBe(2);
    expect(guard(read, 'noisy')).toBe(true);
  });
});

describe('compile inside compile', () => {
  it('becomes part of the outer function', async () => {
    const w = parameter(tensor([2]));
    const inner = counted((x: Tensor) => {
      w.assign(w.add(1));
      return x.mul(w);
    });
    const outer = counted((x: Tensor) => inner.call(x).add(inner.call(x)).sum());
    expect(await outer.call(tensor([1])).item()).toBe(3 + 4);
    const before = plans();
    expect(await outer.call(tensor([2])).item()).toBe(2 * (5 + 6));
    expect(plans()).toBe(before + 1);
    expect([outer.runs(), inner.runs()]).toEqual([1, 2]);
    expect(await w.item()).toBe(6);
    expect(await inner.call(tensor([1])).item()).toBe(7);
  });

  it('lets gradients through', async () => {
    const w = parameter(tensor([3]));
    const square = compile((x: Tensor) => x.square());
    const gradient = compile(() => backward(square(w).sum()).get(w) as Tensor);
    expect(await gradient().array()).toEqual([6]);
  });
});

describe('development mode', () => {
  const warnings = (): MockInstance<typeof console.warn> => vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const text = (spy: MockInstance<typeof console.warn>): string => spy.mock.calls.flat().join('\n');

  it('records again on the second and every hundredth call, draws and variables untouched', async () => {
    const warn = warnings();
    let runs = 0;
    const w = variable(tensor([0]));
    const step = compile((x: Tensor) => {
      runs++;
      w.assign(w.add(1));
      return rand([2]).add(x);
    });
    manualSeed(4);
    const values: unknown[] = [];
    for (let i = 0; i < 205; i++) values.push(await step(zeros([2])).array());
    expect(runs).toBe(1 + 1 + 2);
    expect(await w.item()).toBe(205);
    manualSeed(4);
    for (const value of values) expect(await rand([2]).array()).toEqual(value);
    expect(warn).not.toHaveBeenCalled();
  });

  it('is off in production', () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    let runs = 0;
    const step = compile(() => {
      runs++;
    });
    process.env['NODE_ENV'] = before;
    for (let i = 0; i < 200; i++) step();
    expect(runs).toBe(1);
  });

  it('names a constant that changes, once, with the line, and goes on with the new one', async () => {
    const warn = warnings();
    let scale = 0.5;
    const step = compile(function decay(x: Tensor) {
      return x.add(1).mul(scale);
    }, { check: 10 });
    for (let i = 0; i < 9; i++) await step(tensor([1])).item();
    scale = 0.4;
    expect(await step(tensor([1])).item()).toBeCloseTo(0.8);
    expect(text(warn)).toMatch(/'decay' does not do the same at every call: constant 0\.5 became 0\.4 in op 'mul' \(.*compile\.test\.ts:\d+:\d+\)/);
    scale = 0.3;
    for (let i = 0; i < 10; i++) await step(tensor([1])).item();
    expect(await step(tensor([1])).item()).toBeCloseTo(0.6);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  const [a, b] = [parameter(tensor([1])), parameter(tensor([2]))];
  [a.name, b.name] = ['first', 'second'];
  const traps: [string, RegExp, (count: number, x: Tensor) => unknown][] = [
    ['a captured counter', /constant 1 became 2 in op 'add'/, (count, x) => x.add(count)],
    ['Math.random', /constant .* became .* in op 'mul'/, (_, x) => x.mul(Math.random())],
    ['if (epoch > 1)', /op 'exp' became 'tanh' \(.*compile\.test\.ts:/, (count, x) => (count > 1 ? x.tanh() : x.exp())],
    ['an op that is left out', /op 'exp' is gone/, (count, x) => (count > 1 ? x.log() : x.log().exp())],
    ['another parameter', /it no longer uses 'first', but 'second'/, (count, x) => x.add(count > 1 ? b : a)],
    ['one more parameter', /it uses 'second' too/, (count, x) => (count > 1 ? x.add(a).add(b) : x.add(a))],
    ['data that changes', /a tensor of shape \[1\] has other values in op 'add'/, (count, x) => x.add(tensor([count]))],
    ['options that change', /the options of op 'slice' changed/, (count, x) => x.expand(5).index(count)],
    ['a number that is returned', /the returned value 1 became 2/, (count) => count],
    ['another structure', /it returns another structure/, (count, x) => (count > 1 ? [x] : { x })],
    ['another result', /it returns something else/, (count, x) => (count > 1 ? x : x.add(1))],
    ['another variable changed', /it changes 'first' too/, (count, x) => {
      if (count > 1) a.assign(a.add(1));
      return x.add(a);
    }],
  ];
  it.each(traps)('warns about %s', (_, message, fn) => {
    const warn = warnings();
    let count = 0;
    const step = compile((x: Tensor) => fn(++count, x));
    step(tensor([1]));
    step(tensor([1]));
    expect(text(warn)).toMatch(message);
  });

  it('warns once after recordings for six shapes, and names them', () => {
    const warn = warnings();
    const step = compile(function train(x: Tensor, y: Tensor) {
      return x.add(y);
    });
    for (let n = 1; n < 6; n++) step(ones([n]), ones([1]));
    expect(warn).not.toHaveBeenCalled();
    for (let n = 6; n < 20; n++) step(ones([n]), ones([1]));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(text(warn)).toMatch(/'train' was recorded 6 times.*float32 \[1\], float32 \[1\]; float32 \[2\], float32 \[1\].*pad/);
  });

  it('warns of tensors inside objects of a class, which count by identity', () => {
    const warn = warnings();
    class Batch {
      x = ones([2]);
    }
    const step = compile((batch: Batch, mode: string) => batch.x.mul(mode.length));
    for (let n = 1; n < 10; n++) step(new Batch(), 'train');
    expect(text(warn)).toMatch(/Batch #\d+, train; Batch #\d+, train.*tensors in arrays and plain objects/);
  });

  it('warns of numbers that should be tensors', () => {
    const warn = warnings();
    const step = compile((x: Tensor, rate: number) => x.mul(rate));
    for (let n = 1; n < 10; n++) step(ones([1]), n / 10);
    expect(text(warn)).toMatch(/float32 \[1\], 0\.1; float32 \[1\], 0\.2.*pass numbers that change as tensors/);
  });
});

describe('types', () => {
  it('are those of the function', async () => {
    const both = compile((x: Tensor, n: number) => ({ y: x.mul(n), n }));
    const { y, n }: { y: Tensor; n: number } = both(ones([1]), 2);
    expect([isTensor(y), n, await y.item()]).toEqual([true, 2, 2]);
  });
});
