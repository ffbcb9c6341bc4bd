/** The moves of the generator of random graphs: each adds an op on values that fit, or nothing when none does. */
import { sizeOf, type Shape } from '@cotangent/tensor';
import type { FunctionName } from './functions';
import { FLOAT } from './graph';
import type { Builder, Known, Move, NewValue } from './random-graph';

export const isFloat = (x: Known): boolean => x.dtype === FLOAT;
export const isInt = (x: Known): boolean => x.dtype === 'int32';
const isBool = (x: Known): boolean => x.dtype === 'bool';

/** A floating-point value; a new input now and then. */
export function floatValue(b: Builder, test: (x: Known) => boolean = () => true): Known {
  return (b.random() < 0.9 ? b.find((x) => isFloat(x) && test(x)) : undefined) ?? b.float(b.shape());
}

/** A value that rounding has not touched: integers, inputs, and what only moves or compares them. */
function exactValue(b: Builder): Known {
  return b.find((x) => x.exact && !isBool(x)) ?? b.integers(b.shape(), -9, 9);
}

export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = rank; i >= 1; i--) {
    const [p, q] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1];
    if (p !== q && p !== 1 && q !== 1) return undefined;
    out.push(p === 1 ? q : p);
  }
  return out;
}

/** Another value that broadcasts with `a`, or a new input shaped like a part of it. */
function partner(b: Builder, a: Known, test: (x: Known) => boolean, fresh: (shape: Shape) => Known): Known {
  const found = b.findAny((x) => test(x) && broadcast(a.shape, x.shape) !== undefined);
  if (found && b.random() < 0.8) return found;
  const cut = a.shape.slice(b.whole(0, a.shape.length + 1)).map((n) => (b.random() < 0.3 ? 1 : n));
  return fresh(cut);
}

function axisOf(b: Builder, x: Known): number {
  return b.whole(0, x.shape.length) - (b.random() < 0.3 ? x.shape.length : 0);
}

const BOUNDED: readonly (readonly [FunctionName, (bound: number) => number])[] = [
  ['tanh', () => 1], ['sin', () => 1], ['cos', () => 1], ['sigmoid', () => 1], ['erf', () => 1], ['neg', (x) => x], ['abs', (x) => x],
  ['relu', (x) => x], ['square', (x) => x * x], ['gelu', (x) => x], ['silu', (x) => x], ['softplus', (x) => x + 1],
  ['exp', (x) => Math.exp(x)], ['expm1', (x) => Math.exp(x)], ['stopGradient', (x) => x],
];

/** As `floatValue`, but the value may be empty. */
function anyFloat(b: Builder, test: (x: Known) => boolean = () => true): Known {
  return (b.random() < 0.9 ? b.findAny((x) => isFloat(x) && test(x)) : undefined) ?? b.float(b.anyShape());
}

function unary(b: Builder): void {
  const [fn, bound] = b.pick(BOUNDED);
  const x = anyFloat(b, (v) => (fn !== 'exp' && fn !== 'expm1') || v.bound <= 4);
  const keepsBits = fn === 'neg' || fn === 'abs' || fn === 'relu' || fn === 'stopGradient';
  b.add(fn, [x.ref], { shape: x.shape, bound: bound(x.bound), exact: x.exact && keepsBits });
}

/** Functions of positive numbers, of x^2 + c. */
function positive(b: Builder): void {
  const x = floatValue(b, (v) => v.bound <= 8);
  const squared = b.add('square', [x.ref], { shape: x.shape, bound: x.bound ** 2 });
  const shifted = squared && b.add('add', [squared.ref, 0.5], { shape: x.shape, bound: squared.bound + 0.5 });
  if (!shifted) return;
  const { ref } = shifted;
  const fn = b.pick(['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal', 'pow'] as const);
  const bound = shifted.bound + 1;
  if (fn === 'pow') b.add('pow', [ref, b.pick([1.5, -0.5, 0.3])], { shape: x.shape, bound: bound ** 1.5 });
  else b.add(fn, [ref], { shape: x.shape, bound: Math.max(Math.sqrt(bound), 2) });
}

