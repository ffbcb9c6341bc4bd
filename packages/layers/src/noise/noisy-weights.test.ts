/** Modules that train others with disturbed weights: moments, modes, gradients, and new noise under compile. */
import { backward, dense } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, Generator, manualSeed, mul, ones, randn, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { Conv2d, crossEntropy, dropout, DropConnect, init, Linear, LSTM, Shakeout, WeightNoise, Whiteout, type Layer } from '../index';
import { descend } from '../testing/descend';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const seeded = (seed = 5): { generator: Generator } => ({ generator: new Generator(seed) });

/** A layer whose output for the identity matrix is its weight, transposed, and whose bias is 0. */
function linear(weight: number[][]): Linear {
  const layer = new Linear(weight[0]!.length, weight.length);
  init.initialise(layer.weight, tensor(weight));
  init.initialise(layer.bias!, zeros([weight.length]));
  return layer;
}

/** Weights that a layer around a `Linear` has used in many calls: one row per call. */
async function used(layer: Layer, inFeatures: number, calls: number): Promise<number[][]> {
  const step = compile((x: Tensor) => layer.forward(x).transpose().flatten());
  const eye = init.eye([inFeatures, inFeatures]);
  const rows: number[][] = [];
  for (let i = 0; i < calls; i++) rows.push([...(await step(eye).data())]);
  return rows;
}

function momentsOf(rows: number[][], column: number): [mean: number, variance: number] {
  const values = rows.map((row) => row[column]!);
  const mean = values.reduce((a, b) => a + b) / values.length;
  return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
}

const wrappers = (): [string, (module: Linear) => Layer][] => [
  ['WeightNoise [L20]', (m) => new WeightNoise(m, seeded())],
  ['DropConnect [L17]', (m) => new DropConnect(m, seeded())],
  ['Shakeout [L18]', (m) => new Shakeout(m, seeded())],
  ['Whiteout [L19]', (m) => new Whiteout(m, { mode: 'multiplicative', ...seeded() })],
];

describe.each(wrappers())('%s', (_, wrap) => {
  test('keeps the expectation of the weights, draws anew at every compiled call, and is the module itself in evaluation', async () => {
    const w = [[1, -2, 0.5], [3, 0.25, -1]];
    const layer = wrap(linear(w));
    const rows = await used(layer, 3, 3000);
    w.flat().forEach((value, i) => expect(momentsOf(rows, i)[0]).toBeCloseTo(value, 0.7));
    expect(rows[0]).not.toEqual(rows[1]);
    await expectClose(layer.eval().forward(init.eye([3, 3])), w[0]!.map((_value, j) => w.map((row) => row[j]!)));
  });

  test('gives its gradient to the weights of the module, which keep their values', async () => {
    const module = linear([[1, -2], [3, 4]]);
    const layer = wrap(module);
    const grads = backward(layer.forward(ones([1, 2])).sum());
    expect(dense(grads.get(module.weight)!).shape).toEqual([2, 2]);
    expect(grads.get(module.bias!)).toBeDefined();
    expect(await module.weight.array()).toEqual([[1, -2], [3, 4]]);
    expect(Object.keys(layer.stateDict())).toEqual(['module.weight', 'module.bias']);
  });
});

test('DropConnect drops single weights and scales the others, biases excepted [L17 L69]', async () => {
  const module = linear([[1, 2, 3, 4]]);
  init.initialise(module.bias!, tensor([100]));
  const layer = new DropConnect(module, { p: 0.2, ...seeded(2) });
  const seen = new Set((await used(layer, 4, 60)).flat().map((v) => Math.round((v - 100) * 1e3) / 1e3));
  expect(seen).toEqual(new Set([0, 1.25, 2.5, 3.75, 5]));
  const rows = await used(layer, 4, 400);
  const dropped = rows.flat().filter((v) => Math.abs(v - 100) < 1e-3).length / 1600;
  expect(dropped).toBeCloseTo(0.2, 1);
});

