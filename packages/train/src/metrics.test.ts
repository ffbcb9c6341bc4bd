import { cpu } from '@cotangent/backend-cpu';
import { StateError, tensor, use } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { meanOf, sumOf, type Metric } from './index';

beforeAll(() => use(cpu()));

const x = tensor([0.1, 0.2]);
/** What a metric has collected, as a checkpoint gives it back. */
const saved = async (metric: Metric): Promise<never> => JSON.parse(JSON.stringify(await metric.state!())) as never;

describe('a metric restored from its state', () => {
  it('goes on with a mean as if it had never stopped', async () => {
    const make = (): Metric => meanOf((output) => output.mean());
    const [whole, first, second] = [make(), make(), make()];
    for (const metric of [whole, first]) await metric.update(x, x, 2);
    second.restore!(await saved(first));
    for (const metric of [whole, second]) await metric.update(x.mul(3), x, 5);
    expect(await second.result()).toBe(await whole.result());
    expect(await second.result()).toBeCloseTo((0.15 * 2 + 0.45 * 5) / 7, 6);
    second.reset();
    await second.update(tensor([4]), x, 1);
    expect(await second.result()).toBe(4);
  });

  it.each(['float32', 'float16', 'int32', 'uint32', 'uint8'] as const)('goes on with a sum of %s', async (dtype) => {
    const make = (): Metric => sumOf((output) => output);
    const [whole, first, second] = [make(), make(), make()];
    const matrix = tensor([[1, 2, 3], [4, 5, 100]], { dtype });
    const scalar = tensor(7, { dtype });
    for (const value of [matrix, scalar]) {
      for (const metric of [whole, first, second]) metric.reset();
      for (const metric of [whole, first]) await metric.update(value, x, 1);
      second.restore!(await saved(first));
      for (const metric of [whole, second]) await metric.update(value, x, 1);
      expect(await second.result()).toEqual(await whole.result());
    }
    expect(await second.result()).toBe(14);
  });

  it('refuses what another metric has collected', async () => {
    const [mean, sum] = [meanOf((output) => output.mean()), sumOf((output) => output)];
    for (const metric of [mean, sum]) await metric.update(x, x, 2);
    const [ofMean, ofSum] = [await saved(mean), await saved(sum)];
    expect(() => { mean.restore!(ofSum); }).toThrow(StateError);
    expect(() => { mean.restore!(ofSum); }).toThrow(/expected the state of a mean/);
    expect(() => { sum.restore!(ofMean); }).toThrow(/expected the state of a sum/);
    expect(() => { sum.restore!(null as never); }).toThrow(StateError);
  });
});
