/** Optimisers against the formulas of their papers, written out in loops over plain numbers. */
import { cpu } from '@cotangent/backend-cpu';
import { parameter, tensor, use, type Parameter } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adafactor, LAMB, Lion, type Optimizer } from './index';
import { expectClose, trajectory } from './testing/helpers';

beforeAll(async () => {
  await use(cpu());
});

const [ROWS, COLUMNS] = [2, 3];
const START = [0.7, -1.3, 0.2, 2.1, -0.4, 0.9];
const GRADIENTS = [
  [0.31, -0.22, 1.7, 0.05, -0.9, 0.44],
  [-0.6, 0.13, 0.8, -0.02, -0.75, -1.2],
  [0.27, 0.5, -0.33, 2.4, 0.61, 0],
];

/** Weights after each gradient; `update` changes them in place, t counts from 1. */
function byHand(start: readonly number[], update: (w: number[], g: readonly number[], t: number) => void): number[][] {
  const w = [...start];
  return GRADIENTS.map((g, i) => {
    update(w, g, i + 1);
    return [...w];
  });
}

async function expectSteps(
  make: (p: Parameter[]) => Optimizer,
  update: (w: number[], g: readonly number[], t: number) => void,
  { shape = [ROWS, COLUMNS], start = START }: { shape?: readonly number[]; start?: readonly number[] } = {},
): Promise<void> {
  const p = parameter(tensor(start, { shape, dtype: 'float64' }));
  const got = await trajectory(make([p]), p, GRADIENTS);
  byHand(start, update).forEach((wanted, step) => {
    expectClose(got[step]!, wanted, 1e-13);
  });
}

const zeros = (n: number): number[] => new Array<number>(n).fill(0);
const norm = (v: readonly number[]): number => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
const size = (v: readonly number[]): number => norm(v) / Math.sqrt(v.length);

describe('Lion, algorithm 2 of Chen et al., 2023', () => {
  it.each([[0.9, 0.99, 0], [0.5, 0.75, 0.3]])('with betas %d and %d and weight decay %d [O22]', async (b1, b2, weightDecay) => {
    const lr = 0.03;
    const m = zeros(START.length);
    await expectSteps((p) => new Lion(p, { lr, betas: [b1, b2], weightDecay }), (w, g) => {
      for (let i = 0; i < w.length; i++) {
        const direction = Math.sign(b1 * m[i]! + (1 - b1) * g[i]!);
        w[i] = w[i]! - lr * (direction + weightDecay * w[i]!);
        m[i] = b2 * m[i]! + (1 - b2) * g[i]!;
      }
    });
  });
});

describe('LAMB, algorithm 2 of You et al., 2020', () => {
  const lr = 0.02;
  const [b1, b2, eps] = [0.8, 0.95, 1e-6];

  function lamb(weightDecay: number, corrected: boolean): (w: number[], g: readonly number[], t: number) => void {
    const [m, v] = [zeros(START.length), zeros(START.length)];
    return (w, g, t) => {
      const direction = w.map((weight, i) => {
        m[i] = b1 * m[i]! + (1 - b1) * g[i]!;
        v[i] = b2 * v[i]! + (1 - b2) * g[i]! ** 2;
        const mean = corrected ? m[i] / (1 - b1 ** t) : m[i];
        const square = corrected ? v[i] / (1 - b2 ** t) : v[i];
        return mean / (Math.sqrt(square) + eps) + weightDecay * weight;
      });
      const ratio = norm(w) > 0 ? norm(w) / norm(direction) : 1;
      direction.forEach((d, i) => { w[i] = w[i]! - lr * ratio * d; });
    };
  }

  it.each([[0, true], [0.1, true], [0.1, false]])('with weight decay %d, corrected: %s [O22]', async (weightDecay, biasCorrection) => {
    const options = { lr, betas: [b1, b2], eps, weightDecay, biasCorrection } as const;
    await expectSteps((p) => new LAMB(p, options), lamb(weightDecay, biasCorrection));
  });

  it('moves weights that are all zero by lr times the direction [O22]', async () => {
    await expectSteps((p) => new LAMB(p, { lr, betas: [b1, b2], eps }), lamb(0, true), { start: zeros(START.length) });
  });
});

