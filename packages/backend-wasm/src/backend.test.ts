import { BackendError, DTypeError, IndexError, type Plan, type Storage } from '@cotangent/tensor';
import { describe, expect, test } from 'vitest';
import { wasm } from './index';
import { arrayOf, hostStorage, noise, PlanMaker } from './testing';

/** y = x + c, on a plan of its own. */
function addPlan(length: number, constant: number, resident = false): Plan {
  const m = new PlanMaker();
  const x = m.input('float32', new Float32Array(length));
  const slot = m.output('float32', length, resident);
  m.kernels.push({
    kind: 'map', shape: [length], inputs: [x], constants: [constant],
    body: [
      { op: 'load', input: 0, dtype: 'float32' },
      { op: 'const', constant: 0, dtype: 'float32' },
      { op: 'add', args: [0, 1], dtype: 'float32' },
    ],
    outputs: [{ slot, dtype: 'float32', value: 2 }],
  });
  return m.plan();
}

/** Picks elements of [0, 10, 20, 30]; indices beyond 3 fail. */
function gatherPlan(count: number, resident = false): Plan {
  const m = new PlanMaker();
  const source = m.input('float32', [0, 10, 20, 30]);
  const index = m.input('int32', new Int32Array(count));
  const slot = m.output('float32', count, resident);
  m.kernels.push({ kind: 'gather', axis: 0, source, index, output: { slot, dtype: 'float32' } });
  return m.plan();
}

const floats = (...values: number[]): Storage => hostStorage('float32', arrayOf('float32', values));
const table = floats(0, 10, 20, 30);
const places = (...values: number[]): Storage => hostStorage('int32', arrayOf('int32', values));

test('names itself, its types and its statistics', () => {
  const backend = wasm();
  expect(backend.name).toBe('wasm');
  expect(backend.caps.dtypes).not.toContain('float64');
  expect(backend.caps.compute).not.toContain('float16');
  const plan = addPlan(3, 1);
  backend.run(plan, [floats(1, 2, 3)]);
  backend.run(plan, [floats(1, 2, 3)]);
  expect(backend.stats()).toMatchObject({ plans: 2, kernels: 2, compiled: 1 });
  expect(backend.stats().bytes).toBeGreaterThan(0);
});

test('outputs are JavaScript arrays that later runs leave alone', async () => {
  const backend = wasm();
  const plan = addPlan(2, 1);
  const [first] = backend.run(plan, [floats(1, 2)]);
  const [second] = backend.run(plan, [floats(5, 6)]);
  expect(first!.host).toEqual(arrayOf('float32', [2, 3]));
  expect(Array.from(await backend.read(second!))).toEqual([6, 7]);
});

test('resident outputs stay in the heap, feed later plans and give their place back', () => {
  const backend = wasm();
  const step = addPlan(1000, 1, true);
  let [weights] = backend.run(step, [hostStorage('float32', new Float32Array(1000))]);
  expect(weights!.host).toBeUndefined();
  const before = backend.stats().bytes;
  for (let i = 0; i < 10_000; i++) {
    const [next] = backend.run(step, [weights!]);
    backend.free(weights!);
    weights = next;
  }
  expect(backend.readSync!(weights!)[999]).toBe(10_001);
  expect(backend.stats().bytes).toBe(before);
  // The same plan takes JavaScript arrays in between.
  const [mixed] = backend.run(step, [hostStorage('float32', new Float32Array(1000).fill(7))]);
  expect(backend.readSync!(mixed!)[0]).toBe(8);
  backend.free(weights!);
  expect(() => backend.run(step, [weights!])).toThrow('freed');
  expect(() => backend.readSync!(weights!)).toThrow('freed');
});

test('what read returns is a copy: resident arrays cannot be changed through it', () => {
  const backend = wasm();
  const [x] = backend.run(addPlan(2, 1, true), [floats(1, 2)]);
  (backend.readSync!(x!) as Float32Array)[0] = 99;
  expect(Array.from(backend.readSync!(x!))).toEqual([2, 3]);
});

test('the memory grows, and plans made before go on working', () => {
  const backend = wasm();
  const small = addPlan(5, 1);
  const [kept] = backend.run(addPlan(3, 1, true), [floats(1, 2, 3)]);
  backend.run(small, [floats(1, 2, 3, 4, 5)]);
  const start = backend.stats().bytes;
  const big = 3_000_000;
  const [large] = backend.run(addPlan(big, 2), [hostStorage('float32', noise(big))]);
  expect(backend.stats().bytes).toBeGreaterThan(start);
  expect(large!.host![big - 1]).toBe(Math.fround(noise(big)[big - 1]! + 2));
  expect(Array.from(backend.run(small, [floats(1, 2, 3, 4, 5)])[0]!.host!)).toEqual([2, 3, 4, 5, 6]);
  expect(Array.from(backend.readSync!(kept!))).toEqual([2, 3, 4]);
});

