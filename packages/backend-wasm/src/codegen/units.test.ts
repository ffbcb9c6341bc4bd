import type { Instruction, Kernel, MapKernel, Operand, TypedArray } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { launchesOf } from '../lower';
import { inPieces, noise, PlanMaker, Random } from '../testing';
import { cutNest } from './units';

const backend = wasm();
const pieces = inPieces();
const float = { dtype: 'float32' } as const;
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function unitsOf(kernel: Exclude<Kernel, { kind: 'host' | 'repeat' }>): number[] {
  return launchesOf(kernel, () => 99).map((launch) => launch.split?.units ?? 1);
}

/** Runs what was made on both backends and gives the results, which must be equal to the bit. */
function results(m: PlanMaker): TypedArray[] {
  const once = m.run(backend);
  m.run(pieces).forEach((result, k) => expect(Buffer.from(result.buffer).equals(Buffer.from(once[k]!.buffer))).toBe(true));
  return once;
}

function map(m: PlanMaker, shape: readonly number[], inputs: readonly Operand[], body: readonly Instruction[]): MapKernel {
  const value = body.length - 1;
  const { dtype } = body[value]!;
  return { kind: 'map', shape, inputs, constants: [], body, outputs: [{ slot: m.output(dtype, product(shape)), dtype, value }] };
}

test('cuts cover a nest in pieces of about the same time', () => {
  const random = new Random(5);
  for (let round = 0; round < 300; round++) {
    const sizes = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(random.pick([3, 40, 3000])));
    const levels = 1 + random.below(sizes.length);
    const vectorLevel = random.pick([levels - 1, sizes.length - 1]);
    const below = (level: number): number => product(sizes.slice(level + 1)) * 0.3;
    const { level, block, blocks, units } = cutNest(sizes, levels, vectorLevel, below);
    expect(level).toBeLessThan(levels);
    expect(block * blocks).toBeGreaterThanOrEqual(sizes[level]!);
    expect(block * (blocks - 1)).toBeLessThan(sizes[level]!);
    expect(units).toBe(product(sizes.slice(0, level)) * blocks);
    if (level === vectorLevel && blocks > 1) expect(block % 64).toBe(0);
    if (units > 1 && level + 1 < levels) expect(below(level) * block).toBeLessThan(9000);
  }
});

test.each([
  ['one long axis', [100_003], [1]],
  ['a short axis around a long one', [3, 30_001], [30_001, 1]],
  ['axes that are not merged', [5, 7, 3001], [1, 5, 35]],
  ['many short rows', [4001, 9], [1, 4001]],
  ['a repeated row', [50, 1003], [0, 1]],
] as [string, number[], number[]][])('a map over %s', (_, shape, strides) => {
  const m = new PlanMaker();
  const x = m.input('float32', noise(product(shape)), shape, strides);
  const axis = shape.length - 1;
  const kernel = map(m, shape, [x], [
    { op: 'load', input: 0, ...float },
    { op: 'index', axis, dtype: 'int32' },
    { op: 'cast', args: [1], ...float },
    { op: 'add', args: [0, 2], ...float },
    { op: 'index', axis: 0, dtype: 'int32' },
    { op: 'cast', args: [4], ...float },
    { op: 'mul', args: [3, 5], ...float },
  ]);
  expect(unitsOf(kernel)[0]).toBeGreaterThan(4);
  m.kernels.push(kernel);
  const data = m.storages[0]!.host!;
  const [result] = results(m);
  const index = new Array<number>(shape.length).fill(0);
  const expected = Float32Array.from({ length: product(shape) }, (__, flat) => {
    for (let i = shape.length - 1, rest = flat; i >= 0; rest = Math.floor(rest / shape[i]!), i--) index[i] = rest % shape[i]!;
    const at = index.reduce((sum, i, k) => sum + i * strides[k]!, 0);
    return Math.fround(Math.fround(data[at]! + index[axis]!) * index[0]!);
  });
  expect(result).toEqual(expected);
});

test.each([
  ['rows', [301, 257], 1, [257, 1]],
  ['columns', [1003, 51], 1, [1, 1003]],
  ['rows of several axes', [7, 60, 9, 40], 2, [21_600, 40, 2400, 1]],
  ['columns under several axes', [5, 90, 101], 2, [9090, 1, 90]],
] as [string, number[], number, number[]][])('sums and softmax of %s', (_, shape, kept, strides) => {
  const m = new PlanMaker();
  const x = m.input('float32', noise(product(shape)), shape, strides);
  const inner = shape.map((__, i) => product(shape.slice(i + 1)));
  const rows = product(shape.slice(0, kept));
  const rowStrides = shape.map((__, i) => (i < kept ? product(shape.slice(i + 1, kept)) : 0));
  m.kernels.push({
    kind: 'row', shape, kept, inputs: [x], constants: [],
    body: [
      { op: 'load', input: 0, ...float },
      { op: 'fold', fold: 'max', args: [0], ...float },
      { op: 'sub', args: [0, 1], ...float },
      { op: 'exp', args: [2], ...float },
      { op: 'fold', fold: 'sum', args: [3], ...float },
      { op: 'div', args: [3, 4], ...float },
    ],
    outputs: [
      { slot: m.output('float32', product(shape)), dtype: 'float32', value: 5, per: 'element', strides: inner },
      { slot: m.output('float32', rows), dtype: 'float32', value: 4, per: 'row', strides: rowStrides },
    ],
  });
  expect(unitsOf(m.kernels[0] as MapKernel)[0]).toBeGreaterThan(4);
  const softmax = results(m)[0] as Float32Array;
  const length = product(shape.slice(kept));
  for (let row = 0; row < rows; row += 13) {
    expect(softmax.subarray(row * length, (row + 1) * length).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  }
});

test('maps of a group are one launch, whatever their sizes and code', () => {
  const m = new PlanMaker();
  const sizes = [10, 70_000, 3, 0, 20_000, 1, 64];
  const maps = sizes.map((size, k) => {
    const x = m.input('float32', noise(size, k));
    return map(m, [size], [x, x], [
      { op: 'load', input: 0, ...float },
      { op: 'load', input: 1, ...float },
      { op: k % 3 === 1 ? 'mul' : 'add', args: [0, 1], ...float },
    ]);
  });
  m.kernels.push({ kind: 'group', maps });
  const [units] = unitsOf(m.kernels[0] as MapKernel);
  expect(unitsOf(m.kernels[0] as MapKernel)).toHaveLength(1);
  expect(units).toBeGreaterThan(10);
  results(m).forEach((result, k) => {
    expect(result).toEqual((m.storages[k]!.host as Float32Array).map((v) => (k % 3 === 1 ? v * v : v + v)));
  });
});

test('kernels that call functions beyond Math stay on the main thread', () => {
  const m = new PlanMaker();
  const x = m.input('float32', noise(10));
  const [special, plain] = [
    [{ op: 'load', input: 0, ...float }, { op: 'lgamma', args: [0], call: (v: number) => v, ...float }],
    [{ op: 'load', input: 0, ...float }, { op: 'tan', args: [0], ...float }],
  ].map((body) => launchesOf(map(m, [10], [x], body as Instruction[]), () => 99)[0]!);
  expect(special!.mainThread).toBe(true);
  expect(plain!.mainThread).toBe(false);
});
