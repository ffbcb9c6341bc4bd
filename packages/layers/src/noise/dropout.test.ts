/** Layers that drop or disturb values: what is dropped together, moments, modes, seeds, and new masks under compile. */
import { gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, Generator, manualSeed, ones, randn, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  AlphaDropout, alphaDropout, DropBlock2d, dropBlock2d, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout, GaussianDropout,
  gaussianDropout, GaussianNoise, gaussianNoise, StochasticDepth, stochasticDepth, type Layer,
} from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const seeded = (seed = 5): { generator: Generator } => ({ generator: new Generator(seed) });

async function moments(values: Tensor): Promise<[mean: number, std: number]> {
  const data = [...(await values.data())];
  const mean = data.reduce((a, b) => a + b) / data.length;
  return [mean, Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length)];
}

/** What stands in each part that is dropped together, when the input is ones; throws unless it is one number. */
async function together(y: Tensor, kept: number): Promise<number[]> {
  const parts = y.reshape(y.shape.slice(0, kept).reduce((a, b) => a * b, 1), -1);
  const [low, high] = [await parts.amin({ dim: 1 }).data(), await parts.amax({ dim: 1 }).data()];
  expect(low).toEqual(high);
  return [...low];
}

const family: [Layer, shape: number[]][] = [
  [new Dropout(0.3), [40, 50]],
  [new Dropout1d(0.3), [40, 25, 2]],
  [new Dropout2d(0.3), [20, 25, 2, 2]],
  [new Dropout3d(0.3), [20, 25, 2, 2, 2]],
  [new GaussianDropout(0.3), [40, 50]],
  [new GaussianNoise(0.3), [40, 50]],
  [new StochasticDepth(0.3), [1000, 2]],
  [new StochasticDepth(0.3, { mode: 'batch' }), [2, 2]],
  [new DropBlock2d(0.3, 3), [2, 8, 10, 10]],
  [new AlphaDropout(0.3), [40, 50]],
  [new FeatureAlphaDropout(0.3), [20, 25, 2, 2]],
];

test.each(family)('%s is the identity in evaluation, and does the same for the same seed [L16 L20 L68 E15]', async (layer, shape) => {
  const x = randn(shape);
  expect(layer.eval().forward(x)).toBe(x);
  layer.train();
  const run = async (): Promise<unknown> => {
    manualSeed(7);
    return layer.forward(ones(shape)).data();
  };
  expect(await run()).toEqual(await run());
});

test.each(family)('%s draws anew at every call of a compiled function, as without compile [L16 L20 L68]', async (layer, shape) => {
  const calls = async (step: (x: Tensor) => Tensor): Promise<unknown[]> => {
    manualSeed(11);
    const found: unknown[] = [];
    for (let i = 0; i < 8; i++) found.push([...(await step(ones(shape)).data())]);
    return found;
  };
  const compiled = await calls(compile((x: Tensor) => layer.forward(x)));
  expect(compiled).toEqual(await calls((x) => layer.forward(x)));
  expect(new Set(compiled.map((values) => JSON.stringify(values))).size).toBeGreaterThan(1);
});

test.each(family.filter(([layer]) => !(layer instanceof AlphaDropout || layer instanceof FeatureAlphaDropout)))(
  '%s keeps the expectation [L16 L20 L68 L69]',
  async (layer, shape) => {
    manualSeed(3);
    let total = 0;
    const runs = layer instanceof StochasticDepth && layer.mode === 'batch' ? 400 : 4;
    for (let i = 0; i < runs; i++) total += await layer.forward(ones(shape)).mean().item();
    expect(total / runs).toBeCloseTo(1, 1);
  },
);

describe('dropout of channels', () => {
  test('drops each channel as a whole, and each sample for itself [L68]', async () => {
    for (const [layer, spatial] of [[new Dropout1d(0.5), [3]], [new Dropout2d(0.5), [3, 2]], [new Dropout3d(0.5), [2, 3, 2]]] as const) {
      manualSeed(1);
      const channels = await together(layer.forward(ones([10, 20, ...spatial])), 2);
      expect(new Set(channels)).toEqual(new Set([0, 2]));
      expect(channels.slice(0, 20)).not.toEqual(channels.slice(20, 40));
      expect(new Set(await together(layer.forward(ones([40, ...spatial])), 1))).toEqual(new Set([0, 2]));
    }
  });

  test('wants the axes of its kind', () => {
    expect(() => new Dropout2d().forward(ones([2, 3]))).toThrow(
      'dropout2d: the input has shape [2, 3]; expected [batch, channels, height, width] or [channels, height, width].',
    );
    expect(() => new Dropout1d().eval().forward(ones([2]))).toThrow('expected [batch, channels, length]');
    expect(() => new FeatureAlphaDropout().forward(ones([2]))).toThrow('expected [batch, channels, ...]');
  });
});