test('weights are chosen by key: DropConnect from state to state of an LSTM [L17 L20]', async () => {
  const lstm = new LSTM(3, 4);
  const layer = new DropConnect(lstm, { p: 1, weights: ['weight_hh_l0'] });
  const x = randn([6, 2, 3]);
  const output = await layer.forward(x)[0].array();
  init.initialise(lstm.weights['weight_hh_l0']!, init.zeros);
  await expectClose(lstm.forward(x)[0], output);
  expect(() => new DropConnect(lstm, { weights: ['weight_hh'] })).toThrow(
    'DropConnect: the module has no parameter weight_hh; expected some of weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0.',
  );
});

test('WeightNoise on a recurrent network is the same for all steps of a sequence and another at every call [L20]', async () => {
  const layer = new WeightNoise(new LSTM(2, 3), { std: 0.5, ...seeded() });
  const step = compile((x: Tensor) => layer.forward(x)[0]);
  const same = ones([1, 1, 2]).expand(2, 4, 2);
  const [a, b] = [await step(same).array(), await step(same).array()] as [number[][][], number[][][]];
  expect(a).not.toEqual(b);
  expect(a[1]![0]).toEqual(a[1]![3]); // samples share the noise
  const loss = layer.forward(same)[0].sum();
  expect(backward(loss).size).toBe(4);
  const [, variance] = momentsOf(await used(new WeightNoise(linear([[1]]), { std: 0.5, ...seeded() }), 1, 2000), 0);
  expect(variance).toBeCloseTo(0.25, 1);
});

describe('Shakeout', () => {
  test('makes a weight (w + c p sgn w) / (1 - p) or -c sgn w, by input unit or each for itself [L18 E16]', async () => {
    const [w, p, c] = [[[2, -1], [-4, 3]], 0.4, 0.3];
    const kept = (v: number): number => (v + c * p * Math.sign(v)) / (1 - p);
    for (const per of ['unit', 'weight'] as const) {
      const rows = await used(new Shakeout(linear(w), { p, c, per, ...seeded() }), 2, 300);
      const flags = rows.map((row) => row.map((v, i) => {
        const value = w.flat()[i]!;
        const isKept = Math.abs(v - kept(value)) < 1e-5;
        if (!isKept) expect(v).toBeCloseTo(-c * Math.sign(value), 5);
        return isKept;
      }));
      // The weights of one input stand in one column.
      expect(flags.every(([a, b, d, e]) => a === d && b === e)).toBe(per === 'unit');
    }
  });

  test('with c = 0 is DropConnect, or dropout of its inputs [L18]', async () => {
    const w = [[2, -1], [-4, 3]];
    const shaken = await new Shakeout(linear(w), { c: 0, per: 'weight', ...seeded(8) }).forward(ones([3, 2])).array();
    expect(await new DropConnect(linear(w), seeded(8)).forward(ones([3, 2])).array()).toEqual(shaken);
    const units = await new Shakeout(linear(w), { c: 0, ...seeded(8) }).forward(ones([1, 2])).array();
    expect(await linear(w).forward(dropout(ones([1, 2]), seeded(8))).array()).toEqual(units);
  });

  test('refuses to drop everything', () => {
    expect(() => new Shakeout(linear([[1]]), { p: 1 })).toThrow('Shakeout: p is 1, which keeps nothing to scale up');
    expect(() => new Shakeout(linear([[1]]), { per: 'row' as 'unit' })).toThrow("Shakeout: per is 'row'; expected 'unit' or 'weight'.");
    expect(() => new Shakeout(3 as unknown as Linear)).toThrow('Shakeout: the module is the number 3; expected a module');
  });
});

