import { describe, expect, it } from 'vitest';
import type { Access, ContractKernel, DType } from '@cotangent/tensor';
import { cpu } from './backend';
import { product } from './loops';
import { executeKernel } from './testing/execute';
import { naive } from './testing/naive';
import { Random, Slots } from './testing/random';

const backends = [cpu(), cpu({ interpret: true })];
const plain = (label: number): Access => ({ label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 });
function window(label: number, scale: number, label2: number, scale2: number, offset: number, divisor = 1): Access {
  return { label, scale, label2, scale2, offset, divisor };
}

interface Case {
  readonly sizes: readonly number[];
  readonly shapeA: readonly number[];
  readonly accessA: readonly Access[];
  readonly shapeB: readonly number[];
  readonly accessB: readonly Access[];
  readonly out: readonly number[];
}

function compare(random: Random, dtype: DType, { sizes, shapeA, accessA, shapeB, accessB, out }: Case): void {
  const slots = new Slots();
  const a = slots.operand(random, dtype, shapeA);
  const b = slots.operand(random, dtype, shapeB);
  const length = product(out.map((label) => sizes[label]!));
  const output = { slot: slots.add(dtype, length), dtype };
  const kernel: ContractKernel = { kind: 'contract', sizes, a, accessA, b, accessB, out, output };
  const expected = naive(kernel, slots.arrays as never, length);
  for (const backend of backends) {
    const [actual] = executeKernel(backend, kernel, slots);
    expect(actual, `${backend.mode} ${JSON.stringify(kernel)}`).toEqual(expected);
  }
}

const matmul = (m: number, n: number, k: number): Case => ({
  sizes: [m, n, k], shapeA: [m, k], accessA: [plain(0), plain(2)], shapeB: [k, n], accessB: [plain(2), plain(1)], out: [0, 1],
});

describe('contraction', () => {
  for (const dtype of ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'] satisfies DType[]) {
    it(`multiplies ${dtype} matrices of all small sizes, empty ones included`, () => {
      const random = new Random(1);
      for (let round = 0; round < 60; round++) compare(random, dtype, matmul(random.int(0, 7), random.int(0, 9), random.int(0, 9)));
    });
  }

  it('is right across the borders of its blocks', () => {
    const random = new Random(2);
    for (const [m, n, k] of [[130, 5, 3], [3, 131, 4], [5, 6, 515], [129, 129, 17]] as const) compare(random, 'float32', matmul(m, n, k));
    compare(random, 'int32', matmul(130, 3, 300));
  });

  it('does einsum forms: batches, repeated labels, outer products, sums over one operand, full sums', () => {
    const random = new Random(3);
    const sizes = [2, 3, 4, 5];
    const shapeOf = (labels: readonly number[]): number[] => labels.map((l) => sizes[l]!);
    const forms: [number[], number[], number[]][] = [
      [[0, 1, 2], [0, 2, 3], [0, 1, 3]],
      [[1], [2], [2, 1]],
      [[0, 1, 2, 3], [3, 1], [2, 0]],
      [[1, 1], [1], [1]],
      [[0, 1, 3], [3], [1]],
      [[1, 2], [1, 2], []],
      [[], [2], [2]],
    ];
    for (const [a, b, out] of forms) {
      for (const dtype of ['float64', 'int32'] as const) {
        // Labels that neither operand nor the output has must not be summed over: give each form its own list.
        const used = [...new Set([...a, ...b, ...out])].sort((x, y) => x - y);
        const renamed = (list: number[]): number[] => list.map((l) => used.indexOf(l));
        compare(random, dtype, {
          sizes: shapeOf(used), out: renamed(out),
          shapeA: shapeOf(a), accessA: renamed(a).map(plain), shapeB: shapeOf(b), accessB: renamed(b).map(plain),
        });
      }
    }
  });

  it('does convolution and both of its gradients, with padding, stride, dilation and groups', () => {
    const random = new Random(4);
    for (let round = 0; round < 30; round++) {
      const [n, groups, ci, co] = [random.int(1, 2), random.int(1, 2), random.int(1, 3), random.int(1, 3)];
      const [stride, dilation, padding, kernel] = [random.int(1, 3), random.int(1, 2), random.int(0, 2), random.int(1, 3)];
      const size = (kernel - 1) * dilation + random.int(1, 5);
      const result = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
      // Labels: 0 n, 1 group, 2 co, 3 ci, 4 output y, 5 output x, 6 kernel y, 7 kernel x, 8 input y, 9 input x.
      const x = { shape: [n, groups, ci, size, size] };
      const y = { shape: [n, groups, co, result, result] };
      const w = { shape: [groups, co, ci, kernel, kernel] };
      const readX = [plain(0), plain(1), plain(3), window(4, stride, 6, dilation, -padding), window(5, stride, 7, dilation, -padding)];
      const readW = [plain(1), plain(2), plain(3), plain(6), plain(7)];
      const forward = [n, groups, co, ci, result, result, kernel, kernel];
      const dtype = random.pick(['float64', 'float32', 'int32'] as const);
      compare(random, dtype, { sizes: forward, shapeA: x.shape, accessA: readX, shapeB: w.shape, accessB: readW, out: [0, 1, 2, 4, 5] });
      const readY = [plain(0), plain(1), plain(2), plain(4), plain(5)];
      compare(random, dtype, { sizes: forward, shapeA: y.shape, accessA: readY, shapeB: x.shape, accessB: readX, out: [1, 2, 3, 6, 7] });
      const backward = [n, groups, co, ci, size, size, kernel, kernel];
      const back = (output: number, kernelAxis: number): Access => window(output, 1, kernelAxis, -dilation, padding, stride);
      const readBack = [plain(0), plain(1), plain(2), back(4, 6), back(5, 7)];
      const out = [0, 1, 3, 4, 5];
      compare(random, dtype, { sizes: backward, shapeA: y.shape, accessA: readBack, shapeB: w.shape, accessB: readW, out });
    }
  });

  it('reads axes at a fixed place, inside or outside the operand', () => {
    const random = new Random(5);
    for (const place of [0, 2, 3, -1]) {
      compare(random, 'float32', {
        sizes: [3, 2], shapeA: [3, 3], accessA: [plain(0), window(-1, 0, -1, 0, place)], shapeB: [2], accessB: [plain(1)], out: [0, 1],
      });
    }
  });

  it('sums float32 products in double and rounds once', () => {
    const slots = new Slots();
    const data = Float32Array.of(1e8, 1, -1e8);
    const a = { slot: slots.add('float32', 3, data), dtype: 'float32' as const, shape: [3], strides: [1], offset: 0 };
    const one = { slot: slots.add('float32', 1, Float32Array.of(1)), dtype: 'float32' as const, shape: [3], strides: [0], offset: 0 };
    const kernel: ContractKernel = {
      kind: 'contract', sizes: [3], a, accessA: [plain(0)], b: one, accessB: [plain(0)], out: [],
      output: { slot: slots.add('float32', 1), dtype: 'float32' },
    };
    for (const backend of backends) expect(executeKernel(backend, kernel, slots)[0]![0]).toBe(1);
  });
});
