import type { MapKernel, Operand, Plan, Storage, TypedArray } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from './index';
import { binary, dataOf, hostStorage, noise, PlanMaker, whole } from './testing';

/** sum = x + y and product = sum * y, as a chain of two kernels. */
function chain(length: number, resident = false): { m: PlanMaker; sum: number; product: number; x: Operand } {
  const m = new PlanMaker();
  const x = m.input('float32', noise(length, 1));
  const y = m.input('float32', noise(length, 2));
  const sum = m.slot('float32', length);
  const product = m.output('float32', length, resident, x);
  m.kernels.push(binary('add', x, y, sum), binary('mul', whole(sum, [length]), y, product));
  return { m, sum, product, x };
}

test('a group computes what its maps compute, of different shapes, programs and types, and counts as one kernel', () => {
  const m = new PlanMaker();
  const pairs = [[5, 'add'], [64, 'mul'], [1, 'add'], [1000, 'sub'], [0, 'add']] as const;
  const maps = pairs.map(([length, op], i): MapKernel => {
    const dtype = i === 3 ? 'int32' : 'float32';
    const values = Array.from({ length }, (_, k) => (k % 7) - 3);
    return binary(op, m.input(dtype, values), m.input(dtype, values.map((v) => v * 2)), m.output(dtype, length));
  });
  m.kernels.push({ kind: 'group', maps });
  const backend = wasm();
  m.run(backend).forEach((actual, i) => {
    const [a, b] = maps[i]!.inputs.map((input) => dataOf(m, input)) as [TypedArray, TypedArray];
    const op = pairs[i]![1];
    expect(Array.from(actual)).toEqual(Array.from(a, (v, k) => (op === 'add' ? v + b[k]! : op === 'mul' ? v * b[k]! : v - b[k]!)));
  });
  expect(backend.stats()).toMatchObject({ plans: 1, kernels: 1 });
});

test('an observed run reports every kernel in order, with its time and the slots as they are then', () => {
  const backend = wasm();
  const { m, sum, product } = chain(6);
  const seen: [number, number[]][] = [];
  const [out] = backend.runObserved!(m.plan(), m.storages, (kernel, milliseconds, read) => {
    expect(milliseconds).toBeGreaterThanOrEqual(0);
    seen.push([kernel, Array.from(read(kernel === 0 ? sum : product))]);
  });
  const [x, y] = [noise(6, 1), noise(6, 2)];
  const sums = x.map((v, i) => v + y[i]!);
  expect(seen).toEqual([[0, Array.from(sums)], [1, Array.from(sums.map((v, i) => v * y[i]!))]]);
  expect(Array.from(out!.host!)).toEqual(seen[1]![1]);
});

test('a repetition is one kernel to the observer', () => {
  const m = new PlanMaker();
  const x = m.input('float32', [1, 2, 3]);
  const out = m.output('float32', 3);
  const [from, to] = [m.slot('float32', 1), m.slot('float32', 1)];
  m.kernels.push({
    kind: 'repeat', trips: 3, kernels: [binary('add', whole(from, [1]), whole(from, [1]), to)],
    windows: [{ slot: from, of: x.slot, offset: 0, step: 1 }, { slot: to, of: out, offset: 0, step: 1 }],
  });
  const seen: unknown[] = [];
  wasm().runObserved!(m.plan(), m.storages, (kernel, _, read) => seen.push([kernel, Array.from(read(out))]));
  expect(seen).toEqual([[0, [2, 4, 6]]]);
});

test('in an observed run nothing is updated in place', () => {
  const backend = wasm();
  const { m } = chain(4, true);
  const plan = m.plan();
  const [first] = backend.run(plan, m.storages);
  const before = Array.from(backend.readSync!(first!));
  backend.runObserved!(plan, [first!, m.storages[1]!], () => undefined);
  expect(Array.from(backend.readSync!(first!))).toEqual(before);
});

test('what cannot be run at once cannot be observed', async () => {
  const backend = wasm({ compile: 'async' });
  const { m } = chain(4);
  const plan = m.plan();
  expect(() => backend.runObserved!(plan, m.storages, () => undefined)).toThrow('await backend.prepare(plan)');
  await backend.prepare(plan);
  expect(backend.runObserved!(plan, m.storages, () => undefined)).toHaveLength(1);
});

/** [rows, 3] ones times a matrix: every row is 9, 12. */
function product(rows: number): { plan: Plan; inputs: Storage[] } {
  const m = new PlanMaker();
  const depth = 3;
  const a = m.input('float32', new Float32Array(rows * depth).fill(1), [rows, depth]);
  const b = m.input('float32', [1, 2, 3, 4, 5, 6], [depth, 2]);
  const plain = { scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 };
  m.kernels.push({
    kind: 'contract', sizes: [rows, 2, depth], a, accessA: [{ ...plain, label: 0 }, { ...plain, label: 2 }],
    b, accessB: [{ ...plain, label: 2 }, { ...plain, label: 1 }],
    out: [0, 1], output: { slot: m.output('float32', rows * 2), dtype: 'float32' },
  });
  return { plan: m.plan(), inputs: m.storages };
}

test('500 plans of different sizes, each forgotten, leave the memory as it was, and may run again', () => {
  const backend = wasm();
  const plans = Array.from({ length: 500 }, (_, i) => product(i + 1));
  const check = ({ plan, inputs }: (typeof plans)[0]): void => {
    const data = backend.run(plan, inputs)[0]!.host!;
    expect(Array.from(data.subarray(-2))).toEqual([9, 12]);
  };
  check(plans[499]!);
  const { bytes } = backend.stats();
  for (const entry of plans) {
    check(entry);
    backend.forget!(entry.plan);
    backend.forget!(entry.plan);
  }
  expect(backend.stats().bytes).toBe(bytes);
  check(plans[7]!);
});

test('a plan that is forgotten while its kernels are compiled is made ready again', async () => {
  const backend = wasm({ compile: 'async' });
  const { plan, inputs } = product(40);
  const [first] = backend.run(plan, inputs);
  await Promise.resolve();
  backend.forget!(plan);
  const other = product(7);
  const [second] = backend.run(other.plan, other.inputs);
  expect(Array.from(await backend.read(first!)).slice(-4)).toEqual([9, 12, 9, 12]);
  expect(Array.from(await backend.read(second!)).slice(-2)).toEqual([9, 12]);
});

test('a plan that is forgotten by one of its own host kernels runs to its end', () => {
  const backend = wasm();
  const m = new PlanMaker();
  const x = m.input('float32', [1, 2]);
  const [middle, out] = [m.slot('float32', 2), m.output('float32', 2)];
  m.kernels.push(
    {
      kind: 'host', name: 'forget', inputs: [x], outputs: [{ slot: middle, dtype: 'float32', shape: [2] }],
      run: ([a], [b]) => {
        backend.forget!(plan);
        backend.run(chain(50).m.plan(), [hostStorage('float32', new Float32Array(50)), hostStorage('float32', new Float32Array(50))]);
        b!.set(a!);
      },
    },
    binary('add', whole(middle, [2]), x, out),
  );
  const plan = m.plan();
  for (let i = 0; i < 2; i++) expect(Array.from(backend.run(plan, m.storages)[0]!.host!)).toEqual([2, 4]);
});
