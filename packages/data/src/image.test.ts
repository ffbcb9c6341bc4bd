import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '@cotangent/tensor';
import { randomShift, resizeBilinear, shift } from './image';
import { SeededRandom } from './random';

describe('resizeBilinear', () => {
  it('interpolates between pixel centres', () => {
    const { data, shape } = resizeBilinear({ data: Float32Array.of(0, 1, 2, 3), shape: [2, 2] }, [4, 4]);
    expect(shape).toEqual([4, 4]);
    // What PyTorch 2 gives for interpolate(..., mode='bilinear', align_corners=False).
    expect([...data]).toEqual([0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3]);
  });

  it('leaves leading axes alone and takes integers', () => {
    const images = { data: Uint8Array.of(0, 4, 8, 16, 10, 10, 10, 10), shape: [2, 1, 2, 2] };
    const { data, shape } = resizeBilinear(images, [1, 1]);
    expect(shape).toEqual([2, 1, 1, 1]);
    expect([...data]).toEqual([7, 10]);
  });

  it('changes nothing when the size stays', () => {
    const data = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    expect(resizeBilinear({ data, shape: [3, 4] }, [3, 4]).data).toEqual(data);
  });

  it('keeps every value within the range of the image', () => {
    const random = new SeededRandom(1);
    const data = Float32Array.from({ length: 64 }, () => random.integer(0, 17));
    for (const value of resizeBilinear({ data, shape: [8, 8] }, [28, 28]).data) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(16);
    }
  });

  it('refuses sizes and shapes that make no image', () => {
    const image = { data: new Float32Array(4), shape: [2, 2] };
    expect(() => resizeBilinear(image, [0, 3])).toThrow(ArgumentError);
    expect(() => resizeBilinear({ data: new Float32Array(4), shape: [4] }, [2, 2])).toThrow(ShapeError);
    expect(() => resizeBilinear({ data: new Float32Array(0), shape: [0, 3] }, [2, 2])).toThrow(/at least one pixel/);
    expect(() => resizeBilinear({ data: new Uint16Array(4), shape: [2, 2] }, [2, 2])).toThrow(/float16/);
  });
});

describe('shift', () => {
  const image = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };

  it('moves down and right, up and left, and fills what comes in', () => {
    expect([...shift(image, 1, 1).data]).toEqual([0, 0, 0, 0, 1, 2]);
    expect([...shift(image, -1, -2, 9).data]).toEqual([6, 9, 9, 9, 9, 9]);
    expect([...shift(image, 0, 0).data]).toEqual([...image.data]);
    expect([...shift(image, 5, 0).data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...shift(image, 0, -7).data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('does not carry rows from one image of a stack to the next', () => {
    const two = { data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 2, 2] };
    expect(shift(two, 1, 0)).toEqual({ data: Uint8Array.of(0, 0, 1, 2, 0, 0, 5, 6), shape: [2, 2, 2] });
    expect([...shift(two, -1, 0).data]).toEqual([3, 4, 0, 0, 7, 8, 0, 0]);
  });

  it('refuses fractions of pixels', () => {
    expect(() => shift(image, 0.5, 0)).toThrow(ArgumentError);
  });
});

describe('randomShift', () => {
  it('reaches every distance within the limit and none beyond', () => {
    const dot = { data: new Float32Array(25), shape: [5, 5] };
    dot.data[12] = 1;
    const random = new SeededRandom(2);
    const seen = new Set<number>();
    for (let i = 0; i < 300; i++) seen.add(randomShift(dot, 1, random).data.indexOf(1));
    expect([...seen].sort((a, b) => a - b)).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18]);
  });

  it('refuses a limit below 0', () => {
    expect(() => randomShift({ data: new Float32Array(1), shape: [1, 1] }, -1, new SeededRandom(0))).toThrow(/pixels is -1/);
  });
});
