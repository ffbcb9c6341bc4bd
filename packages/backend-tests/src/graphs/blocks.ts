/** The moves that add what networks are made of: several steps that a planner may join, and what could go wrong when it does. */
import { sizeOf, type Shape } from '@cotangent/tensor';
import type { FunctionName } from './functions';
import { FLOAT, Seeded, type Argument } from './graph';
import { broadcast, floatValue, isFloat, isInt } from './moves';
import type { Builder, Known, Move } from './random-graph';

function countOf(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((n, axis) => n * shape[axis]!, 1);
}

/** A floating-point value with axes, and some of its axes. */
function withAxes(b: Builder): { x: Known; axes: number[]; kept: number[] } | undefined {
  const x = floatValue(b, (v) => v.shape.length > 0);
  if (x.shape.length === 0) return undefined;
  const axes = [...x.shape.keys()].filter(() => b.random() < 0.5);
  if (axes.length === 0) axes.push(b.whole(0, x.shape.length));
  return { x, axes, kept: x.shape.map((n, i) => (axes.includes(i) ? 1 : n)) };
}

function unaryStep(b: Builder, fn: FunctionName, x: Known, bound: number): Known | undefined {
  return b.add(fn, [x.ref], { shape: x.shape, bound });
}

function binaryStep(b: Builder, fn: FunctionName, x: Known | undefined, y: Known | undefined, bound: number): Known | undefined {
  return x && y && b.add(fn, [x.ref, y.ref], { shape: broadcast(x.shape, y.shape)!, bound });
}

function softmaxByHand(b: Builder): void {
  const found = withAxes(b);
  if (!found) return;
  const { x, axes, kept } = found;
  const options = { dim: axes, keepdim: true };
  const top = b.add('amax', [x.ref, options], { shape: kept, bound: x.bound, exact: x.exact });
  const shifted = binaryStep(b, 'sub', x, top, 2 * x.bound);
  if (!shifted || shifted.bound > 17) return;
  const powers = unaryStep(b, 'exp', shifted, 1);
  const total = powers && b.add('sum', [powers.ref, options], { shape: kept, bound: countOf(x.shape, axes) });
  if (b.random() < 0.5) binaryStep(b, 'div', powers, total, 4);
  else if (total) {
    const logs = unaryStep(b, 'log', total, 6);
    binaryStep(b, 'sub', shifted, logs, 20);
  }
}

/** Layer, group or batch normalisation, over any axes; with statistics that are updated. */
function normalize(b: Builder): void {
  const found = withAxes(b);
  if (!found) return;
  const { x, axes, kept } = found;
  const options = { dim: axes, keepdim: true };
  const center = b.add('mean', [x.ref, options], { shape: kept, bound: x.bound });
  const centered = binaryStep(b, 'sub', x, center, 2 * x.bound);
  const squares = centered && unaryStep(b, 'square', centered, centered.bound ** 2);
  const spread = squares && b.add('mean', [squares.ref, options], { shape: kept, bound: squares.bound });
  const safe = spread && b.add('add', [spread.ref, 0.03125], { shape: kept, bound: spread.bound + 1 });
  const scale = safe && unaryStep(b, 'rsqrt', safe, 6);
  const y = binaryStep(b, 'mul', centered, scale, 8);
  if (!y) return;
  if (b.random() < 0.5) {
    const part = x.shape.slice(b.whole(0, x.shape.length));
    const scaled = binaryStep(b, 'mul', y, b.float(part, 'parameter'), 2 * y.bound);
    binaryStep(b, 'add', scaled, b.float(part, 'parameter'), 10);
  }
  if (b.random() < 0.5) updateStatistic(b, center!);
}

/** A running mean in a variable, which is read again after its update. */
function updateStatistic(b: Builder, x: Known): void {
  const { shape } = x;
  b.add('updated', [b.float(shape, 'variable').ref, x.ref], { shape, bound: x.bound + 2 });
}

function runningMean(b: Builder): void {
  const found = withAxes(b);
  const mean = found && b.add('mean', [found.x.ref, { dim: found.axes }], {
    shape: found.x.shape.filter((_, i) => !found.axes.includes(i)),
    bound: found.x.bound,
  });
  if (mean) updateStatistic(b, mean);
}

