import type { DType, FoldOp, Instruction, Kernel, MapKernel, Operand, RowKernel } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import type { KernelFunction } from '../compile';
import { SpecialFunctions } from '../host';
import { wasm } from '../index';
import { ConstantPool, KernelModule } from '../kernel-module';
import { THREADS_START } from '../layout';
import type { SlotPointer } from '../params';
import { arrayOf, at, dataOf, expectClose, indices, noise, PlanMaker, Random, rowMajor } from '../testing';
import { identityOf } from './folding';
import { mapLaunch } from './map';
import { planPasses } from './passes';
import { rowLaunches } from './row';

const backend = wasm();

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function wrap(dtype: DType, x: number): number {
  if (dtype === 'float32') return Math.fround(x);
  if (dtype === 'bool') return x !== 0 ? 1 : 0;
  return dtype === 'uint8' ? x & 255 : dtype === 'uint32' ? x >>> 0 : x | 0;
}

const COMPUTE: Partial<Record<Instruction['op'], (...args: number[]) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  mod: (x, y) => x % y,
  min: Math.min,
  max: Math.max,
  lt: (x, y) => Number(x < y),
  neg: (x) => -x,
  abs: Math.abs,
  exp: Math.exp,
  rsqrt: (x) => 1 / Math.sqrt(x),
  div: (x, y) => x / y,
  log: Math.log,
  where: (c, x, y) => (c !== 0 ? x : y),
  cast: (x) => x,
};
const FOLD: Record<FoldOp, (x: number, y: number) => number> = {
  sum: (x, y) => x + y,
  prod: (x, y) => x * y,
  max: Math.max,
  min: Math.min,
};

/** All results of a row kernel, element by element, each fold in a plain loop. */
function evaluate(kernel: RowKernel, data: (operand: Operand) => ArrayLike<number>): number[][] {
  const { shape, kept, inputs, constants, body, outputs } = kernel;
  const lengths = outputs.map((o) => product(o.per === 'row' ? shape.slice(0, kept) : shape));
  const results = lengths.map((length) => new Array<number>(length).fill(NaN));
  const inner = [...indices(shape.slice(kept))];
  for (const outer of indices(shape.slice(0, kept))) {
    const folds = new Map<number, number>();
    const element = (index: readonly number[]): ((i: number) => number) => {
      const known = new Map<number, number>();
      const value = (i: number): number => {
        const found = known.get(i);
        if (found !== undefined) return found;
        const result = compute(body[i]!, i);
        known.set(i, result);
        return result;
      };
      const compute = (x: Instruction, i: number): number => {
        switch (x.op) {
          case 'load':
            return at(data(inputs[x.input]!) as Float32Array, inputs[x.input]!, index);
          case 'const':
            return wrap(x.dtype, constants[x.constant]!);
          case 'index':
            return index[x.axis]!;
          case 'fold': {
            if (!folds.has(i)) {
              const all = inner.map((rest) => element([...outer, ...rest])(x.args[0]));
              folds.set(i, wrap(x.dtype, all.reduce((a, b) => FOLD[x.fold](a, b), identityOf(x.fold, x.dtype))));
            }
            return folds.get(i)!;
          }
          default:
            return wrap(x.dtype, COMPUTE[x.op]!(...(x.args as readonly number[]).map(value)));
        }
      };
      return value;
    };
    const place = (strides: readonly number[], index: readonly number[]): number => index.reduce((s, i, k) => s + i * strides[k]!, 0);
    for (const rest of inner) {
      const value = element([...outer, ...rest]);
      outputs.forEach((o, k) => (results[k]![place(o.strides, [...outer, ...rest])] = value(o.value)));
    }
    const first = element([...outer, ...shape.slice(kept).map(() => 0)]);
    outputs.forEach((o, k) => {
      if (o.per === 'row') results[k]![place(o.strides, outer)] = first(o.value);
    });
  }
  return results;
}

