import { cpu } from '@cotangent/backend-cpu';
import { eye, Generator, ones, rand, randn, tensor, use, type Shape, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { Conv2d, init, Linear, mseLoss, Sequential, Tanh } from '../index';
import { descend } from '../testing/descend';
import { expectClose } from '../testing/expect';

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
    ['LeCun normal [L72 E12]', 'normal', init.lecunNormal, 0.1],
    ['Xavier normal [L43 E12]', 'normal', init.xavierNormal, 0.1154700538],
    ['Xavier uniform [L43]', 'uniform', init.xavierUniform, 0.2],
    ['He normal [L44 E11]', 'normal', init.kaimingNormal, 0.1414213562],
    ['He uniform [L44]', 'uniform', init.kaimingUniform, 0.2449489743],
    ['uniform within 1 / sqrt(fanIn) [L42]', 'uniform', init.fanInUniform, 0.1],
    ['small normal numbers [L41 E04]', 'normal', (s: Shape, o: object) => init.normal(s, { ...o, std: 0.01 }), 0.01],
    ['variance scaling as He [L72]', 'normal', (s: Shape, o: object) => init.varianceScaling(s, { ...o, scale: 2, distribution: 'normal' }), 0.1414213562],
    ['variance scaling as Xavier [L72]', 'uniform', (s: Shape, o: object) => init.varianceScaling(s, { ...o, mode: 'fanAverage', distribution: 'uniform' }), 0.2],
  ] as const)('%s', async (_, draw, initialiser, expected) => {
    expect(await scale(draw, initialiser, shape)).toBeCloseTo(expected, 5);
  });
});

test('kernels count in the fans, and all options in the scale', async () => {
  expect(init.fans([6, 4, 3, 3])).toEqual({ fanIn: 36, fanOut: 54 });
  expect(init.fans([6, 4, 3, 3], { transposed: true })).toEqual({ fanIn: 54, fanOut: 36 });
  const at = (options: object) => scale('normal', (s, o) => init.kaimingNormal(s, { ...options, ...o }), [8, 3, 5]);
  expect(await at({ nonlinearity: 'relu' })).toBeCloseTo(0.3651483717, 5);
  expect(await at({ nonlinearity: 'leakyRelu', a: 0.2 })).toBeCloseTo(0.3580575370, 5);
  expect(await at({ nonlinearity: 'tanh', mode: 'fanOut' })).toBeCloseTo(0.2635231383, 5);
  expect(await scale('uniform', (s, o) => init.xavierUniform(s, { gain: 5 / 3, ...o }), [8, 3, 5])).toBeCloseTo(0.5504818826, 5);
  expect(await scale('uniform', init.lecunUniform, [8, 3, 5])).toBeCloseTo(Math.sqrt(3 / 15), 5);
});

