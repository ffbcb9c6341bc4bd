import type { Access, ContractKernel, Kernel, Operand, RepeatKernel } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from './index';
import { binary, expectClose, noise, PlanMaker, whole } from './testing';

const plain = (label: number): Access => ({ label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 });

function product(a: Operand, b: Operand, slot: number): ContractKernel {
  return {
    kind: 'contract', sizes: [a.shape[0]!, b.shape[1]!, b.shape[0]!],
    a, accessA: [plain(0), plain(2)], b, accessB: [plain(2), plain(1)], out: [0, 1], output: { slot, dtype: 'float32' },
  };
}

function copy(from: Operand, slot: number): Kernel {
  return {
    kind: 'map', shape: from.shape, inputs: [from], constants: [],
    body: [{ op: 'load', input: 0, dtype: from.dtype }], outputs: [{ slot, dtype: from.dtype, value: 0 }],
  };
}

interface Recurrence {
  readonly m: PlanMaker;
  readonly expected: number[];
}

/** h[t + 1] = x[t] + h[t] W over `trips` steps of [rows, n] states, all of them kept; backwards in time when `reverse`. */
function recurrence(trips: number, rows: number, n: number, reverse: boolean, resident = false): Recurrence {
  const m = new PlanMaker();
  const size = rows * n;
  const [xs, w, h] = [noise(trips * size, 1), noise(n * n, 2).map((v) => v / n), noise(size, 3)];
  const x = m.input('float32', xs);
  const weight = m.input('float32', w, [n, n]);
  const start = m.input('float32', h, [rows, n]);
  const states = m.output('float32', (trips + 1) * size, resident);
  const place = m.slot('float32', size);
  m.kernels.push({
    kind: 'repeat', trips: 1, kernels: [copy(start, place)],
    windows: [{ slot: place, of: states, offset: reverse ? trips * size : 0, step: 0 }],
  });
  const [xt, now, next, sum] = [0, 0, 0, 0].map(() => m.slot('float32', size)) as [number, number, number, number];
  const move = (slot: number, of: number, first: number): RepeatKernel['windows'][number] =>
    reverse ? { slot, of, offset: first + (trips - 1) * size, step: -size } : { slot, of, offset: first, step: size };
  m.kernels.push({
    kind: 'repeat', trips,
    kernels: [product(whole(now, [rows, n]), weight, sum), binary('add', whole(sum, [size]), whole(xt, [size]), next)],
    windows: [move(xt, x.slot, 0), move(now, states, reverse ? size : 0), move(next, states, reverse ? 0 : size)],
  });

  const expected = new Array<number>((trips + 1) * size).fill(0);
  h.forEach((v, i) => (expected[(reverse ? trips * size : 0) + i] = v));
  for (let step = 0; step < trips; step++) {
    const t = reverse ? trips - 1 - step : step;
    const [from, to] = reverse ? [(t + 1) * size, t * size] : [t * size, (t + 1) * size];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < n; j++) {
        let total = xs[t * size + i * n + j]!;
        for (let k = 0; k < n; k++) total += expected[from + i * n + k]! * w[k * n + j]!;
        expected[to + i * n + j] = total;
      }
    }
  }
  return { m, expected };
}

const RECURRENCES = [[1, 2, 3], [5, 1, 1], [7, 3, 5], [64, 4, 16], [2, 9, 24]] as const;

test.each(RECURRENCES)('%i trips of a recurrence over [%i, %i], in both directions', (trips, rows, n) => {
  for (const reverse of [false, true]) {
    const { m, expected } = recurrence(trips, rows, n, reverse);
    const [states] = m.run(wasm());
    expectClose(states!, expected, 1e-4, `reverse ${reverse}`);
  }
});

test('a repetition over resident arrays follows them to other addresses', () => {
  const backend = wasm();
  const { m, expected } = recurrence(6, 2, 5, false, true);
  const plan = m.plan();
  const kept = [1, 2, 3].map(() => backend.run(plan, m.storages)[0]!);
  for (const states of kept) expectClose(backend.readSync!(states), expected, 1e-4);
});

test('no trips leave what was there', () => {
  const { m, expected } = recurrence(0, 2, 3, false);
  expectClose(m.run(wasm())[0]!, expected);
});

