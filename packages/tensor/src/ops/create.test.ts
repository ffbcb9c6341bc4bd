import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  ArgumentError, arange, DTypeError, eye, full, linspace, meshgrid, ones, onesLike, oneHot, scalar, ShapeError, tensor, use, zeros,
  zerosLike,
} from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

describe('tensor of nested arrays', () => {
  it('has the shape of the nesting and float32 elements', async () => {
    const t = tensor([[[1, 2], [3, 4], [5, 6]]]);
    expect(t.shape).toEqual([1, 3, 2]);
    expect(t.dtype).toBe('float32');
    expect(await t.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it('takes a number as a scalar and lists without elements', async () => {
    expect(tensor(3).shape).toEqual([]);
    expect(await tensor(3).item()).toBe(3);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(await tensor([[], []]).array()).toEqual([[], []]);
  });

  it('takes booleans as bool, and booleans among numbers as numbers', async () => {
    expect(tensor([true, false]).dtype).toBe('bool');
    expect(await tensor([true, false]).array()).toEqual([1, 0]);
    expect(tensor([true, 2]).dtype).toBe('float32');
    expect(await tensor([true, 2]).array()).toEqual([1, 2]);
  });

  it('names the place where the nesting is ragged', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(/ragged: at \[1\] there is an array of length 1, expected an array of length 2/);
    expect(() => tensor([[1, 2], 3])).toThrow(/at \[1\] there is a number/);
    expect(() => tensor([1, [2]])).toThrow(/at \[1\] there is an array of length 1, expected a number/);
    expect(() => tensor([[[1], [2]], [[3], [4, 5]]])).toThrow(/at \[1, 1\]/);
    expect(() => tensor([[1], [2, 3]])).toThrow(ShapeError);
  });

  it('refuses what is neither number nor boolean', () => {
    expect(() => tensor(['1'] as never)).toThrow(/at \[0\] there is string/);
    expect(() => tensor([1, null] as never)).toThrow(ArgumentError);
    expect(() => tensor(undefined as never)).toThrow(/undefined/);
  });

  it('takes another shape with as many elements', async () => {
    expect(await tensor([1, 2, 3, 4], { shape: [2, 2] }).array()).toEqual([[1, 2], [3, 4]]);
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(/shape \[2, 2\] needs 4 elements, but the data has 3/);
    expect(() => tensor([1], { shape: [-1] })).toThrow(/integers >= 0/);
    expect(() => tensor([1], { shape: new Array<number>(9).fill(1) })).toThrow(/at most 8/);
  });

  it('works up to 8 axes', async () => {
    const t = tensor([[[[[[[[7]]]]]]]]);
    expect(t.ndim).toBe(8);
    expect(await t.add(1).sum().item()).toBe(8);
  });
});

describe('tensor of typed arrays', () => {
  it('keeps the type and does not copy', async () => {
    const data = Float32Array.of(1, 2, 3);
    const t = tensor(data);
    data[0] = 9; // visible because the array itself is used
    expect(await t.data()).toEqual(Float32Array.of(9, 2, 3));
    expect(tensor(Int32Array.of(1)).dtype).toBe('int32');
    expect(tensor(Uint32Array.of(1)).dtype).toBe('uint32');
    expect(tensor(Uint8Array.of(1)).dtype).toBe('uint8');
  });

  it('reads give copies, so that writing to them changes nothing', async () => {
    const t = tensor(Float32Array.of(1, 2));
    (await t.data())[0] = 5;
    t.dataSync()[1] = 6;
    expect(await t.array()).toEqual([1, 2]);
  });

  it('makes float32 of doubles unless float64 is asked for', async () => {
    expect(tensor(Float64Array.of(0.1)).dtype).toBe('float32');
    expect(await tensor(Float64Array.of(0.1), { dtype: 'float64' }).item()).toBe(0.1);
  });

  it('takes clamped bytes, as pictures have them, as uint8', async () => {
    const t = tensor(Uint8ClampedArray.of(300, 7));
    expect(t.dtype).toBe('uint8');
    expect(await t.array()).toEqual([255, 7]);
  });

  it('takes 16-bit words as the bits of float16 when told so', async () => {
    expect(await tensor(Uint16Array.of(0x3c00, 0xc000), { dtype: 'float16' }).array()).toEqual([1, -2]);
    expect(() => tensor(Uint16Array.of(1))).toThrow(/bits of float16/);
  });

  it('makes any byte other than 0 true when bytes are taken as bool', async () => {
    const mask = tensor(Uint8Array.of(0, 1, 2, 255), { dtype: 'bool' });
    expect(await mask.array()).toEqual([0, 1, 1, 1]);
    expect(await mask.eq(tensor([true, true, true, true])).array()).toEqual([0, 1, 1, 1]);
  });

  it('refuses other typed arrays by name', () => {
    expect(() => tensor(new BigInt64Array(1) as never)).toThrow(/BigInt64Array is not supported/);
    expect(() => tensor(new Int8Array(1) as never)).toThrow(DTypeError);
    expect(() => tensor([1], { dtype: 'int64' as never })).toThrow(/'int64' is not a dtype; expected one of float32/);
  });
});

describe('filled and counted tensors', () => {
  it('full, zeros, ones, scalar and their likes', async () => {
    expect(await full([2, 2], 7).array()).toEqual([[7, 7], [7, 7]]);
    expect(await zeros([2]).array()).toEqual([0, 0]);
    expect(await ones([2], { dtype: 'int32' }).data()).toEqual(Int32Array.of(1, 1));
    expect(await scalar(2.5).item()).toBe(2.5);
    const x = tensor([[1, 2]], { dtype: 'int32' });
    expect(await zerosLike(x).data()).toEqual(Int32Array.of(0, 0));
    expect(onesLike(x).shape).toEqual([1, 2]);
    expect(zeros([0, 3]).size).toBe(0);
    expect(await zeros([0, 3]).array()).toEqual([]);
  });

  it('fills hold what the dtype can hold', async () => {
    expect(await full([1], 0.1).item()).toBe(Math.fround(0.1));
    expect(await full([1], 16777217).sub(16777216).item()).toBe(0); // 2^24 + 1 is no float32
    expect(await full([1], 0.1, { dtype: 'float16' }).item()).toBe(0.0999755859375);
    expect(await full([1], 0.1, { dtype: 'float16' }).cast('float32').item()).toBe(0.0999755859375);
    expect(await full([1], 0.1, { dtype: 'float64' }).item()).toBe(0.1);
    expect(() => full([2], 1.5, { dtype: 'int32' })).toThrow(/1\.5 does not fit.*int32/);
    expect(() => full([2], 300, { dtype: 'uint8' })).toThrow(DTypeError);
    expect(() => scalar(-1, { dtype: 'uint32' })).toThrow(DTypeError);
    expect(await full([1], 1, { dtype: 'bool' }).item()).toBe(1);
    expect(() => full([2, -1], 0)).toThrow(/contains -1/);
    expect(() => zeros([1.5])).toThrow(ShapeError);
  });

  it('arange counts up and down without the stop', async () => {
    expect(await arange(4).data()).toEqual(Int32Array.of(0, 1, 2, 3));
    expect(await arange(2, 5).array()).toEqual([2, 3, 4]);
    expect(await arange(1, 7, 2).array()).toEqual([1, 3, 5]);
    expect(await arange(5, 0, -2).array()).toEqual([5, 3, 1]);
    expect(await arange(3, 3).array()).toEqual([]);
    expect(await arange(0, 5, -1).array()).toEqual([]);
    expect(arange(0, 1, 0.25).dtype).toBe('float32');
    expect(await arange(0, 1, 0.25).array()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(await arange(0, 3, 1, { dtype: 'float32' }).data()).toEqual(Float32Array.of(0, 1, 2));
    expect(() => arange(0, 5, 0)).toThrow(/step other than 0/);
    expect(() => arange(Infinity)).toThrow(ArgumentError);
  });

  it('linspace includes both ends exactly', async () => {
    expect(await linspace(0, 1, 5).array()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(await linspace(-1, 1, 1).array()).toEqual([-1]);
    expect(await linspace(0, 1, 0).array()).toEqual([]);
    const thirds = (await linspace(0, 0.1, 4, { dtype: 'float64' }).data()) as Float64Array;
    expect(thirds[3]).toBe(0.1);
    expect(await linspace(0, 1, 3, { dtype: 'float16' }).array()).toEqual([0, 0.5, 1]);
    expect(() => linspace(0, 1, -1)).toThrow(/whole number >= 0/);
  });

  it('eye and oneHot', async () => {
    expect(await eye(2).array()).toEqual([[1, 0], [0, 1]]);
    expect(await eye(2, 3).array()).toEqual([[1, 0, 0], [0, 1, 0]]);
    const classes = tensor([[1, 0], [2, 7]], { dtype: 'int32' });
    expect(await oneHot(classes, 3).array()).toEqual([[[0, 1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 0]]]);
    expect(oneHot(classes, 3, { dtype: 'bool' }).dtype).toBe('bool');
  });

  it('meshgrid follows vectors by rows and columns, or swapped', async () => {
    const [a, b] = meshgrid([tensor([1, 2]), tensor([10, 20, 30])]);
    expect(await a!.array()).toEqual([[1, 1, 1], [2, 2, 2]]);
    expect(await b!.array()).toEqual([[10, 20, 30], [10, 20, 30]]);
    const [c, d] = meshgrid([tensor([1, 2]), tensor([10, 20, 30])], 'xy');
    expect(await c!.array()).toEqual([[1, 2], [1, 2], [1, 2]]);
    expect(await d!.array()).toEqual([[10, 10], [20, 20], [30, 30]]);
  });

  it('float64 holds what float32 cannot [B02]', async () => {
    await expectClose(tensor([1e-12], { dtype: 'float64' }).add(1).sub(1), [1e-12], 1e-15);
    expect(await tensor([1e-12]).add(1).sub(1).item()).toBe(0);
  });
});
