import { describe, expect, it } from 'vitest';
import { framingFor, imageOf, type Stroke } from './strokes';

const builtIn = framingFor(8);
const mnist = framingFor(28);

/** A seven, its size and place as given. */
const seven = (left: number, top: number, size: number): Stroke[] => [
  [
    { x: left, y: top },
    { x: left + size * 0.6, y: top },
    { x: left + size * 0.25, y: top + size },
  ],
];

const rowsOf = (image: Float32Array, side: number): number[] =>
  Array.from({ length: side }, (_, row) => image.subarray(row * side, (row + 1) * side).reduce((sum, ink) => sum + ink, 0));
const columnsOf = (image: Float32Array, side: number): number[] =>
  Array.from({ length: side }, (_, column) => image.filter((_ink, i) => i % side === column).reduce((sum, ink) => sum + ink, 0));

describe('imageOf', () => {
  it('is paper without strokes', () => {
    expect(imageOf([], builtIn)).toEqual(new Float32Array(64));
  });

  it.each([builtIn, mnist])('is the same wherever and however large a digit is drawn ($side x $side)', (framing) => {
    const image = imageOf(seven(0.25, 0.25, 0.5), framing);
    // Powers of two, so that rounding moves no sub-pixel.
    expect(imageOf(seven(0.5, 0.125, 0.5), framing)).toEqual(image);
    expect(imageOf(seven(0.125, 0.5, 0.25), framing)).toEqual(image);
  });

  it('fills the height of a built-in digit, with about a third of the image inked', () => {
    const image = imageOf(seven(0.2, 0.2, 0.6), builtIn);
    const rows = rowsOf(image, 8);
    expect(Math.min(...rows)).toBeGreaterThan(0);
    expect(Math.max(...image)).toBe(1);
    const ink = image.reduce((sum, value) => sum + value, 0) / 64;
    expect(ink).toBeGreaterThan(0.2);
    expect(ink).toBeLessThan(0.4);
  });

  it('keeps an upright line narrow, and in the middle', () => {
    const image = imageOf([[{ x: 0.2, y: 0.1 }, { x: 0.2, y: 0.9 }]], builtIn);
    const columns = columnsOf(image, 8);
    expect(columns.map((ink) => ink > 0)).toEqual([false, false, false, true, true, false, false, false]);
    expect(columns[3]).toBeCloseTo(columns[4]!, 6);
  });

  it('makes a level line no wider than digits are', () => {
    const columns = columnsOf(imageOf([[{ x: 0, y: 0.5 }, { x: 1, y: 0.5 }]], builtIn), 8);
    expect(columns[3]).toBeGreaterThan(0);
    expect(columns[0]).toBeLessThan(columns[3]!);
  });

  it('draws a dot as a small dot', () => {
    const image = imageOf([[{ x: 0.9, y: 0.1 }]], builtIn);
    expect(image.filter((ink) => ink > 0).length).toBe(4);
  });

  it('puts the centre of mass of an MNIST digit into the middle, in a box of 20 pixels', () => {
    const image = imageOf(seven(0.1, 0.3, 0.4), mnist);
    const centre = (sums: number[]): number => {
      const mass = sums.reduce((sum, value) => sum + value, 0);
      return sums.reduce((sum, value, i) => sum + value * (i + 0.5), 0) / mass;
    };
    expect(centre(rowsOf(image, 28))).toBeCloseTo(14, 0);
    expect(centre(columnsOf(image, 28))).toBeCloseTo(14, 0);
    const high = rowsOf(image, 28).filter((ink) => ink > 0).length;
    expect(high).toBeGreaterThanOrEqual(20);
    expect(high).toBeLessThanOrEqual(21);
  });
});