describe('Whiteout', () => {
  const [w, x] = [[0.5, -2, 0.1], [1, 3, -2]];
  const sum = (f: (weight: number, input: number) => number): number => w.reduce((total, weight, j) => total + f(weight, x[j]!), 0);

  test.each([
    ['additive', 0.3, 1, 0, sum((v) => 0.09 * Math.abs(v))],
    ['additive', 0.3, 0, 0.2, sum((v) => (0.09 + 0.2) * v * v)],
    ['additive', 0.3, 1.5, 0.1, sum((v) => 0.09 * Math.sqrt(Math.abs(v)) + 0.1 * v * v)],
    ['multiplicative', 0.3, 1, 0, sum((v, input) => 0.09 * Math.abs(v) * input * input)],
    ['multiplicative', 0.3, 0.5, 0.1, sum((v, input) => (0.09 * Math.abs(v) ** 1.5 + 0.1 * v * v) * input * input)],
  ] as const)('%s noise with sigma %f, gamma %f, lambda %f has the variance of its weights [L19 L69]', async (mode, sigma, gamma, lambda, expected) => {
    const layer = new Whiteout(linear([w]), { mode, sigma, gamma, lambda, ...seeded(3) });
    const y = [...(await layer.forward(tensor([x]).expand(20000, 3)).data())].map((v) => [v]);
    const [mean, variance] = momentsOf(y, 0);
    expect(mean).toBeCloseTo(sum((v, input) => v * input), 1);
    expect(variance / expected).toBeCloseTo(1, 1.3);
  });

  test('works on convolutions, with finite gradients where weights or inputs are 0 [L19]', async () => {
    const conv = new Conv2d(2, 3, 3, { padding: 1 });
    init.initialise(conv.weight, mul(conv.weight, conv.weight.gt(0).cast('float32')));
    for (const mode of ['additive', 'multiplicative'] as const) {
      const layer = new Whiteout(conv, { mode, gamma: 1.5, lambda: 0.1 });
      const y = layer.forward(zeros([2, 2, 4, 4]));
      expect(y.shape).toEqual([2, 3, 4, 4]);
      const gradient = dense(backward(y.sum()).get(conv.weight)!);
      expect((await gradient.data()).every(Number.isFinite)).toBe(true);
    }
  });

  test('refuses options that make no sense', () => {
    expect(() => new Whiteout(linear([[1]]), { gamma: 2 })).toThrow('Whiteout: gamma is 2; expected a number below 2');
    expect(() => new Whiteout(linear([[1]]), { mode: 'add' as 'additive' })).toThrow("Whiteout: the mode is 'add'");
  });
});

test('noise on labels is label smoothing: the cross-entropy of labels that are wrong with a known probability, on average [L20]', async () => {
  const scores = tensor([[2, -1, 0.5]]);
  const [classes, wrong] = [3, 0.3];
  // With probability 0.3 the label is drawn from all classes.
  let expected = (1 - wrong) * (await crossEntropy(scores, ints([0])).item());
  for (let k = 0; k < classes; k++) expected += (wrong / classes) * (await crossEntropy(scores, ints([k])).item());
  expect(await crossEntropy(scores, ints([0]), { labelSmoothing: wrong }).item()).toBeCloseTo(expected, 5);
});

test('a network with disturbed weights learns in a compiled step', async () => {
  manualSeed(1);
  const layer = new WeightNoise(new Linear(2, 1), { std: 0.05 });
  const [x, y] = [randn([32, 2]), tensor([[1, -2]])];
  const target = x.matmul(y.transpose()).add(0.5);
  const step = compile((input: Tensor, wanted: Tensor) => {
    const loss = layer.forward(input).sub(wanted).square().mean();
    descend(loss, layer.parameters(), 0.1);
    return loss;
  });
  for (let i = 0; i < 150; i++) await step(x, target).item();
  const [[a, b]] = (await layer.module.weight.array()) as [[number, number]];
  expect(a).toBeCloseTo(1, 0.5);
  expect(b).toBeCloseTo(-2, 0.5);
});