/** One value reduced over several sets of axes; the results meet again by broadcasting. */
function severalReductions(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  let sum: Known | undefined = x;
  for (let i = b.whole(2, 4); i > 0 && sum; i--) {
    const axes = [...x.shape.keys()].filter(() => b.random() < 0.6);
    const fn = b.pick(['sum', 'mean', 'amax', 'amin'] as const);
    const shape = x.shape.map((n, axis) => (axes.length === 0 || axes.includes(axis) ? 1 : n));
    const options: Record<string, Argument> = axes.length === 0 ? { keepdim: true } : { dim: axes, keepdim: true };
    const bound = fn === 'sum' ? x.bound * sizeOf(x.shape) : x.bound;
    const part = b.add(fn, [x.ref, options], { shape, bound });
    const fold = b.pick(['add', 'mul', 'sub'] as const);
    sum = binaryStep(b, fold, sum, part, part ? (fold === 'mul' ? sum.bound * part.bound : sum.bound + part.bound) : 8);
  }
}

/** Log-softmax and the entries of the right classes, as in a cross-entropy. */
function pickClasses(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length >= 2);
  if (x.shape.length < 2) return;
  const dim = x.shape.length - 1;
  const logs = b.add('logSoftmax', [x.ref, { dim }], { shape: x.shape, bound: 2 * x.bound + 4 });
  if (!logs) return;
  const shape = [...x.shape.slice(0, -1), 1];
  const picked = b.add('takeAlongDim', [logs.ref, b.integers(shape, 0, x.shape[dim]!).ref, dim], { shape, bound: logs.bound });
  if (picked) b.add('mean', [picked.ref], { shape: [], bound: picked.bound });
}

/** A long chain on few elements; now and then another value joins in. */
function chain(b: Builder): void {
  const start = b.find((v) => isFloat(v) && sizeOf(v.shape) <= 12) ?? b.float([b.whole(1, 9)]);
  let x: Known | undefined = start;
  for (let length = b.random() < 0.25 ? b.whole(64, 90) : b.whole(6, 30); length > 0 && x; length--) {
    switch (b.whole(0, 7)) {
      case 0:
        x = unaryStep(b, 'tanh', x, 1);
        break;
      case 1:
        x = unaryStep(b, b.pick(['sin', 'cos', 'sigmoid'] as const), x, 1);
        break;
      case 2:
        x = b.add('mul', [x.ref, b.pick([0.5, -0.75, 1.5])], { shape: x.shape, bound: x.bound * 1.5 });
        break;
      case 3:
        x = binaryStep(b, b.pick(['maximum', 'minimum'] as const), x, start, Math.max(x.bound, start.bound));
        break;
      case 4:
        x = binaryStep(b, b.pick(['add', 'sub'] as const), x, start, x.bound + start.bound);
        break;
      case 5:
        x = unaryStep(b, b.pick(['relu', 'abs', 'neg', 'silu'] as const), x, x.bound);
        break;
      default:
        x = b.add('add', [x.ref, 0.25], { shape: x.shape, bound: x.bound + 0.25 });
    }
  }
}

const ACTIVATIONS: readonly (readonly [FunctionName, (bound: number) => number])[] = [
  ['relu', (x) => x], ['tanh', () => 1], ['gelu', (x) => x], ['sigmoid', () => 1], ['silu', (x) => x], ['square', (x) => x * x],
];

