/** Penalties on weights, and two of them tied together. */
import { backward, dense } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { Generator, ones, parameter, randn, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { Linear, mseLoss, PReLU, Sequential, tyingPenalty, weightPenalty } from '../index';
import { descend } from '../testing/descend';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

test('the penalties of one weight matrix, and none of its bias [L45 L46 L47 L48 E06 E07]', async () => {
  const layer = new Linear(2, 2);
  layer.loadStateDict({ weight: tensor([[1, -2], [3, 0.5]]), bias: tensor([5, 5]) });
  expect(await weightPenalty(layer, { l1: 1 }).item()).toBe(6.5);
  expect(await weightPenalty(layer, { l2: 1 }).item()).toBe(14.25);
  expect(await weightPenalty(layer, { l1: 1, l2: 0.5 }).item()).toBe(13.625);
  const penalty = weightPenalty(layer, { l2: 0.1, divisor: 2 * 10 });
  await expectClose(penalty, 0.07125);
  const gradients = backward(penalty);
  await expectClose(gradients.get(layer.weight) as Tensor, [[0.01, -0.02], [0.03, 0.005]]);
  expect(gradients.get(layer.bias!)).toBeUndefined();
  expect(await weightPenalty(layer, { l1: 1, biases: true }).item()).toBe(16.5);
});

test('an L1 penalty makes weights zero where an L2 penalty only shrinks them [L46]', async () => {
  // Only the first of four inputs matters; proximal steps keep the L1 solution exact.
  const x = tensor([[1, 0.1, 0, 0], [0, 1, 0.1, 0], [1, 0, 1, 0.1], [0.5, 0.5, 0, 1]]);
  const y = tensor([[2], [0], [2], [1]]);
  const train = async (l1: number, l2: number): Promise<number[]> => {
    const layer = new Linear(4, 1, { bias: false, generator: new Generator(1) });
    for (let step = 0; step < 400; step++) {
      const loss = layer.forward(x).sub(y).square().mean().add(weightPenalty(layer, { l1, l2 }));
      for (const [p, g] of backward(loss)) p.assign(p.sub((g as Tensor).mul(0.05)));
    }
    return [...(await layer.weight.data())];
  };
  const lasso = await train(0.1, 0);
  const ridge = await train(0, 0.1);
  const small = (w: readonly number[]): number => w.slice(1).filter((v) => Math.abs(v) < 0.01).length;
  expect(small(lasso)).toBe(3);
  expect(small(ridge)).toBeLessThan(3);
  expect(lasso[0]).toBeGreaterThan(1);
});

test('a step with lambda / 2m shrinks weights by 1 - lr * lambda / m before the gradient, and biases not [L45 L48 E06]', async () => {
  const layer = new Linear(3, 2);
  const [w, b] = [(await layer.weight.array()) as number[][], (await layer.bias!.array()) as number[]];
  const x = randn([5, 3]);
  const loss = (): Tensor => layer.forward(x).square().mean();
  const plain = backward(loss());
  const forW = (await dense(plain.get(layer.weight)!).array()) as number[][];
  const forB = (await dense(plain.get(layer.bias!)!).array()) as number[];
  const [lr, lambda, m] = [0.1, 0.7, 5];
  descend(loss().add(weightPenalty(layer, { l2: lambda, divisor: 2 * m })), layer.parameters(), lr);
  await expectClose(layer.weight, w.map((row, i) => row.map((v, j) => (1 - (lr * lambda) / m) * v - lr * forW[i]![j]!)));
  await expectClose(layer.bias!, b.map((v, i) => v - lr * forB[i]!));
});

test('frozen parameters, and what has one axis, are left out unless asked for [L48]', async () => {
  const net = new Sequential(new Linear(2, 2), new PReLU(2));
  net.freeze();
  expect(await weightPenalty(net, { l2: 1, biases: true }).item()).toBe(0);
  expect(await weightPenalty([parameter(ones([3]))], { l2: 1 }).item()).toBe(0);
  expect(await weightPenalty([parameter(ones([3]))], { l2: 1, biases: true, divisor: 6 }).item()).toBe(0.5);
  expect(() => weightPenalty(net, { l1: NaN })).toThrow('weightPenalty: l1 is NaN; expected a finite number.');
  expect(() => weightPenalty(net, { l2: 1, divisor: 0 })).toThrow('weightPenalty: divisor is 0; expected a finite number > 0.');
});

describe('tying two layers', () => {
  const twins = (): [Linear, Linear] => {
    const generator = new Generator(3);
    return [new Linear(2, 2, { generator }), new Linear(2, 2, { generator })];
  };
  const x = randn([20, 2], { generator: new Generator(4) });
  const [forA, forB] = [tensor([[1, 0], [0, 1]]), tensor([[3, 0], [0, 3]])].map((w) => x.matmul(w)) as [Tensor, Tensor];

  test('softly, by a penalty: the distance shrinks as its factor grows, and a frozen side stays [L39]', async () => {
    const train = async (factor: number, frozen = false): Promise<[distance: number, a: number]> => {
      const [a, b] = twins();
      if (frozen) b.freeze();
      const trained = [...a.parameters(), ...(frozen ? [] : b.parameters())];
      for (let i = 0; i < 200; i++) {
        const errors = mseLoss(a.forward(x), forA).add(mseLoss(b.forward(x), forB));
        descend(errors.add(tyingPenalty(a, b).mul(factor)), trained, 0.05);
      }
      return [await tyingPenalty(a, b).item(), ((await a.weight.array()) as number[][])[0]![0]!];
    };
    const [[free], [loose], [tight, middle]] = [await train(0), await train(0.3), await train(6)];
    expect(free).toBeGreaterThan(4);
    expect(loose).toBeLessThan(free);
    expect(tight).toBeLessThan(0.05);
    expect(middle).toBeCloseTo(2, 0);
    const fixed = (await twins()[1].weight.array()) as number[][];
    expect((await train(8, true))[1]).toBeCloseTo(fixed[0]![0]!, 0);
  });

  test('altogether, by sharing the parameter: it is trained by both and counted once [L39]', async () => {
    const [a, b] = twins();
    b.weight = a.weight;
    const both = new Sequential(a, b);
    expect(both.parameters().length).toBe(3);
    for (let i = 0; i < 200; i++) descend(mseLoss(a.forward(x), forA).add(mseLoss(b.forward(x), forB)), both.parameters(), 0.1);
    expect(await tyingPenalty(a, b).item()).toBe(0);
    expect(((await a.weight.array()) as number[][])[0]![0]).toBeCloseTo(2, 1);
  });

  test('counts biases on request and names what does not fit', async () => {
    const [a, b] = [new Linear(2, 1), new Linear(2, 1)];
    for (const [layer, value] of [[a, 1], [b, 3]] as const) {
      layer.loadStateDict({ weight: ones([1, 2]).mul(value), bias: ones([1]).mul(value) });
    }
    expect(await tyingPenalty(a, b).item()).toBe(8);
    expect(await tyingPenalty(a, b, { biases: true }).item()).toBe(12);
    expect(await tyingPenalty(a.bias!, b.bias!).item()).toBe(4);
    expect(() => tyingPenalty<Linear | Sequential>(a, new Sequential(b))).toThrow('tyingPenalty: weight, 0.weight has no counterpart');
    expect(() => tyingPenalty(a, new Linear(3, 1))).toThrow('tyingPenalty: both weight have shapes [1, 2] and [1, 3]; they must be equal.');
  });
});
