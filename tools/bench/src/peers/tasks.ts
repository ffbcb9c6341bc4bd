/** The list of what is compared, with the floor of each task: the arithmetic and the bytes it cannot do without. */
import type { InputSpec, Task } from './task';

/** Arithmetic of an exponential: reduction of the range, a polynomial of degree 5, scaling. */
const EXP = 14;
const TANH = EXP + 4;
/** The cubic, its tanh, and two products. */
const GELU = TANH + 8;
/** Adam's moments, corrections and step of one parameter. */
const ADAM = 13;
/** A parameter and both moments, read and written. */
const ADAM_BYTES = 24;

let seed = 0;

function input(shape: readonly number[], scale = 1, offset = 0): InputSpec {
  return { shape, seed: ++seed, scale, offset };
}

function classes(shape: readonly number[], count: number): InputSpec {
  return { shape, seed: ++seed, classes: count };
}

/** Weights of a unit with `fan` inputs. */
function weight(shape: readonly number[], fan: number): InputSpec {
  return input(shape, 1 / Math.sqrt(fan));
}

function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function elements(inputs: Readonly<Record<string, InputSpec>>): number {
  return Object.values(inputs).reduce((sum, { shape }) => sum + size(shape), 0);
}

export function matmul(id: string, a: readonly number[], b: readonly number[], settings: Readonly<Record<string, number>> = {}): Task {
  const [rows, inner] = settings['transposeA'] ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const columns = settings['transposeB'] ? b.at(-2)! : b.at(-1)!;
  const batch = size(a.slice(0, -2));
  const flops = 2 * batch * rows * inner * columns;
  return {
    id, kind: 'matmul', settings, inputs: { a: input(a), b: input(b) }, work: flops / 1e9, unit: 'GFLOP/s', flops,
    bytes: 4 * (size(a) + size(b) + batch * rows * columns), tolerance: 1e-5,
  };
}

export interface ConvolutionShape {
  readonly name: string;
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
  readonly padding: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly exact?: boolean;
}

export function convolution({ name, x, w, padding, stride = 1, groups = 1, exact = false }: ConvolutionShape): Task[] {
  const [batch, , height, width] = x;
  const [out, depth, kernelHeight, kernelWidth] = w;
  const y = [batch, out, reduced(height, kernelHeight), reduced(width, kernelWidth)];
  function reduced(length: number, kernel: number): number {
    return Math.floor((length + 2 * padding - kernel) / stride) + 1;
  }
  const flops = 2 * size(y) * depth * kernelHeight * kernelWidth;
  const settings = { padding, stride, groups, exact: exact ? 1 : 0 };
  const inputs = { x: input(x), w: weight(w, depth * kernelHeight * kernelWidth) };
  const bytes = 4 * (elements(inputs) + size(y));
  const common = { settings, unit: 'GFLOP/s', tolerance: 3e-5 } as const;
  return [
    { ...common, id: `conv-${name}-fwd`, kind: 'convolution', inputs, work: flops / 1e9, flops, bytes },
    {
      ...common, id: `conv-${name}-fwdbwd`, kind: 'convolution-gradients', inputs: { ...inputs, dy: input(y) },
      work: (3 * flops) / 1e9, flops: 3 * flops, bytes: 2 * bytes,
    },
  ];
}

function chain(name: string, length: number): Task {
  return {
    id: `chain-${name}`, kind: 'chain', settings: {}, inputs: { x: input([length], 3) }, work: length / 1e6, unit: 'Melem/s',
    flops: length * (GELU + 3), bytes: 8 * length, tolerance: 1e-5,
  };
}

function sum(axis: number): Task {
  const bytes = 4 * (4096 * 4096 + 4096);
  return {
    id: `sum-axis${axis}-4096`, kind: 'sum', settings: { axis }, inputs: { x: input([4096, 4096]) }, work: bytes / 1e9, unit: 'GB/s',
    flops: 4096 * 4096, bytes, tolerance: 1e-5,
  };
}

/** Maximum, difference, exponential, sum, product. */
export function softmax(rows = 4096, columns = 1024): Task {
  const count = rows * columns;
  return {
    id: `softmax-${rows}x${columns}`, kind: 'softmax', settings: {}, inputs: { x: input([rows, columns], 4) }, work: count / 1e6, unit: 'Melem/s',
    flops: count * (EXP + 4), bytes: 8 * count, tolerance: 1e-5,
  };
}

