/** Storage types and what ops do with each of them. */
import {
  BINARY_OPS, DTypeError, fromHalf, record, sum, Tensor, tensor, toHalf, use, type Backend, type DType,
} from '@cotangent/tensor';
import { describe, expect } from 'vitest';
import { difference } from '../compare';
import { sequence } from '../numbers';
import { testOn, type Setup } from './setup';

export function testTypes({ backend, reference }: Setup): void {
  const test = testOn(backend);

  describe('types', () => {
    if (backend.caps.dtypes.includes('float16')) {
      test('every float16 survives storage and conversion', async () => {
        const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
        const numbers = Float32Array.from(bits, fromHalf);
        const x = tensor(bits, { dtype: 'float16' });
        expect(await x.data()).toEqual(numbers);
        expect(await x.cast('float32').data()).toEqual(numbers);
        expect(await tensor(numbers).cast('float16').data()).toEqual(numbers);
        expect(await x.mul(1).data()).toEqual(numbers);
      });

      test('float32 is rounded to the nearest float16, ties to even', async () => {
        const random = sequence(5);
        const values = Float32Array.from({ length: 20_000 }, () => (2 * random() - 1) * 2 ** (44 * random() - 26));
        for (let i = 0; i < 2000; i++) values[i] = (1 + (2 * i + 1) / 2048 / 2) * 2 ** ((i % 30) - 20); // halfway
        expect(await tensor(values).cast('float16').data()).toEqual(Float32Array.from(values, (x) => fromHalf(toHalf(x))));
      });

      test('float16 arithmetic is that of float32, rounded', async () => {
        const x = tensor([0.1, 60000, 1e-7, 3], { dtype: 'float16' });
        expect(await x.mul(2).data()).toEqual(Float32Array.of(0.199951171875, Infinity, 2.384185791015625e-7, 6));
        expect(sum(x.index([0, 1])).dtype).toBe('float16');
      });
    }

    test('every pair of an op and a type gives what the reference gives', async () => {
      const supported = (['int32', 'uint32', 'uint8', 'float32', 'bool'] as const).filter((dtype) => backend.caps.dtypes.includes(dtype));
      const compute = async (on: Backend): Promise<Map<string, number[]>> => {
        await use(on);
        const results = new Map<string, number[]>();
        for (const op of BINARY_OPS) {
          for (const dtype of supported) {
            const y = attempt(() => pairwise(op, dtype));
            if (y) results.set(`${op} ${dtype}`, [...(await y.data())]);
          }
        }
        return results;
      };
      const expected = await compute(reference);
      const actual = await compute(backend);
      expect(actual.size).toBeGreaterThan(60);
      for (const [key, values] of expected) {
        if (key === 'pow float32') expect(difference(actual.get(key)!, values, 'float32', { ulps: 1 }), key).toBeUndefined();
        else expect(actual.get(key), key).toEqual(values);
      }
    });
  });
}

function pairwise(op: (typeof BINARY_OPS)[number], dtype: DType): Tensor {
  const values = dtype === 'bool' ? [0, 1, 1, 0, 1] : [5, 3, 17, 0, 250];
  const x = tensor(values, { dtype, shape: [5, 1] });
  return new Tensor(record(op, [x.node, x.transpose().node], {}));
}

/** The result, or undefined when the op refuses the type. */
function attempt(build: () => Tensor): Tensor | undefined {
  try {
    return build();
  } catch (error) {
    if (error instanceof DTypeError) return undefined;
    throw error;
  }
}