test('running out of memory names sizes and arrays, and leaves the backend usable', () => {
  const backend = wasm({ maximumBytes: 4 << 20 });
  const plan = addPlan(2_000_000, 1);
  const run = (): unknown => backend.run(plan, [hostStorage('float32', new Float32Array(2_000_000))]);
  expect(run).toThrow(BackendError);
  expect(run).toThrow(/out of memory.*7\.6 MB.*at most 4\.0 MB.*float32 x 2000000 \(7\.6 MB\)/);
  expect(Array.from(backend.run(addPlan(2, 1), [floats(1, 2)])[0]!.host!)).toEqual([2, 3]);
});

test('float64 is refused by name of the backend that has it', () => {
  const m = new PlanMaker();
  m.input('float64', [1, 2]);
  expect(() => m.run(wasm())).toThrow(DTypeError);
  expect(() => m.run(wasm())).toThrow(/float64.*cpu backend/);
});

test('inputs of the wrong type, length or backend are refused', () => {
  const backend = wasm();
  const plan = addPlan(2, 1);
  expect(() => backend.run(plan, [floats(1, 2, 3)])).toThrow('takes float32 x 2, but the storage given holds float32 x 3');
  expect(() => backend.run(plan, [places(1, 2)])).toThrow('int32 x 2');
  const other = wasm();
  const [foreign] = other.run(addPlan(2, 1, true), [floats(1, 2)]);
  expect(() => backend.run(plan, [foreign!])).toThrow('another backend');
});

test('host kernels run JavaScript on contiguous inputs and zeroed outputs', () => {
  const backend = wasm();
  const m = new PlanMaker();
  const x = m.input('float32', [3, 1, 2]);
  const sorted = m.slot('float32', 3);
  const order = m.output('int32', 4);
  const doubled = m.output('float32', 3);
  m.kernels.push({
    kind: 'host', name: 'sort', inputs: [x],
    outputs: [{ slot: sorted, dtype: 'float32', shape: [3] }, { slot: order, dtype: 'int32', shape: [4] }],
    run: ([data], [values, positions]) => {
      values!.set([...data!].sort());
      positions!.set([1, 2], 1);
    },
  });
  const operand = { slot: sorted, dtype: 'float32', shape: [3], strides: [1], offset: 0 } as const;
  m.kernels.push({
    kind: 'map', shape: [3], inputs: [operand], constants: [],
    body: [{ op: 'load', input: 0, dtype: 'float32' }, { op: 'add', args: [0, 0], dtype: 'float32' }],
    outputs: [{ slot: doubled, dtype: 'float32', value: 1 }],
  });
  const plan = m.plan();
  for (let i = 0; i < 2; i++) {
    const [a, b] = backend.run(plan, m.storages);
    expect(Array.from(a!.host!)).toEqual([0, 1, 2, 0]);
    expect(Array.from(b!.host!)).toEqual([2, 4, 6]);
  }
});

test('a host kernel may run plans on its own backend, its own plan too, even when that moves the memory', () => {
  const backend = wasm();
  const big = 2_000_000;
  let depth = 0;
  const m = new PlanMaker();
  const x = m.input('float32', [1, 2, 3]);
  const doubled = m.slot('float32', 3);
  const slot = m.output('float32', 3);
  const body = [{ op: 'load', input: 0, dtype: 'float32' }, { op: 'add', args: [0, 0], dtype: 'float32' }] as const;
  m.kernels.push({ kind: 'map', shape: [3], inputs: [x], constants: [], body, outputs: [{ slot: doubled, dtype: 'float32', value: 1 }] });
  const operand = { slot: doubled, dtype: 'float32', shape: [3], strides: [1], offset: 0 } as const;
  m.kernels.push({
    kind: 'host', name: 'nested', inputs: [operand], outputs: [{ slot, dtype: 'float32', shape: [3] }],
    run: ([data], [out]) => {
      const [large] = backend.run(addPlan(big, 1), [hostStorage('float32', new Float32Array(big))]);
      expect(large!.host![big - 1]).toBe(1);
      const inner = depth++ === 0 ? backend.run(plan, [floats(10, 20, 30)])[0]!.host! : data!;
      out!.set(data!.map((v, i) => v + inner[i]!));
    },
  });
  const plan = m.plan();
  // Inside: 20 40 60 + itself. Outside: 2 4 6 + that.
  expect(Array.from(backend.run(plan, m.storages)[0]!.host!)).toEqual([42, 84, 126]);
});

