import type { RowKernel } from '@cotangent/tensor';
import { describe, expect, test } from 'vitest';
import { wasm } from '../index';
import { PlanMaker, rowMajor } from '../testing';
import type { Instruction } from './body';
import { loosenMaxima } from './loose';

const f = { dtype: 'float32' } as const;
/** Softmax (5) and its logarithm (7), and the logarithm of the sum of exponentials (8). */
const BODY: readonly Instruction[] = [
  { op: 'load', input: 0, ...f },
  { op: 'fold', fold: 'max', args: [0], ...f },
  { op: 'sub', args: [0, 1], ...f },
  { op: 'expNegative', args: [2], ...f },
  { op: 'fold', fold: 'sum', args: [3], ...f },
  { op: 'div', args: [3, 4], ...f },
  { op: 'log', args: [4], ...f },
  { op: 'sub', args: [2, 6], ...f },
  { op: 'add', args: [1, 6], ...f },
];

const isLoose = (body: readonly Instruction[], results: readonly number[]): boolean => 'loose' in loosenMaxima(body, results)[1]!;

describe('a maximum may ignore NaN and the sign of zero', () => {
  test('where it only steadies softmax, its logarithm or log-sum-exp', () => {
    expect(isLoose(BODY, [5, 7, 8])).toBe(true);
    expect(isLoose(BODY.slice(0, 6), [5])).toBe(true);
    const multiplied: Instruction[] = [...BODY.slice(0, 5), { op: 'recip', args: [4], ...f }, { op: 'mul', args: [3, 5], ...f }];
    expect(isLoose(multiplied, [6])).toBe(true);
  });

  test.each([[1], [2], [3]])('but not where value %i is a result', (value) => {
    expect(isLoose(BODY, [5, 7, 8, value])).toBe(false);
  });

  test('nor where it is used in any other way', () => {
    expect(isLoose([...BODY, { op: 'mul', args: [1, 1], ...f }], [5, 9])).toBe(false);
    expect(isLoose([...BODY, { op: 'mul', args: [2, 6], ...f }], [5, 9])).toBe(false);
    expect(isLoose([...BODY, { op: 'mul', args: [3, 3], ...f }], [5, 9])).toBe(false);
    expect(isLoose([...BODY, { op: 'sub', args: [6, 1], ...f }], [5, 9])).toBe(false);
    expect(isLoose(BODY.slice(0, 2), [1])).toBe(false);
  });
});

test('softmax, its logarithm and log-sum-exp of rows with NaN, infinities and zeros of both signs', () => {
  const rows = [
    [1, NaN, 3, 4, 5], [-0, -0, -0, -0, -0], [0, -0, 0, -0, -0], [-Infinity, 0, 1, -Infinity, 2], [Infinity, 0, 1, 2, 3],
    [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity], [-200, -0, -200, -300, -Infinity],
  ];
  const shape = [rows.length, 5];
  const m = new PlanMaker();
  const inputs = [m.input('float32', rows.flat(), shape)];
  const outputs = ([['element', 5], ['element', 7], ['row', 8]] as const).map(([per, value]) => ({
    per, value, ...f,
    slot: m.output('float32', per === 'row' ? rows.length : rows.length * 5),
    strides: per === 'row' ? [1, 0] : rowMajor(shape),
  }));
  const body = BODY.map((x) => (x.op === 'expNegative' ? { ...x, op: 'exp' } : x)) as RowKernel['body'];
  m.kernels.push({ kind: 'row', shape, kept: 1, inputs, constants: [], body, outputs });
  const [soft, logs, sums] = m.run(wasm()) as Float32Array[];
  const same = (actual: number, expected: number): boolean => Object.is(actual, expected) || Math.abs(actual - expected) < 1e-5;
  rows.forEach((row, i) => {
    const top = row.reduce((a, b) => Math.max(a, b));
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
    expect(sums![i]).toSatisfy((y: number) => same(y, top + total), `log-sum-exp of row ${i}`);
    row.forEach((x, k) => {
      expect(soft![i * 5 + k]).toSatisfy((y: number) => same(y, Math.exp(x - top - total)), `softmax ${i} ${k}`);
      expect(logs![i * 5 + k]).toSatisfy((y: number) => same(y, x - top - total), `logarithm ${i} ${k}`);
    });
  });
});
