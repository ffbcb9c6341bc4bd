import { cpu } from '@cotangent/backend-cpu';
import { expect, it } from 'vitest';
import { DECOMPOSITIONS, lgamma, OP_TABLE, polygamma, record, scan, stack, Tensor, tensor, use, type Backend } from '../index';

it('polygamma of several orders in one kernel calls a function for each', async () => {
  await use(cpu());
  const x = tensor([1]);
  const [digamma, trigamma] = (await stack([polygamma(0, x), polygamma(1, x)]).reshape(2).array()) as number[];
  expect(digamma).toBeCloseTo(-0.5772156649, 6);
  expect(trigamma).toBeCloseTo(Math.PI ** 2 / 6, 6);
});

it('loops that are unrolled bring their special functions along', async () => {
  const full = cpu();
  const unrolling: Backend = {
    ...full,
    name: 'unrolling',
    caps: { ...full.caps, kernels: ['map', 'reduce', 'gather', 'scatter', 'contract'], decompositions: DECOMPOSITIONS },
    prepare: (plan) => full.prepare(plan),
    run: (plan, inputs) => full.run(plan, inputs).map((storage) => ({ ...storage, backend: unrolling })),
    read: (storage) => full.read({ ...storage, backend: full }),
    free: (storage) => {
      full.free(storage);
    },
    stats: () => full.stats(),
    dispose: () => {
      full.dispose();
    },
  };
  await use(unrolling);
  // lgamma(3) = log 2, lgamma(5) = log 24
  const { carry } = scan((s, row) => [lgamma(s.mul(0).add(row)).add(s), s], { init: tensor(0), xs: tensor([3, 5]) });
  expect(await carry.item()).toBeCloseTo(Math.log(48), 5);
  await use(cpu());
});

it('a rare op is recorded with its row', async () => {
  await use(cpu());
  const out = new Tensor(record('lgamma', [tensor([5]).node], {}, OP_TABLE.lgamma));
  expect(await out.array()).toEqual([Math.fround(Math.log(24))]);
});
