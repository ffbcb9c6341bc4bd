import { beforeEach, describe, expect, it } from 'vitest';
import { backward, dense } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import {
  assignAll, DTypeError, keep, noGrad, ones, pad, parameter, Parameter, rand, ShapeError, StaleValueError, tensor, use, variable,
  withValues, zeros, type Backend,
} from './index';

let backend: Backend;

beforeEach(async () => {
  backend = await use(cpu());
});

describe('parameters and variables', () => {
  it('are tensors with a replaceable value', async () => {
    const w = parameter(tensor([1, 2]));
    expect(w).toBeInstanceOf(Parameter);
    expect(w.requiresGrad).toBe(true);
    expect(variable(tensor([1])).requiresGrad).toBe(false);
    expect(w.version).toBe(0);
    w.assign(w.mul(0.5));
    expect(w.version).toBe(1);
    expect(await w.array()).toEqual([0.5, 1]);
    expect(w.requiresGrad).toBe(true);
    expect(await w.add(1).array()).toEqual([1.5, 2]);
  });

  it('keep shape and dtype', () => {
    const w = parameter(ones([2]));
    expect(() => {
      w.assign(ones([3]));
    }).toThrow(/variable has shape \[2\] but the new value has \[3\]/);
    expect(() => {
      w.assign(ones([2], { dtype: 'float64' }));
    }).toThrow(/variable is float32 but the new value is float64.*cast\('float32'\)/);
    expect(() => {
      w.update(ones([1, 2]));
    }).toThrow(ShapeError);
    expect(() => {
      w.update(ones([2], { dtype: 'int32' }));
    }).toThrow(DTypeError);
  });

  it('draw their random initial value once', async () => {
    const w = parameter(rand([3]));
    const first = await w.array();
    expect(await w.mul(1).array()).toEqual(first);
    expect(await w.array()).toEqual(first);
  });

  it('do not share memory with the data they were made of', async () => {
    const data = Float32Array.of(1, 2);
    const start = tensor(data);
    const w = parameter(start);
    const twin = parameter(start);
    w.assign(tensor([5, 6]));
    expect(await start.array()).toEqual([1, 2]);
    expect(await twin.array()).toEqual([1, 2]);
    expect(data).toEqual(Float32Array.of(1, 2));
  });

  it('can be made of each other', async () => {
    const w = parameter(tensor([1]));
    const copy = parameter(w);
    w.assign(tensor([2]));
    expect(await copy.array()).toEqual([1]);
    const scaled = variable(w.mul(10));
    w.assign(tensor([3]));
    expect(await scaled.array()).toEqual([20]);
  });

  it('can be assigned before their first value was ever computed', async () => {
    const w = parameter(rand([2]));
    w.assign(tensor([1, 2]));
    expect(await w.array()).toEqual([1, 2]);
  });
});

