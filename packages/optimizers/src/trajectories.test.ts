import { cpu } from '@cotangent/backend-cpu';
import { parameter, tensor, use, type DType, type Parameter } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, AdamW, SGD } from './index';
import type { Optimizer } from './optimizer';
import { expectClose, trajectory } from './testing/helpers';

beforeAll(async () => {
  await use(cpu());
});

/** Parameters after each of three gradients, computed with PyTorch 1.13. */
const START = [2.99, -0.637, -0.247];
const GRADIENTS = [[0.196, 0.052, 0.864], [0.456, -0.568, -0.519], [-0.244, 0.097, -0.519]];
type Case = readonly [name: string, make: (p: Parameter[]) => Optimizer, expected: readonly (readonly number[])[]];
const CASES: readonly Case[] = [
  [
    'SGD',
    (p) => new SGD(p, { lr: 0.1 }),
    [[2.9704, -0.64220005, -0.3334], [2.9248, -0.58540004, -0.28149998], [2.9492, -0.59510005, -0.2296]],
  ],
  [
    'SGD with momentum',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.9 }),
    [[2.9704, -0.64220005, -0.3334], [2.90716, -0.59008, -0.35926], [2.874644, -0.552872, -0.330634]],
  ],
  [
    'SGD with Nesterov momentum',
    (p) => new SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true }),
    [[2.97138, -0.64194, -0.32908], [2.920122, -0.59008604, -0.314767], [2.9176898, -0.5781924, -0.2759353]],
  ],
  [
    'SGD with dampening, which spares the first step',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.8, dampening: 0.3 }),
    [[2.9704, -0.64220005, -0.3334], [2.9228, -0.60660005, -0.36619], [2.9018, -0.58491004, -0.356092]],
  ],
  [
    'SGD with Nesterov momentum and weight decay',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.05 }),
    [[2.924355, -0.64082855, -0.4088135], [2.781948, -0.5284528, -0.37530342], [2.7279131, -0.4947281, -0.29151863]],
  ],
  [
    'SGD uphill',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.5, maximize: true }),
    [[3.0096, -0.6318, -0.1606], [3.065, -0.68600005, -0.16929999], [3.0683, -0.7034, -0.22555]],
  ],
  [
    'Adam',
    (p) => new Adam(p, { lr: 0.01 }),
    [[2.98, -0.647, -0.257], [2.970518, -0.6402002, -0.25890997], [2.9667606, -0.6360899, -0.25729582]],
  ],
  [
    'Adam with other betas and eps',
    (p) => new Adam(p, { lr: 0.05, betas: [0.5, 0.9], eps: 1e-6 }),
    [[2.9400003, -0.6869991, -0.29699993], [2.8883111, -0.64331996, -0.2928796], [2.8853662, -0.62842673, -0.26784047]],
  ],
  [
    'Adam with weight decay',
    (p) => new Adam(p, { lr: 0.01, weightDecay: 0.1 }),
    [[2.98, -0.62700003, -0.257], [2.9701025, -0.6194357, -0.25856733], [2.9620898, -0.61395216, -0.2565741]],
  ],
  [
    'AdamW',
    (p) => new AdamW(p, { lr: 0.01 }),
    [[2.979701, -0.6469363, -0.2569753], [2.969921, -0.6400718, -0.25885954], [2.9658666, -0.6358975, -0.25721952]],
  ],
  [
    'AdamW with amsgrad',
    (p) => new AdamW(p, { lr: 0.02, weightDecay: 0.2, amsgrad: true }),
    [[2.95804, -0.654452, -0.26601198], [2.9272437, -0.63823456, -0.26876786], [2.90802, -0.627461, -0.2644645]],
  ],
];

describe.each(['float32', 'float64'] as DType[])('in %s the first steps are those of PyTorch:', (dtype) => {
  it.each(CASES)('%s', async (_, make, expected) => {
    const p = parameter(tensor(START, { dtype }));
    const got = await trajectory(make([p]), p, GRADIENTS);
    got.forEach((values, i) => {
      expectClose(values, expected[i]!);
    });
  });
});

describe('three gradients 1, 0.1, -0.5 from 1 with rate 0.1', () => {
  it('give the steps of Adam with eps beside the root', async () => {
    const p = parameter(tensor([1]));
    const got = await trajectory(new Adam([p], { lr: 0.1, eps: 0.01 }), p, [[1], [0.1], [-0.5]]);
    expectClose(got.flat(), [0.900990099, 0.8279372825, 0.8055013937]);
  });
});

describe('Adam in float32', () => {
  it('keeps its bias correction exact from the first to the hundred-thousandth step', async () => {
    // A constant gradient: both moments, once corrected, are the gradient and its square, so every step is lr.
    const p = parameter(tensor([0]));
    const optimizer = new Adam([p], { lr: 1e-3, eps: 0 });
    optimizer.loadStateDict({
      ...optimizer.stateDict(),
      '0.step': tensor(100_000, { dtype: 'int32' }),
      '0.exp_avg': tensor([2]),
      '0.exp_avg_sq': tensor([4]),
    });
    const [late] = await trajectory(optimizer, p, [[2]]);
    expect(late![0]).toBeCloseTo(-1e-3, 9);
    const q = parameter(tensor([0]));
    const [early] = await trajectory(new Adam([q], { lr: 1e-3, eps: 0 }), q, [[2]]);
    expect(Math.abs(early![0]! / -1e-3 - 1)).toBeLessThan(1e-6);
  });
});
