import { backward, gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  autocast, checkpoint, compile, conv2d, einsum, linear, matmul, ones, parameter, tensor, use, type Tensor,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

/** 1 + 2^-11 is 1 in float16, and 2049 is 2048. */
const FINE = 1 + 2 ** -11;

describe('autocast', () => {
  it('rounds the operands of every kind of product, and gives float32 back', async () => {
    const x = tensor([[FINE, 2049]]);
    const products: (() => Tensor)[] = [
      () => matmul(x, ones([2, 1])),
      () => linear(x, ones([1, 2])),
      () => einsum('ij,kj->ik', x, ones([1, 2])),
      () => conv2d(x.reshape(1, 1, 1, 2), ones([1, 1, 1, 2])),
    ];
    for (const product of products) {
      const [inside, outside] = [autocast(product), product()];
      expect(inside.dtype).toBe('float32');
      expect(await inside.reshape(-1).array()).toEqual([2048]); // 1 + 2048, rounded once more
      expect(await outside.reshape(-1).array()).toEqual([Math.fround(FINE + 2049)]);
    }
  });

  it('leaves everything that is no product, and other dtypes, alone', async () => {
    const x = tensor([FINE]);
    expect(await autocast(() => x.mul(1)).array()).toEqual([FINE]);
    const exact = tensor([[FINE]], { dtype: 'float64' });
    expect(await autocast(() => matmul(exact, exact)).item()).toBe(FINE * FINE);
    const whole = tensor([[2049]], { dtype: 'int32' });
    expect(await autocast(() => matmul(whole, whole)).item()).toBe(2049 * 2049);
  });

  it('ends with the function, also when that throws, and can be suspended within', async () => {
    const x = tensor([[2049]]);
    expect(() => autocast(() => {
      throw new Error('stop');
    })).toThrow('stop');
    expect(await matmul(x, ones([1, 1])).item()).toBe(2049);
    expect(await autocast(() => autocast(() => matmul(x, ones([1, 1])), { enabled: false })).item()).toBe(2049);
    expect(() => autocast(async () => 1)).toThrow(/asynchronous/);
  });

  it('multiplies in float16 backwards too, wherever backward is called', async () => {
    const w = parameter(tensor([[1]]));
    const loss = autocast(() => matmul(tensor([[2049]]), w)).sum();
    expect(await (backward(loss).get(w) as Tensor).array()).toEqual([[2048]]);
    // Of a product outside the scope nothing is rounded.
    const v = tensor([[1]]);
    const y = matmul(tensor([[2049]]), parameter(v)).sum();
    expect(await autocast(() => gradients(y, [y])[0]!).item()).toBe(1);
  });

  it('holds for what a checkpoint computes again, and is part of what compile compares', async () => {
    const w = parameter(tensor([[1]]));
    const loss = autocast(() => checkpoint((x) => matmul(x, w).mul(0.5), tensor([[2049]]))).sum();
    expect(await (backward(loss).get(w) as Tensor).array()).toEqual([[1024]]);
    const compiled = compile((x: Tensor) => matmul(x, ones([1, 1])));
    expect(await compiled(tensor([[2049]])).item()).toBe(2049);
    expect(await autocast(() => compiled(tensor([[2049]]))).item()).toBe(2048);
  });
});