describe('assign', () => {
  it('replaces values at once, each computed from the old ones', async () => {
    const a = parameter(tensor([1]));
    const b = parameter(tensor([2]));
    assignAll([[a, b], [b, a]]);
    expect(await a.array()).toEqual([2]);
    expect(await b.array()).toEqual([1]);
    assignAll([[a, a.add(b)], [b, a.sub(b)]]);
    expect([await a.item(), await b.item()]).toEqual([3, 1]);
  });

  it('leaves values read before as they were, views of the parameter included', async () => {
    const w = parameter(tensor([1, 2, 3, 4]));
    const view = w.reshape(2, 2).transpose();
    expect(await view.array()).toEqual([[1, 3], [2, 4]]);
    w.assign(zeros([4]));
    expect(await view.array()).toEqual([[1, 3], [2, 4]]);
    expect(await view.add(0).array()).toEqual([[1, 3], [2, 4]]);
    expect(await w.array()).toEqual([0, 0, 0, 0]);
  });

  it('never lets an old value pass for the new one, not even through operations that change nothing', async () => {
    const w = parameter(tensor([1, 2]));
    const same = [w.reshape(2), w.flatten(), w.expand(2), w.permute(0), w.cast('float32'), w.index(null), w.squeeze(), w.pow(1), pad(w, [0, 0])];
    w.assign(zeros([2]));
    for (const old of same) await expect(old.data()).rejects.toThrow(StaleValueError);
  });

  it('takes a view of the parameter itself', async () => {
    const w = parameter(tensor([1, 2, 3]));
    w.assign(w.index([null, null, -1]));
    expect(await w.array()).toEqual([3, 2, 1]);
    w.assign(w.reshape(3));
    expect(await w.array()).toEqual([3, 2, 1]);
  });

  it('does not tie the parameter to the tensor assigned', async () => {
    const w = parameter(zeros([2]));
    const value = tensor([1, 2]);
    w.assign(value);
    w.assign(w.add(1));
    expect(await value.array()).toEqual([1, 2]);
  });

  it('makes unread results of the old value an error that names the remedy', async () => {
    const w = parameter(tensor([1, 2]));
    const y = w.mul(10);
    w.assign(tensor([5, 6]));
    await expect(y.array()).rejects.toThrow(StaleValueError);
    expect(() => y.dataSync()).toThrow(/parameter of shape \[2\] that has been updated since.*keep\(value\) before optimizer\.step/s);
    await expect(y.add(1).data()).rejects.toThrow(StaleValueError);
    expect(await w.mul(10).array()).toEqual([50, 60]);
  });

  it('computes kept values first, with the old value', async () => {
    const w = parameter(tensor([1, 2]));
    const y = keep(w.mul(10));
    w.assign(tensor([5, 6]));
    expect(await y.array()).toEqual([10, 20]);
    expect(keep(y)).toBe(y);
  });

  it('a kept value that is stale already fails without spoiling later reads', async () => {
    const w = parameter(tensor([1]));
    const y = w.mul(10);
    w.assign(tensor([5]));
    keep(y);
    await expect(y.data()).rejects.toThrow(StaleValueError);
    expect(await w.item()).toBe(5);
    expect(await ones([1]).add(1).item()).toBe(2);
  });

  it('ends the gradient of kept values that depend on the variable, and of no others', () => {
    const [a, b] = [parameter(tensor([1])), parameter(tensor([2]))];
    const y = keep(a.mul(3));
    const both = keep(a.mul(b));
    keep(a);
    b.assign(tensor([5]));
    expect(y.requiresGrad).toBe(true);
    expect(both.requiresGrad).toBe(false);
    expect(a.requiresGrad).toBe(true);
  });

  it('needs one plan', async () => {
    const [a, b] = [parameter(tensor([1])), parameter(tensor([2]))];
    await a.add(b).data();
    const { plans } = backend.stats();
    const y = keep(a.mul(b));
    assignAll([[a, a.add(1)], [b, b.add(1)]]);
    expect(backend.stats().plans).toBe(plans + 1);
    expect(await y.item()).toBe(2);
    expect(backend.stats().plans).toBe(plans + 1);
  });
});

describe('update', () => {
  it('is seen by later uses at once and computed with the next flush', async () => {
    const mean = variable(zeros([1]));
    const { plans } = backend.stats();
    mean.update(mean.mul(0.9).add(0.1));
    mean.update(mean.mul(0.9).add(0.1));
    const used = mean.mul(100);
    expect(backend.stats().plans).toBe(plans);
    expect(await used.item()).toBeCloseTo(19, 4);
    expect(await mean.item()).toBeCloseTo(0.19, 6);
  });

  it('leaves uses recorded before on the old value', async () => {
    const v = variable(tensor([1]));
    const before = v.mul(10);
    v.update(tensor([2]));
    const after = v.mul(10);
    expect(await after.item()).toBe(20);
    await expect(before.item()).rejects.toThrow(StaleValueError);
    const kept = keep(v.mul(7));
    v.update(tensor([3]));
    expect(await kept.item()).toBe(14);
    expect(await v.item()).toBe(3);
  });

  it('goes along with an assignment of another variable', async () => {
    const count = variable(zeros([]));
    const w = parameter(ones([1]));
    count.update(count.add(1));
    w.assign(w.mul(2));
    expect(await count.item()).toBe(1);
    expect(count.version).toBe(1);
  });

  it('works inside noGrad and in a loop that is never read', async () => {
    const count = variable(zeros([]));
    for (let i = 0; i < 12_000; i++) noGrad(() => { count.update(count.add(1)); });
    expect(await count.item()).toBe(12_000);
  });

  it('stand for other values while a function records, and gradients flow through those', async () => {
    const w = parameter(tensor([2, 3]));
    const seen = withValues([[w, w.mul(10)]], () => w.add(1));
    expect(await seen.array()).toEqual([21, 31]);
    expect(await w.array()).toEqual([2, 3]);
    const grads = backward(withValues([[w, w.mul(10)]], () => w.square().sum()));
    expect(await dense(grads.get(w)!).array()).toEqual([400, 600]);
    expect(() => withValues([[w, ones([3])]], () => w)).toThrow(ShapeError);
    expect(() =>
      withValues([[w, zeros([2])]], () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(await w.array()).toEqual([2, 3]);
  });

  it('keep an update that is recorded while they stand for something else', async () => {
    const w = parameter(rand([2]));
    withValues([[w, zeros([2])]], () => {
      w.update(ones([2]));
    });
    expect(await w.array()).toEqual([1, 1]);
  });

  it('that are not computed yet keep their values when a flush happens while they stand for others', async () => {
    const w = parameter(rand([2]));
    const values = await withValues([[w, zeros([2])]], () => ones([1]).add(1).array());
    expect(values).toEqual([2]);
    expect(await w.amax().item()).toBeGreaterThan(0);
  });
});
