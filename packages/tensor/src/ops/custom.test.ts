import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { custom, ones, ShapeError, tensor, use } from '../index';

beforeAll(async () => {
  await use(cpu());
});

describe('custom ops', () => {
  const outerSum = custom<{ scale: number }>({
    name: 'outerSum',
    shape: ([a, b]) => {
      if (a!.length !== 1 || b!.length !== 1) throw new ShapeError('outerSum: expected two vectors.');
      return [a![0]!, b![0]!];
    },
    forward: ([a, b], out, { scale }) => {
      const [rows, columns] = out.shape as [number, number];
      for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out.data[i * columns + j] = scale * (a!.data[i]! + b!.data[j]!);
    },
  });

  it('run their JavaScript on row-major arrays, whatever views they are given', async () => {
    const a = tensor([[1, 2], [3, 4]]).transpose().index(0);
    expect(await outerSum([a, tensor([10, 20])], { scale: 2 }).array()).toEqual([[22, 42], [26, 46]]);
    expect(await outerSum([a, tensor([10])], { scale: 1 }).mul(2).array()).toEqual([[22], [26]]);
  });

  it('check shapes at the call', () => {
    expect(() => outerSum([ones([1, 1]), ones([2])], { scale: 1 })).toThrow(/expected two vectors/);
  });

  it('may give another dtype', async () => {
    const isEven = custom({
      name: 'isEven',
      shape: ([x]) => x!,
      dtype: () => 'bool',
      forward: ([x], out) => {
        x!.data.forEach((v, i) => (out.data[i] = v % 2 === 0 ? 1 : 0));
      },
    });
    const y = isEven([tensor([1, 2, 4])]);
    expect(y.dtype).toBe('bool');
    expect(await y.sum().item()).toBe(2);
  });

  it('see numbers where the dtype is float16', async () => {
    const twice = custom({
      name: 'twice',
      shape: ([x]) => x!,
      forward: ([x], out) => {
        x!.data.forEach((v, i) => (out.data[i] = 2 * v));
      },
    });
    expect(await twice([tensor([1.5, -2], { dtype: 'float16' })]).array()).toEqual([3, -4]);
  });

  it('pass on what their code throws', async () => {
    const fails = custom({
      name: 'fails',
      shape: ([x]) => x!,
      forward: () => {
        throw new Error('out of luck');
      },
    });
    await expect(fails([ones([1])]).data()).rejects.toThrow(/out of luck/);
    expect(await ones([1]).add(1).item()).toBe(2);
  });
});
