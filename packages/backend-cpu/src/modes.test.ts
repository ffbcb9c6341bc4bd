import { describe, expect, it } from 'vitest';
import { writesOf, type DType, type Kernel, type Operand, type TypedArray } from '@cotangent/tensor';
import { cpu } from './backend';
import { product } from './loops';
import { COMPUTE, randomBody } from './testing/body';
import { execute, planOf } from './testing/execute';
import { Random, Slots } from './testing/random';

const generated = cpu();
const interpreted = cpu({ interpret: true });

function randomMap(random: Random, slots: Slots, operand: (dtype: DType, shape: readonly number[]) => Operand): Kernel {
  const shape = random.shape();
  const inputs = Array.from({ length: random.int(0, 3) }, () => operand(random.pick<DType>([...COMPUTE, 'float16']), shape));
  const constants: number[] = [];
  const body = randomBody(random, inputs, shape.length, constants);
  const values = random.next() < 0.3 ? [body.length - 1, random.int(0, body.length - 1)] : [body.length - 1];
  const outputs = values.map((value) => ({ slot: slots.add(body[value]!.dtype, product(shape)), dtype: body[value]!.dtype, value }));
  return { kind: 'map', shape, inputs, constants, body, outputs };
}

function randomReduce(random: Random, slots: Slots, operand: (dtype: DType, shape: readonly number[]) => Operand): Kernel {
  const shape = random.next() < 0.2 ? [random.int(2, 3), 9, random.int(2, 3)] : random.shape();
  const kept = random.int(0, shape.length);
  const inputs = Array.from({ length: random.int(1, 2) }, () => operand(random.pick(COMPUTE), shape));
  const constants: number[] = [];
  const body = randomBody(random, inputs, shape.length, constants);
  const op = random.pick(['sum', 'prod', 'max', 'min', 'argmax', 'argmin'] as const);
  const { dtype: from } = body[body.length - 1]!;
  const dtype = op.startsWith('arg') ? 'int32' : from === 'bool' && op === 'sum' ? 'int32' : from;
  const output = { slot: slots.add(dtype, product(shape.slice(0, kept))), dtype };
  return { kind: 'reduce', op, shape, kept, inputs, constants, body, value: body.length - 1, output };
}

/** NaN has many bit patterns and no operation here tells them apart; everything else must agree in every bit. */
function expectSame(actual: readonly TypedArray[], expected: readonly TypedArray[], what: string): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((array, k) => {
    expect(array.constructor).toBe(expected[k]!.constructor);
    expect(Array.from(array), what).toEqual(Array.from(expected[k]!));
  });
}

describe('the interpreter and the generated code', () => {
  it('agree bit for bit on 600 random map and reduce kernels', () => {
    const random = new Random(20);
    for (let round = 0; round < 600; round++) {
      const slots = new Slots();
      const operand = (dtype: DType, shape: readonly number[]): Operand => slots.operand(random, dtype, shape, { awkward: true });
      const kernel = (round % 3 === 2 ? randomReduce : randomMap)(random, slots, operand);
      const plan = planOf(slots, [kernel]);
      expectSame(execute(interpreted, plan, slots), execute(generated, plan, slots), JSON.stringify(kernel));
    }
  });

  it('agree bit for bit on 200 random plans of up to eight kernels, run twice', () => {
    const random = new Random(21);
    for (let round = 0; round < 200; round++) {
      const slots = new Slots();
      const kernels: Kernel[] = [];
      const made: number[] = [];
      // Now and then an operand is the result of an earlier kernel, read backwards or repeated.
      const operand = (dtype: DType, shape: readonly number[]): Operand => {
        const fitting = made.filter((slot) => slots.slots[slot]!.dtype === dtype && slots.slots[slot]!.length > 0);
        if (fitting.length === 0 || shape.includes(0)) return slots.operand(random, dtype, shape, { awkward: true });
        const slot = random.pick(fitting);
        const { length } = slots.slots[slot]!;
        const axis = shape.findIndex((n) => n > 1 && n <= length);
        const strides = shape.map((_, k) => (k === axis ? -1 : 0));
        return { slot, dtype, shape, strides, offset: axis < 0 ? length - 1 : shape[axis]! - 1 };
      };
      for (let n = random.int(2, 8); n > 0; n--) {
        const kernel = (random.next() < 0.3 ? randomReduce : randomMap)(random, slots, operand);
        kernels.push(kernel);
        made.push(...writesOf(kernel));
      }
      const outputs = made.filter((slot, k) => k === made.length - 1 || random.next() < 0.4);
      const plan = planOf(slots, kernels, outputs);
      const first = execute(generated, plan, slots);
      expectSame(execute(interpreted, plan, slots), first, JSON.stringify(plan));
      expectSame(execute(generated, plan, slots), first, JSON.stringify(plan));
      // The same with nothing but outputs: intermediates that share memory must not show.
      const all = execute(generated, planOf(slots, kernels, made), slots);
      expectSame(outputs.map((slot) => all[made.indexOf(slot)]!), first, JSON.stringify(plan));
    }
  });
});