function binary(b: Builder): void {
  const x = anyFloat(b);
  const fn = b.pick(['add', 'sub', 'mul', 'maximum', 'minimum'] as const);
  if (b.random() < 0.05) {
    b.add('clamp', [x.ref, { min: -1, max: 1.5 }], { shape: x.shape, bound: 1.5, exact: x.exact });
    return;
  }
  if (b.random() < 0.15) {
    b.add(fn, b.random() < 0.5 ? [x.ref, 1.25] : [1.25, x.ref], { shape: x.shape, bound: x.bound * 1.25 + 1.25 });
    return;
  }
  const y = partner(b, x, isFloat, (shape) => b.float(shape));
  const bound = fn === 'mul' ? x.bound * y.bound : fn === 'add' || fn === 'sub' ? x.bound + y.bound : Math.max(x.bound, y.bound);
  const exact = x.exact && y.exact && (fn === 'maximum' || fn === 'minimum');
  const args = b.random() < 0.5 ? [x.ref, y.ref] : [y.ref, x.ref];
  b.add(fn, args, { shape: broadcast(x.shape, y.shape)!, bound, exact });
}

function divide(b: Builder): void {
  const x = floatValue(b);
  const y = partner(b, x, isFloat, (shape) => b.float(shape));
  const squared = b.add('square', [y.ref], { shape: y.shape, bound: y.bound ** 2 });
  const divisor = squared && b.add('add', [squared.ref, 1], { shape: y.shape, bound: squared.bound + 1 });
  if (divisor) b.add('div', [x.ref, divisor.ref], { shape: broadcast(x.shape, y.shape)!, bound: x.bound * 2 });
}

function reduce(b: Builder): void {
  const x = anyFloat(b);
  const fn = x.shape.includes(0) ? 'sum' : b.pick(['sum', 'mean', 'amax', 'amin', 'prod', 'variance', 'logSumExp'] as const);
  const axes = [...x.shape.keys()].filter(() => b.random() < 0.5);
  const all = axes.length === 0;
  const count = (all ? [...x.shape.keys()] : axes).reduce((n, axis) => n * x.shape[axis]!, 1);
  if ((fn === 'variance' && count < 2) || (fn === 'prod' && (count > 6 || x.bound > 4))) return;
  const keepdim = b.random() < 0.4;
  const hit = (axis: number): boolean => all || axes.includes(axis);
  const shape = keepdim ? x.shape.map((n, i) => (hit(i) ? 1 : n)) : x.shape.filter((_, i) => !hit(i));
  const bounds = {
    sum: x.bound * count,
    mean: x.bound,
    amax: x.bound,
    amin: x.bound,
    prod: x.bound ** count,
    variance: 2 * x.bound ** 2,
    logSumExp: x.bound + 6,
  };
  const options = { ...(all ? {} : { dim: axes.length === 1 && b.random() < 0.5 ? axes[0]! : axes }), keepdim };
  b.add(fn, [x.ref, options], { shape, bound: bounds[fn], exact: x.exact && (fn === 'amax' || fn === 'amin') });
}

function alongAxis(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  const dim = axisOf(b, x);
  const n = x.shape.at(dim)!;
  const fn = b.pick(['softmax', 'logSoftmax', 'cumsum', 'cumprod', 'runningMaximum', 'flip'] as const);
  if (fn === 'softmax') b.add(fn, [x.ref, { dim }], { shape: x.shape, bound: 1 });
  else if (fn === 'logSoftmax') b.add(fn, [x.ref, { dim }], { shape: x.shape, bound: 2 * x.bound + 4 });
  else if (fn === 'cumsum') b.add(fn, [x.ref, dim], { shape: x.shape, bound: x.bound * n });
  else if (fn === 'cumprod' && n <= 5 && x.bound <= 4) b.add(fn, [x.ref, dim], { shape: x.shape, bound: Math.max(1, x.bound) ** n });
  else if (fn !== 'cumprod') b.add(fn, [x.ref, dim], { shape: x.shape, bound: x.bound, exact: x.exact });
}

