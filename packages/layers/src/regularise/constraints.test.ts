/** Constraints on weights: as projections after a step, and as a term of the loss with a multiplier. */
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, Generator, manualSeed, ones, randn, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { constrain, init, LagrangeMultiplier, Linear, maxNorm, minMaxNorm, mseLoss, nonNegative, unitNorm, weightPenalty } from '../index';
import { descend } from '../testing/descend';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

describe('projections', () => {
  const w = tensor([[3, 4], [0.3, -0.4], [0, 0]]);

  test('maxNorm scales down what is too long, each unit for itself, and leaves the rest [L73]', async () => {
    await expectClose(maxNorm(w, { max: 1 }), [[0.6, 0.8], [0.3, -0.4], [0, 0]]);
    await expectClose(maxNorm(w), [[1.2, 1.6], [0.3, -0.4], [0, 0]]);
    await expectClose(maxNorm(tensor([[3, 0], [4, 1]]), { max: 1, dim: 0 }), [[0.6, 0], [0.8, 1]]);
    // The norm of a filter is taken over all of its channels and taps.
    await expectClose(maxNorm(ones([2, 4, 3, 3])).square().sum({ dim: [1, 2, 3] }), [4, 4]);
    await expectClose(maxNorm(tensor([3, 4]), { max: 1 }), [0.6, 0.8]);
  });

  test('unitNorm, minMaxNorm and nonNegative do what they say [L73]', async () => {
    await expectClose(unitNorm(w), [[0.6, 0.8], [0.6, -0.8], [0, 0]]);
    await expectClose(minMaxNorm(w, { min: 1, max: 2.5 }), [[1.5, 2], [0.6, -0.8], [0, 0]]);
    await expectClose(minMaxNorm(w, { min: 1, max: 3, rate: 0.5 }), [[2.4, 3.2], [0.45, -0.6], [0, 0]]);
    await expectClose(nonNegative(w), [[3, 4], [0.3, 0], [0, 0]]);
  });

  test('are done again without changing anything', async () => {
    const x = randn([5, 7], { generator: new Generator(1) });
    for (const project of [maxNorm, unitNorm, minMaxNorm, nonNegative]) {
      await expectClose(project(project(x)), (await project(x).array()));
    }
  });

  test('refuse limits that make no sense', () => {
    expect(() => maxNorm(w, { max: 0 })).toThrow('maxNorm: max is 0; expected a finite number > 0.');
    expect(() => minMaxNorm(w, { min: 2, max: 1 })).toThrow('minMaxNorm: min is 2 and max 1; expected min <= max.');
    expect(() => minMaxNorm(w, { rate: 2 })).toThrow('minMaxNorm: rate is 2; expected a number from 0 to 1.');
  });
});

test('constrain holds through training, compiled or not, with the same numbers, and leaves biases and frozen weights [L49 L73]', async () => {
  const x = randn([16, 3], { generator: new Generator(2) });
  const y = randn([16, 2], { generator: new Generator(3) }).mul(5);
  const train = async (wrap: (step: () => Tensor) => () => Tensor): Promise<unknown> => {
    manualSeed(1);
    const layer = new Linear(3, 2);
    const step = wrap(() => {
      const loss = mseLoss(layer.forward(x), y.add(10));
      descend(loss, layer.parameters(), 0.1);
      constrain(layer, (w) => maxNorm(w, { max: 0.5 }));
      return loss;
    });
    for (let i = 0; i < 20; i++) {
      await step().item();
      expect(await layer.weight.square().sum({ dim: 1 }).amax().item()).toBeLessThanOrEqual(0.2501);
    }
    expect(await layer.bias!.abs().amax().item()).toBeGreaterThan(5);
    return layer.weight.array();
  };
  const plain = await train((step) => step);
  await expectClose(tensor((await train((step) => compile(step))) as number[][]), plain as number[][]);
  const frozen = new Linear(2, 1);
  init.initialise(frozen.weight, tensor([[3, 4]]));
  frozen.freeze();
  constrain(frozen, nonNegative, { biases: true });
  constrain(frozen, unitNorm);
  expect(await frozen.weight.array()).toEqual([[3, 4]]);
});

describe('a constraint as a term with a multiplier', () => {
  const x = randn([32, 3], { generator: new Generator(5) });
  const y = x.matmul(tensor([[2], [-1], [0.5]]));
  const limit = 1;

  /** Weights after training under |w|^2 <= limit, by a rule that is given the layer and the error. */
  async function train(rule: (layer: Linear, error: Tensor) => void, steps: number): Promise<number[][]> {
    const layer = new Linear(3, 1, { bias: false });
    init.initialise(layer.weight, zeros([1, 3]));
    const step = compile(() => {
      const error = mseLoss(layer.forward(x), y);
      rule(layer, error);
      return error;
    });
    for (let i = 0; i < steps; i++) await step().item();
    return (await layer.weight.array()) as number[][];
  }

  test('comes to rest at the point to which projections lead: J + a (omega - k), a >= 0 [L49 E17]', async () => {
    const projected = await train((layer, error) => {
      descend(error, [layer.weight], 0.1);
      constrain(layer, (w) => maxNorm(w, { max: Math.sqrt(limit) }));
    }, 300);
    const constraint = new LagrangeMultiplier(limit, { rate: 0.5 });
    const multiplied = await train((layer, error) => {
      descend(error.add(constraint.forward(weightPenalty(layer, { l2: 1 }))), [layer.weight], 0.1);
    }, 300);
    expect(projected[0]!.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(limit, 4);
    multiplied[0]!.forEach((v, i) => expect(v).toBeCloseTo(projected[0]![i]!, 3));
    expect(await constraint.multiplier.item()).toBeGreaterThan(0.1);
  });

  test('falls back to 0 where the constraint does not matter, and never below [L49]', async () => {
    const constraint = new LagrangeMultiplier(100, { rate: 0.01, initial: 1 });
    const w = await train((layer, error) => {
      descend(error.add(constraint.forward(weightPenalty(layer, { l2: 1 }))), [layer.weight], 0.1);
    }, 200);
    [2, -1, 0.5].forEach((v, i) => expect(w[0]![i]).toBeCloseTo(v, 3));
    expect(await constraint.multiplier.item()).toBe(0);
  });

  test('gives its gradient to the weights only, is part of the state, and stands still in evaluation', async () => {
    const layer = new Linear(2, 1, { bias: false });
    init.initialise(layer.weight, tensor([[3, -1]]));
    const constraint = new LagrangeMultiplier(4, { rate: 0.5, initial: 0.25 });
    const term = constraint.forward(weightPenalty(layer, { l2: 1 }));
    expect(await term.item()).toBe(0.25 * 6);
    expect(await constraint.multiplier.item()).toBe(0.25 + 0.5 * 6);
    expect(Object.keys(constraint.stateDict())).toEqual(['multiplier']);
    constraint.eval();
    const grads = backward(constraint.forward(weightPenalty(layer, { l2: 1 })));
    expect(grads.size).toBe(1);
    expect(await constraint.multiplier.item()).toBe(3.25);
    expect(() => constraint.forward(ones([2]))).toThrow('LagrangeMultiplier: the measure has shape [2]; expected a scalar.');
    expect(() => new LagrangeMultiplier(1, { initial: -1 })).toThrow('LagrangeMultiplier: initial is -1; expected a finite number >= 0.');
  });
});