/** Strides of a slot that holds `shape` with its axes in another order. */
function permuted(random: Random, shape: readonly number[]): number[] {
  const order = [...shape.keys()].sort(() => random.below(3) - 1);
  const inner = rowMajor(order.map((axis) => shape[axis]!));
  return shape.map((_, axis) => inner[order.indexOf(axis)]!);
}

/** A program whose float32 values are small multiples of 1/4, so that every order of summation gives the same. */
class BodyMaker {
  readonly body: Instruction[] = [];
  readonly constants: number[] = [];
  readonly ofRow: boolean[] = [];

  push(x: Instruction, ofRow?: boolean): number {
    this.ofRow.push(ofRow ?? ('args' in x ? x.args.every((arg) => this.ofRow[arg]) : true));
    return this.body.push(x) - 1;
  }

  constant(dtype: DType, value: number): number {
    return this.push({ op: 'const', constant: this.constants.push(value) - 1, dtype });
  }

  clamp(value: number): number {
    const low = this.push({ op: 'max', args: [value, this.constant('float32', -16)], dtype: 'float32' });
    return this.push({ op: 'min', args: [low, this.constant('float32', 16)], dtype: 'float32' });
  }

  /** One of the values of a type; there must be one. */
  any(random: Random, dtype: DType): number {
    return random.pick([...this.body.keys()].filter((i) => this.body[i]!.dtype === dtype));
  }

  grow(random: Random, rank: number, folds: readonly FoldOp[]): void {
    const dtype = 'float32';
    const x = this.any(random, dtype);
    const y = this.any(random, dtype);
    switch (random.below(9)) {
      case 0:
        this.clamp(this.push({ op: random.pick(['add', 'sub']), args: [x, y], dtype }));
        break;
      case 1:
        this.push({ op: random.pick(['min', 'max']), args: [x, y], dtype });
        break;
      case 2:
        this.push({ op: random.pick(['neg', 'abs']), args: [x], dtype });
        break;
      case 3:
        this.push({ op: 'mod', args: [x, this.constant(dtype, 3)], dtype }); // counts as expensive, and is exact
        break;
      case 4: {
        const less = this.push({ op: 'lt', args: [x, y], dtype: 'bool' });
        this.push({ op: 'where', args: [less, x, this.any(random, dtype)], dtype });
        break;
      }
      case 5: {
        const index = this.push({ op: 'index', axis: random.below(rank), dtype: 'int32' }, false);
        this.clamp(this.push({ op: 'cast', args: [index], dtype }));
        break;
      }
      case 6: {
        const sign = this.push({ op: 'where', args: [this.push({ op: 'lt', args: [x, y], dtype: 'bool' }), this.constant(dtype, -1), this.constant(dtype, 1)], dtype });
        if (folds.length > 0) this.push({ op: 'fold', fold: 'prod', args: [sign], dtype }, true);
        break;
      }
      case 7: {
        const other = random.pick<DType>(['int32', 'uint8', 'bool']);
        const whole = this.push({ op: 'cast', args: [this.push({ op: 'lt', args: [x, y], dtype: 'bool' })], dtype: other });
        if (folds.length > 0) this.push({ op: 'fold', fold: random.pick(folds), args: [whole], dtype: other }, true);
        break;
      }
      default:
        if (folds.length > 0) this.clamp(this.push({ op: 'fold', fold: random.pick(folds), args: [x], dtype }, true));
    }
  }
}

