import { cpu } from '@cotangent/backend-cpu';
import {
  add, bernoulli, checkpoint, concat, customGradient, DECOMPOSITIONS, embedding, exp, matmul, mul, noGrad, parameter, randn,
  reshape, round, scan, select, sigmoid, sin, stack, stopGradient, sum, tanh, tensor, use, where, zeros, Generator,
  type Backend, type Kernel, type Plan, type Shape, type Tensor,
} from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { backward, dense, gradCheck, gradients, track } from './index';

beforeAll(async () => {
  await use(cpu());
});

const generator = new Generator(11);
const draw = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', generator });

type Body = (carry: Tensor, x: Tensor) => [Tensor, Tensor];

/** What scan does, one step after the other. */
function stepByStep(body: Body, init: Tensor, xs: Tensor, reverse = false): { carry: Tensor; ys: Tensor; carries: Tensor } {
  let carry = init;
  const ys: Tensor[] = [];
  const carries: Tensor[] = [];
  const order = [...Array(xs.shape[0]).keys()];
  if (reverse) order.reverse();
  for (const t of order) {
    const [next, y] = body(carry, select(xs, 0, t));
    carries[t] = carry = next;
    ys[t] = y;
  }
  return { carry, ys: stack(ys), carries: stack(carries) };
}

