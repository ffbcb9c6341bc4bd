import { describe, expect, it } from 'vitest';
import { drawCurves, drawPictures, picturesPerRow } from './draw';

const plain = { rich: false, columns: 80 };
const rich = { rich: true, columns: 80 };
/** Ink in the left half. */
const half = Float32Array.from({ length: 28 * 28 }, (_, i) => (i % 28 < 14 ? 3 : -1));

describe('drawPictures', () => {
  it('draws paper as blanks and ink as dense characters when colours are not wanted', () => {
    const lines = drawPictures([{ pixels: half, caption: 'half' }], plain).split('\n');
    expect(lines).toEqual([...Array<string>(7).fill('@'.repeat(7)), 'half']);
  });

  it('draws half blocks in greys on a terminal, two pixels in each', () => {
    const text = drawPictures([{ pixels: half, caption: 'half' }], rich);
    expect(text.match(/\u2580/g)).toHaveLength(7 * 14);
    expect(text).toContain('38;5;255;48;5;255m'); // ink above ink
    expect(text).toContain('38;5;232;48;5;232m'); // paper above paper
  });

  it('tells the upper pixel from the lower one', () => {
    // Rows come in pairs that make one pixel of the picture: ink above paper.
    const stripes = Float32Array.from({ length: 28 * 28 }, (_, i) => (Math.floor(i / 56) % 2 === 0 ? 1 : 0));
    expect(drawPictures([{ pixels: stripes, caption: '' }], rich)).toContain('38;5;255;48;5;232m');
  });

  it('puts as many beside each other as fit, the rest below', () => {
    const pictures = Array.from({ length: 7 }, (_, i) => ({ pixels: half, caption: `${i}` }));
    const lines = drawPictures(pictures, plain).split('\n');
    expect(picturesPerRow(plain)).toBe(5);
    expect(lines).toHaveLength(16);
    expect(lines[7]!.split(/\s+/)).toEqual(['0', '1', '2', '3', '4']);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('draws an even picture as paper', () => {
    expect(drawPictures([{ pixels: new Float32Array(784).fill(5), caption: 'empty' }], plain).trim()).toBe('empty');
  });
});

describe('drawCurves', () => {
  const falling = Array.from({ length: 25 }, (_, i) => 2 * Math.exp(-i / 5));
  const train = { name: 'train', values: falling };
  const dev = { name: 'dev', values: falling.map((loss) => loss + 0.3) };

  it('draws both curves between round numbers', () => {
    const text = drawCurves('loss', train, dev, plain);
    expect(text).toMatch(/^loss over the epochs: line train, o dev\n/);
    expect(text).toMatch(/2\.5\u2524/);
    expect(text).toMatch(/0\.0\u2524/);
    expect(text.match(/o/g)!.length).toBeGreaterThan(20);
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').at(-1)!.trim().split(/\s+/)).toEqual(['1', '5', '10', '15', '20', '25']);
  });

  it('uses colours when it may', () => {
    expect(drawCurves('loss', train, dev, rich)).toContain('\u001b[35mo');
  });

  it('draws constant curves and stays silent about a single epoch', () => {
    const flat = { name: 'flat', values: [100, 100] };
    expect(drawCurves('accuracy', flat, flat, plain)).toContain('100');
    expect(drawCurves('accuracy', { ...flat, values: [100] }, { ...flat, values: [100] }, plain)).toBe('');
  });
});
