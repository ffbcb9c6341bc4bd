import { describe, expect, it } from 'vitest';
import { TASKS } from './tasks';
import type { Task } from './task';

function task(id: string): Task {
  return TASKS.find((found) => found.id === id)!;
}

describe('the tasks', () => {
  it('have names of their own, and every input other elements', () => {
    expect(new Set(TASKS.map(({ id }) => id)).size).toBe(TASKS.length);
    for (const { id, inputs } of TASKS) {
      const seeds = Object.values(inputs).map(({ seed }) => seed);
      expect(new Set(seeds).size, id).toBe(seeds.length);
    }
  });

  it('count two operations for every product of a matrix product', () => {
    expect(task('matmul-1024')).toMatchObject({ flops: 2 * 1024 ** 3, bytes: 12 * 1024 ** 2 });
    expect(task('matmul-16x128x64').flops).toBe(2 * 16 * 128 * 128 * 64);
    expect(task('matmul-1x1024x1024').bytes).toBe(4 * (1024 + 1024 + 1024 ** 2));
  });

  it('count the products of convolutions, groups and strides included', () => {
    expect(task('conv-3x3-8x64x56-fwd').flops).toBe(2 * 8 * 64 * 56 * 56 * 64 * 9);
    expect(task('conv-3x3s2-8x64x56-fwd').flops).toBe(2 * 8 * 64 * 28 * 28 * 64 * 9);
    expect(task('conv-dw3x3-8x64x56-fwd').flops).toBe(2 * 8 * 64 * 56 * 56 * 9);
    expect(task('conv-1x1-8x64x56-fwdbwd').flops).toBe(3 * task('conv-1x1-8x64x56-fwd').flops);
  });

  it('count of a training step what no implementation can leave out', () => {
    // 137 million forward, as many for the weights, 34 for the gradients between the layers.
    const products = 2 * 128 * (784 * 512 + 512 * 256 + 2560) * 2 + 2 * 128 * (512 * 256 + 2560);
    const parameters = 784 * 512 + 512 + 512 * 256 + 256 + 2560 + 10;
    expect(task('mlp-step').flops).toBe(products + 13 * parameters);
    expect(task('mlp-step').bytes).toBe(4 * 128 * 785 + 24 * parameters);
  });
});