test('random programs agree with plain loops: any strides, types, numbers of passes and results, also in place', () => {
  const random = new Random(11);
  for (let round = 0; round < 500; round++) {
    const rank = 1 + random.below(4);
    let shape = random.shape(rank, random.pick([3, 6, 90]));
    while (product(shape) > 3000) shape = shape.map((size) => Math.ceil(size / 2));
    const isMap = random.below(5) === 0;
    const kept = isMap ? 0 : random.below(rank + 1);
    const m = new PlanMaker();
    const special = random.below(4) === 0;
    const value = (dtype: DType): number => {
      if (dtype === 'int32') return random.below(65) - 32;
      return dtype === 'float32' && special && random.below(12) === 0 ? random.pick([NaN, Infinity, -Infinity, -0]) : random.value(dtype);
    };
    const maker = new BodyMaker();
    const inputs: Operand[] = [];
    const load = (operand: Operand): number => {
      const ofRow = operand.strides.every((stride, axis) => axis < kept || stride === 0);
      const { dtype } = operand;
      return maker.push({ op: 'load', input: inputs.push(operand) - 1, dtype }, ofRow && !isMap);
    };
    for (let count = 1 + random.below(3); count > 0; count--) {
      const dtype = random.pick<DType>(['float32', 'float32', 'int32', 'uint8', 'bool']);
      const loaded = load(random.operand(m, dtype, shape, () => value(dtype)));
      maker.clamp(dtype === 'float32' ? loaded : maker.push({ op: 'cast', args: [loaded], dtype: 'float32' }));
    }
    // An input that may be overwritten.
    const own = permuted(random, shape);
    const target = m.input('float32', Array.from({ length: product(shape) }, () => value('float32')), shape, own);
    load(target);
    for (let steps = 1 + random.below(12); steps > 0; steps--) maker.grow(random, rank, isMap ? [] : ['sum', 'max', 'min']);

    const outputs: RowKernel['outputs'][number][] = [];
    for (let count = 1 + random.below(4); count > 0; count--) {
      const index = random.below(maker.body.length);
      const { dtype } = maker.body[index]!;
      const perRow = maker.ofRow[index]! && !isMap && random.below(4) > 0;
      const lengths = perRow ? shape.slice(0, kept) : shape;
      const inPlace = !perRow && dtype === 'float32' && random.below(3) === 0 && !outputs.some((o) => o.slot === target.slot);
      if (inPlace) m.outputs.push({ slot: target.slot, resident: false });
      const strides = isMap ? rowMajor(shape)
        : perRow ? [...permuted(random, lengths), ...shape.slice(kept).map(() => 0)]
        : permuted(random, shape);
      const slot = inPlace && (!isMap || own.join() === strides.join()) ? target.slot : -1;
      if (inPlace && slot < 0) m.outputs.pop();
      outputs.push({
        slot: slot >= 0 ? slot : m.output(dtype, product(lengths)),
        dtype, value: index, per: perRow ? 'row' : 'element', strides: slot >= 0 ? own : strides,
      });
    }
    const kernel: RowKernel = { kind: 'row', shape, kept, inputs, constants: maker.constants, body: maker.body, outputs };
    const expected = evaluate(kernel, (operand) => dataOf(m, operand));
    const asMap: Kernel = { kind: 'map', shape, inputs, constants: maker.constants, body: maker.body, outputs };
    m.kernels.push(isMap ? asMap : kernel);
    const results = m.run(backend);
    const what = `round ${round} ${shape.join()} kept ${kept} ${JSON.stringify([maker.body.map((x) => Object.values(x).join(' ')), inputs.map((x) => x.strides), outputs])}`;
    outputs.forEach((_, k) => expectClose(results[k]!, expected[k]!, 0, what));
  }
});

/** A kernel over rows of `shape` whose axes from `kept` on are reduced, with all outputs row-major. */
function rows(
  m: PlanMaker, shape: readonly number[], kept: number, inputs: readonly Operand[], body: readonly Instruction[],
  constants: readonly number[], outputs: readonly (readonly ['element' | 'row', number])[],
): RowKernel {
  const keptShape = shape.slice(0, kept);
  return {
    kind: 'row', shape, kept, inputs, constants, body,
    outputs: outputs.map(([per, value]) => ({
      per, value, dtype: body[value]!.dtype,
      slot: m.output(body[value]!.dtype, product(per === 'row' ? keptShape : shape)),
      strides: per === 'row' ? [...rowMajor(keptShape), ...shape.slice(kept).map(() => 0)] : rowMajor(shape),
    })),
  };
}

