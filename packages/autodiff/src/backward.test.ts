import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  assignAll, checkpoint, compile, custom, embedding, GradientError, keep, linear, matmul, maximum, noGrad, ones, parameter, relu, scan,
  sigmoid, softmax, stack, StaleValueError, stopGradient, tensor, use, variable, where, zeros, type Backend, type Parameter, type Tensor,
} from '@cotangent/tensor';
import { backward, dense, GradientAccumulator, type Gradients } from './index';
import { expectClose } from './testing/close';

let backend: Backend;

beforeEach(async () => {
  backend = await use(cpu());
});

function gradient(grads: Gradients, p: Parameter): Tensor {
  const g = grads.get(p);
  if (!g) throw new Error('no gradient');
  return dense(g);
}

describe('backward', () => {
  it('gives a gradient for every trainable parameter behind the loss', async () => {
    const [w, b, other] = [parameter(tensor([[1, 2]])), parameter(tensor([0.5])), parameter(ones([3]))];
    const loss = linear(tensor([[3, 4]]), w, b).square().sum();
    const grads = backward(loss);
    expect(grads.size).toBe(2);
    expect(await gradient(grads, w).array()).toEqual([[69, 92]]);
    expect(await gradient(grads, b).array()).toEqual([23]);
    expect(grads.get(other)).toBeUndefined();
    expect([...grads].map(([p]) => p)).toEqual(expect.arrayContaining([w, b]));
    expect(await loss.item()).toBe(132.25);
  });

  it('routes gradients: sums distribute, products swap, copies add, maxima choose [A03]', async () => {
    const [a, b] = [parameter(tensor([3])), parameter(tensor([-4]))];
    const both = async (y: Tensor): Promise<number[]> => {
      const grads = backward(y.mul(2).sum());
      return [await gradient(grads, a).item(), await gradient(grads, b).item()];
    };
    expect(await both(a.add(b))).toEqual([2, 2]);
    expect(await both(a.mul(b))).toEqual([-8, 6]);
    expect(await both(maximum(a, b))).toEqual([2, 0]);
    const grads = backward(a.add(a).add(a).sum());
    expect(await gradient(grads, a).item()).toBe(3);
  });

  it('follows JavaScript control flow [A01]', async () => {
    const w = parameter(tensor([2]));
    const f = (n: number): Tensor => {
      let y: Tensor = w;
      for (let i = 0; i < n; i++) y = i % 2 === 0 ? y.mul(w) : y.add(w);
      return y.sum();
    };
    expect(await gradient(backward(f(1)), w).item()).toBe(4); // w^2
    expect(await gradient(backward(f(3)), w).item()).toBe(3 * 4 + 2 * 2); // (w^2 + w) w
  });

  it('adds up the uses of a shared parameter', async () => {
    const w = parameter(tensor([[1, 2], [3, 4]]));
    const x = tensor([[1, 1]]);
    const loss = matmul(matmul(x, w), w).sum();
    // d/dw of x w w summed: x^T (w 1)^T + (x w)^T 1^T
    expect(await gradient(backward(loss), w).array()).toEqual([[7, 11], [9, 13]]);
  });

  it('works on layered networks as the formulas for one layer do', async () => {
    // dZ = A - Y, dW = dZ X^T / m, db = sum dZ / m for logistic regression over m examples in columns.
    const x = tensor([[1, -2, 0.5], [3, 0.2, -1]]);
    const y = tensor([[1, 0, 1]]);
    const [w, b] = [parameter(tensor([[0.3, -0.7]])), parameter(tensor([[0.1]]))];
    const a = sigmoid(matmul(w, x).add(b));
    const loss = y.mul(a.log()).add(y.neg().add(1).mul(a.neg().add(1).log())).mean().neg();
    const grads = backward(loss);
    const dz = keep(a.sub(y));
    await expectClose(gradient(grads, w), await dz.matmul(x.transpose()).div(3).array());
    await expectClose(gradient(grads, b), await dz.sum({ dim: 1, keepdim: true }).div(3).array());
  });

  it('equals hand-written passes through four layers [A09 E09]', async () => {
    const sizes = [3, 5, 4, 3, 1];
    const value = (n: number, m: number, k: number): number[][] =>
      Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => Math.sin(1 + 3 * i + 7 * j + 11 * k)));
    const weights = sizes.slice(1).map((n, k) => parameter(tensor(value(n, sizes[k]!, k))));
    const biases = sizes.slice(1).map((n, k) => parameter(tensor(value(n, 1, k + 9))));
    const x = tensor(value(3, 6, 20));
    const target = tensor(value(1, 6, 21));
    const m = 6;
    const activations = [x];
    const sums: Tensor[] = [];
    weights.forEach((w, l) => {
      sums.push(matmul(w, activations[l]!).add(biases[l]!));
      activations.push(l < 3 ? relu(sums[l]!) : sums[l]!);
    });
    const loss = activations[4]!.sub(target).square().sum().div(2 * m);
    const grads = backward(loss);
    let dz = activations[4]!.sub(target);
    for (let l = 3; l >= 0; l--) {
      const dw = matmul(dz, activations[l]!.transpose()).div(m);
      await expectClose(gradient(grads, weights[l]!), await dw.array(), 1e-5);
      await expectClose(gradient(grads, biases[l]!), await dz.sum({ dim: 1, keepdim: true }).div(m).array(), 1e-5);
      if (l > 0) dz = matmul(weights[l]!.transpose(), dz).mul(sums[l - 1]!.gt(0).cast('float32'));
    }
  });

  it('handles diamonds without visiting anything twice', async () => {
    const w = parameter(tensor([1]));
    let y: Tensor = w;
    for (let i = 0; i < 60; i++) y = y.add(y); // 2^60 paths
    const before = backend.stats().kernels;
    expect(await gradient(backward(y.sum()), w).item()).toBe(2 ** 60);
    expect(backend.stats().kernels - before).toBeLessThan(400);
  });

  it('handles chains of 10,000 nodes without recursion', async () => {
    const w = parameter(tensor([1]));
    let y: Tensor = w;
    for (let i = 0; i < 10_000; i++) y = i % 2 === 0 ? y.mul(1.5) : y.div(1.5);
    expect(await gradient(backward(y.sum()), w).item()).toBeCloseTo(1, 2);
  });

  it('passes through integers, comparisons and detached values as through constants', async () => {
    const w = parameter(tensor([1.5, -2]));
    const step = w.gt(0).cast('float32');
    const grads = backward(w.mul(step).add(w.detach().square()).add(stopGradient(w)).sum());
    expect(await gradient(grads, w).array()).toEqual([1, 0]);
  });

  it('gives relu and abs gradient 0 at 0 [A10 E05]', async () => {
    const w = parameter(tensor([-1, 0, 2]));
    expect(await gradient(backward(relu(w).sum()), w).array()).toEqual([0, 0, 1]);
    expect(await gradient(backward(w.abs().sum()), w).array()).toEqual([-1, 0, 1]);
  });

  it('lets neither NaN nor gradient of the branch not taken through', async () => {
    const [w, v] = [parameter(tensor([4, -1])), parameter(tensor([NaN, 3]))];
    const positive = w.gt(0);
    const grads = backward(where(positive, where(positive, w, 1).sqrt(), v).sum());
    expect(await gradient(grads, w).array()).toEqual([0.25, 0]);
    expect(await gradient(grads, v).array()).toEqual([0, 1]);
  });

  it('refuses losses that are no scalar, no float, or depend on nothing trainable', () => {
    const w = parameter(ones([2]));
    expect(() => backward(w.mul(2))).toThrow(/loss has shape \[2\]; expected a scalar\. Reduce it with mean\(\) or sum\(\)/);
    expect(() => backward(w.gt(0).sum())).toThrow(/loss is int32/);
    expect(() => backward(ones([]))).toThrow(/depends on no trainable parameter/);
    expect(() => backward(noGrad(() => w.sum()))).toThrow(GradientError);
    expect(() => backward(w.detach().sum())).toThrow(/noGrad or behind stopGradient/);
    expect(() => backward(variable(ones([])).mul(2))).toThrow(GradientError);
  });

  it('may be called twice on one graph, and on parts of it', async () => {
    const w = parameter(tensor([3]));
    const y = w.square();
    expect(await gradient(backward(y.sum()), w).item()).toBe(6);
    expect(await gradient(backward(y.mul(2).sum()), w).item()).toBe(12);
    expect(await gradient(backward(y.sum()), w).item()).toBe(6);
  });

  it('is over once the parameters have been replaced', async () => {
    const w = parameter(tensor([3]));
    const loss = w.square().sum();
    const grads = backward(loss);
    w.assign(w.sub(gradient(grads, w).mul(0.1)));
    expect(await loss.item()).toBe(9); // kept
    expect(await w.item()).toBeCloseTo(2.4, 6);
    expect(() => backward(loss)).toThrow(/a parameter was updated after the loss was computed/);
    await expect(gradient(grads, w).item()).rejects.toThrow(StaleValueError);
  });

  it('still reaches a generator after the discriminator has taken its step', async () => {
    const [g, d] = [parameter(tensor([2])), parameter(tensor([5]))];
    const made = keep(g.mul(3));
    const first = backward(d.mul(made.detach()).sum());
    d.assign(d.sub(gradient(first, d)));
    const second = backward(d.mul(made).sum());
    expect(await gradient(second, g).item()).toBe(-3); // d is 5 - 6 = -1
  });
});

