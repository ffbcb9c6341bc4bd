import { BackendError, layoutArena, type Placed } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { HEAP_START, SLACK } from './layout';
import { formatBytes, Heap } from './memory';
import type { Table } from './params';
import { TableStore } from './tables';
import { Random } from './testing';

test('blocks never overlap, are aligned, and all memory comes back', () => {
  const heap = new Heap();
  const random = new Random(1);
  const blocks: { address: number; bytes: number }[] = [];
  for (let round = 0; round < 3000; round++) {
    if (blocks.length > 0 && random.below(2) === 0) heap.free(blocks.splice(random.below(blocks.length), 1)[0]!.address);
    else {
      const bytes = random.below(5000);
      const address = heap.allocate(bytes, 'a test');
      expect(address % 64).toBe(0);
      expect(address).toBeGreaterThanOrEqual(HEAP_START);
      expect(address + bytes + SLACK).toBeLessThanOrEqual(heap.bytes);
      for (const other of blocks) {
        const apart = address + bytes + SLACK <= other.address || other.address + other.bytes + SLACK <= address;
        if (!apart) throw new Error(`${address} overlaps ${other.address}`);
      }
      blocks.push({ address, bytes });
    }
  }
  for (const { address } of blocks) heap.free(address);
  expect(heap.used).toBe(0);
  // One free block is left, so a large one starts at the bottom again.
  expect(heap.allocate(1 << 20, 'a test')).toBe(HEAP_START);
});

test('freeing twice or an unknown address does nothing', () => {
  const heap = new Heap();
  const a = heap.allocate(100, 'a test');
  heap.free(a);
  heap.free(a);
  heap.free(12345);
  expect(heap.used).toBe(0);
});

test('a request beyond the limit is an error with both sizes and leaves the heap as it was', () => {
  const heap = new Heap(2 << 20);
  const a = heap.allocate(1 << 20, 'a test');
  expect(() => heap.allocate(3 << 20, 'weights')).toThrow(BackendError);
  expect(() => heap.allocate(3 << 20, 'weights')).toThrow(/3\.0 MB for weights do not fit; 1\.0 MB are in use of at most 2\.0 MB/);
  heap.free(a);
  expect(heap.allocate(1 << 20, 'a test')).toBe(a);
});

test('arrays alive together never share bytes, dead ones do', () => {
  const random = new Random(2);
  const lifetimes: Placed[] = Array.from({ length: 200 }, () => {
    const first = random.below(50) - 1;
    return { bytes: random.below(3000), first, last: first + random.below(5) };
  });
  const { offsets, bytes } = layoutArena(lifetimes, SLACK);
  lifetimes.forEach((x, i) => {
    expect(offsets[i]! + x.bytes + SLACK).toBeLessThanOrEqual(bytes);
    lifetimes.forEach((y, j) => {
      if (i >= j || x.last < y.first || y.last < x.first) return;
      const apart = offsets[i]! + x.bytes + SLACK <= offsets[j]! || offsets[j]! + y.bytes + SLACK <= offsets[i]!;
      if (!apart) throw new Error(`arrays ${i} and ${j} overlap`);
    });
  });
  const chain = Array.from({ length: 100 }, (_, i) => ({ bytes: 1000, first: i, last: i + 1 }));
  expect(layoutArena(chain, SLACK).bytes).toBeLessThan(3 * 1100);
});

test('tables of equal keys are built once and share one block until the last user leaves', () => {
  const heap = new Heap();
  const tables = new TableStore(heap);
  let built = 0;
  const table = (key: string): Table => ({
    key,
    build: () => {
      built++;
      return Int32Array.of(1, 2, 3);
    },
  });
  const a = tables.acquire(table('a'));
  expect(tables.acquire(table('a'))).toBe(a);
  expect(tables.acquire(table('b'))).not.toBe(a);
  expect(built).toBe(2);
  expect([...new Int32Array(heap.memory.buffer, a, 3)]).toEqual([1, 2, 3]);
  const { used } = heap;
  tables.release('a');
  expect(heap.used).toBe(used);
  tables.release('a');
  expect(heap.used).toBeLessThan(used);
});

test('sizes are written for people', () => {
  expect([0, 1023, 1536, 3 << 20, 5 * 2 ** 30].map(formatBytes)).toEqual(['0 B', '1023 B', '1.5 kB', '3.0 MB', '5.0 GB']);
});