describe('alpha dropout', () => {
  test('keeps mean 0 and variance 1 of normal inputs, and saturates what it drops [L68]', async () => {
    for (const p of [0.1, 0.5]) {
      const y = alphaDropout(randn([200, 200], seeded()), { p, ...seeded(6) });
      const [mean, std] = await moments(y);
      expect(mean).toBeCloseTo(0, 1.5);
      expect(std).toBeCloseTo(1, 1.5);
      const scale = 1 / Math.sqrt((1 - p) * (1 + p * 1.7580993408 ** 2));
      const dropped = scale * (p - 1) * 1.7580993408;
      const share = (await y.sub(dropped).abs().lt(1e-6).cast('float32').mean().item());
      expect(share).toBeCloseTo(p, 1.5);
    }
    expect(await alphaDropout(ones([2]), { p: 1 }).array()).toEqual([0, 0]);
  });

  test('of features treats a channel as a whole [L68]', async () => {
    manualSeed(2);
    expect(new Set(await together(new FeatureAlphaDropout(0.5).forward(ones([4, 10, 3])), 2)).size).toBe(2);
  });
});

describe('Gaussian noise', () => {
  test('multiplied has variance p / (1 - p), added std^2 [L20 L68]', async () => {
    const [mean, std] = await moments(gaussianDropout(ones([200, 200]).mul(2), { p: 0.2, ...seeded() }));
    expect(mean).toBeCloseTo(2, 1);
    expect(std).toBeCloseTo(2 * Math.sqrt(0.25), 1);
    const [shift, spread] = await moments(gaussianNoise(ones([200, 200]).mul(2), { std: 0.3, ...seeded() }));
    expect(shift).toBeCloseTo(2, 2);
    expect(spread).toBeCloseTo(0.3, 2);
  });

  test('refuses what has no finite variance', () => {
    expect(() => new GaussianDropout(1)).toThrow('GaussianDropout: p is 1, for which the noise has no finite variance');
    expect(() => new GaussianNoise(-1)).toThrow('GaussianNoise: std is -1; expected a finite number >= 0.');
    expect(() => new GaussianNoise().forward(ints([1]))).toThrow('expected a floating-point tensor');
  });
});

describe('StochasticDepth', () => {
  test('drops samples, or the whole batch [L69]', async () => {
    manualSeed(4);
    const rows = await together(stochasticDepth(ones([50, 3, 2]), { p: 0.2 }), 1);
    expect(new Set(rows)).toEqual(new Set([0, 1.25]));
    for (let i = 0; i < 5; i++) await together(stochasticDepth(ones([50, 3]), { p: 0.5, mode: 'batch' }), 0);
    expect(() => new StochasticDepth(0.5, { mode: 'rows' as 'row' })).toThrow("StochasticDepth: the mode is 'rows'; expected 'row' or 'batch'.");
  });
});

describe('DropBlock2d', () => {
  test('drops whole blocks, about the share asked for, and scales the rest to the same sum [L69]', async () => {
    const y = dropBlock2d(ones([4, 16, 20, 20]), 4, { p: 0.1, ...seeded() });
    const dropped = y.eq(0).cast('float32');
    expect(await dropped.mean().item()).toBeCloseTo(0.1, 1.3);
    expect(await y.mean().item()).toBeCloseTo(1, 4);
    // Every dropped element lies in a dropped 4 x 4 block: opening the picture by that block changes nothing.
    const picture = (await dropped.array()) as number[][][][];
    const has = (p: number[][], top: number, left: number): boolean =>
      [0, 1, 2, 3].every((i) => [0, 1, 2, 3].every((j) => p[top + i]?.[left + j] === 1));
    for (const p of picture.flat()) {
      p.forEach((row, i) => row.forEach((v, j) => {
        if (v === 0) return;
        const covered = [0, 1, 2, 3].some((a) => [0, 1, 2, 3].some((b) => has(p, i - a, j - b)));
        expect(covered, `${i}, ${j}`).toBe(true);
      }));
    }
  });

  test('drops everything at p = 1 without dividing by 0, and passes the gradient of what is kept', async () => {
    expect(await dropBlock2d(ones([1, 1, 4, 4]), 1, { p: 1 }).sum().item()).toBe(0);
    const x = track(ones([3, 6, 6]));
    const y = dropBlock2d(x, 3, { p: 0.3, ...seeded() });
    const [gradient] = gradients(y.sum(), [x]);
    await expectClose(gradient!, (await y.array()));
    expect(() => dropBlock2d(ones([1, 2, 2]), 3)).toThrow('dropBlock2d: a block of 3 x 3 does not fit the input of shape [1, 2, 2].');
  });
});