const float = { dtype: 'float32' } as const;
const SOFTMAX: readonly Instruction[] = [
  { op: 'load', input: 0, ...float },
  { op: 'fold', fold: 'max', args: [0], ...float },
  { op: 'sub', args: [0, 1], ...float },
  { op: 'exp', args: [2], ...float },
  { op: 'fold', fold: 'sum', args: [3], ...float },
  { op: 'div', args: [3, 4], ...float },
  { op: 'log', args: [4], ...float },
  { op: 'sub', args: [2, 6], ...float },
];

test.each([
  ['along contiguous rows', [7, 301], 1, [301, 1]],
  ['down columns', [301, 7], 1, [1, 301]],
  ['over several axes', [3, 4, 5, 6], 1, [30, 90, 6, 1]],
  ['over everything', [1000], 0, [1]],
] as [string, number[], number, number[]][])('softmax and its logarithm %s', (_, shape, kept, strides) => {
  const m = new PlanMaker();
  const input = m.input('float32', noise(product(shape)).map((x) => x * 20), shape, strides);
  const kernel = rows(m, shape, kept, [input], SOFTMAX, [], [['element', 5], ['element', 7], ['row', 6]]);
  m.kernels.push(kernel);
  const expected = evaluate(kernel, (operand) => dataOf(m, operand));
  m.run(backend).forEach((result, k) => expectClose(result, expected[k]!, 2e-6));
});

test('a softmax in place computes each exponential once', () => {
  const m = new PlanMaker();
  const shape = [5, 37];
  const input = m.input('float32', noise(185), shape);
  const kernel = rows(m, shape, 1, [input], SOFTMAX, [], [['element', 5]]);
  const inPlace: RowKernel = { ...kernel, outputs: [{ ...kernel.outputs[0]!, slot: input.slot }] };
  m.outputs[0] = { slot: input.slot, resident: false };
  m.kernels.push(inPlace);
  expectClose(m.run(backend)[0]!, evaluate(kernel, (operand) => dataOf(m, operand))[0]!, 1e-6);

  const depths = [2, 1, 2, 2, 1, 2, 1, 2];
  const { passes } = planPasses(SOFTMAX, [{ dtype: 'float32', value: 5, per: 'element' }], 1, depths, 1, 2, () => true);
  expect(passes.map((pass) => pass.values.map((i) => pass.body[i]!.op))).toEqual([['load'], ['load', 'sub', 'exp'], ['load', 'div']]);
});

test('nothing is written over an input that a later pass still reads', () => {
  // exp(x) is needed twice, but so is x: its memory, which the output takes over, cannot hold the exponentials.
  const body: readonly Instruction[] = [
    { op: 'load', input: 0, ...float },
    { op: 'exp', args: [0], ...float },
    { op: 'fold', fold: 'sum', args: [1], ...float },
    { op: 'mul', args: [1, 2], ...float },
    { op: 'sub', args: [3, 0], ...float },
  ];
  const plan = (overlaps: boolean): string[][] =>
    planPasses(body, [{ dtype: 'float32', value: 4, per: 'element' }], 1, [2, 2, 1, 2, 2], 1, 2, () => overlaps)
      .passes.map((pass) => pass.values.map((i) => pass.body[i]!.op));
  expect(plan(true)).toEqual([['load', 'exp'], ['load', 'exp', 'mul', 'sub']]);
  expect(plan(false)).toEqual([['load', 'exp'], ['load', 'load', 'mul', 'sub']]);
});

