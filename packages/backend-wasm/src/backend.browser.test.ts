import { matmul, tensor, use } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from './index';
import { noise } from './testing';

/** The same computation, kernels compiled while the page waits or behind its back. */
test.each(['auto', 'async'] as const)('computes on the main thread of a page (compile: %s)', async (compile) => {
  await use(wasm({ compile }));
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  const y = x.exp().log().mul(2).sum({ dim: 1 });
  expect(Array.from(await y.data()).map((v) => Math.round(v * 1e4) / 1e4)).toEqual([12, 30]);
  const n = 96;
  const [a, b] = [noise(n * n, 1), noise(n * n, 2)];
  const product = await matmul(tensor(a).reshape(n, n), tensor(b).reshape(n, n)).data();
  let expected = 0;
  for (let k = 0; k < n; k++) expected += a[5 * n + k]! * b[k * n + 7]!;
  expect(product[5 * n + 7]).toBeCloseTo(expected, 4);
});

test('workers compute in a page that is cross-origin isolated [T16]', async () => {
  const elements = noise(1 << 20, 3);
  const results: Float32Array[] = [];
  for (const threads of [1, 2]) {
    const backend = await use(wasm({ threads }));
    expect(backend.stats().threads).toBe(threads);
    const x = tensor(elements);
    for (let i = 0; i < 3; i++) results[threads] = (await x.tanh().exp().data()) as Float32Array;
    backend.dispose();
  }
  expect(results[2]).toEqual(results[1]);
});