describe('freezing', () => {
  it('leaves frozen parameters out, but lets gradients through to earlier ones [A11]', async () => {
    const [first, second] = [parameter(tensor([2])), parameter(tensor([5]))];
    second.requiresGrad = false;
    const grads = backward(first.mul(second).sum());
    expect(grads.get(second)).toBeUndefined();
    expect(await gradient(grads, first).item()).toBe(5);
    second.requiresGrad = true;
    expect(await gradient(backward(first.mul(second).sum()), second).item()).toBe(2);
  });

  it('stays on over assignments', () => {
    const w = parameter(ones([1]));
    w.requiresGrad = false;
    w.assign(zeros([1]));
    expect(w.requiresGrad).toBe(false);
    expect(() => backward(w.sum())).toThrow(/frozen/);
  });
});

describe('cost', () => {
  it('reading the loss before backward costs no second forward pass', async () => {
    let runs = 0;
    const tick = custom({
      name: 'tick',
      shape: ([x]) => x!,
      forward: ([x], out) => {
        runs++;
        out.data.set(x!.data);
      },
      vjp: () => (grad) => [grad],
    });
    const w = parameter(tensor([1, 2, 3]));
    const loss = tick([tick([w.mul(2)]).exp()]).sum();
    await loss.item();
    const afterForward = backend.stats().kernels;
    const grads = backward(loss);
    await gradient(grads, w).data();
    expect(runs).toBe(2);
    // exp's gradient reuses its result: sum, expand, two products and what assigns need, but no exp or mul of the forward pass.
    expect(backend.stats().kernels - afterForward).toBeLessThanOrEqual(4);
  });

  it('does not compute gradients nobody asks for', async () => {
    const w = parameter(ones([4]));
    const { kernels } = backend.stats();
    backward(w.exp().sum());
    expect(backend.stats().kernels).toBe(kernels);
  });

  it('of a step is one plan, compiled once', async () => {
    const w = parameter(ones([4]));
    const step = (i: number): Tensor => {
      const loss = w.mul(tensor([1, 2, 3, i])).square().sum();
      const grads = backward(loss);
      w.assign(w.sub(gradient(grads, w).mul(0.001)));
      return loss;
    };
    await step(0).item();
    await step(1).item();
    const { compiled, plans } = backend.stats();
    for (let i = 2; i < 30; i++) await step(i).item();
    expect(backend.stats().compiled).toBe(compiled);
    expect(backend.stats().plans - plans).toBe(28);
  });
});

