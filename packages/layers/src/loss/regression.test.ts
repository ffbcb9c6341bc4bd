import { cpu } from '@cotangent/backend-cpu';
import { tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  huberLoss, HuberLoss, l1Loss, L1Loss, logCoshLoss, LogCoshLoss, mseLoss, rmseLoss, RMSELoss, smoothL1Loss, SmoothL1Loss, type LossOptions,
} from '../index';
import { expectClose, ints } from '../testing/expect';
import { expectGradients, gradient } from '../testing/losses';

beforeAll(async () => {
  await use(cpu());
});

const p = [0.9, 0.2, 0.6, 0.1];
const y = [1, 0, 1, 1];

describe('errors of regression', () => {
  test('squared with factor 1 and 1/2, absolute, and the root of the mean square [S01]', async () => {
    await expectClose(mseLoss(tensor(p), tensor(y)), 0.255);
    await expectClose(mseLoss(tensor(p), tensor(y), { factor: 0.5 }), 0.1275);
    await expectClose(l1Loss(tensor(p), tensor(y)), 0.4);
    await expectClose(rmseLoss(tensor(p), tensor(y)), 0.5049752469);
    await expectClose(new RMSELoss().forward(tensor(p), tensor(y)), 0.5049752469);
    await expectClose(new L1Loss({ reduction: 'none' }).forward(tensor(p), tensor(y)), [0.1, 0.2, 0.4, 0.9]);
  });

  test('the root has gradient 0, not NaN, where every error is 0', async () => {
    await expectClose(rmseLoss(tensor(y), tensor(y)), 0);
    await expectClose(gradient((x) => rmseLoss(x, tensor(y)), y), [0, 0, 0, 0]);
    await expectClose(gradient((x) => rmseLoss(x, tensor([0])), [2]), [1]);
  });

  const errors = [-3, -1, -0.3, 0, 0.3, 0.5, 2];
  const at = (loss: (x: Tensor, t: Tensor, o: object) => Tensor, options: object): Tensor =>
    loss(tensor(errors), zeros([7]), { reduction: 'none', ...options });

  test('Huber and smooth L1 are squared near 0 and linear beyond [L70]', async () => {
    await expectClose(at(huberLoss, {}), [2.5, 0.5, 0.045, 0, 0.045, 0.125, 1.5]);
    await expectClose(at(huberLoss, { delta: 0.5 }), [1.375, 0.375, 0.045, 0, 0.045, 0.125, 0.875]);
    await expectClose(at(smoothL1Loss, {}), [2.5, 0.5, 0.045, 0, 0.045, 0.125, 1.5]);
    await expectClose(at(smoothL1Loss, { beta: 0.5 }), [2.75, 0.75, 0.09, 0, 0.09, 0.25, 1.75]);
    await expectClose(at(smoothL1Loss, { beta: 0 }), errors.map(Math.abs));
    const sum = (loss: (x: Tensor) => Tensor): Tensor => gradient((x) => loss(x).sum(), errors);
    await expectClose(sum((x) => huberLoss(x, zeros([7]), { delta: 0.5, reduction: 'sum' })), [-0.5, -0.5, -0.3, 0, 0.3, 0.5, 0.5]);
    await expectClose(new HuberLoss({ delta: 2 }).forward(tensor([3]), tensor([0])), 4);
    await expectClose(new SmoothL1Loss({ beta: 2, reduction: 'sum' }).forward(tensor([3]), tensor([0])), 2);
  });

  test('log-cosh keeps the digits of small errors and does not overflow for large ones [L70]', async () => {
    const losses = await logCoshLoss(tensor([1e-4, -0.5, 2, 1000]), zeros([4]), { reduction: 'none' }).data();
    expect(losses[0]! / 5e-9).toBeCloseTo(1, 5);
    await expectClose(tensor(losses.slice(1)), [Math.log(Math.cosh(0.5)), Math.log(Math.cosh(2)), 1000 - Math.LN2]);
    const slopes = gradient((x) => logCoshLoss(x, zeros([4]), { reduction: 'sum' }), [0, 0.5, -2, 1000]);
    await expectClose(slopes, [0, Math.tanh(0.5), -Math.tanh(2), 1]);
    await expectClose(new LogCoshLoss().forward(tensor([2]), tensor([0])), Math.log(Math.cosh(2)));
  });

  test.each([
    ['l1Loss', l1Loss], ['huberLoss', huberLoss], ['smoothL1Loss', smoothL1Loss], ['logCoshLoss', logCoshLoss], ['rmseLoss', rmseLoss],
  ] as const)('%s has the gradients of finite differences and refuses to broadcast', async (name, loss) => {
    await expectGradients((x, t) => loss(x, t), [0.3, -2, 1.7], [0.1, 0.4, 1.1]);
    expect(() => loss(zeros([3, 1]), zeros([3]))).toThrow('the input has shape [3, 1] and the target [3]; they must be equal.');
    expect(() => loss(zeros([3]), ints([1, 2, 3]))).toThrow('the input is int32; expected float32');
    expect(name).toBe(loss.name);
  });

  test('options that make no sense are refused', () => {
    expect(() => huberLoss(zeros([1]), zeros([1]), { delta: 0 })).toThrow('huberLoss: delta is 0; expected a finite number > 0.');
    expect(() => new HuberLoss({ delta: -1 })).toThrow('HuberLoss: delta is -1');
    expect(() => new SmoothL1Loss({ beta: NaN })).toThrow('SmoothL1Loss: beta is NaN; expected a finite number >= 0.');
    expect(() => new L1Loss({ reduction: 'avg' as 'sum' })).toThrow("L1Loss: reduction is 'avg'; expected 'mean', 'sum' or 'none'.");
  });

  test('a module prints its options', () => {
    expect(String(new HuberLoss({ delta: 2, reduction: 'sum' }))).toBe('HuberLoss(delta=2, reduction=sum)');
  });
});

describe('weights of samples', () => {
  const loss = (options: LossOptions): Tensor => l1Loss(tensor([[1, 2], [3, 5]]), zeros([2, 2]), options);

  test('count a sample several times: the mean divides by their sum [L70]', async () => {
    const sampleWeight = tensor([1, 3]);
    await expectClose(loss({ sampleWeight }), (1 + 2 + 3 * (3 + 5)) / (2 * (1 + 3)));
    await expectClose(loss({ sampleWeight, reduction: 'sum' }), 27);
    await expectClose(loss({ sampleWeight, reduction: 'none' }), [[1, 2], [9, 15]]);
    await expectClose(loss({ sampleWeight: tensor([[1, 0], [0, 1]]) }), 3);
    await expectClose(rmseLoss(tensor([3, 4]), zeros([2]), { sampleWeight: tensor([0, 2]) }), 4);
  });

  test('must fit the losses from the left', () => {
    expect(() => loss({ sampleWeight: tensor([1, 2, 3]) })).toThrow(
      'l1Loss: sampleWeight has shape [3] and the losses [2, 2]; expected [2, 2] or its leading axes, one number for each sample.',
    );
    expect(() => loss({ sampleWeight: ints([1, 2]) })).toThrow('l1Loss (sampleWeight): the input is int32');
  });
});