describe('Adafactor, algorithms 4 and 5 of Shazeer and Stern, 2018', () => {
  interface Setting {
    readonly lr?: number;
    readonly relativeStep?: boolean;
    readonly scaleParameter?: boolean;
    readonly clipThreshold?: number;
    readonly warmupInit?: boolean;
    readonly weightDecay?: number;
    readonly beta1?: number;
    readonly eps?: readonly [number, number];
  }

  /** The mean square of every element: from sums over rows and columns of a matrix, whose product is divided by the sum of all. */
  function squaresOf(factored: boolean, eps1: number): (g: readonly number[], share: number) => number[] {
    const [r, c, v] = [zeros(ROWS), zeros(COLUMNS), zeros(START.length)];
    return (g, share) => {
      const fresh = g.map((x) => x * x + eps1);
      if (!factored) return v.map((old, i) => (v[i] = share * old + (1 - share) * fresh[i]!));
      for (let i = 0; i < ROWS; i++) {
        r[i] = share * r[i]! + (1 - share) * fresh.slice(i * COLUMNS, (i + 1) * COLUMNS).reduce((a, b) => a + b);
      }
      for (let j = 0; j < COLUMNS; j++) {
        c[j] = share * c[j]! + (1 - share) * fresh.filter((_, k) => k % COLUMNS === j).reduce((a, b) => a + b);
      }
      const all = r.reduce((a, b) => a + b);
      return v.map((_, k) => (r[Math.floor(k / COLUMNS)]! * c[k % COLUMNS]!) / all);
    };
  }

  function adafactor(factored: boolean, setting: Setting): (w: number[], g: readonly number[], t: number) => void {
    const { lr = 1, relativeStep = true, scaleParameter = true, clipThreshold = 1, warmupInit = false, weightDecay = 0, beta1 } = setting;
    const [eps1, eps2] = setting.eps ?? [1e-30, 1e-3];
    const squares = squaresOf(factored, eps1);
    const m = zeros(START.length);
    return (w, g, t) => {
      const v = squares(g, 1 - t ** -0.8);
      const u = g.map((x, i) => x / Math.sqrt(v[i]!));
      const rate = lr * (relativeStep ? Math.min(warmupInit ? 1e-6 * t : 1e-2, 1 / Math.sqrt(t)) : 1);
      const alpha = rate * (scaleParameter ? Math.max(eps2, size(w)) : 1);
      const limit = Math.max(1, size(u) / clipThreshold);
      u.forEach((x, i) => {
        const update = (alpha * x) / limit;
        m[i] = beta1 === undefined ? update : beta1 * m[i]! + (1 - beta1) * update;
        w[i] = w[i]! * (1 - alpha * weightDecay) - m[i];
      });
    };
  }

  const settings: readonly [string, Setting][] = [
    ['as it is', {}],
    ['with a rate of its own', { lr: 0.05, relativeStep: false, scaleParameter: false }],
    ['with a rate in proportion to the weights', { lr: 0.05, relativeStep: false }],
    ['with updates that are limited more', { clipThreshold: 0.4 }],
    ['with a rate that begins at zero', { warmupInit: true, lr: 1000 }],
    ['with larger eps, by which small gradients and weights count more', { eps: [0.2, 3] }],
    ['with a mean and weight decay', { beta1: 0.9, weightDecay: 0.2 }],
  ];

  it.each(settings)('%s, factored for a matrix [O22]', async (_, setting) => {
    await expectSteps((p) => new Adafactor(p, setting), adafactor(true, setting));
  });

  it.each(settings)('%s, whole for a vector [O22]', async (_, setting) => {
    await expectSteps((p) => new Adafactor(p, setting), adafactor(false, setting), { shape: [START.length] });
  });

  it('keeps a number per row and column of a matrix [O22]', () => {
    const state = new Adafactor([parameter(tensor(START, { shape: [ROWS, COLUMNS] }))]).stateDict();
    expect(state['0.exp_avg_sq_row']).toMatchObject({ shape: [ROWS] });
    expect(state['0.exp_avg_sq_col']).toMatchObject({ shape: [COLUMNS] });
  });
});
