/** Errors: what is refused, by which class, and that work goes on afterwards. */
import {
  BackendError, cast, custom, DTypeError, DTYPES, embedding, gather, IndexError, keep, ones, scatter, tensor, use, variable, zeros,
  type Tensor,
} from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { ints, testOn, type Setup } from './setup';

export function testErrors({ backend, create }: Setup): void {
  const test = testOn(backend);

  describe('errors', () => {
    const table = (): Tensor => tensor([[1, 2], [3, 4], [5, 6]]);
    const cases: readonly (readonly [string, (index: number) => Tensor])[] = [
      ['gather', (i) => gather(table(), 0, ints([0, i], [1, 2]))],
      ['scatter', (i) => scatter(table(), 0, ints([0, i], [1, 2]), ones([1, 2]), 'add')],
      ['embedding', (i) => embedding(ints([1, i]), table())],
      ['gather from an empty axis', (i) => gather(zeros([0]), 0, ints([i]))],
    ];
    for (const [name, build] of cases) {
      test(`an index out of range in ${name} is an IndexError, and work goes on`, async () => {
        for (const index of [3, -1, 2147483647, -2147483648]) {
          await expect(build(index).data(), `index ${index}`).rejects.toThrow(IndexError);
          await expect(build(index).data()).rejects.toThrow(String(index));
        }
        expect(await tensor([1, 2]).mul(2).array()).toEqual([2, 4]);
        if (!name.includes('empty')) expect((await build(2).data()).length).toBeGreaterThan(0);
      });
    }

    test('a failed value that was kept does not fail later reads', async () => {
      const broken = keep(gather(tensor([1, 2]), 0, ints([5])));
      await expect(broken.data()).rejects.toThrow(IndexError);
      expect(await tensor([1, 2]).mul(2).array()).toEqual([2, 4]);
    });

    test('a variable keeps its value when the new one cannot be computed', async () => {
      const v = variable(tensor([1, 2]));
      const update = async (): Promise<unknown> => {
        v.assign(gather(v, 0, ints([0, 7])));
        return v.array(); // a backend that works in the background reports here
      };
      await expect(update()).rejects.toThrow(IndexError);
      expect(await tensor([1]).mul(2).array()).toEqual([2]);
    });

    test('an error thrown by a host op reaches the read, and work goes on', async () => {
      const broken = custom({
        name: 'broken',
        shape: ([x]) => x!,
        forward: () => {
          throw new RangeError('not today');
        },
      });
      await expect(broken([tensor([1, 2]).mul(2)]).mul(3).data()).rejects.toThrow('not today');
      expect(await tensor([1, 2]).mul(2).array()).toEqual([2, 4]);
    });

    const missing = DTYPES.filter((dtype) => !backend.caps.dtypes.includes(dtype));
    for (const dtype of missing) {
      test(`${dtype} is refused with a DTypeError that names the cpu backend`, async () => {
        await expect(tensor([1, 2], { dtype }).mul(2).data()).rejects.toThrow(DTypeError);
        await expect(cast(tensor([1, 2]).mul(2), dtype).data()).rejects.toThrow(/cpu/);
        expect(await tensor([1, 2]).mul(2).array()).toEqual([2, 4]);
      });
    }

    test('a tensor computed on another backend is refused until it is moved', async () => {
      const x = tensor([1, 2]).mul(2);
      await x.data();
      const other = await create();
      await use(other);
      await expect(x.mul(2).data()).rejects.toThrow(BackendError);
      expect(await (await x.to(other)).mul(2).array()).toEqual([4, 8]);
      other.dispose();
    });

    it('after dispose every use is a BackendError', async () => {
      const other = await create();
      await use(other);
      const x = tensor([1, 2]).mul(2);
      await x.data();
      other.dispose();
      await expect(tensor([1]).mul(2).data()).rejects.toThrow(BackendError);
      await expect(x.data()).rejects.toThrow(BackendError);
    });
  });
}
