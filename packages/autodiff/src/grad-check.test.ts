import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  bernoulli, Generator, GradientError, customGradient, matmul, norm, ones, parameter, sigmoid, tensor, use, type Tensor,
} from '@cotangent/tensor';
import { gradCheck, gradients, numericGradients, track } from './index';

beforeAll(async () => {
  await use(cpu());
});

const double = (...data: number[]): Tensor => tensor(data, { dtype: 'float64' });

describe('gradCheck', () => {
  it('passes right gradients well below 1e-7 and reports every input [A06 B02]', async () => {
    const report = await gradCheck((w, x) => sigmoid(matmul(w, x)).square(), [double(1, -2, 0.5, 3).reshape(2, 2), double(0.1, 0.7)]);
    expect(report.passed).toBe(true);
    expect(report.relativeError).toBeLessThan(1e-7);
    expect(report.errors).toHaveLength(2);
  });

  it('fails wrong ones: 1e-7 is good, 1e-5 worth a look, 1e-3 wrong [A06 E35]', async () => {
    const withError = (error: number) => customGradient((x) => x.square(), (grad, [x]) => [grad.mul(x!).mul(2 * (1 + error))]);
    expect((await gradCheck(withError(0), [double(1, 2)])).passed).toBe(true);
    const report = await gradCheck(withError(2e-3), [double(1, 2)]);
    expect(report.passed).toBe(false);
    expect(report.relativeError).toBeCloseTo(1e-3, 5);
    expect((await gradCheck(withError(2e-3), [double(1, 2)], { tolerance: 1e-2 })).passed).toBe(true);
    expect((await gradCheck(customGradient((x) => x.exp(), () => [undefined]), [double(1)])).relativeError).toBe(1);
  });

  it('includes whatever regularisation the function adds, at any point of training [A06]', async () => {
    const penalised = (w: Tensor): Tensor => sigmoid(w).sum().add(w.square().sum().mul(0.35)).add(norm(w));
    let w = double(0.4, -1.2, 2);
    for (let step = 0; step < 3; step++) {
      expect((await gradCheck(penalised, [w])).passed).toBe(true);
      const x = track(w);
      const [g] = gradients(penalised(x), [x]);
      w = w.sub(g!.mul(0.1)).detach();
      await w.data();
    }
  });

  it('refuses functions with randomness, such as active dropout [A06]', async () => {
    const dropout = (x: Tensor): Tensor => x.mul(bernoulli(0.5, x.shape).cast('float64')).sum();
    const x = double(...Array.from({ length: 64 }, (_, i) => i + 1));
    await expect(gradCheck(dropout, [x])).rejects.toThrow(GradientError);
    await expect(gradCheck(dropout, [x])).rejects.toThrow(/Switch dropout and other randomness off/);
    // The same mask every time is no randomness.
    const fixed = (t: Tensor): Tensor => t.mul(bernoulli(0.5, t.shape, { generator: new Generator(3) }).cast('float64')).sum();
    expect((await gradCheck(fixed, [double(1, 2, 3)])).passed).toBe(true);
  });

  it('works in float32 with wider limits', async () => {
    const report = await gradCheck((x) => x.tanh(), [tensor([0.5, -1])]);
    expect(report.passed).toBe(true);
    expect(report.relativeError).toBeGreaterThan(1e-9);
  });

  it('names inputs and outputs that carry no gradient', async () => {
    await expect(gradCheck((x) => x, [ones([1], { dtype: 'int32' })])).rejects.toThrow(/an input is int32/);
    await expect(gradCheck((x) => x.gt(0), [double(1)])).rejects.toThrow(/returned bool/);
  });
});

describe('numericGradients', () => {
  it('lead to the same minimum as the analytic ones [A05]', async () => {
    const f = (x: Tensor): Tensor => x.sub(double(3, -1)).square().sum();
    const descend = async (slope: (x: Tensor) => Promise<Tensor>): Promise<number[]> => {
      let x = double(0, 0);
      for (let i = 0; i < 100; i++) x = tensor(await x.sub((await slope(x)).mul(0.1)).data(), { dtype: 'float64' });
      return [...(await x.data())];
    };
    const numeric = await descend(async (x) => tensor((await numericGradients(f, [x], 1e-6))[0]!, { dtype: 'float64' }));
    const analytic = await descend(async (x) => {
      const tracked = track(x);
      return gradients(f(tracked), [tracked])[0]!;
    });
    for (const [i, target] of [3, -1].entries()) {
      expect(analytic[i]).toBeCloseTo(target, 8);
      expect(numeric[i]).toBeCloseTo(target, 6);
    }
  });

  it('work on parameters too', async () => {
    const w = parameter(double(2));
    const [g] = await numericGradients((x) => x.pow(3).sum(), [w], 1e-6);
    expect(g![0]).toBeCloseTo(12, 6);
  });
});
