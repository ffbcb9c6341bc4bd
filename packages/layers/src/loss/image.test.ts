import { cpu } from '@cotangent/backend-cpu';
import { tensor, use, zeros } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { DiceLoss, diceLoss, gramMatrix, totalVariation } from '../index';
import { expectClose } from '../testing/expect';
import { expectGradients, gradient } from '../testing/losses';

beforeAll(async () => {
  await use(cpu());
});

test('the Gram matrix sums products of channels over positions, normalised or not', async () => {
  const x = tensor([[[[1, 2]], [[3, 4]]]]);
  await expectClose(gramMatrix(x), [[[5, 11], [11, 25]]]);
  await expectClose(gramMatrix(x, { normalize: 'positions' }), [[[2.5, 5.5], [5.5, 12.5]]]);
  await expectClose(gramMatrix(x, { normalize: 'elements' }), [[[1.25, 2.75], [2.75, 6.25]]]);
  await expectGradients((a) => gramMatrix(a), [[[1, 2, 0.5], [3, 4, -1]]]);
  expect(() => gramMatrix(zeros([2, 3]))).toThrow('gramMatrix: the input has shape [2, 3]; expected [batch, channels, positions, ...].');
  expect(() => gramMatrix(x, { normalize: 'all' as 'none' })).toThrow("normalize is 'all'");
});

test('total variation adds differences of neighbours along height and width', async () => {
  const picture = [[0, 1], [3, 5]];
  await expectClose(totalVariation(tensor(picture)), 10);
  await expectClose(totalVariation(tensor(picture), { p: 2 }), 1 + 4 + 9 + 16);
  await expectClose(totalVariation(tensor([[picture], [[[1, 1], [1, 1]]]]), { reduction: 'none' }), [10, 0]);
  await expectClose(totalVariation(tensor([[picture], [[[1, 1], [1, 1]]]]), { reduction: 'mean' }), 5);
  await expectClose(gradient((x) => totalVariation(x), picture), [[-2, 0], [0, 2]]);
  expect(() => totalVariation(zeros([3]))).toThrow('expected [..., height, width]');
  expect(() => totalVariation(zeros([3, 3]), { p: 3 as 2 })).toThrow('p is 3');
});

test('dice: overlap of masks, whatever their size', async () => {
  const [p, t] = [tensor([[1, 1, 0], [0, 0, 0]]), tensor([[1, 0, 0], [0, 0, 0]])];
  await expectClose(diceLoss(p, t, { reduction: 'none' }), [1 - 3 / 4, 0]);
  await expectClose(diceLoss(p.index([0, 1]), t.index([0, 1]), { smooth: 0 }), 1 / 3);
  await expectClose(new DiceLoss({ squared: true, smooth: 0 }).forward(tensor([[0.5, 1]]), tensor([[1, 1]])), 1 - 3 / 3.25);
  await expectGradients((a, b) => diceLoss(a, b, { squared: true }), [[0.2, 0.9]], [[0, 1]]);
  expect(() => diceLoss(zeros([3]), zeros([3]))).toThrow('expected [batch, ...]. Use .unsqueeze(0).');
});
