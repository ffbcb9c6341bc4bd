import { backward, RowsGradient, type Gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import {
  ArgumentError, autocast, compile, gather, logSoftmax, manualSeed, matmul, mean, parameter, rand, randn, relu, StateError, tensor, use,
  where,
  zeros, type Backend, type Parameter, type Tensor,
} from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, clipGradValue, GradScaler, SGD } from './index';
import { expectClose, given } from './testing/helpers';

const backends: readonly [string, () => Backend][] = [['cpu', () => cpu()], ['wasm', () => wasm()]];

describe.each(backends)('GradScaler on %s', (_, create) => {
  beforeAll(async () => {
    await use(create());
  });

  const pair = (): Parameter[] => {
    const named = [parameter(tensor([1, 2])), parameter(tensor([[3, -1], [0.5, 2]]))];
    named.forEach((p, i) => (p.name = `p${i}`));
    return named;
  };

  /** All that a training holds, as numbers. */
  const snapshot = async (ps: readonly Parameter[], optimizer: Adam): Promise<unknown> => {
    const state = Object.entries(optimizer.stateDict()).filter(([key]) => key !== 'groups');
    const values = await Promise.all(ps.map((p) => p.array()));
    return [...values, ...(await Promise.all(state.map(async ([k, v]) => [k, await (v as Tensor).array()])))];
  };

  it('divides by the scale what it multiplied by', async () => {
    const [scaled, plain] = [pair(), pair()];
    const [a, b] = [new Adam(scaled, { lr: 0.1 }), new Adam(plain, { lr: 0.1 })];
    const scaler = new GradScaler();
    const loss = (ps: readonly Parameter[]): Tensor => ps[0]!.square().sum().add(ps[1]!.exp().sum());
    for (let i = 0; i < 3; i++) {
      scaler.step(a, backward(scaler.scale(loss(scaled))));
      scaler.update();
      b.step(backward(loss(plain)));
    }
    expect(await snapshot(scaled, a)).toEqual(await snapshot(plain, b)); // a scale is a power of two
    expect(await scaler.getScale().item()).toBe(65536);
  });

  it.each([Infinity, -Infinity, NaN])('leaves everything alone at a gradient of %s, and halves the scale', async (bad) => {
    const ps = pair();
    const optimizer = new Adam(ps);
    const scaler = new GradScaler();
    scaler.step(optimizer, given(ps, [[1, 2], [3, 4, 5, 6]]));
    scaler.update();
    const before = await snapshot(ps, optimizer);
    scaler.step(optimizer, given(ps, [[1, 2], [3, bad, 5, 6]]));
    scaler.update();
    expect(await snapshot(ps, optimizer)).toEqual(before);
    expect(await scaler.getScale().item()).toBe(32768);
    scaler.step(optimizer, given(ps, [[1, 2], [3, 4, 5, 6]]));
    scaler.update();
    expect(await snapshot(ps, optimizer)).not.toEqual(before);
    expect(await scaler.getScale().item()).toBe(32768);
  });

  it('grows after so many good steps in a row, and not beyond the range', async () => {
    const ps = pair();
    const optimizer = new SGD(ps, { lr: 0.1 });
    const scaler = new GradScaler({ initScale: 8, growthFactor: 4, backoffFactor: 0.25, growthInterval: 3 });
    const scales: number[] = [];
    for (const bad of [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1]) {
      scaler.step(optimizer, given(ps, [[1, bad === 1 ? Infinity : 1], [3, 4, 5, 6]]));
      scaler.update();
      scales.push(await scaler.getScale().item());
    }
    expect(scales).toEqual([8, 8, 32, 32, 32, 8, 8, 8, 32, 8, 2]);
    const largest = new GradScaler({ initScale: 3e38, growthInterval: 1 });
    largest.step(optimizer, given(ps, [[1, 1], [3, 4, 5, 6]]));
    largest.update();
    expect(await largest.getScale().item()).toBe(Math.fround(3e38));
  });

  it('counts an overflow of either of two optimisers, and steps the other', async () => {
    const [p, q] = pair() as [Parameter, Parameter];
    const [a, b] = [new SGD([p], { lr: 1 }), new SGD([q], { lr: 1 })];
    const scaler = new GradScaler({ initScale: 2 });
    scaler.step(a, given([p], [[Infinity, 2]]));
    scaler.step(b, given([q], [[2, 2, 2, 2]]));
    scaler.update();
    expect(await p.array()).toEqual([1, 2]);
    expect(await q.array()).toEqual([[2, -2], [-0.5, 1]]);
    expect(await scaler.getScale().item()).toBe(1);
  });

  it('gives divided gradients to what comes before the step, and remembers what was not finite', async () => {
    const ps = pair();
    const optimizer = new SGD(ps, { lr: 1 });
    const scaler = new GradScaler({ initScale: 4 });
    const clipped = (grads: Gradients): Gradients => clipGradValue(scaler.unscale(optimizer, grads), 1);
    scaler.step(optimizer, clipped(given(ps, [[4, 80], [0, 0, 0, 0]])));
    expect(await ps[0]!.array()).toEqual([0, 1]);
    scaler.step(optimizer, clipped(given(ps, [[4, Infinity], [0, 0, 0, 0]])));
    expect(await ps[0]!.array()).toEqual([0, 1]);
    scaler.unscale(optimizer, given(ps, [[1, 1], [1, 1, 1, 1]]));
    expect(() => scaler.unscale(optimizer, given(ps, [[1, 1], [1, 1, 1, 1]]))).toThrow(/unscaled already/);
  });

  it('takes gradients of some rows', async () => {
    const table = parameter(tensor([[1, 1], [2, 2], [3, 3]]));
    const optimizer = new SGD([table], { lr: 1 });
    const scaler = new GradScaler({ initScale: 2 });
    const rows = (values: readonly number[]): Gradients =>
      given([table], [[0, 0, 0, 0, 0, 0]]).map(() => new RowsGradient(tensor([2], { dtype: 'int32' }), tensor([[...values]]), [3, 2]));
    scaler.step(optimizer, rows([2, NaN]));
    expect(await table.array()).toEqual([[1, 1], [2, 2], [3, 3]]);
    scaler.step(optimizer, rows([2, 4]));
    expect(await table.array()).toEqual([[1, 1], [2, 2], [2, 1]]);
  });

  it('goes on from a saved state', async () => {
    const ps = pair();
    const optimizer = new SGD(ps, { lr: 0 });
    const run = async (scaler: GradScaler, steps: number): Promise<number> => {
      for (let i = 0; i < steps; i++) {
        scaler.step(optimizer, given(ps, [[1, 1], [1, 1, 1, 1]]));
        scaler.update();
      }
      return scaler.getScale().item();
    };
    const first = new GradScaler({ initScale: 16, growthInterval: 3 });
    await run(first, 4);
    const second = new GradScaler({ growthInterval: 3 });
    second.loadStateDict(first.stateDict());
    expect(await run(second, 1)).toBe(32);
    expect(await run(second, 1)).toBe(64);
    expect(() => {
      second.loadStateDict({ scale: tensor([1]) });
    }).toThrow(StateError);
  });

  it('does nothing when it is not enabled', async () => {
    const ps = pair();
    const optimizer = new SGD(ps, { lr: 1 });
    const scaler = new GradScaler({ enabled: false });
    const loss = ps[0]!.sum();
    expect(scaler.scale(loss)).toBe(loss);
    scaler.step(optimizer, backward(loss));
    scaler.update();
    expect(await ps[0]!.array()).toEqual([0, 1]);
  });

  it('refuses options that make no sense and float16 gradients', () => {
    for (const options of [{ initScale: 0 }, { growthFactor: 1 }, { backoffFactor: 1 }, { growthInterval: 0.5 }]) {
      expect(() => new GradScaler(options)).toThrow(ArgumentError);
    }
    const half = parameter(tensor([1, 2], { dtype: 'float16' }));
    const scaler = new GradScaler();
    expect(() => scaler.unscale(new SGD([half], { lr: 1 }), backward(half.cast('float32').sum()))).toThrow(/Keep parameters in float32/);
  });

  /** A classifier of points by quadrant, some of them with a wrong label: the mean loss of the last steps, and what the scaler did. */
  async function train(mixed: boolean, compiled: boolean): Promise<{ loss: number; sound: boolean; scale: number }> {
    manualSeed(5);
    const x = randn([128, 2]);
    const quadrant = x.ge(0).cast('int32').mul(tensor([1, 2], { dtype: 'int32' })).sum({ dim: 1, keepdim: true });
    const target = where(rand([128, 1]).lt(0.2), zeros([], { dtype: 'int32' }), quadrant);
    const weights = [randn([2, 16]), zeros([16]), randn([16, 4]).mul(0.2), zeros([4])].map((w) => parameter(w));
    const [w1, b1, w2, b2] = weights as [Parameter, Parameter, Parameter, Parameter];
    const optimizer = new Adam(weights, { weightDecay: 0.01 });
    const scaler = new GradScaler({ enabled: mixed, initScale: 2 ** 22, growthInterval: 50 });
    const forward = (): Tensor => {
      const scores = autocast(() => matmul(relu(matmul(x, w1).add(b1)), w2).add(b2), { enabled: mixed });
      return mean(gather(logSoftmax(scores, { dim: 1 }), 1, target)).neg();
    };
    const step = (): Tensor => {
      const loss = forward();
      scaler.step(optimizer, backward(scaler.scale(loss)));
      scaler.update();
      return loss;
    };
    const run = compiled ? compile(step) : step;
    const losses: number[] = [];
    for (let i = 0; i < 200; i++) {
      optimizer.lr = 0.02 * (1 - i / 200); // so that it ends at rest
      losses.push(await run().item());
    }
    const last = losses.slice(-10);
    return {
      loss: last.reduce((a, b) => a + b, 0) / last.length,
      sound: losses.every(Number.isFinite),
      scale: await scaler.getScale().item(),
    };
  }

  it('trains with products in float16 to within 1 % of the loss in float32, without NaN [B14]', async () => {
    const whole = await train(false, true);
    for (const compiled of [false, true]) {
      const half = await train(true, compiled);
      expect(half.sound).toBe(true);
      expect(Math.abs(half.loss / whole.loss - 1)).toBeLessThan(0.01);
      // It starts with gradients that overflow, and finds a scale at which they do not.
      expect(half.scale).toBeLessThan(2 ** 22);
    }
  });

  it('keeps gradients that float16 would lose', async () => {
    const gradient = async (scaler: GradScaler): Promise<number[]> => {
      const w = parameter(tensor([[1], [1]]));
      const optimizer = new SGD([w], { lr: 1 });
      const loss = autocast(() => matmul(tensor([[1, 2]]), w)).sum().mul(2 ** -26);
      return [...(await (scaler.unscale(optimizer, backward(scaler.scale(loss))).get(w) as Tensor).data())];
    };
    expect(await gradient(new GradScaler({ enabled: false }))).toEqual([0, 0]);
    expectClose(await gradient(new GradScaler()), [2 ** -26, 2 ** -25]);
  });
});
