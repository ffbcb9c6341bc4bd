import { BackendError, type Kernel } from '@cotangent/tensor';
import { afterEach, expect, test } from 'vitest';
import { I32, type Local } from '../assembler';
import { Compiler } from '../compile';
import type { KernelBuilder } from '../kernel-module';
import { Heap } from '../memory';
import { Parameters, type Launch } from '../params';
import { Call } from '../program';
import { cores, startWorker, type WorkerHandle } from './environment';
import { Pool } from './pool';

const pools: Pool[] = [];
const workers: WorkerHandle[] = [];
afterEach(() => pools.splice(0).forEach((pool) => pool.stop()));

/** A kernel that does something to the word of each unit; its parameter is the address of the words. */
function launch(
  name: string,
  body: (f: KernelBuilder, address: Local, unit: Local) => void,
  units: number,
  address: number,
  status = 0,
): Launch {
  const parameters = new Parameters();
  parameters.push(address);
  return {
    key: name,
    parameters,
    split: { units, nanoseconds: 1e6 },
    emit: (module, exportName) =>
      module.kernel(exportName, name, (f, p, from, to) => {
        const at = f.local(I32);
        f.block((end) => {
          f.loop((again) => {
            f.get(from, to).op('i32GeS').brIf(end);
            f.get(p).mem('i32Load').get(from).i32(2).op('i32Shl', 'i32Add').set(at);
            body(f, at, from);
            f.add(from, 1).br(again);
          });
        });
        f.i32(status);
      }),
  };
}

const increment = (f: KernelBuilder, at: Local): void => void f.get(at).get(at).mem('i32Load').i32(1).op('i32Add').mem('i32Store');

/** Everything a program does with a call, by hand. */
function setup(threads: number): { heap: Heap; pool: Pool; ready: (...launches: Launch[]) => Call } {
  const heap = new Heap(undefined, true);
  const pool = new Pool(heap, threads, undefined, (...args) => {
    const worker = startWorker(...args);
    workers.push(worker);
    return worker;
  });
  pools.push(pool);
  const compiler = new Compiler(heap.memory, true, (bytes, kernels) => pool.addModule(bytes, kernels));
  const ready = (...launches: Launch[]): Call => {
    compiler.compileSync(launches);
    const call = new Call({ kind: 'host' } as Kernel, launches, (units, nanoseconds) => pool.chunksFor(units, nanoseconds));
    const words = [call.units, call.piece, launches.length];
    const block = heap.allocate(256, 'a test');
    launches.forEach(({ key, parameters }, i) => {
      const { run, number } = compiler.get(key)!;
      const address = heap.allocate(16, 'a test');
      heap.words[address >>> 2] = parameters.words[0] as number;
      Object.assign(call.parts[i]!, { run, parameters: address });
      words.push(number, address);
    });
    heap.words.set(words, block >>> 2);
    call.description = block;
    return call;
  };
  return { heap, pool, ready };
}

test.each([2, 3, 4])('with %i threads every unit is done once, whoever does it', async (threads) => {
  const { heap, pool, ready } = setup(threads);
  const units = 1000;
  const address = heap.allocate(units * 4, 'a test');
  const call = ready(launch('increment', increment, units, address));
  expect(call.chunks).toBeGreaterThan(threads);
  await pool.ready();
  expect(pool.active).toBe(threads);
  const rounds = 500;
  for (let i = 0; i < rounds; i++) expect(pool.run(call)).toBe(0);
  expect(new Set(heap.words.slice(address >>> 2, (address >>> 2) + units))).toEqual(new Set([rounds]));
});

test('workers take part: the blocks of several threads are seen', async () => {
  const { heap, pool, ready } = setup(2);
  await pool.ready();
  const units = 16;
  const address = heap.allocate(units * 4, 'a test');
  // Each unit keeps its thread busy for a while and then notes which one it was.
  const call = ready(
    launch('note', (f, at) => {
      const left = f.temp(I32);
      f.i32(2_000_000).set(left);
      f.times(left, () => void f.get(at).thread().mem('i32Store'));
    }, units, address),
  );
  const seen = new Set<number>();
  // A machine that is busy with something else may need more than one round.
  for (let i = 0; i < 200 && seen.size < 2; i++) {
    pool.run(call);
    for (const word of heap.words.slice(address >>> 2, (address >>> 2) + units)) seen.add(word);
  }
  expect(seen.size).toBe(2);
});

test('launches that follow run on the same chunk, in order', async () => {
  const { heap, pool, ready } = setup(2);
  await pool.ready();
  const units = 300;
  const address = heap.allocate(units * 4, 'a test');
  const triple = launch('triple', (f, at) => void f.get(at).get(at).mem('i32Load').i32(3).op('i32Mul').mem('i32Store'), units, address);
  const call = ready(launch('set', (f, at, unit) => void f.get(at, unit).mem('i32Store'), units, address), { ...triple, follows: true });
  pool.run(call);
  expect(Array.from(heap.words.slice(address >>> 2, (address >>> 2) + units))).toEqual(Array.from({ length: units }, (_, i) => 3 * i));
});

test('kernels compiled after the workers have started, and memory that has grown since, reach them', async () => {
  const { heap, pool, ready } = setup(2);
  await pool.ready();
  const units = 1000;
  for (let i = 0; i < 5; i++) {
    const address = heap.allocate(100 << 20, 'a test');
    const call = ready(launch(`kernel ${i}`, (f, at) => void f.get(at).i32(i + 1).mem('i32Store'), units, address));
    for (let round = 0; round < 20; round++) pool.run(call);
    expect(new Set(heap.words.slice(address >>> 2, (address >>> 2) + units))).toEqual(new Set([i + 1]));
  }
});

test('a status other than ok is returned, whichever thread found it', async () => {
  const { heap, pool, ready } = setup(2);
  await pool.ready();
  const call = ready(launch('fails', increment, 100, heap.allocate(400, 'a test'), 1));
  for (let i = 0; i < 50; i++) expect(pool.run(call)).toBe(1);
});

test('a kernel that traps on a worker is an error, and the pool works on', async () => {
  const { heap, pool, ready } = setup(2);
  await pool.ready();
  const address = heap.allocate(400, 'a test');
  const traps = ready(launch('traps', (f) => void f.op('unreachable'), 100, address));
  const works = ready(launch('increment', increment, 100, address));
  for (let i = 0; i < 20; i++) expect(() => pool.run(traps)).toThrow();
  expect(pool.run(works)).toBe(0);
  expect(new Set(heap.words.slice(address >>> 2, (address >>> 2) + 100))).toEqual(new Set([1]));
});

test('work goes on without workers that were ended, and what happened is said once', async () => {
  const { heap, pool, ready } = setup(3);
  await pool.ready();
  const address = heap.allocate(4000, 'a test');
  const call = ready(launch('increment', increment, 1000, address));
  workers.at(-1)!.terminate();
  expect(pool.run(call)).toBe(0);
  await expect.poll(() => pool.active).toBe(1);
  expect(() => pool.check()).toThrow(BackendError);
  pool.check();
  expect(pool.run(call)).toBe(0);
  expect(new Set(heap.words.slice(address >>> 2, (address >>> 2) + 1000))).toEqual(new Set([2]));
});

test('short work is not divided, and never into more chunks than units', () => {
  const { pool } = setup(4);
  expect(pool.chunksFor(1000, 5000)).toBe(1);
  expect(pool.chunksFor(3, 1e9)).toBe(3);
  expect(pool.chunksFor(1000, 1e9)).toBeGreaterThanOrEqual(16);
});

test('the machine has cores', () => expect(cores()).toBeGreaterThan(0));