describe('accumulation', () => {
  it('adds gradients until zeroed [A02]', async () => {
    const w = parameter(tensor([3]));
    const total = new GradientAccumulator();
    total.accumulate(backward(w.square().sum()));
    expect(await gradient(total.gradients(), w).item()).toBe(6);
    total.accumulate(backward(w.square().sum()));
    expect(await gradient(total.gradients(), w).item()).toBe(12);
    expect(await gradient(total.gradients({ mean: true }), w).item()).toBe(6);
    expect(total.batches).toBe(2);
    total.zero();
    expect(total.gradients().size).toBe(0);
    total.accumulate(backward(w.square().sum()));
    expect(await gradient(total.gradients(), w).item()).toBe(6);
  });

  it('equals the gradient of the whole batch', async () => {
    const w = parameter(tensor([0.5, -1]));
    const x = tensor([[1, 2], [3, 4], [5, 6], [7, 8]]);
    const loss = (rows: Tensor): Tensor => sigmoid(matmul(rows, w)).mean();
    const total = new GradientAccumulator();
    total.accumulate(backward(loss(x.index([0, 2]))));
    total.accumulate(backward(loss(x.index([2, 4]))));
    await expectClose(gradient(total.gradients({ mean: true }), w), await gradient(backward(loss(x)), w).array());
  });

  it('gradients can be mapped, for clipping', async () => {
    const w = parameter(tensor([3]));
    const halved = backward(w.square().sum()).map((g) => dense(g).mul(0.5));
    expect(await gradient(halved, w).item()).toBe(3);
  });
});

