import type { DType } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { at, dataOf, expectClose, indices, inPieces, PlanMaker, Random, rowMajor } from '../testing';

const backend = wasm();
const pieces = inPieces();

test('max pooling and its positions agree with a plain loop, whatever window, stride, padding and dilation', () => {
  const random = new Random(11);
  for (let round = 0; round < 250; round++) {
    const pooled = 1 + random.below(3);
    const lead = random.below(3);
    const window = Array.from({ length: pooled }, () => 1 + random.below(3));
    const stride = window.map(() => 1 + random.below(3));
    const dilation = window.map(() => 1 + random.below(2));
    const padding = window.map((w) => (random.below(2) === 0 ? 0 : Math.min(random.below(3), w - 1)));
    const sizes = window.map((w, a) => Math.max(1, (w - 1) * dilation[a]! + 1 - 2 * padding[a]!) + random.below(random.pick([4, 12])));
    const inShape = [...random.shape(lead, 3), ...sizes];
    const outSizes = sizes.map((n, a) => Math.floor((n + 2 * padding[a]! - (window[a]! - 1) * dilation[a]! - 1) / stride[a]!) + 1);
    const shape = [...inShape.slice(0, lead), ...outSizes];
    const dtype = random.pick<DType>(['float32', 'float32', 'float32', 'int32', 'uint8']);
    const op = random.pick(['max', 'argmax'] as const);
    const m = new PlanMaker();
    const special = random.below(3) === 0;
    const input = random.operand(m, dtype, inShape, () => {
      if (special && dtype === 'float32' && random.below(4) === 0) return random.pick([NaN, -Infinity]);
      return special ? random.below(3) : random.value(dtype);
    });
    const result: DType = op === 'max' ? dtype : 'int32';
    const output = { slot: m.output(result, shape.reduce((a, b) => a * b, 1)), dtype: result };
    m.kernels.push({ kind: 'pool', op, window, stride, padding, dilation, shape, input, output });
    const data = dataOf(m, input);
    const expected = [...indices(shape)].map((index) => {
      let best = dtype === 'float32' ? -Infinity : dtype === 'int32' ? -2147483648 : 0;
      let position = -1;
      for (const tap of indices(window)) {
        const place = tap.map((k, a) => index[lead + a]! * stride[a]! - padding[a]! + k * dilation[a]!);
        if (place.some((x, a) => x < 0 || x >= sizes[a]!)) continue;
        const x = at(data, input, [...index.slice(0, lead), ...place]);
        if (position < 0 || x > best || (Number.isNaN(x) && !Number.isNaN(best))) {
          best = x;
          position = place.reduce((flat, i, a) => flat * sizes[a]! + i, 0);
        }
      }
      return op === 'max' ? best : Math.max(position, 0);
    });
    const what = `${op} ${dtype} ${JSON.stringify({ inShape, window, stride, padding, dilation })}`;
    expectClose(m.run(backend)[0]!, expected, 0, what);
    expectClose(m.run(pieces)[0]!, expected, 0, `${what} in pieces`);
  }
});

test('the gradient of max pooling goes to the first maximum, windows apart or not', () => {
  const random = new Random(12);
  for (let round = 0; round < 250; round++) {
    const pooled = 1 + random.below(3);
    const lead = random.below(3);
    const apart = random.below(2) === 0;
    const window = Array.from({ length: pooled }, () => (apart ? 2 : 1 + random.below(3)));
    const stride = window.map((w) => (apart ? w : 1 + random.below(3)));
    const dilation = window.map(() => (apart ? 1 : 1 + random.below(2)));
    const padding = window.map((w) => (apart || random.below(2) === 0 ? 0 : random.below(w)));
    const sizes = window.map((w, a) => Math.max(1, (w - 1) * dilation[a]! + 1 - 2 * padding[a]!) + random.below(random.pick([4, 20])));
    const inShape = [...random.shape(lead, 3), ...sizes];
    const outSizes = sizes.map((n, a) => Math.floor((n + 2 * padding[a]! - (window[a]! - 1) * dilation[a]! - 1) / stride[a]!) + 1);
    const shape = [...inShape.slice(0, lead), ...outSizes];
    const m = new PlanMaker();
    const value = (): number => (random.below(6) === 0 ? random.pick([NaN, -Infinity]) : random.below(4));
    const input = random.below(2) === 0
      ? m.input('float32', Array.from({ length: inShape.reduce((a, b) => a * b, 1) }, value), inShape)
      : random.operand(m, 'float32', inShape, value);
    const gradient = random.operand(m, 'float32', shape, () => 1 + random.below(9));
    const length = inShape.reduce((a, b) => a * b, 1);
    const output = { slot: m.output('float32', length), dtype: 'float32' as const };
    m.kernels.push({ kind: 'poolGradient', window, stride, padding, dilation, shape, input, gradient, output });
    const data = dataOf(m, input);
    const expected = new Float32Array(length);
    const strides = rowMajor(inShape);
    for (const index of indices(shape)) {
      let best = -Infinity;
      let first: number[] | undefined;
      for (const tap of indices(window)) {
        const place = tap.map((k, a) => index[lead + a]! * stride[a]! - padding[a]! + k * dilation[a]!);
        if (place.some((x, a) => x < 0 || x >= sizes[a]!)) continue;
        const x = at(data, input, [...index.slice(0, lead), ...place]);
        if (first !== undefined && !(x > best || (Number.isNaN(x) && !Number.isNaN(best)))) continue;
        best = x;
        first = place;
      }
      const target = [...index.slice(0, lead), ...(first ?? sizes.map(() => 0))];
      expected[target.reduce((sum, i, k) => sum + i * strides[k]!, 0)]! += at(dataOf(m, gradient), gradient, index);
    }
    const what = `gradient ${JSON.stringify({ inShape, window, stride, padding, dilation })}`;
    expectClose(m.run(backend)[0]!, expected, 0, what);
    expectClose(m.run(pieces)[0]!, expected, 0, `${what} in pieces`);
  }
});

test('large windows take the same path in a loop', () => {
  const m = new PlanMaker();
  const x = Float32Array.from({ length: 400 }, (_, i) => (i * 7919) % 1009);
  const input = m.input('float32', x, [20, 20]);
  const slot = m.output('float32', 4);
  m.kernels.push({
    kind: 'pool', op: 'max', window: [10, 10], stride: [10, 10], padding: [0, 0], dilation: [1, 1], shape: [2, 2], input,
    output: { slot, dtype: 'float32' },
  });
  const corner = (r: number, c: number): number => {
    let best = 0;
    for (let i = 0; i < 10; i++) for (let j = 0; j < 10; j++) best = Math.max(best, x[(r * 10 + i) * 20 + c * 10 + j]!);
    return best;
  };
  expect(Array.from(m.run(backend)[0]!)).toEqual([corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)]);
});
