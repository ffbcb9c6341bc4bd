import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { acosh, asinh, atan2, hypot, sign, tensor, use, type Tensor } from '../index';

beforeAll(async () => {
  await use(cpu());
});

async function expectNear(x: Tensor, expected: readonly number[]): Promise<void> {
  const data = [...(await x.data())];
  expect(data).toHaveLength(expected.length);
  expected.forEach((want, i) => {
    const scale = Number.isFinite(want) ? Math.max(Math.abs(want), 1e-30) : 1;
    if (Number.isFinite(want)) expect(Math.abs(data[i]! - want) / scale).toBeLessThan(1e-6);
    else expect(data[i]).toBe(want);
  });
}

describe('large and infinite arguments', () => {
  it('asinh and acosh do not overflow before their result does', async () => {
    const x = [1e-7, 2, 1e4, 1e10, 3e38, Infinity];
    await expectNear(
      asinh(tensor(x)),
      x.map((v) => Math.asinh(Math.fround(v))),
    );
    await expectNear(
      asinh(tensor(x.map((v) => -v))),
      x.map((v) => -Math.asinh(Math.fround(v))),
    );
    const y = [1, 2, 1e4, 1e10, 3e38, Infinity];
    await expectNear(
      acosh(tensor(y)),
      y.map((v) => Math.acosh(Math.fround(v))),
    );
  });

  it('acosh is NaN below 1', async () => {
    await expectNear(acosh(tensor([0.5, -1, -2, -1e4, -1e30, -Infinity])), [NaN, NaN, NaN, NaN, NaN, NaN]);
  });

  it('atan2 finds the angle in all quadrants, on the axes, and of infinite points', async () => {
    const points = [3, 1, 0.25, -0.25, -1, -3, 1e-30, 3e38, Infinity, -Infinity].flatMap((y) =>
      [2, -2, 0, 1e-30, Infinity, -Infinity].map((x) => [y, x] as const),
    );
    const angle = atan2(tensor(points.map(([y]) => y)), tensor(points.map(([, x]) => x)));
    await expectNear(
      angle,
      points.map(([y, x]) => Math.atan2(Math.fround(y), Math.fround(x))),
    );
  });

  it('hypot neither overflows nor underflows, and an infinity beats NaN', async () => {
    await expectNear(hypot(tensor([3, 3e38, 3e-30, 0, Infinity, 1]), tensor([4, 1e38, 4e-30, 0, NaN, NaN])), [
      5,
      Math.hypot(Math.fround(3e38), Math.fround(1e38)),
      5e-30,
      0,
      Infinity,
      NaN,
    ]);
  });

  it('the sign of NaN is 0', async () => {
    expect(await sign(tensor([NaN, -Infinity, 2])).array()).toEqual([0, -1, 1]);
  });
});