/** What often follows a product: bias, activation, residual, scale, transposition; the product itself may be used twice. */
function finishProduct(b: Builder, product: Known, bias: Shape): void {
  let y: Known | undefined = product;
  if (b.random() < 0.7) y = binaryStep(b, 'add', y, b.float(bias), y.bound + 2);
  if (y && b.random() < 0.7) {
    const [fn, bound] = b.pick(ACTIVATIONS);
    y = unaryStep(b, fn, y, bound(y.bound));
  }
  if (!y) return;
  switch (b.whole(0, 6)) {
    case 0: {
      const shape = y.shape;
      const other = b.find((v) => isFloat(v) && v.shape.join() === shape.join()) ?? b.float(shape);
      binaryStep(b, 'add', y, other, y.bound + other.bound);
      return;
    }
    case 1:
      b.add('transpose', [y.ref, -2, -1], { shape: [...y.shape.slice(0, -2), y.shape.at(-1)!, y.shape.at(-2)!], bound: y.bound });
      return;
    case 2:
      binaryStep(b, 'mul', y, product, y.bound * product.bound);
      return;
    case 3:
      b.add('sum', [product.ref, { dim: -1 }], { shape: product.shape.slice(0, -1), bound: product.bound * product.shape.at(-1)! });
      return;
    case 4:
      b.add('mul', [y.ref, 0.7], { shape: y.shape, bound: y.bound });
      return;
    default:
  }
}

function dense(b: Builder): void {
  const x = b.findAny((v) => isFloat(v) && v.shape.length >= 2) ?? b.float(b.shape(2));
  const k = x.shape.at(-1)!;
  const columns = b.pick(b.profile.sizes);
  const shape = [...x.shape.slice(0, -1), columns];
  const w = b.float([k, columns], b.random() < 0.7 ? 'parameter' : 'tensor');
  const product = b.add('matmul', [x.ref, w.ref], { shape, bound: x.bound * w.bound * Math.max(k, 1) });
  if (product && !shape.includes(0)) finishProduct(b, product, b.random() < 0.7 ? [columns] : [...shape.slice(0, -1), 1]);
}

function convolve(b: Builder): void {
  const [height, width] = [b.whole(3, 7), b.whole(3, 7)];
  const x = b.find((v) => isFloat(v) && v.shape.length === 4 && v.shape[2]! >= 3 && v.shape[3]! >= 3)
    ?? b.float([b.whole(1, 3), b.whole(1, 3), height, width]);
  const [batch, channels, h, w] = x.shape as [number, number, number, number];
  const [filters, size, padding, stride] = [b.whole(1, 4), b.whole(1, 4), b.whole(0, 2), b.whole(1, 3)];
  const out = [h, w].map((n) => Math.floor((n + 2 * padding - size) / stride) + 1) as [number, number];
  const kernel = b.float([filters, channels, size, size], 'parameter');
  const bound = x.bound * kernel.bound * channels * size * size + 2;
  const bias = b.random() < 0.6 ? [b.float([filters], 'parameter').ref] : [];
  const args = [x.ref, kernel.ref, ...bias, ...(bias.length > 0 ? [{ padding, stride }] : [])];
  const [p, s] = bias.length > 0 ? [padding, stride] : [0, 1];
  const shape = bias.length > 0 ? [batch, filters, ...out] : [batch, filters, h - size + 1, w - size + 1];
  if ((p + s > 0 && shape.some((n) => n < 1)) || sizeOf(shape) > b.profile.mostElements) return;
  const y = b.add('conv2d', args, { shape, bound });
  const active = y && b.random() < 0.8 ? unaryStep(b, b.pick(['relu', 'tanh', 'gelu'] as const), y, y.bound) : y;
  if (active && shape[2]! >= 2 && shape[3]! >= 2 && b.random() < 0.7) {
    b.add('maxPool2d', [active.ref, 2], { shape: [batch, filters, shape[2]! >> 1, shape[3]! >> 1], bound: active.bound });
  }
}

/** To another type and back. */
function castAndBack(b: Builder): void {
  const x = b.find((v) => isFloat(v) && v.exact) ?? b.float(b.shape());
  const { shape } = x;
  const dtype = b.pick(['bool', 'int32', 'float16', 'uint8'] as const);
  const other = b.add('cast', [x.ref, dtype], { shape, dtype });
  const bound = dtype === 'uint8' ? 255 : x.bound + 1;
  const back = other && b.add('cast', [other.ref, FLOAT], { shape, bound, exact: true });
  if (back && b.random() < 0.5) binaryStep(b, 'mul', back, x, back.bound * x.bound);
}

