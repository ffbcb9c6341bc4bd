import { cpu } from '@cotangent/backend-cpu';
import { describe, expect, it } from 'vitest';
import * as t from '../index';

/** The cpu backend with only the kernels that every backend must have. */
function minimal(): t.Backend {
  const full = cpu();
  const kernels: readonly t.Kernel['kind'][] = ['map', 'reduce', 'gather', 'scatter', 'contract'];
  return {
    name: 'minimal',
    caps: { ...full.caps, kernels, decompositions: t.DECOMPOSITIONS },
    prepare: (plan) => full.prepare(plan),
    run: (plan, inputs) => {
      for (const kernel of plan.kernels) expect(kernels).toContain(kernel.kind);
      return full.run(plan, inputs);
    },
    read: (storage) => full.read(storage),
    free: (storage) => {
      full.free(storage);
    },
    stats: () => full.stats(),
    dispose: () => {
      full.dispose();
    },
  };
}

const NAN = NaN;
const matrix = (): t.Tensor => t.tensor([[3, 1, NAN, 2], [-1, 5, 5, 0], [7, 7, -2, 7]]);
const image = (): t.Tensor => t.sin(t.arange(2 * 7 * 6, undefined, 1, { dtype: 'float32' })).reshape(1, 2, 7, 6);

const cases: Record<string, () => t.Tensor> = {
  pad: () => t.pad(matrix(), [1, 2, 0, 1], { value: 9 }),
  'pad of nothing': () => t.pad(t.zeros([0, 2]), [0, 0, 1, 1], { value: 4 }),
  concat: () => t.concat([matrix(), t.zeros([3, 2]), t.ones([3, 1])], 1),
  cumsum: () => t.cumsum(t.tensor([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]]), 1),
  cumprod: () => t.cumprod(t.tensor([[1, 2, 3], [5, 0, 3]]), 0),
  cummax: () => t.cummax(matrix(), 1).values,
  'cummax of integers': () => t.cummax(t.tensor([-5, -7, -2], { dtype: 'int32' }), 0).values,
  maxPool: () => t.maxPool2d(image(), [3, 2], { stride: 2, padding: 1, dilation: [1, 2] }),
  maxPoolIndices: () => t.maxPool2dWithIndices(image(), 3, { stride: 2, padding: 1 }).indices,
  argsort: () => t.argsort(matrix(), { dim: 1 }),
  'argsort descending along the first axis': () => t.argsort(matrix(), { dim: 0, descending: true }),
  topk: () => t.topk(matrix(), 1, { dim: 0 }).indices,
  searchsorted: () => t.searchsorted(t.tensor([1, 3, 3, 5]), t.tensor([0, 3, 4, NAN]), {}),
  'searchsorted right': () => t.searchsorted(t.tensor([1, 3, 3, 5]), t.tensor([0, 3, 4, NAN]), { right: true }),
};

describe('ops on a backend with only the required kernels', () => {
  for (const [name, make] of Object.entries(cases)) {
    it(`computes ${name} from simpler ops`, async () => {
      await t.use(cpu());
      const expected = await make().array();
      await t.use(minimal());
      expect(await make().array()).toEqual(expected);
    });
  }

  it('says which kernels are missing for an op that has no decomposition', async () => {
    await t.use(minimal());
    const twice = t.custom({ name: 'twice', shape: ([x]) => x!, forward: ([x], out) => out.data.set(x!.data.map((v) => 2 * v)) });
    expect(() => twice([t.ones([2])]).dataSync()).toThrow(/custom: backend 'minimal' has no 'host' kernels/);
  });
});
