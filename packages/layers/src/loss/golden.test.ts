/**
 * Worked examples of losses from lecture notes. Where a printed number was wrong, the test holds the right one and the comment says
 * what was printed.
 */
import { cpu } from '@cotangent/backend-cpu';
import { exp, linear, parameter, softmax, tensor, use, zeros } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { binaryCrossEntropy, crossEntropy, l1Loss, mseLoss, multiclassHingeLoss, rmseLoss, weightPenalty } from '../index';
import { expectClose, ints } from '../testing/expect';
import { gradient } from '../testing/losses';

beforeAll(async () => {
  await use(cpu());
});

test('basic losses of four predictions [S01 S02 E01]', async () => {
  const [p, y] = [tensor([0.9, 0.2, 0.6, 0.1]), tensor([1, 0, 1, 1])];
  await expectClose(binaryCrossEntropy(p, y), 0.7854786959); // one print lacks the minus sign
  await expectClose(mseLoss(p, y), 0.255);
  await expectClose(mseLoss(p, y, { factor: 0.5 }), 0.1275);
  await expectClose(l1Loss(p, y), 0.4);
  await expectClose(rmseLoss(p, y), 0.5049752469);
});

test('softmax scores of a cat, and the loss in natural logarithms [S03]', async () => {
  const scores = tensor([3.2, 5.1, -1.7]);
  await expectClose(exp(scores), [24.5325302, 164.0219073, 0.1826835241]);
  await expectClose(softmax(scores, { dim: 0 }), [0.129982539, 0.8690495352, 0.0009679257746]);
  await expectClose(crossEntropy(scores, ints(0)), 2.040355153);
});

test('cross-entropy against a one-hot target, fused with the softmax: dz = p - y [S03]', async () => {
  const scores = [0.3, 0.2, 0.1, 0.4].map(Math.log);
  const y = tensor([0, 1, 0, 0]);
  await expectClose(crossEntropy(tensor(scores), y), 1.609437912);
  await expectClose(gradient((z) => crossEntropy(z, y), scores), [0.3, -0.8, 0.1, 0.4]);
});

test('the multiclass SVM loss of three pictures, with the penalty of the weights [S04]', async () => {
  const scores = tensor([[3.2, 5.1, -1.7], [1.3, 4.9, 2], [2.2, 2.5, -3.1]]);
  await expectClose(multiclassHingeLoss(scores, ints([0, 1, 2]), { reduction: 'none' }), [2.9, 0, 12.9]);
  const loss = multiclassHingeLoss(scores, ints([0, 1, 2]));
  await expectClose(loss, 5.266666667); // printed 5.27
  const weights = parameter(tensor([[1, -2], [0.5, 0]]));
  await expectClose(loss.add(weightPenalty([weights], { l2: 0.1 })), 5.266666667 + 0.1 * 5.25);
});

test('a doubled score leaves the SVM loss at 0 and the cross-entropy falls, without rounding to 0 [S04]', async () => {
  const scores = tensor([[10, -2, 3], [20, -2, 3]], { dtype: 'float64' });
  await expectClose(multiclassHingeLoss(scores, ints([0, 0]), { reduction: 'none' }), [0, 0]);
  const losses = await crossEntropy(scores, ints([0, 0]), { reduction: 'none' }).data();
  expect(losses[0]! / 0.0009176050496).toBeCloseTo(1, 8);
  expect(losses[1]! / 4.167832322e-8).toBeCloseTo(1, 6);
});

test('linear scores W x + b, also with the bias as a column of W, under both losses [S05]', async () => {
  const w = [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0, -0.45, -0.2, 0.03]];
  const x = [-15, 22, -44, 56];
  const b = [0, 0.2, -0.3];
  const scores = linear(tensor(x), tensor(w), tensor(b));
  await expectClose(scores, [-2.85, 0.86, 0.28]);
  await expectClose(linear(tensor([...x, 1]), tensor(w.map((row, i) => [...row, b[i]!]))), [-2.85, 0.86, 0.28]);
  await expectClose(multiclassHingeLoss(scores, ints(2)), 1.58);
  await expectClose(softmax(scores, { dim: 0 }), [0.01544931568, 0.6311633536, 0.3533873307]);
  await expectClose(crossEntropy(scores, ints(2)), 1.040190569);
});

test('equal scores cost ln C, so an untrained classifier starts there [S03]', async () => {
  for (const classes of [2, 10, 1000]) await expectClose(crossEntropy(zeros([1, classes]), ints([1])), Math.log(classes));
});