test('gains', () => {
  expect(init.gain('linear')).toBe(1);
  expect(init.gain('convTranspose2d')).toBe(1);
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

/** Mean and standard deviation of what is drawn. */
async function moments(values: Tensor): Promise<[mean: number, std: number]> {
  const data = [...(await values.data())];
  const mean = data.reduce((a, b) => a + b) / data.length;
  return [mean, Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length)];
}

test('the truncated normal distribution stays in its interval and has the moments foretold [L72]', async () => {
  for (const options of [{}, { mean: 1, std: 2, low: 0, high: 3 }, { low: 1, high: Infinity }]) {
    const values = init.truncatedNormal([40000], { ...options, ...seeded() });
    const [mean, std] = await moments(values);
    const expected = init.truncatedNormalMoments(options);
    expect(mean).toBeCloseTo(expected.mean, 1.5);
    expect(std).toBeCloseTo(expected.std, 1.5);
    expect(await values.amin().item()).toBeGreaterThanOrEqual((options as { low?: number }).low ?? -2);
    expect(await values.amax().item()).toBeLessThanOrEqual((options as { high?: number }).high ?? 2);
  }
  expect(init.truncatedNormalMoments().std).toBeCloseTo(0.87962566103, 10);
  // Far out the mean is just above the limit, and nothing cancels: the ratio of Mills at 10.
  expect(init.truncatedNormalMoments({ low: 10, high: Infinity }).mean).toBeCloseTo(10.0980933, 6);
});

test('variance scaling by truncated numbers has the variance asked for [L72]', async () => {
  const [mean, std] = await moments(init.varianceScaling([200, 400], { scale: 2, ...seeded() }));
  expect(mean / std).toBeCloseTo(0, 1);
  expect(std / Math.sqrt(2 / 400)).toBeCloseTo(1, 2);
});

test('orthogonal matrices keep lengths, whichever side is longer, through 50 layers [L72]', async () => {
  const [wide, tall] = [init.orthogonal([3, 5], seeded()), init.orthogonal([5, 3], { gain: 2, ...seeded() })];
  const identity = (n: number, value: number): Promise<number[][]> => eye(n).mul(value).array() as Promise<number[][]>;
  await expectClose(wide.matmul(wide.transpose()), await identity(3, 1));
  await expectClose(tall.transpose().matmul(tall), await identity(3, 4));
  const kernel = init.orthogonal([4, 2, 3, 3], seeded()).reshape(4, 18);
  await expectClose(kernel.matmul(kernel.transpose()), await identity(4, 1));
  const { generator } = seeded();
  let x = randn([8, 16], { generator });
  const before = await x.square().sum().item();
  for (let i = 0; i < 50; i++) x = x.matmul(init.orthogonal([16, 16], { generator }));
  expect((await x.square().sum().item()) / before).toBeCloseTo(1, 4);
  expect(init.orthogonal([2, 2], { dtype: 'float64' }).dtype).toBe('float64');
  expect(() => init.orthogonal([3])).toThrow('orthogonal: the shape is [3]; expected at least two axes, [out, in].');
});

test('orthogonal matrices are drawn without preference for a sign [L72]', async () => {
  const { generator } = seeded();
  let positive = 0;
  for (let i = 0; i < 200; i++) if ((await init.orthogonal([2, 2], { generator }).data())[0]! > 0) positive++;
  expect(positive).toBeGreaterThan(75);
  expect(positive).toBeLessThan(125);
});

test('sparse weights have the same number of zeros in every column [L72]', async () => {
  const w = init.sparse([10, 50], 0.33, seeded());
  const zeros = await w.eq(0).cast('int32').sum({ dim: 0 }).data();
  expect(zeros.every((count) => count === 4)).toBe(true);
  const rows = await w.eq(0).cast('int32').sum({ dim: 1 }).data();
  expect(new Set(rows).size).toBeGreaterThan(1);
  expect(await init.sparse([3, 2], 1).array()).toEqual([[0, 0], [0, 0], [0, 0]]);
});

describe('weights that pass signals on', () => {
  test('an identity matrix, also of more rows or columns [L72]', async () => {
    const layer = new Linear(3, 2, { bias: false });
    init.initialise(layer.weight, init.eye);
    expect(await layer.forward(tensor([7, 8, 9])).array()).toEqual([7, 8]);
    expect(await init.eye([3, 2]).array()).toEqual([[1, 0], [0, 1], [0, 0]]);
  });

  test('an identity convolution, also of more channels, even kernels and groups [L72]', async () => {
    const conv = new Conv2d(2, 2, 3, { padding: 1, bias: false });
    init.initialise(conv.weight, init.dirac);
    const x = randn([1, 2, 4, 4]);
    expect(await conv.forward(x).array()).toEqual(await x.array());
    expect(await init.dirac([3, 2, 2]).array()).toEqual([[[0, 1], [0, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]]]);
    expect(await init.dirac([4, 1, 1], { groups: 2 }).array()).toEqual([[[1]], [[0]], [[1]], [[0]]]);
    expect(init.dirac([2, 2, 1], { dtype: 'float64' }).dtype).toBe('float64');
  });
});

test('units that start as zeros compute the same for ever, those that start at random do not [L40]', async () => {
  const train = async (rule: init.Initialiser): Promise<number[][]> => {
    const net = new Sequential(new Linear(2, 3), new Tanh(), new Linear(3, 1));
    for (const p of net.parameters()) init.initialise(p, rule);
    const [x, y] = [tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), tensor([[0.2], [1], [1], [0.4]])];
    for (let i = 0; i < 50; i++) descend(mseLoss(net.forward(x), y), net.parameters(), 0.5);
    return (await net.parameters()[0]!.array()) as number[][];
  };
  const [first, second, third] = await train((shape, o) => init.constant(shape, 0, o));
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  const ones = await train((shape, o) => init.constant(shape, 0.5, o)); // any constant will do
  expect(ones[1]).toEqual(ones[0]);
  const random = await train((shape, o) => init.normal(shape, { ...o, std: 0.5, generator: new Generator(3) }));
  expect(random[1]).not.toEqual(random[0]);
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

  test('He keeps the size of signals with relu, Xavier loses it [L44]', async () => {
    expect(await after(init.kaimingNormal, 'relu')).toBeGreaterThan(0.4);
    expect(await after(init.kaimingNormal, 'relu')).toBeLessThan(2.5);
    expect(await after(init.xavierNormal, 'relu')).toBeLessThan(0.01);
  });

  test('Xavier keeps signals with tanh alive and in its range, small numbers die [L43]', async () => {
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
  expect(() => init.eye([2, 2, 2])).toThrow('eye: the shape is [2, 2, 2]; expected two axes, [out, in].');
  expect(() => init.dirac([2, 2])).toThrow('dirac: the shape is [2, 2]; expected [out, in, ...kernel]');
  expect(() => init.dirac([3, 2, 1], { groups: 2 })).toThrow('dirac: groups is 2; expected a whole number that divides the 3 output channels.');
  expect(() => init.sparse([2], 0.5)).toThrow('sparse: the shape is [2]; expected two axes, [out, in].');
  expect(() => init.sparse([2, 2], 2)).toThrow('sparse: sparsity is 2; expected a number from 0 to 1.');
  expect(() => init.truncatedNormal([2], { low: 1, high: 1 })).toThrow('truncatedNormal: low is 1 and high 1; expected low < high.');
  expect(() => init.truncatedNormal([2], { std: 0 })).toThrow('truncatedNormal: std is 0; expected a number > 0.');
  expect(() => init.varianceScaling([2, 2], { mode: 'fan_avg' as 'fanIn' })).toThrow("varianceScaling: the mode is 'fan_avg'");
  expect(() => init.varianceScaling([2, 2], { scale: 0 })).toThrow('varianceScaling: scale is 0; expected a number > 0.');
  expect(() => init.gain('swish' as 'relu')).toThrow("gain: 'swish' is unknown");
  expect(() => init.kaimingNormal([2, 2], { mode: 'fan_in' as 'fanIn' })).toThrow(
    "kaiming: the mode is 'fan_in'; expected fanIn or fanOut.",
  );
});