/** Dropout with a mask that every run draws alike, or other random numbers. */
function dropout(b: Builder): void {
  const x = b.findAny(isFloat) ?? b.float(b.shape());
  const { shape } = x;
  const generator = { generator: new Seeded(b.whole(0, 1000)) };
  if (b.random() < 0.2) {
    const whole = b.add('randint', [-9, 9, shape, generator], { shape, dtype: 'int32' });
    const back = whole && b.add('cast', [whole.ref, FLOAT], { shape, bound: 9, exact: true });
    binaryStep(b, 'mul', x, back, 9 * x.bound);
    return;
  }
  const mask = b.add('bernoulli', [0.7, shape, generator], { shape, dtype: 'bool' });
  if (!mask) return;
  if (b.random() < 0.5) {
    const scaled = b.add('mul', [x.ref, 1 / 0.7], { shape, bound: x.bound * 1.5 });
    if (scaled) b.add('where', [mask.ref, scaled.ref, 0], { shape, bound: scaled.bound });
  } else {
    const factor = b.add('cast', [mask.ref, FLOAT], { shape, bound: 1, exact: true });
    binaryStep(b, 'mul', x, factor, x.bound);
  }
}

/** A mask from positions, such as a causal one. */
function positional(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  const n = x.shape.at(-1)!;
  const places = b.add('arange', [n], { shape: [n], dtype: 'int32' });
  if (!places) return;
  const limit = b.find((v) => isInt(v) && broadcast(v.shape, x.shape)?.join() === x.shape.join()) ?? b.integers([], 0, n + 1);
  const shape = broadcast(places.shape, limit.shape)!;
  const mask = b.add('lt', [places.ref, limit.ref], { shape, dtype: 'bool' });
  if (mask) b.add('where', [mask.ref, x.ref, b.pick([0, -8, 1.5])], { shape: broadcast(shape, x.shape)!, bound: Math.max(x.bound, 8) });
}

/** One value used in several shapes: whole, transposed, in part, and broadcast. */
function sharedShapes(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length === 2);
  if (x.shape.length !== 2) return;
  const [m, n] = x.shape as [number, number];
  const shared = unaryStep(b, b.pick(['tanh', 'sin', 'square'] as const), x, Math.max(1, x.bound ** 2));
  const turned = shared && b.add('transpose', [shared.ref, 0, 1], { shape: [n, m], bound: shared.bound });
  const active = turned && unaryStep(b, 'sigmoid', turned, 1);
  if (!active) return;
  if (b.random() < 0.5) b.add('matmul', [shared.ref, active.ref], { shape: [m, m], bound: shared.bound * n });
  else {
    const flat = b.add('reshape', [active.ref, [m, n]], { shape: [m, n], bound: 1 });
    binaryStep(b, 'mul', shared, flat, shared.bound);
  }
  const row = b.add('strided', [shared.ref, [m - 1, 0], [1, n], [-1, 1]], { shape: [1, n], bound: shared.bound });
  binaryStep(b, 'sub', shared, row, 2 * shared.bound);
}

/** A recurrent loop over the first axis. */
function loop(b: Builder): void {
  const x = floatValue(b, (v) => v.shape.length >= 2);
  if (x.shape.length < 2) return;
  const slice = x.shape.slice(1);
  const reverse = b.random() < 0.3;
  if (slice.length === 2 && b.random() < 0.7) {
    const n = slice[1]!;
    b.add('matrixLoop', [x.ref, b.float([n, n], 'parameter').ref, b.float(slice).ref, reverse], { shape: x.shape, bound: 1 });
  } else {
    const w = b.float(slice.slice(b.whole(0, slice.length)), 'parameter');
    b.add('elementLoop', [x.ref, w.ref, b.float(slice).ref, reverse], { shape: x.shape, bound: x.bound });
  }
}

export const BLOCKS: readonly Move[] = [
  softmaxByHand, softmaxByHand, normalize, normalize, runningMean, severalReductions, severalReductions, pickClasses, chain, dense, dense,
  dense, convolve, castAndBack, dropout, positional, sharedShapes, loop,
];
