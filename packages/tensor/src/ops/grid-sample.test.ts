import { beforeAll, describe, expect, test } from 'vitest';
import { gradCheck } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { affineGrid, gridSample, ones, tensor, use, type Tensor } from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const image = tensor([[[[1, 2, 3], [4, 5, 6]]]]);
const points = (...list: number[][]): Tensor => tensor([[list]]);

describe('gridSample', () => {
  test('reads x before y, from -1 to 1 between the outer edges or the corner pixels', async () => {
    await expectClose(gridSample(image, points([0, 0], [-2 / 3, -0.5], [2 / 3, 0.5])), [[[[3.5, 1, 6]]]]);
    await expectClose(gridSample(image, points([-1, -1], [1, -1], [0.5, 1]), { alignCorners: true }), [[[[1, 3, 5.5]]]]);
    await expectClose(gridSample(image, points([0.3, -0.2]), { mode: 'nearest' }), [[[[2]]]]);
  });

  test('outside are zeros, the border or the mirrored image', async () => {
    const far = points([-3, -1], [2, 1]);
    const options = { alignCorners: true } as const;
    await expectClose(gridSample(image, far, options), [[[[0, 0]]]]);
    await expectClose(gridSample(image, far, { ...options, paddingMode: 'border' }), [[[[1, 6]]]]);
    await expectClose(gridSample(image, far, { ...options, paddingMode: 'reflection' }), [[[[3, 5]]]]);
  });

  test('bicubic passes through the pixels', async () => {
    const grid = points([-1, -1], [0, 1], [1, 1]);
    await expectClose(gridSample(image, grid, { mode: 'bicubic', alignCorners: true, paddingMode: 'border' }), [[[[1, 5, 6]]]]);
  });

  test('reads volumes, z last', async () => {
    const volume = tensor([[[[[1, 2]], [[3, 4]]]]]);
    await expectClose(gridSample(volume, tensor([[[[[0, 0, -0.5], [0.5, 0, 0]]]]])), [[[[[1.5, 3]]]]]);
  });

  test('neither NaN nor infinity outside of what is read spoils a sample', async () => {
    const x = tensor([[[[1, NaN]]]]);
    expect(await gridSample(x, points([-1, 0], [-Infinity, 0], [NaN, 0]), { alignCorners: true }).array()).toEqual([[[[NaN, 0, 0]]]]);
    expect(await gridSample(x, points([-3, 0], [-Infinity, 0]), { alignCorners: true }).array()).toEqual([[[[0, 0]]]]);
  });

  test('has the gradients of finite differences for image and grid', async () => {
    const d = { dtype: 'float64' } as const;
    const x = tensor([[[[1, 2, -1], [0.5, 3, 2]]]], d);
    const grid = tensor([[[[0.21, -0.33], [1.4, 0.17], [-0.62, 0.71]]]], d);
    for (const mode of ['bilinear', 'bicubic'] as const) {
      for (const paddingMode of ['zeros', 'border', 'reflection'] as const) {
        const report = await gradCheck((a, g) => gridSample(a, g, { mode, paddingMode }).square().sum(), [x, grid]);
        expect(report.passed, `${mode} ${paddingMode} ${JSON.stringify(report)}`).toBe(true);
      }
    }
  });

  test('refuses grids and modes that do not fit', () => {
    expect(() => gridSample(image, ones([1, 2, 2, 3]))).toThrow('gridSample: the input has shape [1, 1, 2, 3] and the grid [1, 2, 2, 3]');
    expect(() => gridSample(image, ones([2, 2, 2, 2]))).toThrow('expected [batch, channels, height, width]');
    expect(() => gridSample(image, points([0, 0]), { mode: 'linear' as 'nearest' })).toThrow("mode is 'linear'");
    expect(() => gridSample(image, points([0, 0]), { paddingMode: 'reflect' as 'reflection' })).toThrow("paddingMode is 'reflect'");
    expect(() => gridSample(ones([1, 1, 2, 2, 2]), ones([1, 1, 1, 1, 3]), { mode: 'bicubic' })).toThrow("mode 'bicubic' is for images");
  });
});

describe('affineGrid', () => {
  test('with gridSample turns an image', async () => {
    const quarter = tensor([[[0, 1, 0], [-1, 0, 0]]]);
    const x = tensor([[[[1, 2], [3, 4]]]]);
    await expectClose(gridSample(x, affineGrid(quarter, [1, 1, 2, 2])), [[[[3, 1], [4, 2]]]]);
  });

  test('gives the corners -1 and 1 with alignCorners, and grids of volumes', async () => {
    const identity = tensor([[[1, 0, 0], [0, 1, 0]]]);
    await expectClose(affineGrid(identity, [1, 1, 1, 3], { alignCorners: true }), [[[[-1, 0], [0, 0], [1, 0]]]]);
    expect(affineGrid(ones([2, 3, 4]), [2, 1, 3, 4, 5]).shape).toEqual([2, 3, 4, 5, 3]);
    expect(() => affineGrid(ones([1, 2, 3]), [2, 1, 3, 3])).toThrow('affineGrid: theta has shape [1, 2, 3] and the size is [2, 1, 3, 3]');
  });
});
