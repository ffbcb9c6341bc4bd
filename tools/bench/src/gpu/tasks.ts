/** What is measured on GPUs: sizes that keep one busy, and the same with sizes up to 128 for software adapters. */
import type { Task } from '../peers/task';
import { adam, blockStep, convolution, lenet, lstm, matmul, mlp, softmax } from '../peers/tasks';

export function gpuTasks(small: boolean): Task[] {
  if (small) {
    return [
      matmul('matmul-128', [128, 128], [128, 128]),
      ...convolution({ name: '3x3-2x8x16', x: [2, 8, 16, 16], w: [8, 8, 3, 3], padding: 1 }),
      softmax(64, 128), adam(10_000),
      mlp(16, [64, 32, 32, 10]), lenet(2), lstm([6, 4, 16, 16, 10]),
      blockStep({ batch: 2, time: 8, depth: 16, inner: 32, heads: 2 }),
    ];
  }
  return [
    matmul('matmul-4096', [4096, 4096], [4096, 4096]),
    ...convolution({ name: '3x3-32x64x56', x: [32, 64, 56, 56], w: [64, 64, 3, 3], padding: 1 }),
    softmax(16384, 1024), adam(10_000_000), mlp(), lenet(), lstm(), blockStep(),
  ];
}
