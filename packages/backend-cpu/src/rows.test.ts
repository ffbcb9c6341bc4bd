import { describe, expect, it } from 'vitest';
import { allocate, type DType, type Instruction, type Kernel, type Operand, type RowKernel, type TypedArray } from '@cotangent/tensor';
import { cpu } from './backend';
import { Generator } from './codegen/compile';
import { ContractMemory } from './contract/panels';
import { interpret } from './interpret/kernels';
import { product, rowMajor } from './loops';
import { asRow, scheduleOf } from './rows';
import { COMPUTE, randomBody } from './testing/body';
import { executeKernel } from './testing/execute';
import { places } from './testing/naive';
import { naiveRow } from './testing/naive-row';
import { Random, randomData, Slots } from './testing/random';

const backends = [cpu(), cpu({ interpret: true })];

/** Row-major strides of the axes in another order: a permutation that fills the slot. */
function permuted(random: Random, shape: readonly number[], axes: readonly number[]): number[] {
  const order = axes.slice();
  if (random.next() < 0.5) order.sort(() => random.next() - 0.5);
  const strides = shape.map(() => 0);
  const dense = rowMajor(order.map((axis) => shape[axis]!));
  order.forEach((axis, k) => (strides[axis] = dense[k]!));
  return strides;
}

/** Whether each value depends on the element, as the description of row kernels defines it. */
function ofElement(kernel: Pick<RowKernel, 'body' | 'inputs' | 'shape' | 'kept'>): boolean[] {
  const element: boolean[] = [];
  for (const x of kernel.body) {
    if (x.op === 'load') element.push(kernel.inputs[x.input]!.strides.some((s, axis) => axis >= kernel.kept && s !== 0));
    else if (x.op === 'index') element.push(x.axis >= kernel.kept);
    else if (x.op === 'fold' || x.op === 'const') element.push(false);
    else element.push(x.args.some((arg) => element[arg]));
  }
  return element;
}

function randomRow(random: Random, slots: Slots, shape: readonly number[], kept: number, operand: (dtype: DType) => Operand): RowKernel {
  const inputs = Array.from({ length: random.int(1, 3) }, () => operand(random.pick(COMPUTE)));
  const constants: number[] = [];
  const body = randomBody(random, inputs, shape.length, constants, true);
  const element = ofElement({ body, inputs, shape, kept });
  const all = shape.map((_, axis) => axis);
  const outputs = Array.from({ length: random.int(1, 3) }, (_, o) => {
    const value = o === 0 ? body.length - 1 : random.int(0, body.length - 1);
    const per = element[value] || random.next() < 0.3 ? 'element' : 'row';
    const axes = per === 'element' ? all : all.slice(0, kept);
    const { dtype } = body[value]!;
    const slot = slots.add(dtype, product(axes.map((axis) => shape[axis]!)));
    return { slot, dtype, value, per, strides: permuted(random, shape, axes) } as const;
  });
  return { kind: 'row', shape, kept, inputs, constants, body, outputs };
}

function check(kernel: RowKernel, slots: Slots): void {
  const expected = naiveRow(kernel, slots.arrays as never, kernel.outputs.map(({ slot }) => slots.slots[slot]!.length));
  for (const backend of backends) {
    const actual = executeKernel(backend, kernel, slots);
    const what = `${backend.mode} ${JSON.stringify(kernel)}`;
    actual.forEach((array, o) => expect(Array.from(array), what).toEqual(Array.from(expected[o]!)));
  }
}