test('windows are of any type, and their offsets count elements', () => {
  const m = new PlanMaker();
  const bytes = m.input('uint8', [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const out = m.output('uint8', 9);
  const [from, to] = [m.slot('uint8', 3), m.slot('uint8', 3)];
  const operand = { ...whole(from, [3], 'uint8'), strides: [-1], offset: 2 };
  m.kernels.push({
    kind: 'repeat', trips: 3, kernels: [copy(operand, to)],
    windows: [{ slot: from, of: bytes.slot, offset: 0, step: 3 }, { slot: to, of: out, offset: 6, step: -3 }],
  });
  expect(Array.from(m.run(wasm())[0]!)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test('host kernels inside a repetition see the window of their trip, even when they make the memory grow', () => {
  const backend = wasm();
  const m = new PlanMaker();
  const x = m.input('float32', [1, 2, 3, 4]);
  const out = m.output('float32', 4);
  const [from, to] = [m.slot('float32', 2), m.slot('float32', 2)];
  const big = new PlanMaker();
  const large = big.input('float32', new Float32Array(1 << 20));
  big.kernels.push(binary('add', large, large, big.output('float32', 1 << 20)));
  m.kernels.push({
    kind: 'repeat', trips: 2,
    kernels: [{
      kind: 'host', name: 'negate', inputs: [whole(from, [2])], outputs: [{ slot: to, dtype: 'float32', shape: [2] }],
      run: ([a], [b]) => {
        big.run(backend);
        b!.set(a!.map((v) => -v));
      },
    }],
    windows: [{ slot: from, of: x.slot, offset: 0, step: 2 }, { slot: to, of: out, offset: 0, step: 2 }],
  });
  expect(Array.from(m.run(backend)[0]!)).toEqual([-1, -2, -3, -4]);
});

test('a repetition inside another one moves windows of windows', () => {
  const m = new PlanMaker();
  const x = m.input('float32', noise(24, 4));
  const y = m.input('float32', noise(24, 5));
  const out = m.output('float32', 24);
  const [xRow, yRow, row] = [12, 12, 12].map((n) => m.slot('float32', n)) as [number, number, number];
  const [xt, yt, t] = [4, 4, 4].map((n) => m.slot('float32', n)) as [number, number, number];
  const move = (slot: number, of: number, step: number): RepeatKernel['windows'][number] => ({ slot, of, offset: 0, step });
  m.kernels.push({
    kind: 'repeat', trips: 2, windows: [move(xRow, x.slot, 12), move(yRow, y.slot, 12), move(row, out, 12)],
    kernels: [{
      kind: 'repeat', trips: 3, windows: [move(xt, xRow, 4), move(yt, yRow, 4), move(t, row, 4)],
      kernels: [product(whole(xt, [2, 2]), whole(yt, [2, 2]), t)],
    }],
  });
  const [a, b] = [noise(24, 4), noise(24, 5)];
  const expected = Array.from({ length: 24 }, (_, i) => {
    const [base, r, c] = [i - (i % 4), (i % 4) >> 1, i % 2];
    return a[base + r * 2]! * b[base + c]! + a[base + r * 2 + 1]! * b[base + 2 + c]!;
  });
  expectClose(m.run(wasm())[0]!, expected, 1e-5);
});

test('a matrix that an inner repetition does not change, but the outer one does', () => {
  const m = new PlanMaker();
  const [x, w, out] = [m.input('float32', noise(96, 6)), m.input('float32', noise(128, 7)), m.output('float32', 96)];
  const [xRow, matrix, row, xt, t] = [48, 64, 48, 16, 16].map((n) => m.slot('float32', n)) as [number, number, number, number, number];
  const move = (slot: number, of: number, step: number): RepeatKernel['windows'][number] => ({ slot, of, offset: 0, step });
  m.kernels.push({
    kind: 'repeat', trips: 2, windows: [move(xRow, x.slot, 48), move(matrix, w.slot, 64), move(row, out, 48)],
    kernels: [{
      kind: 'repeat', trips: 3, windows: [move(xt, xRow, 16), move(t, row, 16)],
      kernels: [product(whole(xt, [2, 8]), whole(matrix, [8, 8]), t)],
    }],
  });
  const [a, b] = [noise(96, 6), noise(128, 7)];
  const expected = Array.from({ length: 96 }, (_, i) => {
    const [outer, from, column] = [Math.floor(i / 48), i - (i % 8), i % 8];
    return Array.from({ length: 8 }, (_, k) => a[from + k]! * b[outer * 64 + k * 8 + column]!).reduce((p, q) => p + q);
  });
  expectClose(m.run(wasm())[0]!, expected, 1e-5);
});

test('a product with an operand that is padded anew in every round', () => {
  const m = new PlanMaker();
  const trips = 3;
  const x = m.input('float32', noise(trips * 10, 8));
  const filters = m.input('float32', noise(12, 9), [4, 3]);
  const out = m.output('float32', trips * 32);
  const [xt, t] = [m.slot('float32', 10), m.slot('float32', 32)];
  // Each round sees ten elements from one before the first on, so that the first product reads outside.
  const inside: Access = { label: 1, scale: 1, label2: 2, scale2: 1, offset: -1, divisor: 1 };
  m.kernels.push({
    kind: 'repeat', trips, windows: [{ slot: xt, of: x.slot, offset: 0, step: 10 }, { slot: t, of: out, offset: 0, step: 32 }],
    kernels: [{
      kind: 'contract', sizes: [4, 8, 3], a: filters, accessA: [plain(0), plain(2)], b: whole(xt, [10]), accessB: [inside],
      out: [0, 1], output: { slot: t, dtype: 'float32' },
    }],
  });
  const [a, f] = [noise(trips * 10, 8), noise(12, 9)];
  const expected = Array.from({ length: trips * 32 }, (_, i) => {
    const [round, row, at] = [Math.floor(i / 32), Math.floor(i / 8) % 4, i % 8];
    return [0, 1, 2].reduce((sum, k) => sum + (at + k < 1 ? 0 : f[row * 3 + k]! * a[round * 10 + at + k - 1]!), 0);
  });
  expectClose(m.run(wasm())[0]!, expected, 1e-5);
});

test('an index out of range inside a repetition is reported', () => {
  const m = new PlanMaker();
  const source = m.input('float32', [1, 2]);
  const index = m.input('int32', [0, 1, 2]);
  const out = m.output('float32', 3);
  const [at, to] = [m.slot('int32', 1), m.slot('float32', 1)];
  m.kernels.push({
    kind: 'repeat', trips: 3,
    kernels: [{ kind: 'gather', axis: 0, source, index: whole(at, [1], 'int32'), output: { slot: to, dtype: 'float32' } }],
    windows: [{ slot: at, of: index.slot, offset: 0, step: 1 }, { slot: to, of: out, offset: 0, step: 1 }],
  });
  expect(() => m.run(wasm())).toThrow('index 2 is out of range for axis 0 of size 2');
});
