import { parameter, randn, tensor, use, type Tensor } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from './index';
import { Kept } from './kept';
import { Heap } from './memory';
import { noise } from './testing';

const LARGE = 1 << 16; // elements: 256 kB

/** What the heap holds. */
function setup(limit: number): { heap: Heap; kept: Kept; block: (fill: number) => ReturnType<Kept['add']> } {
  const heap = new Heap();
  const kept = new Kept(heap, limit);
  const block = (fill: number): ReturnType<Kept['add']> => {
    kept.reserve(LARGE * 4);
    const address = heap.allocate(LARGE * 4, 'a test');
    heap.write('float32', address, new Float32Array(LARGE).fill(fill));
    return kept.add('float32', LARGE, address, false);
  };
  return { heap, kept, block };
}

test('beyond the limit the oldest arrays move to JavaScript memory; none is lost', () => {
  const { kept, heap, block } = setup(4 * LARGE * 4);
  const used = heap.used;
  const holds = Array.from({ length: 10 }, (_, i) => block(i));
  expect(kept.bytes).toBe(4 * LARGE * 4);
  expect(holds.map(({ block }) => block.address === undefined)).toEqual(holds.map((_, i) => i < 6));
  holds.forEach((hold, i) => expect(kept.take(hold.block)[LARGE - 1]).toBe(i));
  expect(kept.bytes).toBe(0);
  expect(heap.used).toBe(used);
});

test('arrays that a running plan reads stay where they are', () => {
  const { kept, block } = setup(2 * LARGE * 4);
  const first = block(1);
  first.block.users++;
  for (let i = 0; i < 5; i++) block(i);
  expect(first.block.address).toBeDefined();
  expect(kept.take(first.block)[0]).toBe(1);
  expect(first.block.address).toBeDefined();
  first.block.users--;
  for (let i = 0; i < 5; i++) block(i);
  expect(first.block.address).toBeUndefined();
});

test('results that nobody reads are not copied, and feed other plans from where they are', async () => {
  const backend = await use(wasm({ threads: 1 }));
  const x = tensor(noise(LARGE));
  const y = x.mul(2);
  await y.index(0).item();
  const z = y.add(1);
  expect((await z.data())[5]).toBeCloseTo(noise(LARGE)[5]! * 2 + 1, 6);
  backend.dispose();
});

test('an input given again and again is copied once, and forgotten when its place is needed', async () => {
  const backend = await use(wasm({ threads: 1, keptBytes: 4 * LARGE * 4 }));
  const inputs = Array.from({ length: 6 }, (_, i) => tensor(noise(LARGE, i)));
  for (let round = 0; round < 4; round++) {
    for (const [i, x] of inputs.entries()) {
      const y = x.mul(3);
      expect((await y.data())[7]).toBe(Math.fround(noise(LARGE, i)[7]! * 3));
    }
  }
  expect(backend.stats().bytes).toBeLessThan(16 * LARGE * 4);
  backend.dispose();
});

test('results held by the program survive any number of others', async () => {
  const backend = await use(wasm({ threads: 1, keptBytes: 3 * LARGE * 4 }));
  const weights = parameter(randn([LARGE]));
  const held: { y: Tensor; expected: number }[] = [];
  for (let i = 0; i < 20; i++) {
    const y = weights.mul(i);
    await y.index(0).item();
    held.push({ y, expected: Math.fround((await weights.data())[9]! * i) });
  }
  for (const { y, expected } of held) expect((await y.data())[9]).toBe(expected);
  backend.dispose();
});

test('results can be read after the backend was disposed of, and move to another one', async () => {
  const first = await use(wasm({ threads: 1 }));
  const y = tensor(noise(LARGE)).add(1);
  y.dataSync();
  const z = tensor(noise(LARGE)).add(2);
  await z.index(0).item();
  await use(wasm({ threads: 1 }));
  first.dispose();
  expect(z.add(0).dataSync()[3]).toBeCloseTo(noise(LARGE)[3]! + 2, 6);
});
