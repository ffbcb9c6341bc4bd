import { expect, it } from 'vitest';
import { layoutArena, type Placed } from './memory';

const random = (seed: number): (() => number) => {
  let state = seed;
  return () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
};

it('arrays that live at the same time never overlap, whatever their sizes', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const next = random(seed);
    const arrays = Array.from({ length: 40 }, (): Placed => {
      const first = Math.floor(next() * 30);
      return { bytes: Math.floor(next() * 5000), first, last: first + Math.floor(next() * 8) };
    });
    const { offsets, bytes } = layoutArena(arrays, 16);
    arrays.forEach((a, i) => {
      expect(offsets[i]! % 64).toBe(0);
      expect(offsets[i]! + a.bytes + 16).toBeLessThanOrEqual(bytes);
      arrays.forEach((b, j) => {
        if (i >= j || a.last < b.first || b.last < a.first) return;
        expect(offsets[i]! + a.bytes + 16 <= offsets[j]! || offsets[j]! + b.bytes + 16 <= offsets[i]!).toBe(true);
      });
    });
  }
});

it('arrays that never meet share their bytes', () => {
  const arrays = Array.from({ length: 10 }, (_, step) => ({ bytes: 6400, first: step, last: step + 1 }));
  expect(layoutArena(arrays).bytes).toBe(2 * 6400);
});

it('a small array does not keep a large one from the gap it fits', () => {
  const arrays = [
    { bytes: 64, first: 0, last: 3 },
    { bytes: 6400, first: 0, last: 1 },
    { bytes: 6400, first: 2, last: 3 },
  ];
  expect(layoutArena(arrays).bytes).toBe(6464);
});
