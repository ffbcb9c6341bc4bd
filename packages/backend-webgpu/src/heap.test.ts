import { describe, expect, it } from 'vitest';
import { BackendError } from '@cotangent/tensor';
import type { GpuBuffer, GpuDevice } from './gpu';
import { GRAIN, Heap } from './heap';

const device = { createBuffer: ({ size }: { size: number }) => ({ size, destroy: () => {} }) as GpuBuffer } as unknown as GpuDevice;
const heap = (first = 16 * GRAIN, most = 64 * GRAIN) => new Heap(device, { usage: 0, first, most });

describe('the heap', () => {
  it('gives places that do not overlap, and one chunk for all of them', () => {
    const memory = heap();
    const places = [1, 300, 0, 1024].map((bytes) => memory.allocate(bytes));
    const sorted = [...places].sort((a, b) => a.offset - b.offset);
    sorted.slice(1).forEach((place, k) => {
      expect(place.offset).toBeGreaterThanOrEqual(sorted[k]!.offset + sorted[k]!.bytes);
    });
    expect(new Set(places.map(({ chunk }) => chunk.id)).size).toBe(1);
    expect(places.every(({ offset }) => offset % GRAIN === 0)).toBe(true);
  });

  it('joins what was given back, in any order', () => {
    const memory = heap();
    const places = Array.from({ length: 16 }, () => memory.allocate(GRAIN));
    for (const k of [3, 1, 2, 15, 0, 14, 4, 5, 13, 12, 6, 8, 7, 11, 9, 10]) memory.free(places[k]!);
    expect(memory.allocate(16 * GRAIN).offset).toBe(0);
    expect(memory.reserved).toBe(16 * GRAIN);
  });

  it('gives a place to whoever had it before, as long as nothing else needs the room', () => {
    const memory = heap();
    const places = Array.from({ length: 16 }, () => memory.allocate(GRAIN));
    for (const place of places) memory.free(place);
    expect(memory.used).toBe(0);
    for (const k of [5, 0, 15]) expect(memory.allocate(GRAIN, 4, places[k])).toBe(places[k]);
    expect(memory.allocate(GRAIN, 4, places[5])).not.toBe(places[5]); // in use
    for (const k of [5, 0, 15]) memory.free(places[k]!);
    expect(memory.allocate(12 * GRAIN)).toMatchObject({ bytes: 12 * GRAIN });
    expect([memory.used, memory.reserved]).toEqual([13 * GRAIN, 16 * GRAIN]);
    expect(memory.allocate(GRAIN, 4, places[5])).not.toBe(places[5]); // joined with others
  });

  it('grows by chunks that are as large as all before, or as large as what is wanted', () => {
    const memory = heap();
    memory.allocate(16 * GRAIN);
    memory.allocate(GRAIN);
    expect(memory.reserved).toBe(32 * GRAIN);
    memory.allocate(40 * GRAIN);
    expect(memory.reserved).toBe(72 * GRAIN);
  });

  it('refuses what no binding can hold, with both sizes', () => {
    expect(() => heap().allocate(65 * GRAIN)).toThrow(BackendError);
    expect(() => heap().allocate(65 * GRAIN)).toThrow(/16640 bytes.*at most 16384/);
  });
});
