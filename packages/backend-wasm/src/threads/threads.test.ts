import { parameter, randn, relu, tensor, use, type Tensor } from '@cotangent/tensor';
import { spawnSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { wasm } from '../index';
import { cores, unshareable } from './environment';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Results of kernels of several kinds, on arrays that are worth sharing. */
async function results(threads: number): Promise<Float32Array[]> {
  const backend = await use(wasm({ threads }));
  expect(backend.stats().threads).toBe(threads);
  const x = tensor(Float32Array.from({ length: 300 * 301 }, (_, i) => Math.sin(i)), { shape: [300, 301] });
  const turned = x.transpose(0, 1);
  const y: Tensor[] = [relu(x.mul(3).exp()), x.sum({ dim: 0 }), x.sum({ dim: 1 }), x.sum(), x.matmul(turned), turned.tanh()];
  const found: Float32Array[] = [];
  for (const t of y) found.push((await t.data()) as Float32Array);
  backend.dispose();
  return found;
}

test('results are equal to the bit with 1, 2, 3 and 4 threads', async () => {
  const one = await results(1);
  for (const threads of [2, 3, 4]) expect(await results(threads)).toEqual(one);
});

test('the default is not more than the cores, and starts workers only when there is work for them', async () => {
  const backend = await use(wasm());
  expect(backend.stats().threads).toBe(1);
  const x = parameter(randn([1 << 20]));
  for (let i = 0; i < 40; i++) await x.exp().tanh().data();
  await expect.poll(() => backend.stats().threads).toBe(Math.min(cores(), 8));
  backend.dispose();
});

test('impossible numbers of threads are errors that say what is possible', () => {
  for (const threads of [0, -1, 1.5, NaN, 65]) expect(() => wasm({ threads })).toThrow(/whole number from 1 to 64/);
});

test('without shared memory one thread computes; it says so when more were asked for', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.stubGlobal('crossOriginIsolated', false);
  expect(unshareable()).toContain('Cross-Origin-Opener-Policy');
  await use(wasm());
  expect(warn).not.toHaveBeenCalled();
  const backend = await use(wasm({ threads: 2 }));
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('not cross-origin isolated'));
  expect(backend.stats().threads).toBe(1);
  expect(await tensor([1, 2]).mul(2).array()).toEqual([2, 4]);
});

test('a process ends by itself, workers or not', () => {
  const script = `
    import { wasm } from '@cotangent/backend-wasm';
    import { randn, use } from '@cotangent/tensor';
    const backend = await use(wasm({ threads: 3 }));
    const x = randn([600, 600]);
    await x.matmul(x).data();
    console.log(backend.stats().threads);
  `;
  const loader = new URL('../../../../tools/run/ts.mjs', import.meta.url).href;
  const child = spawnSync(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
    cwd: new URL('../../../..', import.meta.url),
  });
  expect(child.stderr).toBe('');
  expect(child.stdout.trim()).toBe('3');
  expect(child.status).toBe(0);
});