/** A value of any type in another shape or order. */
function movement(b: Builder): void {
  const x = b.find((v) => v.shape.length > 0) ?? b.float(b.shape(2));
  const { shape } = x;
  if (shape.length === 0) return;
  const same: Omit<NewValue, 'shape'> = { dtype: x.dtype, bound: x.bound, exact: x.exact };
  const axes = [...shape.keys()];
  switch (b.whole(0, 12)) {
    case 0:
      b.add('reshape', [x.ref, [-1]], { ...same, shape: [sizeOf(shape)] });
      return;
    case 1: {
      const divisors = [2, 3, 5].filter((d) => sizeOf(shape) % d === 0);
      if (divisors.length === 0) return;
      const d = b.pick(divisors);
      b.add('reshape', [x.ref, [d, -1]], { ...same, shape: [d, sizeOf(shape) / d] });
      return;
    }
    case 2: {
      const order = axes.map((axis) => ({ axis, key: b.random() })).sort((p, q) => p.key - q.key).map((p) => p.axis);
      b.add('permute', [x.ref, order], { ...same, shape: order.map((a) => shape[a]!) });
      return;
    }
    case 3: {
      const wide = [...(b.random() < 0.5 ? [2] : []), ...shape.map((n) => (n === 1 ? b.whole(1, 4) : n))];
      b.add('expand', [x.ref, wide], { ...same, shape: wide });
      return;
    }
    case 4: {
      const step = shape.map(() => b.pick([1, 1, 2, -1, -2]));
      const size = shape.map((n, i) => b.whole(1, Math.ceil(n / Math.abs(step[i]!)) + 1));
      const start = shape.map((n, i) => {
        const span = (size[i]! - 1) * Math.abs(step[i]!);
        const first = b.whole(0, n - span);
        return step[i]! > 0 ? first : first + span;
      });
      b.add('strided', [x.ref, start, size, step], { ...same, shape: size });
      return;
    }
    case 5: {
      const [before, after] = [b.whole(0, 3), b.whole(0, 3)];
      if (x.dtype === FLOAT) {
        const padded = shape.map((n, i) => (i === shape.length - 1 ? n + before + after : n));
        b.add('pad', [x.ref, [before, after], { value: 0.5 }], { ...same, bound: Math.max(x.bound, 0.5), shape: padded });
      }
      return;
    }
    case 6: {
      const dim = b.whole(0, shape.length);
      const fits = (v: Known): boolean => v.shape.length === shape.length && v.shape.every((n, i) => i === dim || n === shape[i]);
      const other = b.find((v) => v.dtype === x.dtype && fits(v)) ?? x;
      const joined = shape.map((n, i) => (i === dim ? n + other.shape[i]! : n));
      const bound = Math.max(x.bound, other.bound);
      b.add('concat', [[x.ref, other.ref], dim], { ...same, bound, exact: x.exact && other.exact, shape: joined });
      return;
    }
    case 7:
      b.add('stack', [[x.ref, x.ref]], { ...same, shape: [2, ...shape] });
      return;
    case 8:
      b.add('roll', [x.ref, b.whole(-3, 4), axisOf(b, x)], { ...same, shape });
      return;
    case 9:
      if (shape.length > 4) return;
      b.add('tile', [x.ref, shape.map((_, i) => (i === 0 ? 2 : 1))], { ...same, shape: shape.map((n, i) => (i === 0 ? 2 * n : n)) });
      return;
    case 10: {
      if (shape.length < 2) return;
      b.add('tril', [x.ref, b.whole(-1, 2)], { ...same, shape });
      return;
    }
    default: {
      const axis = b.whole(0, shape.length + 1);
      b.add('unsqueeze', [x.ref, axis], { ...same, shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)] });
    }
  }
}

/** A value without elements in another shape. */
function emptyMovement(b: Builder): void {
  const x = b.findAny((v) => v.shape.includes(0));
  if (!x) return;
  const { shape } = x;
  const same: Omit<NewValue, 'shape'> = { dtype: x.dtype, bound: x.bound, exact: x.exact };
  switch (b.whole(0, 4)) {
    case 0:
      b.add('permute', [x.ref, [...shape.keys()].reverse()], { ...same, shape: [...shape].reverse() });
      return;
    case 1:
      b.add('unsqueeze', [x.ref, 0], { ...same, shape: [1, ...shape] });
      return;
    case 2:
      b.add('concat', [[x.ref, x.ref], 0], { ...same, shape: [2 * shape[0]!, ...shape.slice(1)] });
      return;
    default:
      b.add('reshape', [x.ref, [0, 3]], { ...same, shape: [0, 3] });
  }
}