/** Sum, difference, square, its sum, two products, two additions. */
function layerNorm(): Task {
  const count = 4096 * 1024;
  return {
    id: 'layernorm-4096x1024', kind: 'layer-norm', settings: {},
    inputs: { x: input([4096, 1024], 2, 0.5), g: input([1024], 0.5, 1), b: input([1024], 0.5) },
    work: count / 1e6, unit: 'Melem/s', flops: 8 * count, bytes: 8 * count, tolerance: 1e-5,
  };
}

/** A training task: the floor is `flops` and Adam, which has to read and write every parameter and its moments. */
function step(kind: Task['kind'], data: Record<string, InputSpec>, weights: Record<string, InputSpec>, flops: number): Task {
  const parameters = elements(weights);
  return {
    id: kind, kind, settings: {}, inputs: { ...data, ...weights }, work: 1, unit: 'steps/s', flops: flops + ADAM * parameters,
    bytes: 4 * elements(data) + ADAM_BYTES * parameters, tolerance: 1e-4,
  };
}

export function mlp(batch = 128, sizes: readonly number[] = [784, 512, 256, 10]): Task {
  const weights: Record<string, InputSpec> = {};
  let flops = 0;
  sizes.slice(1).forEach((outputs, i) => {
    const inputs = sizes[i]!;
    weights[`w${i}`] = weight([inputs, outputs], inputs);
    weights[`b${i}`] = weight([outputs], inputs);
    // Forward and weight gradient; nothing wants a gradient of the pictures.
    flops += (i === 0 ? 4 : 6) * batch * inputs * outputs;
  });
  return step('mlp-step', { x: input([batch, sizes[0]!]), y: classes([batch], 10) }, weights, flops);
}

export function lenet(batch = 64): Task {
  const weights = {
    k1: weight([8, 1, 5, 5], 25), c1: weight([8], 25), k2: weight([16, 8, 5, 5], 200), c2: weight([16], 200),
    f1: weight([400, 120], 400), g1: weight([120], 400), f2: weight([120, 84], 120), g2: weight([84], 120),
    f3: weight([84, 10], 84), g3: weight([10], 84),
  };
  const first = 28 * 28 * 8 * 25;
  const rest = 10 * 10 * 16 * 200 + 400 * 120 + 120 * 84 + 84 * 10;
  const data = { x: input([batch, 1, 28, 28]), y: classes([batch], 10) };
  return step('lenet-step', data, weights, batch * (4 * first + 6 * rest));
}

type LstmShape = readonly [time: number, batch: number, inputs: number, hidden: number, classes: number];

export function lstm([time, batch, inputs, hidden, count]: LstmShape = [64, 32, 64, 128, 64]): Task {
  const weights = {
    wx: weight([inputs, 4 * hidden], hidden), wh: weight([hidden, 4 * hidden], hidden), b: weight([4 * hidden], hidden),
    wo: weight([hidden, count], hidden), bo: weight([count], hidden),
  };
  const rows = time * batch;
  // Five exponentials and some thirty products and sums per unit and step, forward and backward.
  const gates = rows * hidden * (5 * TANH + 30);
  const products = rows * (4 * inputs * 4 * hidden + 6 * hidden * 4 * hidden + 6 * hidden * count);
  return step('lstm-step', { x: input([time, batch, inputs]), y: classes([time, batch], count) }, weights, products + gates);
}

interface BlockShape {
  readonly batch: number;
  readonly time: number;
  readonly depth: number;
  readonly inner: number;
  readonly heads: number;
}

function blockInputs({ batch, time, depth, inner }: BlockShape): { x: InputSpec } & Record<string, InputSpec> {
  return {
    x: input([batch, time, depth]), l1g: input([depth], 0.2, 1), l1b: input([depth], 0.2),
    wqkv: weight([depth, 3 * depth], depth), bqkv: weight([3 * depth], depth),
    wo: weight([depth, depth], depth), bo: weight([depth], depth),
    l2g: input([depth], 0.2, 1), l2b: input([depth], 0.2), w1: weight([depth, inner], depth), b1: weight([inner], depth),
    w2: weight([inner, depth], inner), b2: weight([depth], inner),
  };
}