test('layer norm: mean, then the mean of the squared difference, several results of rows and elements', () => {
  const m = new PlanMaker();
  const shape = [6, 100];
  const x = m.input('float32', noise(600).map((v) => v + 3), shape);
  const scale = m.input('float32', noise(100, 2), shape, [0, 1]);
  const shift = m.input('float32', noise(100, 3), shape, [0, 1]);
  const body: readonly Instruction[] = [
    { op: 'load', input: 0, ...float },
    { op: 'fold', fold: 'sum', args: [0], ...float },
    { op: 'const', constant: 0, ...float },
    { op: 'mul', args: [1, 2], ...float },
    { op: 'sub', args: [0, 3], ...float },
    { op: 'mul', args: [4, 4], ...float },
    { op: 'fold', fold: 'sum', args: [5], ...float },
    { op: 'mul', args: [6, 2], ...float },
    { op: 'const', constant: 1, ...float },
    { op: 'add', args: [7, 8], ...float },
    { op: 'rsqrt', args: [9], ...float },
    { op: 'mul', args: [4, 10], ...float },
    { op: 'load', input: 1, ...float },
    { op: 'mul', args: [11, 12], ...float },
    { op: 'load', input: 2, ...float },
    { op: 'add', args: [13, 14], ...float },
  ];
  const kernel = rows(m, shape, 1, [x, scale, shift], body, [0.01, 1e-5], [['element', 15], ['element', 11], ['row', 3], ['row', 10]]);
  m.kernels.push(kernel);
  const expected = evaluate(kernel, (operand) => dataOf(m, operand));
  m.run(backend).forEach((result, k) => expectClose(result.map((v) => v + 10), expected[k]!.map((v) => Math.fround(v + 10)), 1e-6));
});

test('folds over empty rows give the values that change nothing, through any strides', () => {
  const m = new PlanMaker();
  const shape = [2, 3, 0];
  const input = m.input('float32', [], shape);
  const bias = m.input('float32', [1, 2, 3, 4, 5, 6], shape, [3, 1, 0]);
  const body: Instruction[] = [
    { op: 'load', input: 0, ...float },
    { op: 'fold', fold: 'max', args: [0], ...float },
    { op: 'fold', fold: 'sum', args: [0], ...float },
    { op: 'load', input: 1, ...float },
    { op: 'add', args: [2, 3], ...float },
    { op: 'sub', args: [0, 2], ...float },
  ];
  const kernel = rows(m, shape, 2, [input, bias], body, [], [['row', 1], ['row', 4], ['element', 5]]);
  const turned = { ...kernel.outputs[1]!, strides: [1, 2, 0] };
  m.kernels.push({ ...kernel, outputs: [kernel.outputs[0]!, turned, kernel.outputs[2]!] });
  expect(m.run(backend).map((result) => Array.from(result))).toEqual([new Array(6).fill(-Infinity), [1, 4, 2, 5, 3, 6], []]);
});

test('float16 is converted on the way in and out', () => {
  const m = new PlanMaker();
  const shape = [3, 9];
  const halves = Array.from({ length: 27 }, (_, i) => 0x3c00 + (i % 5) * 256);
  const input = m.input('float16', arrayOf('float16', halves), shape);
  const body: readonly Instruction[] = [
    { op: 'load', input: 0, dtype: 'float16' },
    { op: 'cast', args: [0], ...float },
    { op: 'fold', fold: 'max', args: [1], ...float },
    { op: 'cast', args: [2], dtype: 'float16' },
    { op: 'cast', args: [1], dtype: 'float16' },
  ];
  m.kernels.push(rows(m, shape, 1, [input], body, [], [['row', 3], ['element', 4]]));
  const results = m.run(backend).map((result) => Array.from(result));
  expect(results).toEqual([[0x4000, 0x4000, 0x4000], halves]);
});

test('a sum of a row of a million numbers keeps six digits and more', () => {
  const m = new PlanMaker();
  const x = noise(1_000_000).map((v) => v + 1);
  const body: readonly Instruction[] = [
    { op: 'load', input: 0, ...float },
    { op: 'fold', fold: 'sum', args: [0], ...float },
    { op: 'mul', args: [0, 0], ...float },
    { op: 'fold', fold: 'sum', args: [2], ...float },
  ];
  m.kernels.push(rows(m, [1_000_000], 0, [m.input('float32', x)], body, [], [['row', 1], ['row', 3]]));
  const sums = [x.reduce((a, v) => a + v, 0), x.reduce((a, v) => a + Math.fround(v * v), 0)];
  m.run(backend).forEach((result, k) => expectClose(result, [sums[k]!], 2e-7));
});