function compare(b: Builder): void {
  const x = exactValue(b);
  const y = b.find((v) => v.exact && v.dtype === x.dtype && broadcast(x.shape, v.shape) !== undefined) ?? x;
  b.add(b.pick(['lt', 'ge', 'eq', 'ne'] as const), [x.ref, y.ref], { shape: broadcast(x.shape, y.shape)!, dtype: 'bool' });
}

function logic(b: Builder): void {
  const x = b.find(isBool);
  if (!x) return;
  if (b.random() < 0.3) {
    b.add('logicalNot', [x.ref], { shape: x.shape, dtype: 'bool' });
    return;
  }
  const y = b.find((v) => isBool(v) && broadcast(x.shape, v.shape) !== undefined) ?? x;
  b.add(b.pick(['logicalAnd', 'logicalOr'] as const), [x.ref, y.ref], { shape: broadcast(x.shape, y.shape)!, dtype: 'bool' });
}

function choose(b: Builder): void {
  const x = floatValue(b);
  const mask = b.find((v) => isBool(v) && broadcast(x.shape, v.shape) !== undefined) ?? b.integers(x.shape, 0, 2, 'bool');
  const shape = broadcast(x.shape, mask.shape)!;
  const y = b.find((v) => isFloat(v) && broadcast(shape, v.shape) !== undefined);
  if (!y || b.random() < 0.4) b.add('where', [mask.ref, x.ref, 0], { shape, bound: x.bound, exact: x.exact });
  else {
    const bound = Math.max(x.bound, y.bound);
    b.add('where', [mask.ref, x.ref, y.ref], { shape: broadcast(shape, y.shape)!, bound, exact: x.exact && y.exact });
  }
}

function jump(b: Builder): void {
  const x = b.find((v) => isFloat(v) && v.exact);
  if (!x) return;
  const fn = b.pick(['floor', 'round', 'sign'] as const);
  b.add(fn, [x.ref], { shape: x.shape, bound: x.bound + 1, exact: true });
}

function convert(b: Builder): void {
  const x = b.find((v) => v.exact && (isInt(v) || isBool(v) || v.dtype === 'uint8' || isFloat(v)));
  if (!x) return;
  if (isFloat(x)) {
    if (b.random() < 0.5) b.add('cast', [x.ref, 'int32'], { shape: x.shape, dtype: 'int32' });
    else {
      const half = b.add('cast', [x.ref, 'float16'], { shape: x.shape, dtype: 'float16' });
      if (half) b.add('cast', [half.ref, FLOAT], { shape: x.shape, bound: x.bound * 1.01, exact: true });
    }
  } else if (isInt(x)) {
    // Whole numbers may have any size; their remainder is small in every precision.
    const small = b.add('remainder', [x.ref, 5], { shape: x.shape, dtype: 'int32' });
    if (small) b.add('cast', [small.ref, FLOAT], { shape: x.shape, bound: 5, exact: true });
  } else if (isBool(x)) b.add('cast', [x.ref, FLOAT], { shape: x.shape, bound: 1, exact: true });
}

const INTEGER_OPS = [
  'add', 'sub', 'mul', 'maximum', 'minimum', 'bitwiseAnd', 'bitwiseXor', 'neg', 'abs', 'shiftLeft', 'shiftRight', 'floorDivide',
  'remainder', 'sum', 'cumsum',
] as const;

function integer(b: Builder): void {
  const x = b.find(isInt) ?? b.integers(b.shape(), -99, 99);
  const y = partner(b, x, isInt, (shape) => b.integers(shape, -99, 99));
  const shape = broadcast(x.shape, y.shape)!;
  const fn = b.pick(INTEGER_OPS);
  if (fn === 'neg' || fn === 'abs') b.add(fn, [x.ref], { shape: x.shape, dtype: 'int32' });
  else if (fn === 'shiftLeft' || fn === 'shiftRight') b.add(fn, [x.ref, b.whole(0, 9)], { shape: x.shape, dtype: 'int32' });
  else if (fn === 'floorDivide' || fn === 'remainder') b.add(fn, [x.ref, b.pick([3, 7, -4])], { shape: x.shape, dtype: 'int32' });
  else if (fn === 'sum') b.add(fn, [x.ref], { shape: [], dtype: 'int32' });
  else if (fn === 'cumsum') {
    if (x.shape.length > 0) b.add(fn, [x.ref, 0], { shape: x.shape, dtype: 'int32' });
  } else b.add(fn, [x.ref, y.ref], { shape, dtype: 'int32' });
}

