import { expect, test } from 'vitest';
import { wasm } from '../index';
import { expectClose, inPieces, noise, PlanMaker } from '../testing';

function sums(backend = wasm(), x: Float32Array, columns: number, rows: number, row: number, offset = 0): Float32Array {
  const m = new PlanMaker();
  const operand = m.input('float32', x, [columns, rows], [1, row], offset);
  const slot = m.output('float32', columns);
  m.kernels.push({
    kind: 'reduce', op: 'sum', shape: [columns, rows], kept: 1, inputs: [operand], constants: [],
    body: [{ op: 'load', input: 0, dtype: 'float32' }], value: 0, output: { slot, dtype: 'float32' },
  });
  return m.run(backend)[0] as Float32Array;
}

test.each([
  [64, 64], [65, 67], [79, 130], [1000, 259], [1026, 64], [5003, 70],
])('sums down %d columns of %d rows are exact where they can be, however they are divided', (columns, rows) => {
  const gap = 3;
  const row = columns + gap;
  const x = Float32Array.from({ length: rows * row }, (_, i) => ((i * 7919) % 257) - 128);
  const expected = Float32Array.from({ length: columns }, (_, c) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += x[r * row + c]!;
    return sum;
  });
  expect(sums(wasm(), x, columns, rows, row)).toEqual(expected);
  expect(sums(inPieces(), x, columns, rows, row)).toEqual(expected);
  // From the last row to the first one.
  expect(sums(wasm(), x, columns, rows, -row, (rows - 1) * row)).toEqual(expected);
});

test('long columns keep their precision', () => {
  const [columns, rows] = [70, 20_000];
  const x = noise(columns * rows).map((v) => v + 1);
  const expected = Array.from({ length: columns }, (_, c) => x.reduce((sum, v, i) => (i % columns === c ? sum + v : sum), 0));
  expectClose(sums(wasm(), x, columns, rows, columns), expected, 2e-7);
});

test('NaN and infinities reach the sums of their columns alone', () => {
  const [columns, rows] = [66, 66];
  const x = new Float32Array(columns * rows).fill(1);
  x[3 * columns + 5] = NaN;
  x[65 * columns + 65] = Infinity;
  const got = sums(wasm(), x, columns, rows, columns);
  expect([got[4], got[5], got[6], got[64], got[65]]).toEqual([66, NaN, 66, 66, Infinity]);
});