/** Runs a kernel that reads `slots` and counts how often it calls Math.tan. */
function countTan(kernel: MapKernel | RowKernel, slots: readonly ArrayLike<number>[]): number {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const special = new SpecialFunctions();
  const module = new KernelModule(new ConstantPool(memory), special, false);
  const launch = kernel.kind === 'map' ? mapLaunch(kernel)! : rowLaunches(kernel)[0]!;
  launch.emit(module, 'run');
  let calls = 0;
  const tan = (x: number): number => (calls++, Math.tan(x));
  const imports = { env: { memory, thread: THREADS_START }, math: { ...special.imports(), tan } };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), imports);
  const [parameters, arrays, room] = [1 << 16, 1 << 17, 1 << 13];
  slots.forEach((values, slot) => new Float32Array(memory.buffer).set(values, (arrays + slot * room) / 4));
  const words = launch.parameters.words.map((word) => (typeof word === 'number' ? word : arrays + (word as SlotPointer).slot * room + (word as SlotPointer).offset));
  new Int32Array(memory.buffer).set(words, parameters / 4);
  (instance.exports['run'] as KernelFunction)(parameters, 0, launch.split?.units ?? 1);
  return calls;
}

test('what does not change along an axis is computed once before the loop over it', () => {
  const shape = [3, 40];
  const input = (slot: number, strides: readonly number[]): Operand => ({ slot, dtype: 'float32', shape, strides, offset: 0 });
  const body: readonly Instruction[] = [
    { op: 'load', input: 0, ...float },
    { op: 'load', input: 1, ...float },
    { op: 'tan', args: [1], ...float },
    { op: 'mul', args: [0, 2], ...float },
  ];
  const calls = (strides: readonly number[]): number => countTan({
    kind: 'map', shape, inputs: [input(0, [40, 1]), input(1, strides)], constants: [], body, outputs: [{ slot: 2, ...float, value: 3 }],
  }, [noise(120), noise(120)]);
  // Each computation handles four lanes.
  expect([calls([0, 0]), calls([1, 0]), calls([40, 1])]).toEqual([4, 3 * 4, 120]);

  const perRow: RowKernel = {
    kind: 'row', shape, kept: 1, inputs: [input(0, [40, 1])], constants: [],
    body: [
      body[0]!, { op: 'fold', fold: 'sum', args: [0], ...float }, { op: 'tan', args: [1], ...float },
      { op: 'mul', args: [0, 2], ...float },
    ],
    outputs: [{ slot: 2, ...float, value: 3, per: 'element', strides: [40, 1] }],
  };
  expect(countTan(perRow, [noise(120)])).toBe(3 * 4);
});

test('long bodies with many inputs and results', () => {
  const m = new PlanMaker();
  const shape = [9, 35];
  const random = new Random(4);
  const maker = new BodyMaker();
  const inputs = Array.from({ length: 16 }, (_, i) => {
    maker.push({ op: 'load', input: i, ...float }, false);
    return random.operand(m, 'float32', shape);
  });
  while (maker.body.length < 200) maker.grow(random, 2, ['sum', 'max']);
  const values = [...maker.body.keys()].filter((i) => maker.body[i]!.dtype === 'float32').slice(-6);
  const kernel = rows(m, shape, 1, inputs, maker.body, maker.constants, values.map((value) => ['element', value] as const));
  m.kernels.push(kernel);
  const expected = evaluate(kernel, (operand) => dataOf(m, operand));
  m.run(backend).forEach((result, k) => expectClose(result, expected[k]!));
});
