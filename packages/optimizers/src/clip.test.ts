import { cpu } from '@cotangent/backend-cpu';
import { backward, Gradients } from '@cotangent/autodiff';
import { ArgumentError, parameter, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { clipGradNorm, clipGradValue, SGD } from './index';
import { expectClose, given, numbers } from './testing/helpers';

beforeAll(async () => {
  await use(cpu());
});

const ps = [parameter(zeros([3])), parameter(zeros([2, 2]))];
const values = async (grads: Gradients): Promise<number[][]> => Promise.all(ps.map((p) => numbers(grads.get(p) as Tensor)));

describe('clipGradNorm', () => {
  it('scales all gradients by one factor, as PyTorch 1.13', async () => {
    const g = given(ps, [[-1.1860577, 0.27293363, 0.67965394], [1.0128963, -0.37591118, 0.020933276, -0.6094581]]);
    const { grads, norm } = clipGradNorm(g, 1);
    expectClose([await norm.item()], [1.8660923]);
    const [a, b] = await values(grads);
    expectClose(a!, [-0.6355833, 0.14625937, 0.3642122]);
    expectClose(b!, [0.54278976, -0.20144285, 0.0112177, -0.32659572]);
  });

  it('leaves small gradients as they are', async () => {
    const numbersOf = [[0.5, 0.25, -0.5], [1, 0, 0, 0.125]];
    const { grads } = clipGradNorm(given(ps, numbersOf), 100);
    expect(await values(grads)).toEqual(numbersOf);
  });

  it('knows the sum norm and the norm of the largest entry', async () => {
    const g = given(ps, [[-0.13956617, 1.8194433, 0.1853794], [0.45233825, 0.69052434, 1.3365066, 0.15864496]]);
    const one = clipGradNorm(g, 2, { normType: 1 });
    expectClose([await one.norm.item()], [4.7824031]);
    expectClose((await values(one.grads))[1]!, [0.18916772, 0.28877708, 0.5589267, 0.066345274]);
    const most = clipGradNorm(given(ps, [[1.5357416, -1.1256952, -0.20864679], [0.23256497, 2.0758858, -1.1517317, -0.22775602]]), 0.5, {
      normType: Infinity,
    });
    expectClose([await most.norm.item()], [2.0758858]);
    expectClose((await values(most.grads))[0]!, [0.36990014, -0.271136, -0.05025486]);
  });

  it('gives a norm that can be read after the step', async () => {
    const w = parameter(tensor([3, 4]));
    const { grads, norm } = clipGradNorm(backward(w.square().sum().mul(0.5)), 1);
    new SGD([w], { lr: 1 }).step(grads);
    expect(await norm.item()).toBe(5);
    expectClose(await numbers(w), [2.4, 3.2]);
  });

  it('refuses limits that are none', () => {
    const g = given(ps, [[1, 1, 1], [1, 1, 1, 1]]);
    expect(() => clipGradNorm(g, 0)).toThrow(ArgumentError);
    expect(() => clipGradNorm(g, 1, { normType: 0 })).toThrow(/normType is 0/);
    expect(() => clipGradNorm(new Gradients([]), 1)).toThrow(/no gradients/);
  });
});

describe('clipGradValue', () => {
  it('limits every entry', async () => {
    const g = given(ps, [[-0.80395025, -1.1280918, 0.5], [0.80730397, -1.4031277, 3.2874486, -0.25]]);
    const [a, b] = await values(clipGradValue(g, 0.7));
    expectClose(a!, [-0.7, -0.7, 0.5]);
    expectClose(b!, [0.7, -0.7, 0.7, -0.25]);
    expect(() => clipGradValue(g, -1)).toThrow(ArgumentError);
  });
});

describe('clipGradNorm with errorIfNonfinite', () => {
  it.each([1, 2, Infinity])('refuses NaN and infinities with norm %d before anything is updated [O16]', async (normType) => {
    for (const bad of [NaN, Infinity]) {
      const w = parameter(tensor([1, 2]));
      const optimizer = new SGD([w], { lr: 1, momentum: 0.9 });
      const step = (values: number[]): void => {
        optimizer.step(clipGradNorm(given([w], [values]), 100, { normType, errorIfNonfinite: true }).grads);
      };
      step([1, 1]);
      await expect((async () => {
        step([bad, 1]);
        await w.data();
      })()).rejects.toThrow(/the norm of the gradients is (NaN|Infinity).*nothing was updated/);
      expect(await numbers(w)).toEqual([0, 1]);
      expectClose(await numbers(optimizer.stateDict()['0.momentum_buffer'] as Tensor), [1, 1]);
      step([1, 1]);
      expectClose(await numbers(w), [-1.9, -0.9]);
    }
  });

  it('lets other gradients go on as they are, and norms never exceed the limit [O16]', async () => {
    const w = parameter(tensor([0, 0]));
    for (const values of [[3, 4], [1e-3, 0], [-700, 2]]) {
      const { grads } = clipGradNorm(given([w], [values]), 1, { errorIfNonfinite: true });
      const [x, y] = await numbers(grads.get(w) as Tensor);
      expect(Math.hypot(x!, y!)).toBeLessThanOrEqual(1);
    }
  });
});