describe('rows', () => {
  const indices = tensor([2, 0, 2], { dtype: 'int32' });

  it('are the gradient of a sparse lookup; repeated rows add up', async () => {
    const table = parameter(zeros([4, 2]));
    const loss = embedding(indices, table, { sparse: true }).mul(tensor([[1, 2], [3, 4], [5, 6]])).sum();
    const g = backward(loss).get(table)!;
    expect(g).toHaveProperty('rows');
    expect(await dense(g).array()).toEqual([[3, 4], [0, 0], [6, 8], [0, 0]]);
    if (!('rows' in g)) return;
    expect(g.shape).toEqual([4, 2]);
    expect(g.dtype).toBe('float32');
    expect(await g.indices.array()).toEqual([2, 0, 2]);
    expect(await g.rows.array()).toEqual([[1, 2], [3, 4], [5, 6]]);
    expect(await g.scale(2).toDense().index(0).array()).toEqual([6, 8]);
  });

  it('are the same numbers as the dense gradient, also for several lookups and mixed uses', async () => {
    const table = parameter(tensor([[1, 2], [3, 4], [5, 6], [7, 8]]));
    const loss = (sparse: boolean): Tensor =>
      embedding(indices, table, { sparse }).square().sum().add(embedding(tensor([[1], [2]], { dtype: 'int32' }), table, { sparse }).sum());
    const sparse = backward(loss(true)).get(table)!;
    expect(sparse).toHaveProperty('rows');
    expect(await dense(sparse).array()).toEqual(await dense(backward(loss(false)).get(table)!).array());
    const mixed = backward(loss(true).add(table.sum())).get(table)!;
    expect(mixed).not.toHaveProperty('rows');
    expect(await dense(mixed).array()).toEqual(await dense(backward(loss(false).add(table.sum())).get(table)!).array());
  });

  it('reach past the table to what it was computed from', async () => {
    const w = parameter(tensor([[1, 2], [3, 4]]));
    const grads = backward(embedding(tensor([1], { dtype: 'int32' }), w.mul(10), { sparse: true }).sum());
    expect(await gradient(grads, w).array()).toEqual([[0, 0], [10, 10]]);
  });

  it('of the padding index get nothing', async () => {
    for (const sparse of [false, true]) {
      const table = parameter(ones([4, 2]));
      const g = backward(embedding(indices, table, { sparse, paddingIndex: 2 }).sum()).get(table)!;
      expect(await dense(g).array()).toEqual([[1, 1], [0, 0], [0, 0], [0, 0]]);
    }
  });

  it('add up in an accumulator', async () => {
    const table = parameter(zeros([4, 1]));
    const total = new GradientAccumulator();
    for (let i = 0; i < 2; i++) total.accumulate(backward(embedding(indices, table, { sparse: true }).sum()));
    const g = total.gradients({ mean: true }).get(table)!;
    expect(g).toHaveProperty('rows');
    expect(await dense(g).array()).toEqual([[1], [0], [2], [0]]);
  });
});