describe('row kernels', () => {
  it('agree with the values at each place, whatever the program, the shape, the kept axes and the numbers', () => {
    const random = new Random(30);
    for (let round = 0; round < 500; round++) {
      const slots = new Slots();
      const shape = random.shape(random.int(0, 4), 3);
      const operand = (dtype: DType): Operand => slots.operand(random, dtype, shape, { awkward: true });
      check(randomRow(random, slots, shape, random.int(0, shape.length), operand), slots);
    }
  });

  it('agree when neighbouring rows are folded side by side', () => {
    const random = new Random(31);
    for (let round = 0; round < 150; round++) {
      const slots = new Slots();
      const outer = random.int(1, 2);
      const width = random.int(8, 12);
      const depth = random.int(1, 3);
      const shape = [outer, width, depth, random.int(1, 2)];
      const strides = [width * depth * shape[3]!, 1, width, width * depth];
      const operand = (dtype: DType): Operand => {
        const kind = random.int(0, 3);
        const used = kind === 0 ? [0, 1, 0, 0] : kind === 1 ? [0, 0, 1, depth] : strides;
        const data = randomData(random, dtype, product(shape), true);
        return { slot: slots.add(dtype, data.length, data), dtype, shape, strides: used, offset: 0 };
      };
      check(randomRow(random, slots, shape, 2, operand), slots);
    }
  });

  it('fold more rows side by side than a block holds', () => {
    const slots = new Slots();
    const shape = [700, 3];
    const data = randomData(new Random(32), 'float32', 2100);
    const input: Operand = { slot: slots.add('float32', 2100, data), dtype: 'float32', shape, strides: [1, 700], offset: 0 };
    check(softmax(input, slots.add('float32', 2100), [1, 700]), slots);
    check({ ...softmax(input, slots.add('float32', 2100), [3, 1]), shape }, slots);
  });

  it('softmax of a row with infinities, NaN and of an empty row', () => {
    for (const row of [[1, 2, 3], [Infinity, 1], [-Infinity, -Infinity], [NaN, 1], [-0, 0], []]) {
      const slots = new Slots();
      const shape = [2, row.length];
      const data = Float32Array.from([...row, ...row]);
      const slot = slots.add('float32', data.length, data);
      const input: Operand = { slot, dtype: 'float32', shape, strides: [row.length, 1], offset: 0 };
      check(softmax(input, slots.add('float32', data.length), [row.length, 1]), slots);
    }
  });

  it('carry float32 sums in double and round them once', () => {
    const slots = new Slots();
    const slot = slots.add('float32', 3, Float32Array.of(1e8, 1, -1e8));
    const input: Operand = { slot, dtype: 'float32', shape: [3], strides: [1], offset: 0 };
    const body: Instruction[] = [{ op: 'load', input: 0, dtype: 'float32' }, { op: 'fold', fold: 'sum', args: [0], dtype: 'float32' }];
    const output = { slot: slots.add('float32', 1), dtype: 'float32', value: 1, per: 'row', strides: [0] } as const;
    const kernel: Kernel = { kind: 'row', shape: [3], kept: 0, inputs: [input], constants: [], body, outputs: [output] };
    for (const backend of backends) expect(executeKernel(backend, kernel, slots)[0]![0]).toBe(1);
  });

  it('may write over an input they read at the same index, even where later passes read it again', () => {
    const random = new Random(33);
    for (let round = 0; round < 150; round++) {
      const slots = new Slots();
      const shape = [random.int(1, 9), random.int(1, 4)];
      const data = randomData(random, 'float32', product(shape));
      const slot = slots.add('float32', data.length, data);
      const input: Operand = { slot, dtype: 'float32', shape, strides: rowMajor(shape), offset: 0 };
      const body = randomBody(random, [input], 2, [1], true).map((x): Instruction => (x.op === 'const' ? { ...x, constant: 0 } : x));
      const value = random.pick(body.flatMap((x, k) => (x.dtype === 'float32' ? [k] : [])));
      const output = { value, per: 'element', strides: rowMajor(shape) } as const;
      const last = body.length - 1;
      const kernel: RowKernel = {
        kind: 'row', shape, kept: 1, inputs: [input], constants: [1], body,
        outputs: [{ ...output, slot: input.slot, dtype: 'float32' }, { ...output, value: last, slot: 1, dtype: body[last]!.dtype }],
      };
      slots.add(body[last]!.dtype, data.length);
      const expected = naiveRow(kernel, [data], [data.length, data.length]);
      const memory = new ContractMemory();
      for (const run of [new Generator(memory).link([kernel], slots.slots), interpret([kernel], slots.slots, memory)]) {
        const arrays: TypedArray[] = [data.slice(), allocate(body[last]!.dtype, data.length)];
        run(arrays);
        arrays.forEach((array, o) => expect(Array.from(array), JSON.stringify(kernel)).toEqual(Array.from(expected[o]!)));
      }
    }
  });
});

