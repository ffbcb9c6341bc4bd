/** Addresses are unsigned: arrays may lie above 2 GB, where a signed 32-bit number is negative. */
import {
  arange, argmax, concat, conv2d, cumsum, maxPool2d, ones, pad, parameter, scatter, softmax, sort, take, tensor, use, where,
  type Backend, type Plan, type Storage, type Tensor,
} from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from './backend';
import { Compiler } from './compile';
import { Executable, type Machine } from './executable';
import { Heap } from './memory';
import { PrivateMemory } from './private';
import { TableStore } from './tables';
import { alone } from './threads/pool';

/** A backend that also runs every plan in another memory, all of whose arrays lie above 2 GB. */
function alsoHigh(): { backend: Backend; plans: () => number } {
  const heap = new Heap();
  const start = heap.allocate(2 ** 31, 'nothing: pages that are never touched take no memory');
  expect(start + 2 ** 31).toBeGreaterThan(2 ** 31);
  const machine: Machine = {
    heap,
    compiler: new Compiler(heap.memory),
    tables: new TableStore(heap),
    privates: new PrivateMemory(heap, 1),
    chunking: () => 1,
    keeps: () => false,
    perform: alone,
    arena: (bytes) => heap.allocate(bytes, 'a test'),
  };
  const backend = wasm();
  const run = backend.run.bind(backend);
  let plans = 0;
  backend.run = (plan: Plan, inputs: readonly Storage[]) => {
    const elements = inputs.map((storage) => backend.readSync!(storage));
    const outputs = run(plan, inputs);
    const executable = new Executable(plan, machine);
    if (!executable.compiled) machine.compiler.compileSync(executable.launches);
    const places = executable.run(elements, plan.outputs.map(() => undefined));
    places.forEach((place, i) => {
      const { dtype, length } = plan.slots[plan.outputs[i]!.slot]!;
      if (typeof place === 'number') expect(place).toBeGreaterThan(2 ** 31);
      const found = typeof place === 'number' ? heap.read(dtype, place, length) : place;
      expect(found).toEqual(backend.readSync!(outputs[i]!));
    });
    plans++;
    return outputs;
  };
  return { backend, plans: () => plans };
}

test('every kind of kernel works on arrays above 2 GB', async () => {
  const { backend, plans } = alsoHigh();
  await use(backend);
  const numbers = (n: number): Tensor => tensor(Float32Array.from({ length: n }, (_, i) => Math.sin(i)));
  const x = numbers(8 * 9).reshape(8, 9);
  const picture = numbers(2 * 3 * 8 * 8).reshape(2, 3, 8, 8);
  const index = tensor(Int32Array.of(3, 0, 7));
  const values: Tensor[] = [
    x.mul(2).add(1).tanh(),
    x.transpose().exp(),
    where(x.gt(0), x, 0).cast('int32'),
    x.sum({ dim: 0 }),
    x.sum(),
    argmax(x, { dim: 1 }),
    softmax(x, { dim: 1 }),
    x.matmul(x.transpose()).add(1).relu(),
    conv2d(picture, numbers(4 * 3 * 3 * 3).reshape(4, 3, 3, 3), undefined, { padding: 1 }),
    maxPool2d(picture, 2),
    take(x, index),
    scatter(numbers(8), 0, index, ones([3]), 'add'),
    cumsum(x, 1),
    pad(x, [1, 2]),
    concat([x, x.mul(3)]),
    sort(x).values,
    arange(20).cast('float16'),
  ];
  for (const value of values) await value.data();
  const p = parameter(numbers(100));
  p.assign(p.mul(0.5));
  p.assign(p.sub(1));
  expect(plans()).toBe(values.length + 2);
});
