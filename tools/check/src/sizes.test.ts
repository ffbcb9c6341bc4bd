import { expect, test } from 'vitest';
import { foreignBackends, packageOf } from './sizes';

test('a file belongs to the package of its folder', () => {
  expect(packageOf('packages/backend-wasm/dist/index.js')).toBe('backend-wasm');
  expect(packageOf('tools/check/src/bundles/mlp-wasm.ts')).toBe('own');
});

test('a backend that was not asked for is named', () => {
  const bytes = new Map([['tensor', 1], ['backend-wasm', 1], ['backend-cpu', 1]]);
  expect(foreignBackends('x', bytes, ['backend-wasm'])).toEqual(['x: the bundle contains backend-cpu, which it does not import']);
  expect(foreignBackends('x', bytes, ['backend-wasm', 'backend-cpu'])).toEqual([]);
});
