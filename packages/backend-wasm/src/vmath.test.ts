import { scalarMath, specialMath, type UnaryOp } from '@cotangent/tensor';
import { describe, expect, test } from 'vitest';
import { wasm } from './index';
import { PlanMaker } from './testing';

const backend = wasm();

function evaluate(op: UnaryOp, call: (x: number) => number, x: Float32Array): Float32Array {
  const m = new PlanMaker();
  const inputs = [m.input('float32', x)];
  const slot = m.output('float32', x.length);
  m.kernels.push({
    kind: 'map',
    shape: [x.length],
    inputs,
    constants: [],
    body: [
      { op: 'load', input: 0, dtype: 'float32' },
      { op, args: [0], dtype: 'float32', call },
    ],
    outputs: [{ slot, dtype: 'float32', value: 1 }],
  });
  return m.run(backend)[0] as Float32Array;
}

/** Floats of every magnitude and sign, NaN and infinities among them. */
function everywhere(count: number): Float32Array {
  const bits = Uint32Array.from({ length: count }, (_, i) => Math.floor((i / count) * 2 ** 32));
  return new Float32Array(bits.buffer);
}

function between(low: number, high: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / count);
}

const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = 3.4028234663852886e38;

/** The largest relative error over normal results; results below and above the range are checked as such. */
function worst(op: UnaryOp, reference: (x: number) => number, x: Float32Array): number {
  const y = evaluate(op, reference, x);
  let largest = 0;
  x.forEach((v, i) => {
    const [got, exact] = [y[i]!, reference(v)];
    const fail = (): never => {
      throw new Error(`${op}(${v}) is ${got} instead of ${exact}`);
    };
    if (Number.isNaN(exact)) {
      if (!Number.isNaN(got)) fail();
    } else if (!Number.isFinite(exact) || Math.abs(exact) > LARGEST) {
      if (!(Math.abs(got) >= LARGEST && Math.sign(got) === Math.sign(exact))) fail();
    } else if (Math.abs(exact) < SMALLEST_NORMAL) {
      // Subnormal results: within two of the smallest steps, and zeros keep their sign.
      if (Math.abs(got - exact) > 3e-45 || (exact === 0 && !Object.is(got, exact))) fail();
    } else {
      const error = Math.abs(got - exact) / Math.abs(exact);
      if (!(error <= 1)) fail();
      largest = Math.max(largest, error);
    }
  });
  return largest;
}

/** Name, reference, usual range, largest relative error. */
const FUNCTIONS: [UnaryOp, (x: number) => number, number, number, number][] = [
  ['exp', Math.exp, -105, 90, 3e-7],
  ['expm1', Math.expm1, -30, 90, 3e-7],
  ['log', Math.log, 0, 100, 3e-7],
  ['log1p', Math.log1p, -1, 10, 3e-7],
  ['tanh', Math.tanh, -11, 11, 4e-7],
  ['erf', specialMath.erf, -5, 5, 4e-7],
  ['sin', Math.sin, -1000, 1000, 3e-7],
  ['cos', Math.cos, -1000, 1000, 3e-7],
];

describe.each(FUNCTIONS)('%s', (op, reference, low, high, bound) => {
  test('is close to float64 over all floats', () => {
    expect(worst(op, reference, everywhere(1 << 16))).toBeLessThan(bound);
  });

  test('is close to float64 in its usual range and near zero', () => {
    expect(worst(op, reference, between(low, high, 1 << 16))).toBeLessThan(bound);
    expect(worst(op, reference, between(-0.01, 0.01, 1 << 14))).toBeLessThan(bound);
  });

  test('treats NaN, infinities, zeros and subnormals as the C library does', () => {
    const special = [NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 1e-39, -1, 1, LARGEST, -LARGEST];
    expect(worst(op, reference, Float32Array.from(special))).toBeLessThan(bound);
  });
});

test.each(['tanh', 'erf'] as const)('%s reaches 1 and never goes beyond', (op) => {
  const x = Float32Array.from([...between(0, 12, 1 << 18), 20, 1e30, Infinity]);
  const y = evaluate(op, op === 'tanh' ? Math.tanh : specialMath.erf, x);
  expect(y.reduce((a, b) => Math.max(a, b))).toBe(1);
  expect([...y.subarray(-3)]).toEqual([1, 1, 1]);
});

test('exp of what is known not to be positive is exp to the last bit', () => {
  const x = Float32Array.from([...everywhere(1 << 14), ...between(-110, 0, 1 << 14), -0, 0]);
  const m = new PlanMaker();
  const dtype = 'float32';
  const inputs = [m.input(dtype, x), m.input(dtype, x.map((v) => -Math.abs(v)))];
  const outputs = [3, 5].map((value) => ({ slot: m.output(dtype, x.length), dtype, value } as const));
  m.kernels.push({
    kind: 'map', shape: [x.length], inputs, constants: [],
    body: [
      { op: 'load', input: 0, dtype },
      { op: 'abs', args: [0], dtype },
      { op: 'neg', args: [1], dtype },
      { op: 'exp', args: [2], dtype },
      { op: 'load', input: 1, dtype },
      { op: 'exp', args: [4], dtype },
    ],
    outputs,
  });
  const [known, unknown] = m.run(backend);
  expect(known).toEqual(unknown);
});

test.each([
  ['sin', Math.sin],
  ['cos', Math.cos],
] as const)('%s stays accurate for arguments up to 1e9', (op, reference) => {
  expect(worst(op, reference, between(-1e6, 1e6, 1 << 16))).toBeLessThan(3e-7);
  expect(worst(op, reference, between(1e8, 1e9, 1 << 12))).toBeLessThan(3e-7);
});

test.each([
  ['tan', Math.tan, -3, 3],
  ['asin', Math.asin, -1.1, 1.1],
  ['acos', Math.acos, -1.1, 1.1],
  ['atan', Math.atan, -20, 20],
  ['erfc', specialMath.erfc, -6, 10],
  ['erfinv', specialMath.erfinv, -1, 1.001],
  ['lgamma', specialMath.lgamma, -5, 20],
  ['polygamma', (x: number): number => specialMath.polygamma(0, x), 0.01, 20],
] as const)('%s is the double-precision value, rounded', (op, reference, low, high) => {
  const x = between(low, high, 1001);
  expect(evaluate(op, reference, x)).toEqual(x.map((v) => Math.fround(reference(v))));
});

test.each([
  ['sqrt', Math.sqrt],
  ['recip', (x: number): number => 1 / x],
  ['rsqrt', (x: number): number => 1 / Math.fround(Math.sqrt(x))],
  ['neg', (x: number): number => -x],
  ['abs', Math.abs],
  ['sign', scalarMath.sign],
  ['floor', Math.floor],
  ['ceil', Math.ceil],
  ['trunc', Math.trunc],
  ['round', scalarMath.roundHalfEven],
] as const)('%s is exact to the last bit', (op, reference) => {
  for (const x of [everywhere(1 << 14), between(-10, 10, 4001), between(-2, 2, 17)]) {
    const [got, expected] = [evaluate(op, reference, x), x.map((v) => Math.fround(reference(v)))];
    got.forEach((v, i) => {
      if (!Object.is(v, expected[i])) throw new Error(`${op}(${x[i]}) is ${v} instead of ${expected[i]}`);
    });
  }
});