function positions(b: Builder): void {
  const x = exactValue(b);
  if (x.shape.length === 0) return;
  const dim = b.whole(0, x.shape.length);
  const fn = b.pick(['argmax', 'argmin', 'argsort'] as const);
  if (fn === 'argsort') b.add(fn, [x.ref, { dim, descending: b.random() < 0.5 }], { shape: x.shape, dtype: 'int32' });
  else b.add(fn, [x.ref, { dim }], { shape: x.shape.filter((_, i) => i !== dim), dtype: 'int32' });
}

function lookup(b: Builder): void {
  const x = b.find((v) => v.shape.length > 0) ?? b.float(b.shape(2));
  if (x.shape.length === 0) return;
  const same: Omit<NewValue, 'shape'> = { dtype: x.dtype, bound: x.bound, exact: x.exact };
  const n = sizeOf(x.shape);
  if (b.random() < 0.5) {
    const dim = b.whole(0, x.shape.length);
    const index = b.integers([b.whole(1, 5)], 0, x.shape[dim]!);
    b.add('indexSelect', [x.ref, dim, index.ref], { ...same, shape: x.shape.map((m, i) => (i === dim ? index.shape[0]! : m)) });
    return;
  }
  const computed = b.random() < 0.5 ? b.find(isInt) : undefined;
  const wrapped = computed && b.add('remainder', [computed.ref, n], { shape: computed.shape, dtype: 'int32' });
  const index = wrapped ?? b.integers(b.shape(), 0, n);
  b.add('take', [x.ref, index.ref], { ...same, shape: index.shape });
}

function scattering(b: Builder): void {
  const u = floatValue(b);
  const flat = b.add('reshape', [u.ref, [-1]], { shape: [sizeOf(u.shape)], bound: u.bound, exact: u.exact });
  const base = b.find((v) => isFloat(v) && v.shape.length === 1) ?? b.float([b.whole(1, 9)]);
  if (!flat) return;
  const mode = b.pick(['add', 'add', 'max', 'min'] as const);
  const index = b.integers(flat.shape, 0, base.shape[0]!);
  const bound = mode === 'add' ? base.bound + flat.bound * flat.shape[0]! : Math.max(base.bound, flat.bound);
  const exact = mode !== 'add' && base.exact && flat.exact;
  b.add('scatter', [base.ref, 0, index.ref, flat.ref, mode], { shape: base.shape, bound, exact });
}

function multiply(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length >= 1);
  if (x.shape.length === 0) return;
  const k = x.shape.at(-1)!;
  const y = b.find((v) => isFloat(v) && v.shape.length === 2 && v.shape[0] === k) ?? b.float([k, b.whole(1, 6)]);
  b.add('matmul', [x.ref, y.ref], { shape: [...x.shape.slice(0, -1), y.shape[1]!], bound: x.bound * y.bound * k });
}

function slide(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length === 3 && v.shape[2]! >= 3);
  if (x.shape.length !== 3 || x.shape[2]! < 3) return;
  const [batch, channels, n] = x.shape as [number, number, number];
  switch (b.whole(0, 3)) {
    case 0: {
      const [stride, padding] = [b.whole(1, 3), b.whole(0, 2)];
      const filters = b.whole(1, 4);
      const [w, bias] = [b.float([filters, channels, 3]), b.float([filters])];
      const shape = [batch, filters, Math.floor((n + 2 * padding - 3) / stride) + 1];
      b.add('conv1d', [x.ref, w.ref, bias.ref, { stride, padding }], { shape, bound: x.bound * w.bound * channels * 3 + bias.bound });
      return;
    }
    case 1:
      b.add('maxPool1d', [x.ref, 2], { shape: [batch, channels, n >> 1], bound: x.bound, exact: x.exact });
      return;
    default:
      b.add('avgPool1d', [x.ref, 3, { stride: 1 }], { shape: [batch, channels, n - 2], bound: x.bound });
  }
}

export const MOVES: readonly Move[] = [
  unary, unary, unary, positive, binary, binary, binary, divide, reduce, reduce, alongAxis, alongAxis, movement, movement, movement,
  emptyMovement, compare, logic,
  choose, jump, convert, integer, positions, lookup, scattering, multiply, multiply, slide,
];
