import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  arange, BackendError, custom, isTensor, keep, noGrad, ones, parameter, scatter, tensor, use, withGradients, zeros, type Backend,
  type Tensor,
} from '../index';
import { state } from './state';

let backend: Backend;

beforeEach(async () => {
  backend = await use(cpu());
});

afterEach(() => {
  state.backend = undefined;
});

const kernels = (): number => backend.stats().kernels;

/** An op that counts how often it runs. */
function counting(): { tick: (inputs: readonly Tensor[]) => Tensor; runs: () => number } {
  let runs = 0;
  const tick = custom({
    name: 'tick',
    shape: ([x]) => x!,
    forward: ([x], out) => {
      runs++;
      out.data.set(x!.data);
    },
  });
  return { tick, runs: () => runs };
}

describe('recording', () => {
  it('computes nothing until a value is read', async () => {
    const { tick, runs } = counting();
    const y = tick([ones([3])]).add(1).relu().sum();
    expect(y.shape).toEqual([]);
    expect(`${String(y)} ${y.dtype} ${y.size} ${y.requiresGrad}`).toContain('not computed');
    expect(backend.stats().plans).toBe(0);
    expect(runs()).toBe(0);
    expect(await y.item()).toBe(6);
    expect(runs()).toBe(1);
    expect(backend.stats().plans).toBe(1);
  });

  it('computes a value once, however often it is read', async () => {
    const { tick, runs } = counting();
    const y = tick([ones([3])]).mul(2);
    await y.data();
    await y.array();
    expect(y.dataSync()).toEqual(Float32Array.of(2, 2, 2));
    expect(await y.add(1).array()).toEqual([3, 3, 3]);
    expect(runs()).toBe(1);
  });

  it('computes only what the value needs', async () => {
    const { tick, runs } = counting();
    const x = ones([2]);
    tick([x]).exp();
    expect(await x.add(1).array()).toEqual([2, 2]);
    expect(runs()).toBe(0);
  });

  it('shares what two values have in common', async () => {
    const { tick, runs } = counting();
    const common = keep(tick([ones([2])]));
    const a = keep(common.add(1));
    expect(await common.mul(3).array()).toEqual([3, 3]);
    expect(await a.array()).toEqual([2, 2]);
    expect(runs()).toBe(1);
  });

  it('runs no kernel for views', async () => {
    const x = ones([2, 3]);
    await x.data();
    const before = kernels();
    expect(x.transpose().reshape(3, 2).unsqueeze(0).index(0, [null, null, -1]).shape).toEqual([3, 2]);
    expect(kernels()).toBe(before);
  });

  it('throws errors of shape and dtype at the call', () => {
    const x = ones([2]);
    expect(() => x.add(ones([3]))).toThrow(/do not broadcast/);
    expect(backend.stats().plans).toBe(0);
  });

  it('works without a backend until something is read', async () => {
    state.backend = undefined;
    const y = ones([2]).add(1);
    await expect(y.data()).rejects.toThrow(BackendError);
    expect(() => y.dataSync()).toThrow(/No backend is in use.*await use\(wasm\(\)\)/);
    await use(backend);
    expect(await y.array()).toEqual([2, 2]);
  });

  it('reads data that is there already without a backend', async () => {
    state.backend = undefined;
    expect(await tensor([1, 2]).array()).toEqual([1, 2]);
  });
});

describe('long graphs', () => {
  it('chains of 10,000 ops work, without and with gradients', async () => {
    let x: Tensor = tensor([1]);
    for (let i = 0; i < 10_000; i++) x = x.add(1);
    expect(await x.item()).toBe(10_001);
    let y: Tensor = parameter(tensor([1]));
    for (let i = 0; i < 10_000; i++) y = y.add(1);
    expect(await y.item()).toBe(10_001);
  });

  it('are computed by themselves at 5,000 pending nodes', async () => {
    let x: Tensor = tensor([0]);
    for (let i = 0; i < 4900; i++) x = x.add(1);
    expect(backend.stats().plans).toBe(0);
    for (let i = 0; i < 200; i++) x = x.add(1);
    expect(backend.stats().plans).toBe(1);
    expect(await x.item()).toBe(5100);
  });

  it('many values nobody has read yet stay correct across that point', async () => {
    const all = Array.from({ length: 3000 }, (_, i) => tensor([i]).mul(2).add(1));
    for (const i of [0, 1, 1499, 2998, 2999]) expect(await all[i]!.item()).toBe(2 * i + 1);
  });

  it('are computed by themselves at 64 MB of pending data', async () => {
    const parts: Tensor[] = [];
    for (let i = 0; i < 5; i++) parts.push(tensor(new Float32Array(4 * 2 ** 20).fill(i)).sum());
    expect(backend.stats().plans).toBeGreaterThan(0);
    expect(await parts[4]!.item()).toBe(4 * 4 * 2 ** 20);
  });
});