test('intermediate arrays share memory once they are dead', () => {
  const backend = wasm();
  const m = new PlanMaker();
  const length = 1 << 18; // 1 MB each
  let operand = m.input('float32', noise(length));
  for (let i = 0; i < 40; i++) {
    const last = i === 39;
    const slot = last ? m.output('float32', length) : m.slot('float32', length);
    m.kernels.push({
      kind: 'map', shape: [length], inputs: [operand], constants: [1],
      body: [
        { op: 'load', input: 0, dtype: 'float32' },
        { op: 'const', constant: 0, dtype: 'float32' },
        { op: 'add', args: [0, 1], dtype: 'float32' },
      ],
      outputs: [{ slot, dtype: 'float32', value: 2 }],
    });
    operand = { ...operand, slot };
  }
  const [out] = m.run(backend);
  expect(out![5]).toBeCloseTo(noise(length)[5]! + 40, 4);
  expect(backend.stats().bytes).toBeLessThan(6 << 20);
});

test('after dispose every call throws and says so', async () => {
  const backend = wasm();
  const [x] = backend.run(addPlan(2, 1), [floats(1, 2)]);
  backend.dispose();
  expect(() => backend.run(addPlan(2, 1), [floats(1, 2)])).toThrow('disposed');
  expect(() => backend.readSync!(x!)).toThrow('disposed');
  await expect(backend.read(x!)).rejects.toThrow('disposed');
  await expect(backend.prepare(addPlan(2, 1))).rejects.toThrow('disposed');
});

describe('where compiling is asynchronous', () => {
  test('run returns at once, plans run in order and read waits', async () => {
    const backend = wasm({ compile: 'async' });
    const [a] = backend.run(addPlan(2, 1), [floats(1, 2)]);
    const [b] = backend.run(addPlan(2, 10, true), [a!]);
    const [c] = backend.run(addPlan(2, 100), [b!]);
    expect(a!.host).toBeUndefined();
    expect(() => backend.readSync!(c!)).toThrow('asynchronous');
    backend.free(b!);
    expect(Array.from(await backend.read(c!))).toEqual([112, 113]);
    expect(Array.from(backend.readSync!(a!))).toEqual([2, 3]);
    await expect(backend.read(b!)).rejects.toThrow('freed');
  });

  test('a prepared plan runs at once', async () => {
    const backend = wasm({ compile: 'async' });
    const plan = addPlan(2, 1);
    await backend.prepare(plan);
    expect(Array.from(backend.run(plan, [floats(1, 2)])[0]!.host!)).toEqual([2, 3]);
  });

  test('an error of queued work rejects the next read, once, with the stack of the run call as its cause', async () => {
    const backend = wasm({ compile: 'async' });
    const runHere = (): Storage[] => backend.run(gatherPlan(2), [table, places(1, 7)]);
    const [bad] = runHere();
    const [dependent] = backend.run(addPlan(2, 1), [bad!]);
    const [good] = backend.run(addPlan(2, 1), [floats(1, 2)]);
    const error: Error = await backend.read(good!).then(
      () => expect.unreachable(),
      (reason: unknown) => reason as Error,
    );
    expect(error).toBeInstanceOf(IndexError);
    expect(error.message).toContain('index 7 is out of range for axis 0 of size 4');
    expect((error.cause as Error).stack).toContain('runHere');
    expect(Array.from(await backend.read(good!))).toEqual([2, 3]);
    await expect(backend.read(bad!)).rejects.toThrow('index 7');
    await expect(backend.read(dependent!)).rejects.toThrow('index 7');
  });

  test('errors of other kinds are wrapped', async () => {
    const backend = wasm({ compile: 'async' });
    const m = new PlanMaker();
    const slot = m.output('float32', 1);
    m.kernels.push({
      kind: 'host', name: 'fails', inputs: [], outputs: [{ slot, dtype: 'float32', shape: [1] }],
      run: () => {
        throw new TypeError('no such thing');
      },
    });
    backend.run(addPlan(1, 1), [floats(1)]);
    const [x] = backend.run(m.plan(), []);
    await expect(backend.read(x!)).rejects.toThrow('a queued computation failed: no such thing');
  });
});

/** A constructor that always throws. */
function refuse(error: Error): typeof WebAssembly.Module {
  return function () {
    throw error;
  } as never;
}

test('a refusal of large synchronous modules switches to asynchronous compiling', async () => {
  const original = WebAssembly.Module;
  const backend = wasm();
  try {
    WebAssembly.Module = refuse(new RangeError('disallowed on the main thread'));
    const [x] = backend.run(addPlan(2, 1), [floats(1, 2)]);
    expect(x!.host).toBeUndefined();
    expect(Array.from(await backend.read(x!))).toEqual([2, 3]);
  } finally {
    WebAssembly.Module = original;
  }
});

test('where compiling is forbidden the error names the directive and the cpu backend', () => {
  const original = WebAssembly.Module;
  try {
    WebAssembly.Module = refuse(new WebAssembly.CompileError('Wasm code generation disallowed by embedder'));
    expect(() => wasm()).toThrow(BackendError);
    expect(() => wasm()).toThrow(/script-src 'self' 'wasm-unsafe-eval'.*cpu backend/);
  } finally {
    WebAssembly.Module = original;
  }
});