/** exp(x - max) / sum, the usual way. */
function softmax(input: Operand, slot: number, strides: readonly number[]): RowKernel {
  const { dtype } = input;
  const body: Instruction[] = [
    { op: 'load', input: 0, dtype },
    { op: 'fold', fold: 'max', args: [0], dtype },
    { op: 'sub', args: [0, 1], dtype },
    { op: 'exp', args: [2], dtype },
    { op: 'fold', fold: 'sum', args: [3], dtype },
    { op: 'div', args: [3, 4], dtype },
  ];
  return {
    kind: 'row', shape: input.shape, kept: 1, inputs: [input], constants: [], body,
    outputs: [{ slot, dtype, value: 5, per: 'element', strides }],
  };
}

describe('the passes of a row kernel', () => {
  const operand: Operand = { slot: 0, dtype: 'float32', shape: [2, 3], strides: [3, 1], offset: 0 };
  const passes = (kernel: RowKernel): unknown =>
    scheduleOf(kernel, true).passes.map(({ values, folds, stores, parked }) => {
      return { values, folds, stores: stores.map((s) => s.value), parked: parked.map((p) => p.value) };
    });

  it('softmax takes three, and exp waits in the output instead of being computed twice', () => {
    expect(passes(softmax(operand, 1, [3, 1]))).toEqual([
      { values: [0], folds: [1], stores: [], parked: [] },
      { values: [0, 2, 3], folds: [4], stores: [3], parked: [] },
      { values: [5], folds: [], stores: [5], parked: [3] },
    ]);
  });

  it('folds of one stage share a pass, and cheap values are computed again', () => {
    const dtype = 'float32' as const;
    const body: Instruction[] = [
      { op: 'load', input: 0, dtype },
      { op: 'mul', args: [0, 0], dtype },
      { op: 'fold', fold: 'sum', args: [0], dtype },
      { op: 'fold', fold: 'sum', args: [1], dtype },
      { op: 'sub', args: [1, 2], dtype },
      { op: 'add', args: [4, 3], dtype },
    ];
    const kernel: RowKernel = {
      kind: 'row', shape: [2, 3], kept: 1, inputs: [operand], constants: [], body,
      outputs: [{ slot: 1, dtype, value: 5, per: 'element', strides: [3, 1] }],
    };
    expect(passes(kernel)).toEqual([
      { values: [0, 1], folds: [2, 3], stores: [], parked: [] },
      { values: [0, 1, 4, 5], folds: [], stores: [5], parked: [] },
    ]);
  });

  it('an output is not written early where a later pass reads the input that it overwrites', () => {
    const dtype = 'float32' as const;
    const body: Instruction[] = [
      { op: 'load', input: 0, dtype },
      { op: 'exp', args: [0], dtype },
      { op: 'fold', fold: 'sum', args: [1], dtype },
      { op: 'sub', args: [0, 2], dtype },
      { op: 'cast', args: [3], dtype: 'int32' },
    ];
    const output = { per: 'element', strides: [3, 1] } as const;
    const into = (slot: number): RowKernel => ({
      kind: 'row', shape: [2, 3], kept: 1, inputs: [operand], constants: [], body,
      outputs: [{ ...output, slot, dtype, value: 1 }, { ...output, slot: 2, dtype: 'int32', value: 4 }],
    });
    expect(passes(into(1))).toEqual([
      { values: [0, 1], folds: [2], stores: [1], parked: [] },
      { values: [0, 3, 4], folds: [], stores: [4], parked: [] },
    ]);
    expect(passes(into(operand.slot))).toEqual([
      { values: [0, 1], folds: [2], stores: [], parked: [] },
      { values: [0, 1, 3, 4], folds: [], stores: [1, 4], parked: [] },
    ]);
  });

  it('maps and reductions take one', () => {
    const dtype = 'float32' as const;
    const common = { shape: [2, 3], inputs: [operand], constants: [], body: [{ op: 'load', input: 0, dtype }] } as const;
    const map = asRow({ kind: 'map', ...common, outputs: [{ slot: 1, dtype, value: 0 }] });
    const sum = asRow({ kind: 'reduce', op: 'sum', kept: 1, value: 0, output: { slot: 1, dtype }, ...common });
    for (const kernel of [map, sum]) expect(scheduleOf(kernel, true).passes).toHaveLength(1);
    const { strides } = sum.outputs[0]!;
    expect(places(sum.shape).map(([i, j]) => i! * strides[0]! + j! * strides[1]!)).toEqual([0, 0, 0, 1, 1, 1]);
  });
});