describe('plans', () => {
  it('are compiled once for a loop of equal steps', async () => {
    const w = parameter(tensor([1, 2, 3]));
    const step = async (i: number): Promise<void> => {
      const loss = w.mul(tensor([i, 2 * i, 1])).sum();
      w.assign(w.sub(0.1));
      await loss.item().catch(() => undefined);
    };
    await step(0);
    await step(1);
    const { compiled } = backend.stats();
    for (let i = 2; i < 50; i++) await step(i);
    expect(backend.stats().compiled).toBe(compiled);
  });

  it('differ when attributes or literals differ', async () => {
    const x = tensor([1, 2, 3, 4]);
    for (const low of [0, 1, 2]) expect(await x.index([low, low + 2]).add(0).array()).toEqual([low + 1, low + 2]);
    for (const factor of [2, 3, -0, NaN, Infinity]) expect(await x.index([0, 1]).mul(factor).array()).toEqual([factor]);
  });

  it('stay bounded when every step has another shape', async () => {
    for (let n = 1; n < 200; n++) expect(await ones([n]).sum().item()).toBe(n);
  });
});

describe('failures', () => {
  const index = tensor([5], { dtype: 'int32' });
  const broken = (): Tensor => scatter(zeros([2]), 0, index, ones([1]));

  it('of a kept value are reported once and then forgotten', async () => {
    keep(broken());
    await expect(ones([2]).add(1).data()).rejects.toThrow(/index 5 is out of range/);
    expect(await ones([2]).add(1).array()).toEqual([2, 2]);
  });

  it('do not stop later recording', async () => {
    const y = broken();
    for (let i = 0; i < 6000; i++) ones([1]).add(1);
    await expect(y.data()).rejects.toThrow(/index 5/);
    expect(await arange(3).array()).toEqual([0, 1, 2]);
  });
});

describe('several backends', () => {
  it('values of one are refused on another, and handed over by to()', async () => {
    const first = remote(cpu(), 'first');
    await use(first);
    const x = ones([2]).add(1);
    await x.data();
    const second = await use(cpu());
    await expect(x.mul(2).data()).rejects.toThrow(/computed on backend 'first', but 'cpu' is in use now.*await t\.to\(/s);
    const moved = await x.to(second);
    expect(await moved.mul(2).array()).toEqual([4, 4]);
    expect(await x.array()).toEqual([2, 2]); // still readable where it is
  });

  it('values in JavaScript memory go anywhere', async () => {
    const x = tensor([1, 2]);
    expect(await x.mul(2).array()).toEqual([2, 4]);
    await use(cpu());
    expect(await x.mul(3).array()).toEqual([3, 6]);
  });
});

/** A backend whose results live on its own side, as those of a GPU do. */
function remote(inner: Backend, name = 'remote'): Backend {
  const mine: Backend = {
    name,
    caps: inner.caps,
    prepare: (plan) => inner.prepare(plan),
    run: (plan, inputs) => inner.run(plan, inputs).map((s) => ({ ...s, backend: mine })),
    read: (storage) => inner.read({ ...storage, backend: inner }),
    free: (storage) => {
      inner.free(storage);
    },
    stats: () => inner.stats(),
    dispose: () => {
      inner.dispose();
    },
  };
  return mine;
}

describe('tensors of another copy of the package', () => {
  it('are refused with the remedy', () => {
    const foreign = { [Symbol.for('@cotangent/tensor')]: true };
    expect(() => isTensor(foreign)).toThrow(/another copy of @cotangent\/tensor.*npm dedupe/s);
    expect(() => ones([1]).add(foreign as never)).toThrow(BackendError);
    expect(isTensor(ones([1]))).toBe(true);
    expect(isTensor({})).toBe(false);
    expect(isTensor(null)).toBe(false);
  });
});

describe('synchronous reads', () => {
  it('are refused by a backend that has none [T13]', async () => {
    await use(remote(cpu()));
    expect(() => ones([2]).add(1).dataSync()).toThrow(/cannot read synchronously. Use await t\.data\(\)/);
  });

  it('item needs a single element', async () => {
    expect(ones([1, 1]).itemSync()).toBe(1);
    await expect(ones([2]).item()).rejects.toThrow(/shape \[2\]; only a tensor with one element/);
    expect(() => ones([0]).itemSync()).toThrow(/one element/);
    expect(ones([2, 1]).arraySync()).toEqual([[1], [1]]);
  });
});

describe('noGrad', () => {
  it('makes constants of what is computed inside', () => {
    const w = parameter(tensor([2]));
    expect(w.mul(3).requiresGrad).toBe(true);
    expect(noGrad(() => w.mul(3)).requiresGrad).toBe(false);
    expect(w.mul(3).requiresGrad).toBe(true);
    expect(w.mul(3).argmax().requiresGrad).toBe(false);
    expect(w.gt(1).requiresGrad).toBe(false);
    expect(w.cast('int32').requiresGrad).toBe(false);
    expect(w.detach().requiresGrad).toBe(false);
  });

  it('ends when the function throws, and can be lifted inside', () => {
    const w = parameter(tensor([2]));
    expect(() => noGrad(() => {
      throw new Error('inside');
    })).toThrow('inside');
    expect(w.mul(3).requiresGrad).toBe(true);
    expect(noGrad(() => withGradients(true, () => w.mul(3))).requiresGrad).toBe(true);
  });

  it('refuses asynchronous functions', () => {
    expect(() => noGrad(async () => 1)).toThrow(/asynchronous/);
  });
});
