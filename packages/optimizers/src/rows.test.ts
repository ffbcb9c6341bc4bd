import { backward, Gradients, RowsGradient } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ArgumentError, embedding, parameter, tensor, use, type Parameter, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, AdamW, clipGradNorm, clipGradValue, SGD } from './index';
import { expectClose, numbers } from './testing/helpers';

beforeAll(async () => {
  await use(cpu());
});

const table = (): Parameter => parameter(tensor([[1, 2], [3, 4], [5, 6], [7, 8]]));
const gradient = (): RowsGradient =>
  new RowsGradient(tensor([2, 0, 2], { dtype: 'int32' }), tensor([[1, -1], [2, 0.5], [3, 2]]), [4, 2]);
const of = (p: Parameter, g: RowsGradient): Gradients => new Gradients([[p, g]]);
const dense = (p: Parameter, g: RowsGradient): Gradients => new Gradients([[p, g.toDense()]]);

describe('gradients of some rows', () => {
  it('move SGD as the whole gradient does, equal indices adding up', async () => {
    const p = table();
    new SGD([p], { lr: 0.5 }).step(of(p, gradient()));
    expect(await numbers(p)).toEqual([0, 1.75, 3, 4, 3, 5.5, 7, 8]);
  });

  it('come from sparse lookups', async () => {
    const p = table();
    const loss = embedding(tensor([1, 1, 3], { dtype: 'int32' }), p, { sparse: true }).sum();
    const grads = backward(loss);
    expect(grads.get(p)).toBeInstanceOf(RowsGradient);
    new SGD([p], { lr: 1 }).step(grads);
    expect(await numbers(p)).toEqual([1, 2, 1, 2, 5, 6, 6, 7]);
  });

  it('move Adam in the touched rows as the whole gradient does, and leave the other rows and moments', async () => {
    const [sparse, full] = [table(), table()];
    const [a, b] = [new Adam([sparse], { lr: 0.1, amsgrad: true }), new Adam([full], { lr: 0.1, amsgrad: true })];
    a.step(of(sparse, gradient()));
    b.step(dense(full, gradient()));
    expect(await numbers(sparse)).toEqual(await numbers(full));
    const only = new RowsGradient(tensor([1], { dtype: 'int32' }), tensor([[1, 1]]), [4, 2]);
    const before = await numbers(a.stateDict()['0.exp_avg'] as Tensor);
    const values = await numbers(sparse);
    a.step(of(sparse, only));
    const after = await numbers(a.stateDict()['0.exp_avg'] as Tensor);
    expect([after[0], after[4], after[5]]).toEqual([before[0], before[4], before[5]]);
    expectClose([after[2]!, after[3]!], [0.1, 0.1]);
    const now = await numbers(sparse);
    expect(now.filter((_, i) => i < 2 || i > 3)).toEqual(values.filter((_, i) => i < 2 || i > 3));
    expect(now[2]).not.toBe(values[2]);
  });

  it('are refused where other rows would have to move too', () => {
    const p = table();
    p.name = 'words';
    expect(() => new AdamW([p]).step(of(p, gradient()))).toThrow(ArgumentError);
    expect(() => new AdamW([p]).step(of(p, gradient()))).toThrow(/'words' has a gradient for some rows only, but weightDecay 0.01/);
    expect(() => new SGD([p], { lr: 1, momentum: 0.5 }).step(of(p, gradient()))).toThrow(/momentum 0.5 moves all rows/);
  });

  it('are clipped by the norm of the whole gradient', async () => {
    const p = table();
    const { grads, norm } = clipGradNorm(of(p, gradient()), 1);
    const whole = clipGradNorm(dense(p, gradient()), 1);
    expectClose([await norm.item()], [Math.hypot(4, 1, 2, 0.5)]);
    expectClose(await numbers((grads.get(p) as RowsGradient).toDense()), await numbers(whole.grads.get(p) as Tensor));
  });

  it('are clipped entry by entry after equal indices were added up', async () => {
    const p = table();
    const clipped = clipGradValue(of(p, gradient()), 1.5).get(p) as RowsGradient;
    expect(clipped).toBeInstanceOf(RowsGradient);
    expect(await numbers(clipped.toDense())).toEqual([1.5, 0.5, 0, 0, 1.5, 1, 0, 0]);
  });

  it('go uphill on request', async () => {
    const p = table();
    new SGD([p], { lr: 0.5, maximize: true }).step(of(p, gradient()));
    expect(await numbers(p)).toEqual([2, 2.25, 3, 4, 7, 6.5, 7, 8]);
  });
});
