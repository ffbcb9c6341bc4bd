import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { DTypeError, gelu, IndexError, logSoftmax, ones, relu, sigmoid, silu, softmax, softplus, tensor, use, zeros } from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

describe('activations', () => {
  it('relu keeps NaN and cuts at 0', async () => {
    expect(await relu(tensor([-1, 0, 2, NaN, -Infinity, Infinity])).array()).toEqual([0, 0, 2, NaN, 0, Infinity]);
  });

  it('sigmoid and tanh are finite for any number', async () => {
    await expectClose(sigmoid(tensor([-1000, -2, 0, 2, 1000])), [0, 0.1192029220, 0.5, 0.8807970780, 1], 1e-6);
    expect(await sigmoid(tensor([-Infinity, Infinity])).array()).toEqual([0, 1]);
    expect(await sigmoid(tensor([-80])).item()).toBeGreaterThan(0); // 1.8e-35, not lost in 1 - 1
    await expectClose(tensor([-1000, 1000]).tanh(), [-1, 1]);
  });

  it('softmax does not change when a constant is added, and does not overflow', async () => {
    const z = tensor([5, 2, -1, 3]);
    const p = await softmax(z, { dim: 0 }).array();
    await expectClose(softmax(z.add(100), { dim: 0 }), p, 1e-6);
    expect(await softmax(tensor([1000, 0]), { dim: 0 }).array()).toEqual([1, 0]);
    expect(await softmax(tensor([-1000, -1000]), { dim: 0 }).array()).toEqual([0.5, 0.5]);
    expect(await softmax(tensor([-Infinity, 0]), { dim: 0 }).array()).toEqual([0, 1]);
  });

  it('softmax sums to 1 along its axis only', async () => {
    const p = softmax(tensor([[1, 2, 3], [4, 5, 6]]), { dim: 0 });
    await expectClose(p.sum({ dim: 0 }), [1, 1, 1]);
    await expectClose(softmax(tensor([[1, 2, 3]]), { dim: -1 }).sum(), 1);
    expect(softmax(zeros([0, 3]), { dim: 0 }).shape).toEqual([0, 3]);
  });

  it('logSoftmax is finite where log(softmax) is not', async () => {
    expect(await logSoftmax(tensor([1000, 0]), { dim: 0 }).array()).toEqual([0, -1000]);
    await expectClose(logSoftmax(tensor([[0, 0], [1, 3]]), { dim: 1 }), [[-Math.LN2, -Math.LN2], [-2.126928011, -0.126928011]], 1e-6);
  });

  it('gelu, exact and by tanh, silu and softplus', async () => {
    await expectClose(gelu(tensor([-1, 0, 1])), [-0.1586552539, 0, 0.8413447461], 1e-6);
    await expectClose(gelu(tensor([-1, 0, 1]), { approximate: 'tanh' }), [-0.1588080094, 0, 0.8411919906], 1e-6);
    await expectClose(silu(tensor([-1, 0, 1])), [-0.2689414214, 0, 0.7310585786], 1e-6);
    await expectClose(softplus(tensor([-1000, 0, 1000])), [0, Math.LN2, 1000], 1e-6);
    await expectClose(softplus(tensor([1]), { beta: 2 }), [Math.log(1 + Math.exp(2)) / 2], 1e-6);
  });

  it('ask for a floating-point tensor and an axis that exists', () => {
    expect(() => softmax(ones([2], { dtype: 'int32' }), { dim: 0 })).toThrow(DTypeError);
    expect(() => softmax(ones([2]), { dim: 1 })).toThrow(IndexError);
    expect(() => sigmoid(ones([2], { dtype: 'int32' }))).toThrow(DTypeError);
  });
});
