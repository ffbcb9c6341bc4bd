import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError, StateError } from '@cotangent/tensor';
import { minMaxScaler, restoreScaler, standardScaler } from './scaler';

const table = { data: Float32Array.of(1, 100, 5, 2, 200, 5, 3, 300, 5, 6, 400, 5), shape: [4, 3] };

describe('standardScaler', () => {
  it('gives every column mean 0 and standard deviation 1, constant columns 0 [D03 E03]', () => {
    const { data } = standardScaler(table).transform(table);
    for (const column of [0, 1, 2]) {
      const values = [0, 1, 2, 3].map((row) => data[row * 3 + column]!);
      const mean = values.reduce((a, b) => a + b, 0) / 4;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / 4;
      expect(mean).toBeCloseTo(0, 6);
      expect(variance).toBeCloseTo(column === 2 ? 0 : 1, 5);
    }
  });

  it('uses the numbers of the array it was fitted on [D03]', () => {
    const scaler = standardScaler({ data: Float32Array.of(0, 2), shape: [2, 1] });
    expect([...scaler.transform({ data: Float32Array.of(5), shape: [1, 1] }).data]).toEqual([4]);
  });

  it('does not lose digits when the mean is large', () => {
    const data = Float64Array.of(1e9, 1e9 + 1, 1e9 + 2);
    expect(standardScaler({ data, shape: [3] }).scale[0]).toBeCloseTo(Math.sqrt(2 / 3), 9);
  });

  it('leaves a constant column alone whose mean is not exact', () => {
    const data = new Float64Array(10).fill(0.1);
    expect([...standardScaler({ data, shape: [10, 1] }).scale]).toEqual([1]);
  });

  it('scales by channel, or everything by one pair', () => {
    const images = { data: Uint8Array.of(0, 2, 10, 30, 4, 6, 50, 70), shape: [2, 2, 1, 2] };
    expect([...standardScaler(images, { dim: 1 }).offset]).toEqual([3, 40]);
    expect([...standardScaler(images, { dim: null }).offset]).toEqual([21.5]);
  });

  it('undoes itself', () => {
    const scaler = standardScaler(table);
    scaler.inverse(scaler.transform(table)).data.forEach((value, i) => expect(value).toBeCloseTo(table.data[i]!, 4));
  });
});

describe('minMaxScaler', () => {
  it('maps the smallest and the largest value to the ends of the range [D04]', () => {
    const { data } = minMaxScaler(table, { range: [-1, 1] }).transform(table);
    expect([data[0], data[9], data[1], data[10]]).toEqual([-1, 1, -1, 1]);
    expect(data[2]).toBe(-1);
    expect(data[3]).toBeCloseTo(-0.6, 6);
  });

  it('refuses an empty range', () => {
    expect(() => minMaxScaler(table, { range: [1, 1] })).toThrow(ArgumentError);
  });
});

describe('Scaler', () => {
  it('survives JSON', () => {
    const scaler = standardScaler(table);
    const copy = restoreScaler(JSON.parse(JSON.stringify(scaler.state())) as ReturnType<typeof scaler.state>);
    expect(copy.transform(table)).toEqual(scaler.transform(table));
  });

  it('refuses NaN, empty arrays, float16 bits, wrong axes and other widths', () => {
    expect(() => standardScaler({ data: Float32Array.of(1, NaN), shape: [2] })).toThrow(/element 1 is NaN/);
    expect(() => minMaxScaler({ data: new Float32Array(0), shape: [0, 3] })).toThrow(/empty/);
    expect(() => standardScaler({ data: new Uint16Array(2), shape: [2] })).toThrow(/float16/);
    expect(() => standardScaler(table, { dim: 2 })).toThrow(ShapeError);
    expect(() => standardScaler(table).transform({ data: new Float32Array(4), shape: [2, 2] })).toThrow(/2 positions, but .* 3/);
  });

  it('refuses a damaged state', () => {
    expect(() => restoreScaler({ dim: -1, offset: [1], scale: [] })).toThrow(StateError);
    expect(() => restoreScaler({ dim: 0.5, offset: [1], scale: [1] })).toThrow(StateError);
  });
});