async function expectSame(actual: Tensor, wanted: Tensor, tolerance = 1e-10): Promise<void> {
  expect(actual.shape).toEqual(wanted.shape);
  const [a, b] = [await actual.data(), await wanted.data()];
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i]!), `element ${i} of ${actual.shape.join()}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(b[i]!)));
  });
}

/** A number that depends on all results in different ways. */
function score({ carry, ys, carries }: ReturnType<typeof stepByStep>): Tensor {
  return add(sum(sin(ys)), add(sum(mul(carry, carry)), sum(tanh(carries))));
}

/** Values, gradients and gradients of gradients of a loop, against those of its steps one after the other. */
async function compare(body: (w: Tensor) => Body, shapes: { init: Shape; xs: Shape; w: Shape }): Promise<void> {
  for (const reverse of [false, true]) {
    const inputs = [draw(...shapes.init), draw(...shapes.xs), draw(...shapes.w)].map(track) as [Tensor, Tensor, Tensor];
    const [init, xs, w] = inputs;
    const looped = scan(body(w), { init, xs, reverse });
    const stepped = stepByStep(body(w), init, xs, reverse);
    await expectSame(looped.carry, stepped.carry);
    await expectSame(looped.ys, stepped.ys);
    await expectSame(looped.carries, stepped.carries);
    const [first, wanted] = [looped, stepped].map((run) => gradients(score(run), inputs)) as [Tensor[], Tensor[]];
    for (let i = 0; i < 3; i++) await expectSame(first[i]!, wanted[i]!);
    const squares = (list: Tensor[]): Tensor => list.map((g) => sum(mul(g, g))).reduce(add);
    const [second, wantedToo] = [first, wanted].map((list) => gradients(squares(list), inputs)) as [Tensor[], Tensor[]];
    for (let i = 0; i < 3; i++) await expectSame(second[i]!, wantedToo[i]!, 1e-8);
  }
}

const square = { init: [2, 3], xs: [4, 2, 3], w: [3, 3] } as const;

describe('loops have the values, gradients and second derivatives of their steps', () => {
  const bodies: Record<string, (w: Tensor) => Body> = {
    'a recurrent net': (w) => (h, x) => {
      const next = tanh(matmul(h, w).add(x));
      return [next, next.mul(2)];
    },
    'a weight that is used twice': (w) => (h, x) => {
      const next = tanh(matmul(matmul(h, w).add(x), w.transpose()));
      return [next, sum(mul(w, x.index(0)), { dim: 0 })];
    },
    'a weight in element-wise ops alone': (w) => (h, x) => [sin(mul(h, w.index(0)).add(x)), mul(exp(w.index(1)), h)],
    'a body that ignores its slice': (w) => (h) => [tanh(matmul(h, w)), h],
    'a carry that is not used': (w) => (h, x) => [h, matmul(x, w)],
    'a carry that is replaced': (w) => (h, x) => [matmul(x, w), h],
    'a body that computes nothing': () => (h, x) => [x, h],
    'values that no step changes': (w) => (h, x) => {
      const fixed = exp(w.mul(0.3));
      return [tanh(matmul(h, fixed).add(x)), fixed.index(2)];
    },
    'gates cut from one product': (w) => (h, x) => {
      const both = matmul(concat([h, x], 1), concat([w, w.mul(0.5)], 0));
      const [a, b] = [both.index('...', [0, 1]), both.index('...', [1, 3])];
      const next = mul(sigmoid(a), tanh(b));
      return [next.index('...', [0, 1]).add(concat([next, a], 1)), mul(next, 2)];
    },
    'a checkpoint inside': (w) => (h, x) => {
      const next = checkpoint((s: Tensor) => sin(matmul(exp(s.mul(0.1)), exp(w.mul(0.1)))), h.add(x));
      return [tanh(next), next];
    },
    'a gradient of its own': (w) => {
      const scaled = customGradient((v, u) => mul(v, u), (grad, [v, u]) => [mul(grad, u!), mul(grad, v!)]);
      return (h, x) => [scaled(tanh(h), x), scaled(mul(w.index(1), 1).expand(2, 3), x)];
    },
    'a stopped gradient': (w) => (h, x) => [tanh(matmul(stopGradient(h), w).add(x).add(h)), h],
    'conditions': (w) => (h, x) => [where(x.gt(0), h.mul(w.index(0)), x), h.relu()],
    'a loop inside': (w) => (h, x) => {
      const inner = scan((s, row) => [tanh(s.mul(row)), s.mul(w.index(0))], { init: h, xs: concat([w, x], 0) });
      return [inner.carry, inner.ys.sum({ dim: 0 })];
    },
    'gradients inside': (w) => (h, x) => {
      const inner = track(h);
      const [slope] = gradients(sum(tanh(matmul(inner, w).mul(x))), [inner]);
      return [h.mul(0.5).sub(slope!), slope!];
    },
  };
  for (const [name, body] of Object.entries(bodies)) {
    it(name, async () => {
      await compare(body, square);
    });
  }

  it('one step', async () => {
    await compare(bodies['a recurrent net']!, { ...square, xs: [1, 2, 3] });
  });

  it('finite differences agree', async () => {
    const report = await gradCheck(
      (h, x, w) => score(scan((s, v) => [tanh(matmul(s, w).add(v)), sigmoid(s)], { init: h, xs: x })),
      [draw(2, 2), draw(3, 2, 2), draw(2, 2)],
    );
    expect(report.relativeError).toBeLessThan(1e-7);
  });
});

describe('gradients of loops', () => {
  it('a table that is looked up in every step gets them by rows', async () => {
    const table = track(draw(5, 3));
    const words = tensor([[1, 4], [4, 4], [0, 1]], { dtype: 'int32' });
    const body = (h: Tensor, word: Tensor): [Tensor, Tensor] => [tanh(h.add(embedding(word, table))), h];
    const init = draw(2, 3);
    const wanted = stepByStep(body, init, words);
    const looped = scan(body, { init, xs: words });
    const [[actual], [expected]] = [gradients(score(looped), [table]), gradients(score(wanted), [table])];
    await expectSame(actual!, expected!);
  });

  it('a value that is read first and differentiated later, without a second run of the forward loop', async () => {
    const backend = await use(cpu());
    const trips: number[] = [];
    const run = backend.run.bind(backend);
    backend.run = (plan, inputs) => {
      for (const kernel of plan.kernels) if (kernel.kind === 'repeat' && kernel.trips > 1) trips.push(kernel.trips);
      return run(plan, inputs);
    };
    const w = parameter(draw(3, 3));
    const [init, xs] = [draw(2, 3), draw(4, 2, 3)];
    const body = (h: Tensor, x: Tensor): [Tensor, Tensor] => [tanh(matmul(h, w).add(x)), h];
    const wanted = backward(score(stepByStep(body, init, xs))).get(w)!;
    const loss = score(scan(body, { init, xs }));
    const value = await loss.item();
    expect(trips).toEqual([4]);
    await expectSame(dense(backward(loss).get(w)!), dense(wanted));
    expect(trips).toEqual([4, 4]);
    expect(await loss.item()).toBe(value);
  });

  it('two losses of one loop', async () => {
    const w = track(draw(3, 3));
    const [init, xs] = [draw(2, 3), draw(4, 2, 3)];
    const body = (h: Tensor, x: Tensor): [Tensor, Tensor] => [tanh(matmul(h, w).add(x)), sin(matmul(h, w))];
    const [looped, stepped] = [scan(body, { init, xs }), stepByStep(body, init, xs)];
    for (const loss of [(r: typeof stepped) => sum(r.carry), (r: typeof stepped) => sum(r.ys), score]) {
      await expectSame(gradients(loss(looped), [w])[0]!, gradients(loss(stepped), [w])[0]!);
    }
  });

  it('go to what is trained and to nothing else', () => {
    const [w, frozen] = [parameter(draw(3, 3)), parameter(draw(3))];
    frozen.requiresGrad = false;
    const run = (): Tensor => sum(scan((h, x) => [matmul(h, w).add(x).mul(frozen)], { init: draw(2, 3), xs: draw(4, 2, 3) }).carry);
    const grads = backward(run());
    expect([grads.size, grads.get(w) !== undefined]).toEqual([1, true]);
    expect(noGrad(run).requiresGrad).toBe(false);
    expect(scan((h, x) => [h.add(x), mul(h, w.index(0))], { init: draw(2, 3), xs: draw(4, 2, 3) }).carry.requiresGrad).toBe(false);
  });

  it('flow through a carry whose start has none', async () => {
    const w = track(draw(3, 3));
    const [init, xs] = [zeros([2, 3], { dtype: 'float64' }), draw(3, 2, 3)];
    const body = (h: Tensor, x: Tensor): [Tensor, Tensor] => [tanh(matmul(x, w).add(h)), h];
    await expectSame(gradients(score(scan(body, { init, xs })), [w])[0]!, gradients(score(stepByStep(body, init, xs)), [w])[0]!);
  });

  it('the same draw is used in every step, forward and backward', async () => {
    const x = track(draw(3, 4));
    const ys = scan((h, row) => [h, where(bernoulli(0.5, [4], { generator }), row, 0)], { init: draw(1), xs: x }).ys;
    const [slope] = gradients(sum(ys), [x]);
    const rows = (await slope!.array()) as number[][];
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
    await expectSame(ys, mul(slope!, x));
  });

  it('leave the number of kernels as it is, whatever the number of steps', async () => {
    const backend = await use(cpu());
    const plans: Plan[] = [];
    const run = backend.run.bind(backend);
    backend.run = (plan, inputs) => {
      plans.push(plan);
      return run(plan, inputs);
    };
    const inner = (kernel: Kernel): number => (kernel.kind === 'repeat' ? kernel.kernels.reduce((count, k) => count + inner(k), 1) : 1);
    const counts: number[] = [];
    for (const steps of [8, 64]) {
      const w = track(draw(3, 3));
      const { ys } = scan((h, x) => [tanh(matmul(h, w).add(x)), h], { init: draw(2, 3), xs: draw(steps, 2, 3) });
      gradients(sum(ys), [w])[0]!.dataSync();
      counts.push(plans.at(-1)!.kernels.map(inner).reduce((a, b) => a + b));
    }
    expect(counts[1]).toBe(counts[0]);
  });
});

it('on a backend that cannot repeat kernels loops are unrolled', async () => {
  const full = cpu();
  const kernels: readonly Kernel['kind'][] = ['map', 'reduce', 'gather', 'scatter', 'contract'];
  const minimal: Backend = {
    ...full,
    name: 'minimal',
    caps: { ...full.caps, kernels, decompositions: DECOMPOSITIONS },
    prepare: (plan) => full.prepare(plan),
    run: (plan, inputs) => {
      for (const kernel of plan.kernels) expect(kernels).toContain(kernel.kind);
      return full.run(plan, inputs).map((storage) => ({ ...storage, backend: minimal }));
    },
    read: (storage) => full.read({ ...storage, backend: full }),
    free: (storage) => {
      full.free(storage);
    },
    stats: () => full.stats(),
    dispose: () => {
      full.dispose();
    },
  };
  await use(minimal);
  await compare(
    (w) => (h, x) => {
      const inner = scan((s, row) => [tanh(s.mul(row)), s.mul(w.index(0))], { init: h, xs: w });
      return [matmul(inner.carry, w).add(x), round(reshape(inner.ys, [-1])).sum().mul(h)];
    },
    square,
  );
  await use(cpu());
});
