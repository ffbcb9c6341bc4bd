import { expect, it } from 'vitest';
import type { Kernel } from '../plan/kernel';
import { opsOf, opsText } from './origin';
import { amount, bytesText, count, table } from './text';

it('writes numbers with three digits and a prefix', () => {
  const texts = [0, 7, 999, 1000, 12_345, 999_499, 999_500, 1.5e9].map((n) => amount(n));
  expect(texts).toEqual(['0', '7', '999', '1.00 k', '12.3 k', '999 k', '1.00 M', '1.50 G']);
  expect(bytesText(2048)).toBe('2.05 kB');
  expect([count(1, 'kernel'), count(0, 'kernel')]).toEqual(['1 kernel', '0 kernels']);
});

it('aligns columns', () => {
  expect(table(['name', '>n'], [['a', '100'], ['long', '1']])).toBe('name    n\na     100\nlong    1');
});

it('counts equal ops and shortens long lists', () => {
  expect(opsText(['mul', 'add', 'mul'])).toBe('2 mul + add');
  expect(opsText(['a', 'b', 'c', 'd', 'd'], 2)).toBe('a + b + 3 more');
  expect(opsText(['a', 'b', 'c'], 2)).toBe('a + b + c');
});

it('names what a kernel computes by its body where the graph is gone', () => {
  const map: Kernel = {
    kind: 'map',
    shape: [1],
    inputs: [],
    constants: [1],
    body: [{ op: 'const', constant: 0, dtype: 'float32' }, { op: 'exp', args: [0], dtype: 'float32' }],
    outputs: [{ slot: 0, dtype: 'float32', value: 1 }],
  };
  const fill: Kernel = { ...map, body: map.body.slice(0, 1), outputs: [{ slot: 1, dtype: 'float32', value: 0 }] };
  const group: Kernel = { kind: 'group', maps: [map, fill] };
  const kernels: Kernel[] = [map, fill, group, { kind: 'repeat', trips: 2, kernels: [map, map], windows: [] }];
  const plan = { slots: [], inputs: [], outputs: [], kernels };
  const names = opsOf({ plan, inputs: [], results: [], origins: [] }, undefined);
  expect(names).toEqual([['exp'], ['constant'], ['exp', 'constant'], ['exp', 'exp']]);
});
