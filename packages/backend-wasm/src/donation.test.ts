import type { Storage } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from './index';
import { binary, hostStorage, noise, PlanMaker, whole } from './testing';

/** next = state + change, in place of state where that is possible; the sum of both is returned to JavaScript too. */
function update(length: number): PlanMaker {
  const m = new PlanMaker();
  const state = m.input('float32', noise(length, 1));
  const change = m.input('float32', noise(length, 2));
  const next = m.output('float32', length, true, state);
  const copy = m.output('float32', length);
  const kernel = binary('add', state, change, next);
  m.kernels.push({ ...kernel, outputs: [...kernel.outputs, { slot: copy, dtype: 'float32', value: 2 }] });
  return m;
}

const filled = (length: number, value: number): Storage => hostStorage('float32', new Float32Array(length).fill(value));

test('a resident input is updated in place: its block passes to the output, and the old storage is gone', () => {
  const backend = wasm();
  const plan = update(1003).plan();
  const [first] = backend.run(plan, [filled(1003, 1), filled(1003, 2)]);
  const bytes = backend.stats().bytes;
  const [second, copy] = backend.run(plan, [first!, filled(1003, 10)]);
  expect(Array.from(backend.readSync!(second!))).toEqual(new Array(1003).fill(13));
  expect(copy!.host).toEqual(new Float32Array(1003).fill(13));
  expect(() => backend.readSync!(first!)).toThrow('freed');
  expect(() => backend.run(plan, [first!, filled(1003, 10)])).toThrow('freed');
  backend.free(first!); // gives nothing back: the block has a new owner
  const [third] = backend.run(plan, [second!, filled(1003, 100)]);
  expect(backend.readSync!(third!)[1002]).toBe(113);
  expect(backend.stats().bytes).toBe(bytes);
});

test('what came from JavaScript is never written to', () => {
  const backend = wasm();
  const m = update(9);
  const before = m.storages[0]!.host!.slice();
  const [a] = backend.run(m.plan(), m.storages);
  const [b] = backend.run(m.plan(), m.storages);
  expect(m.storages[0]!.host).toEqual(before);
  expect(backend.readSync!(a!)).toEqual(backend.readSync!(b!));
});

test('a storage that is given twice is not taken over', () => {
  const backend = wasm();
  const m = update(64);
  const plan = m.plan();
  const [x] = backend.run(plan, [filled(64, 1), filled(64, 2)]);
  const [twice] = backend.run(plan, [x!, x!]);
  expect(backend.readSync!(twice!)[63]).toBe(6);
  expect(backend.readSync!(x!)[63]).toBe(3);
});

test('a run that fails leaves the donor as it was', () => {
  const backend = wasm();
  const m = new PlanMaker();
  const source = m.input('float32', [1, 2, 3]);
  const index = m.input('int32', [0, 2]);
  const state = m.input('float32', [5, 6]);
  const picked = m.slot('float32', 2);
  m.kernels.push({ kind: 'gather', axis: 0, source, index, output: { slot: picked, dtype: 'float32' } });
  const next = m.output('float32', 2, true, state);
  m.kernels.push(binary('add', state, whole(picked, [2]), next));
  const plan = m.plan();
  const [table, good, start] = m.storages as [Storage, Storage, Storage];
  const [a] = backend.run(plan, [table, good, start]);
  expect(() => backend.run(plan, [table, hostStorage('int32', Int32Array.of(0, 3)), a!])).toThrow('index 3');
  expect(Array.from(backend.readSync!(a!))).toEqual([6, 9]);
  const [b] = backend.run(plan, [table, good, a!]);
  expect(Array.from(backend.readSync!(b!))).toEqual([7, 12]);
});

test('two states that swap places, and plans that share them, still add up', () => {
  const backend = wasm();
  const plan = update(5).plan();
  const other = update(5).plan();
  let [x] = backend.run(plan, [filled(5, 1), filled(5, 0)]);
  let [y] = backend.run(plan, [filled(5, 1000), filled(5, 0)]);
  for (let i = 0; i < 10; i++) {
    const [p] = backend.run(i % 2 ? plan : other, [x!, filled(5, 1)]);
    const [q] = backend.run(plan, [y!, filled(5, 10)]);
    [x, y] = [q, p];
  }
  expect([backend.readSync!(x!)[4], backend.readSync!(y!)[4]]).toEqual([1 + 5 + 50, 1000 + 50 + 5]);
});

test('queued plans take over memory in their order', async () => {
  const backend = wasm({ compile: 'async' });
  const plan = update(7).plan();
  const [a] = backend.run(plan, [filled(7, 1), filled(7, 1)]);
  const [b] = backend.run(plan, [a!, filled(7, 1)]);
  const [c] = backend.run(plan, [b!, filled(7, 1)]);
  backend.free(a!);
  expect((await backend.read(c!))[6]).toBe(4);
  await expect(backend.read(b!)).rejects.toThrow('freed');
});

test('memory stays as it is over 2000 runs', () => {
  const backend = wasm();
  const plan = update(5000).plan();
  let [state] = backend.run(plan, [filled(5000, 0), filled(5000, 1)]);
  [state] = backend.run(plan, [state!, filled(5000, 1)]);
  const { bytes } = backend.stats();
  for (let i = 0; i < 2000; i++) [state] = backend.run(plan, [state!, filled(5000, 1)]);
  expect(backend.readSync!(state!)[4999]).toBe(2002);
  expect(backend.stats().bytes).toBe(bytes);
});
