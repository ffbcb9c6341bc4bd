import { cpu } from '@cotangent/backend-cpu';
import { chunk, concat, mul, narrow, sin, sum, tensor, use, type Node, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, it } from 'vitest';
import { gradients, track } from './index';

beforeAll(async () => {
  await use(cpu());
});

const numbers = (): Tensor => track(tensor([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], { dtype: 'float64' }));

/** The ops that a gradient is made of. */
function opsOf(x: Tensor): string[] {
  const seen = new Set([x.node]);
  for (const node of seen) for (const input of node.inputs as Node[]) seen.add(input);
  return [...seen].map((node) => node.op);
}

it('gradients of neighbouring slices are put side by side, in whatever order they are used', async () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0]]) {
    const x = numbers();
    const parts = chunk(x, 3, 1);
    const [slope] = gradients(order.map((k) => sum(mul(parts[k]!, k + 1))), [x]);
    const ops = opsOf(slope!);
    expect(ops).not.toContain('pad');
    expect(ops.filter((op) => op === 'concat')).toHaveLength(1);
    expect(await slope!.array()).toEqual([[1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 3, 3]]);
  }
});

it('those that overlap or leave a gap are added', async () => {
  const x = numbers();
  const pieces = [narrow(x, 1, 0, 3), narrow(x, 1, 2, 2), narrow(x, 1, 5, 1), narrow(x, 0, 1, 1)];
  const [slope] = gradients(pieces.map((p) => sum(p)), [x]);
  expect(await slope!.array()).toEqual([[1, 1, 2, 1, 0, 1], [2, 2, 3, 2, 1, 2]]);
});

it('they can be differentiated again', async () => {
  const x = numbers();
  const [a, b] = chunk(x, 2, 1) as [Tensor, Tensor];
  const [slope] = gradients([sum(mul(a, mul(a, a))), sum(sin(b))], [x]);
  const [second] = gradients(sum(slope!), [x]);
  const wanted = concat([mul(a, 6), sin(b).neg()], 1);
  const [got, expected] = [await second!.data(), await wanted.data()];
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
});
