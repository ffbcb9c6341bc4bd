/** Worked examples of texts about optimisation, with their numbers. */
import { cpu } from '@cotangent/backend-cpu';
import { parameter, tensor, use, type Parameter } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adadelta, Adagrad, Adam, AdamW, RMSprop, SGD, type Optimizer } from './index';
import { expectClose, trajectory } from './testing/helpers';

beforeAll(async () => {
  await use(cpu());
});

describe('gradients 1, 0.1, -0.5 from 1 with rate 0.1 and eps 0.01', () => {
  const lr = 0.1;
  const eps = 0.01;
  const mean = { momentum: 0.9, dampening: 0.9, dampenFirst: true };
  it.each<[string, (p: Parameter[]) => Optimizer, number[]]>([
    ['plain descent [O01]', (p) => new SGD(p, { lr }), [0.9, 0.89, 0.94]],
    ['momentum as a running mean [O04 E19]', (p) => new SGD(p, { lr, ...mean }), [0.99, 0.98, 0.976]],
    ['momentum with a tenth of the rate is that running mean [E19]', (p) => new SGD(p, { lr: 0.01, momentum: 0.9 }), [0.99, 0.98, 0.976]],
    ['the running mean, corrected [O04]', (p) => new SGD(p, { lr, ...mean, biasCorrection: true }), [0.9, 0.8473684211, 0.8326082735]],
    ['classic momentum [O04]', (p) => new SGD(p, { lr, momentum: 0.9 }), [0.9, 0.8, 0.76]],
    ['Nesterov momentum [O21]', (p) => new SGD(p, { lr, momentum: 0.9, nesterov: true }), [0.81, 0.71, 0.724]],
    ['Adagrad, eps outside the root [O05]', (p) => new Adagrad(p, { lr, eps }), [0.900990099, 0.8911377615, 0.9352879804]],
    [
      'Adagrad, eps inside the root [O05 E20]',
      (p) => new Adagrad(p, { lr, eps, epsInside: true }),
      [0.900496281, 0.8905948055, 0.934962631],
    ],
    ['RMSprop, eps outside the root [O07]', (p) => new RMSprop(p, { lr, eps, alpha: 0.9 }), [0.6934656997, 0.6613796642, 0.8097671429]],
    [
      'RMSprop, eps inside the root [O07 E20]',
      (p) => new RMSprop(p, { lr, eps, alpha: 0.9, epsInside: true }),
      [0.6984886554, 0.6670228166, 0.8132616618],
    ],
    ['Adadelta, which is not RMSprop [O06 E22]', (p) => new Adadelta(p, { eps }), [0.6984886554, 0.6550123513, 0.853223109]],
    ['Adam, eps outside the root [O08]', (p) => new Adam(p, { lr, eps }), [0.900990099, 0.8279372825, 0.8055013937]],
    ['Adam, eps inside the root [O08 E20]', (p) => new Adam(p, { lr, eps, epsInside: true }), [0.900496281, 0.8271383255, 0.8046227637]],
    [
      'Adam, eps inside the root and means as they are [O08]',
      (p) => new Adam(p, { lr, eps, epsInside: true, biasCorrection: false }),
      [0.9046537411, 0.8093464635, 0.7716474885],
    ],
    ['AdamW with decay 0.1 [O21]', (p) => new AdamW(p, { lr, eps, weightDecay: 0.1 }), [0.890990099, 0.8090273815, 0.7785012189]],
  ])('%s', async (_, make, expected) => {
    const p = parameter(tensor([1], { dtype: 'float64' }));
    expectClose((await trajectory(make([p]), p, [[1], [0.1], [-0.5]])).flat(), expected, 1e-8);
  });

  it('the first step of Adam is lr times the sign of the gradient [O08]', async () => {
    const p = parameter(tensor([0, 0, 0]));
    const [first] = await trajectory(new Adam([p], { lr }), p, [[1e-3, -5, 700]]);
    expectClose(first!, [-0.1, 0.1, -0.1], 1e-5);
  });

  it('always goes against the gradient, where it is divided by means too [E52]', async () => {
    for (const make of [(p: Parameter[]) => new SGD(p, { lr }), (p: Parameter[]) => new Adagrad(p), (p: Parameter[]) => new RMSprop(p)]) {
      const p = parameter(tensor([1]));
      const [first] = await trajectory(make([p]), p, [[2]]);
      expect(first![0]).toBeLessThan(1);
    }
  });

  it('weight decay multiplies by 1 - lr lambda / m beside the plain step [E06]', async () => {
    const [rate, lambda, m] = [0.5, 0.2, 10];
    const p = parameter(tensor([4], { dtype: 'float64' }));
    const [first] = await trajectory(new SGD([p], { lr: rate, weightDecay: lambda / m }), p, [[3]]);
    expectClose(first!, [(1 - (rate * lambda) / m) * 4 - rate * 3], 1e-12);
  });
});

describe('the rate of every coordinate', () => {
  it('stays large with Adagrad for features that are rarely there [O05]', async () => {
    const p = parameter(tensor([0, 0]));
    const steps = await trajectory(new Adagrad([p], { lr: 1 }), p, Array.from({ length: 100 }, (_, i) => [1, i % 25 === 24 ? 1 : 0]));
    const last = steps.at(-1)!.map((value, i) => Math.abs(value - steps.at(-2)![i]!));
    expect(last[1]).toBeCloseTo(1 / 2, 5);
    expect(last[0]).toBeCloseTo(1 / 10, 5);
  });
});