describe('the order of gradients', () => {
  /** Parameters by name, made in one order and used in another, also by a checkpoint, a loop and twice. */
  function problem(): { params: Record<string, Parameter>; loss: (x: Tensor) => Tensor } {
    const made = Object.fromEntries(['f', 'e', 'd', 'c', 'b', 'a'].map((name, i) => [name, parameter(tensor([1 + i / 10, -1]))]));
    const { a, b, c, d, e, f } = made as Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f', Parameter>;
    const loss = (x: Tensor): Tensor => {
      const first = where(x.gt(0), a, b).mul(x);
      const again = checkpoint((y) => y.mul(c).add(d).tanh(), first);
      const { ys } = scan((carry, row: Tensor) => [carry.mul(e).add(row.mul(f)).tanh(), carry], {
        init: zeros([2]), xs: stack([again, again.mul(2)]),
      });
      return ys.add(a).square().sum();
    };
    return { params: made, loss };
  }
  const order = (grads: Gradients, params: Record<string, Parameter>): string =>
    [...grads].map(([p]) => Object.keys(params).find((name) => params[name] === p)).join('');

  it('is that in which the loss first uses the parameters, whatever was assigned to them in which order', async () => {
    const { params, loss } = problem();
    const x = tensor([0.5, -2]);
    expect(order(backward(loss(x)), params)).toBe('abcdef');
    for (const names of ['cafebd', 'fedcba']) {
      for (const name of names) params[name]!.assign(params[name]!.mul(0.9));
      const grads = backward(loss(x));
      expect(order(grads, params)).toBe('abcdef');
      expect(order(grads.map((g) => dense(g).mul(2)), params)).toBe('abcdef');
    }
    expect(await loss(x).item()).toBeGreaterThan(0);
  });

  it('makes a compiled step that iterates over them the same at every call', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { loss } = problem();
    const [w, b] = [parameter(tensor([[1, 2], [3, 4]])), parameter(zeros([2]))];
    const step = compile((x: Tensor) => {
      const value = loss(linear(x, w, b)).mul(0.01);
      assignAll([...backward(value)].map(([p, g]) => [p, p.sub(dense(g).mul(0.1))]));
      return value;
    }, { check: 1 });
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await step(tensor([0.5, -2])).item());
    expect(losses[3]!).toBeLessThan(losses[0]!);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

describe('vanishing and exploding gradients', () => {
  /** Norms of the weight gradients of a 20-layer network, first layer first. */
  async function norms(activation: (x: Tensor) => Tensor, scale: number): Promise<number[]> {
    const n = 16;
    const weights = Array.from({ length: 20 }, (_, l) => {
      const values = Array.from({ length: n * n }, (_, i) => scale * Math.sqrt(2) * Math.sin(1 + 12.9898 * i + 78.233 * l * (i % 7)));
      return parameter(tensor(values, { shape: [n, n] }));
    });
    let x: Tensor = tensor(Array.from({ length: 8 * n }, (_, i) => Math.cos(3.7 * i)), { shape: [8, n] });
    for (const w of weights) x = activation(x.matmul(w));
    const grads = backward(x.square().mean());
    return Promise.all(weights.map((w) => gradient(grads, w).square().sum().sqrt().item()));
  }

  it('with sigmoids fade towards the first layer; with relu and He scaling they do not [A14 E30]', async () => {
    const faded = await norms(sigmoid, Math.sqrt(1 / 16));
    expect(faded[0]! / faded[19]!).toBeLessThan(1e-6);
    const steady = await norms(relu, Math.sqrt(2 / 16));
    expect(steady[0]! / steady[19]!).toBeGreaterThan(1e-2);
    expect(steady[0]! / steady[19]!).toBeLessThan(1e2);
  });

  it('with large weights explode', async () => {
    const grown = await norms((x) => x, 1);
    expect(grown[0]!).toBeGreaterThan(1e6);
  });
});

describe('softmax classification', () => {
  it('has the gradient p - y at the scores [S03]', async () => {
    const z = parameter(tensor([[0.5, 2, -1]]));
    const loss = softmax(z, { dim: 1 }).index(0, 1).log().neg();
    const p = (await softmax(z, { dim: 1 }).data()) as Float32Array;
    await expectClose(gradient(backward(loss), z), [[p[0]!, p[1]! - 1, p[2]!]]);
  });
});
