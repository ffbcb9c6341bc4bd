import type { Access, ContractKernel, DType, Instruction, MapKernel, Operand, Output } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { noise, PlanMaker, Random, whole } from '../testing';

const backend = wasm();
const plain = (label: number): Access => ({ label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 });
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

interface Case {
  readonly name: string;
  readonly dtype?: DType;
  readonly shape: readonly number[];
  readonly contract: (m: PlanMaker, dtype: DType) => Omit<ContractKernel, 'kind' | 'output'>;
}

function input(m: PlanMaker, dtype: DType, shape: readonly number[], seed: number): Operand {
  const values = noise(count(shape), seed);
  return m.input(dtype, dtype === 'float32' ? values : Int32Array.from(values, (v) => v * 50), shape);
}

const matmul = (rows: number, columns: number, depth: number, dtype: DType = 'float32'): Case => ({
  name: `[${rows}, ${depth}] x [${depth}, ${columns}] ${dtype}`, dtype, shape: [rows, columns],
  contract: (m) => ({
    sizes: [rows, columns, depth],
    a: input(m, dtype, [rows, depth], 1), accessA: [plain(0), plain(2)],
    b: input(m, dtype, [depth, columns], 2), accessB: [plain(2), plain(1)], out: [0, 1],
  }),
});

const CASES: Case[] = [
  matmul(1, 1, 1), matmul(5, 7, 9), matmul(4, 8, 16), matmul(13, 30, 3), matmul(129, 9, 600), matmul(32, 10, 32), matmul(6, 5, 4, 'int32'),
  {
    name: 'transposed output', shape: [9, 6],
    contract: (m) => ({
      sizes: [6, 9, 5],
      a: input(m, 'float32', [6, 5], 1), accessA: [plain(0), plain(2)],
      b: input(m, 'float32', [5, 9], 2), accessB: [plain(2), plain(1)], out: [1, 0],
    }),
  },
  {
    name: 'batch of products', shape: [3, 5, 6],
    contract: (m) => ({
      sizes: [3, 5, 6, 7],
      a: input(m, 'float32', [3, 5, 7], 1), accessA: [plain(0), plain(1), plain(3)],
      b: input(m, 'float32', [3, 7, 6], 2), accessB: [plain(0), plain(3), plain(2)], out: [0, 1, 2],
    }),
  },
  {
    name: 'convolution', shape: [2, 6, 7, 7],
    contract: (m) => {
      const window = (axis: number): Access => ({ label: 2 + axis, scale: 1, label2: 5 + axis, scale2: 1, offset: -1, divisor: 1 });
      return {
        sizes: [2, 6, 7, 7, 3, 3, 3], out: [0, 1, 2, 3],
        a: input(m, 'float32', [2, 3, 7, 7], 1), accessA: [plain(0), plain(4), window(0), window(1)],
        b: input(m, 'float32', [6, 3, 3, 3], 2), accessB: [plain(1), plain(4), plain(5), plain(6)],
      };
    },
  },
  { // the gradient of a strided convolution: parts of the output are computed in turn, others are never touched
    name: 'phases with gaps', shape: [2, 4, 9],
    contract: (m) => ({
      sizes: [2, 4, 9, 5, 1], out: [0, 1, 2],
      a: input(m, 'float32', [2, 5, 4], 1), accessA: [plain(0), plain(3), { label: 2, scale: 1, label2: 4, scale2: -1, offset: 0, divisor: 3 }],
      b: input(m, 'float32', [5, 4, 1], 2), accessB: [plain(3), plain(1), plain(4)],
    }),
  },
  {
    name: 'sums over nothing', shape: [3, 2],
    contract: (m) => ({
      sizes: [3, 2, 0],
      a: input(m, 'float32', [3, 0], 1), accessA: [plain(0), plain(2)],
      b: input(m, 'float32', [0, 2], 2), accessB: [plain(2), plain(1)], out: [0, 1],
    }),
  },
];

type Place = 'in place' | 'elsewhere' | 'both';

/** max(sum * other + bias, 0), `bias` along one axis of the output. */
function epilogue(m: PlanMaker, c: Case, axis: number, sums: Output, outputs: readonly Output[]): MapKernel {
  const dtype = c.dtype ?? 'float32';
  const { shape } = c;
  const bias = input(m, dtype, [shape[axis]!], 3);
  const other = input(m, dtype, shape, 4);
  const load = (k: number): Instruction => ({ op: 'load', input: k, dtype });
  return {
    kind: 'map', shape, constants: [0],
    inputs: [whole(sums.slot, shape, dtype), { ...bias, shape, strides: shape.map((_, i) => (i === axis ? 1 : 0)) }, other],
    body: [
      load(0), load(1), load(2), { op: 'const', constant: 0, dtype },
      { op: 'mul', args: [0, 2], dtype }, { op: 'add', args: [4, 1], dtype }, { op: 'max', args: [5, 3], dtype },
    ],
    outputs: outputs.map((output, i) => ({ ...output, value: 6 - i })),
  };
}

function run(c: Case, axis: number, place: Place, fused: boolean): ArrayLike<number>[] {
  const dtype = c.dtype ?? 'float32';
  const m = new PlanMaker();
  const output = (): Output => ({ slot: m.output(dtype, count(c.shape)), dtype });
  const kernel = { kind: 'contract', ...c.contract(m, dtype) } as const;
  const results = place === 'in place' ? [output()] : [output(), output()];
  // Without fusion the sums get a slot of their own, so that the map after them is no update in place.
  const sums = fused && place !== 'elsewhere' ? results[0]! : { slot: m.slot(dtype, count(c.shape)), dtype };
  const map = epilogue(m, c, axis, sums, results);
  m.kernels.push(...(fused ? [{ ...kernel, output: sums, epilogue: map }] : [{ ...kernel, output: sums }, map]));
  return m.run(backend).map((x) => Array.from(x));
}

test.each(CASES)('the epilogue of $name gives what the map after it gives, whatever axis the bias runs along', (c) => {
  for (const axis of c.shape.keys()) {
    for (const place of ['in place', 'elsewhere', 'both'] as const) {
      expect(run(c, axis, place, true), `${place}, axis ${axis}`).toEqual(run(c, axis, place, false));
    }
  }
});

test('random products with random epilogue inputs', () => {
  const random = new Random(31);
  for (let round = 0; round < 60; round++) {
    const c = matmul(1 + random.below(20), 1 + random.below(40), 1 + random.below(20));
    const place = random.pick(['in place', 'elsewhere', 'both'] as const);
    const axis = random.below(2);
    expect(run(c, axis, place, true), `${c.name} ${place}`).toEqual(run(c, axis, place, false));
  }
});
