import { cpu } from '@cotangent/backend-cpu';
import { Generator, ones, rand, randn, tensor, use, type Shape, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { init, Linear } from '../index';

beforeAll(async () => {
  await use(cpu());
});

const seeded = (): { generator: Generator } => ({ generator: new Generator(11) });

/** Standard deviation of a normal initialiser, or the limit of a uniform one: what it multiplies the plain draw by. */
async function scale(
  draw: 'normal' | 'uniform',
  initialiser: (shape: Shape, options: { generator: Generator }) => Tensor,
  shape: Shape,
): Promise<number> {
  const values = await initialiser(shape, seeded()).data();
  if (draw === 'normal') {
    const plain = await randn(shape, seeded()).data();
    return values[0]! / plain[0]!;
  }
  const plain = await rand(shape, seeded()).data();
  return values[0]! / (2 * plain[0]! - 1);
}

describe('scales for 100 inputs and 50 outputs', () => {
  const shape = [50, 100];
  test.each([
    ['LeCun normal', 'normal', init.lecunNormal, 0.1],
    ['Xavier normal', 'normal', init.xavierNormal, 0.1154700538],
    ['Xavier uniform', 'uniform', init.xavierUniform, 0.2],
    ['He normal', 'normal', init.kaimingNormal, 0.1414213562],
    ['He uniform', 'uniform', init.kaimingUniform, 0.2449489743],
    ['PyTorch default', 'uniform', (s: Shape, o: object) => init.kaimingUniform(s, { ...o, a: Math.sqrt(5) }), 0.1],
  ] as const)('%s', async (_, draw, initialiser, expected) => {
    expect(await scale(draw, initialiser, shape)).toBeCloseTo(expected, 5);
  });
});

test('kernels count in the fans, and all options in the scale', async () => {
  expect(init.fans([6, 4, 3, 3])).toEqual({ fanIn: 36, fanOut: 54 });
  const at = (options: object) => scale('normal', (s, o) => init.kaimingNormal(s, { ...options, ...o }), [8, 3, 5]);
  expect(await at({ nonlinearity: 'relu' })).toBeCloseTo(0.3651483717, 5);
  expect(await at({ nonlinearity: 'leakyRelu', a: 0.2 })).toBeCloseTo(0.3580575370, 5);
  expect(await at({ nonlinearity: 'tanh', mode: 'fanOut' })).toBeCloseTo(0.2635231383, 5);
  expect(await scale('uniform', (s, o) => init.xavierUniform(s, { gain: 5 / 3, ...o }), [8, 3, 5])).toBeCloseTo(0.5504818826, 5);
  expect(await scale('uniform', init.lecunUniform, [8, 3, 5])).toBeCloseTo(Math.sqrt(3 / 15), 5);
});

test('gains', () => {
  expect(init.gain('linear')).toBe(1);
  expect(init.gain('sigmoid')).toBe(1);
  expect(init.gain('tanh')).toBeCloseTo(5 / 3, 12);
  expect(init.gain('relu')).toBeCloseTo(1.4142135624, 9);
  expect(init.gain('leakyRelu')).toBeCloseTo(1.4141428570, 9);
  expect(init.gain('leakyRelu', 0.3)).toBeCloseTo(1.3545709229, 9);
  expect(init.gain('selu')).toBe(0.75);
});

test('plain distributions have the moments asked for', async () => {
  const normal = [...(await init.normal([20000], { mean: 3, std: 0.01, ...seeded() }).data())];
  const mean = normal.reduce((a, b) => a + b) / normal.length;
  const std = Math.sqrt(normal.reduce((a, b) => a + (b - mean) ** 2, 0) / normal.length);
  expect(mean).toBeCloseTo(3, 3);
  expect(std / 0.01).toBeCloseTo(1, 1);
  const uniform = await init.uniform([20000], { low: -2, high: 1, ...seeded() }).data();
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2);
  expect(Math.min(...uniform)).toBeLessThan(-1.99);
  expect(Math.max(...uniform)).toBeLessThan(1);
  expect(Math.max(...uniform)).toBeGreaterThan(0.99);
  expect(await init.constant([2], 4).array()).toEqual([4, 4]);
  expect(init.zeros([2], { dtype: 'float64' }).dtype).toBe('float64');
  expect(await init.ones([1]).array()).toEqual([1]);
});

describe('through 20 layers', () => {
  /** Standard deviation of the signal after 20 layers of 128 units. */
  async function after(initialiser: init.Initialiser, nonlinearity: 'relu' | 'tanh'): Promise<number> {
    const generator = new Generator(2);
    let x = randn([64, 128], { generator });
    for (let i = 0; i < 20; i++) {
      const y = x.matmul(initialiser([128, 128], { generator }).transpose());
      x = nonlinearity === 'relu' ? y.relu() : y.tanh();
    }
    return Math.sqrt(await x.square().mean().item());
  }

  test('He keeps the size of signals with relu, Xavier loses it', async () => {
    expect(await after(init.kaimingNormal, 'relu')).toBeGreaterThan(0.4);
    expect(await after(init.kaimingNormal, 'relu')).toBeLessThan(2.5);
    expect(await after(init.xavierNormal, 'relu')).toBeLessThan(0.01);
  });

  test('Xavier keeps signals with tanh alive and in its range, small numbers die', async () => {
    expect(await after(init.xavierNormal, 'tanh')).toBeGreaterThan(0.1);
    expect(await after((shape, o) => init.normal(shape, { ...o, std: 0.01 }), 'tanh')).toBeLessThan(1e-10);
  });
});

describe('initialise', () => {
  test('puts a rule or values into a parameter that exists', async () => {
    const layer = new Linear(3, 2);
    expect(init.initialise(layer.weight, init.ones)).toBe(layer.weight);
    init.initialise(layer.bias!, tensor([1, 2]));
    expect(await layer.forward(ones([3])).array()).toEqual([4, 5]);
    expect(layer.weight.requiresGrad).toBe(true);
  });

  test('keeps the dtype of the parameter', async () => {
    const layer = new Linear(3, 2, { dtype: 'float64' });
    init.initialise(layer.weight, init.xavierUniform);
    expect(layer.weight.dtype).toBe('float64');
    expect(await layer.weight.data()).toBeInstanceOf(Float64Array);
  });

  test('refuses values that do not fit', () => {
    expect(() => init.initialise(new Linear(3, 2).weight, ones([3, 2]))).toThrow('[2, 3]');
  });
});

test('bad arguments', () => {
  expect(() => init.fans([3])).toThrow('fans: a tensor of shape [3] has no inputs and outputs; expected [out, in, ...kernel].');
  expect(() => init.gain('swish' as 'relu')).toThrow("gain: 'swish' is unknown");
  expect(() => init.kaimingNormal([2, 2], { mode: 'fan_in' as 'fanIn' })).toThrow(
    "kaiming: the mode is 'fan_in'; expected fanIn or fanOut.",
  );
});