/** Arithmetic of the products of a block, and of everything else. */
function blockFlops({ batch, time, depth, inner, heads }: BlockShape): { readonly products: number; readonly rest: number } {
  const rows = batch * time;
  return {
    products: 2 * rows * (4 * depth * depth + 2 * depth * inner + 2 * time * depth),
    rest: rows * (inner * GELU + heads * time * (EXP + 5) + 2 * depth * 8),
  };
}

const BLOCK: BlockShape = { batch: 8, time: 128, depth: 256, inner: 1024, heads: 8 };

function block(): Task[] {
  const { batch, time, depth, heads } = BLOCK;
  const inputs = blockInputs(BLOCK);
  const { products, rest } = blockFlops(BLOCK);
  const bytes = 4 * (elements(inputs) + batch * time * depth);
  const common = { settings: { heads }, unit: 'GFLOP/s', tolerance: 3e-5 } as const;
  return [
    { ...common, id: 'block-fwd', kind: 'block', inputs, work: products / 1e9, flops: products + rest, bytes },
    {
      ...common, id: 'block-fwdbwd', kind: 'block-gradients', inputs: { ...inputs, dy: input([batch, time, depth]) },
      work: (3 * products) / 1e9, flops: 3 * products + 2 * rest, bytes: 2 * bytes,
    },
  ];
}

export function blockStep(shape: BlockShape = BLOCK): Task {
  const { x, ...weights } = blockInputs(shape);
  const { products, rest } = blockFlops(shape);
  const task = step('block-step', { x, y: classes([shape.batch, shape.time], shape.depth) }, weights, 3 * products + 2 * rest);
  return { ...task, settings: { heads: shape.heads } };
}

/** The gradient is read, the parameters and both moments are read and written. */
export function adam(count: number): Task {
  const bytes = (ADAM_BYTES + 4) * count;
  return {
    id: `adam-${count}`, kind: 'adam', settings: {}, inputs: { x: input([count]), g: input([count]) }, work: bytes / 1e9, unit: 'GB/s',
    flops: ADAM * count, bytes, tolerance: 1e-5,
  };
}

function adds(): Task {
  const count = 10_000;
  return {
    id: 'adds-16', kind: 'adds', settings: { count }, inputs: { x: input([16]), one: input([16], 0, 0.5) }, work: count / 1e6,
    unit: 'M adds/s', flops: 16 * count, bytes: 128, tolerance: 1e-5,
  };
}

export const TASKS: readonly Task[] = [
  ...[128, 256, 512, 1024, 2048].map((n) => matmul(`matmul-${n}`, [n, n], [n, n])),
  ...[512, 1024].flatMap((n) => [
    matmul(`matmul-${n}-AtB`, [n, n], [n, n], { transposeA: 1 }), matmul(`matmul-${n}-ABt`, [n, n], [n, n], { transposeB: 1 }),
  ]),
  matmul('matmul-16x128x64', [16, 128, 64], [16, 64, 128]),
  matmul('matmul-1x1024x1024', [1, 1024], [1024, 1024]),
  ...convolution({ name: '3x3-32x16x28', x: [32, 16, 28, 28], w: [32, 16, 3, 3], padding: 1 }),
  ...convolution({ name: '3x3-32x16x28-exact', x: [32, 16, 28, 28], w: [32, 16, 3, 3], padding: 1, exact: true }),
  ...convolution({ name: '3x3-8x64x56', x: [8, 64, 56, 56], w: [64, 64, 3, 3], padding: 1 }),
  ...convolution({ name: '3x3s2-8x64x56', x: [8, 64, 56, 56], w: [64, 64, 3, 3], padding: 1, stride: 2 }),
  ...convolution({ name: '1x1-8x64x56', x: [8, 64, 56, 56], w: [128, 64, 1, 1], padding: 0 }),
  ...convolution({ name: 'dw3x3-8x64x56', x: [8, 64, 56, 56], w: [64, 1, 3, 3], padding: 1, groups: 64 }),
  chain('1M', 2 ** 20), chain('16M', 2 ** 24), sum(0), sum(1), softmax(), layerNorm(),
  mlp(), lenet(), lstm(), ...block(), adds(),
];
