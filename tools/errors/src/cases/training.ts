import { backward } from '@cotangent/autodiff';
import {
  BatchNorm2d, binaryCrossEntropy, Conv2d, crossEntropy, Dropout, Embedding, Flatten, Linear, mseLoss, ReLU, Residual, Sequential,
  softMarginLoss,
} from '@cotangent/layers';
import { Adam, SGD } from '@cotangent/optimizers';
import { manualSeed, ones, tensor, zeros, type Tensor } from '@cotangent/tensor';
import { fit } from '@cotangent/train';
import type { Section } from '../section';

const int = (data: number[]) => tensor(data, { dtype: 'int32' });

/** One batch of plain numbers. */
function batch(scale: number): { x: Tensor; y: Tensor }[] {
  return [{ x: tensor([[1, 2], [3, -1]]).mul(scale), y: tensor([[1], [0]]) }];
}

function perceptron(): Sequential {
  manualSeed(1);
  return new Sequential(new Linear(2, 4), new ReLU(), new Linear(4, 1));
}

export const training: readonly Section[] = [
  {
    title: 'Layers and losses',
    cases: [
      () => new Linear(4, 2).forward(ones([8, 3])),
      () => new Conv2d(3, 8, 3).forward(ones([2, 1, 28, 28])),
      () => new BatchNorm2d(3).forward(ones([2, 3])),
      () => new Embedding(10, 4).forward(ones([3])),
      () => {
        const features = new Sequential(new Conv2d(1, 4, 3), new ReLU(), new Conv2d(4, 8, 3), new ReLU(), new Conv2d(4, 8, 3));
        return new Sequential({ features, flatten: new Flatten() }).forward(ones([2, 1, 12, 12]));
      },
      () => new Residual(new Linear(4, 2)).forward(ones([1, 4])),
      () => new Dropout(1.5),
      () => new Linear(0.5, 2),
      () => new Linear(4, 2).forward([[1, 2, 3, 4]] as never),
      () => crossEntropy(ones([8, 10]), int([1, 2, 3])),
      () => crossEntropy(ones([2, 3]), int([0, 3])).item(),
      () => mseLoss(ones([8, 1]), ones([8])),
      () => mseLoss(ones([8, 1]), ones([8, 1]), { sampleWeight: ones([4]) }),
      () => binaryCrossEntropy(tensor([0.5]), tensor([255])),
      () => softMarginLoss(ones([2]), tensor([0, 1])),
    ],
  },
  {
    title: 'State dicts',
    cases: [
      () => {
        const model = new Sequential(new Linear(4, 3), new ReLU(), new Linear(3, 2));
        model.loadStateDict({ '0.weight': zeros([4, 3]), '0.bias': zeros([3], { dtype: 'float64' }), '1.weight': zeros([2, 3]) });
      },
      () => new Linear(4, 2).loadStateDict({ weight: zeros([4, 2]) }, { strict: false }),
      () => new Adam(new Linear(4, 2).parameters()).loadStateDict(new SGD(new Linear(4, 2).parameters(), { lr: 0.1 }).stateDict()),
    ],
  },
  {
    title: 'Training',
    cases: [
      () => {
        const model = perceptron();
        const optimizer = new SGD(model.parameters(), { lr: 1000 });
        return fit(model, { train: batch(1), loss: mseLoss, optimizer, epochs: 20, progress: false });
      },
      () => {
        const model = perceptron();
        const optimizer = new SGD(model.parameters(), { lr: 0.01 });
        return fit(model, { train: batch(NaN), loss: mseLoss, optimizer, epochs: 20, progress: false });
      },
      () => {
        const model = perceptron();
        const optimizer = new SGD(model.parameters(), { lr: 0.01 });
        const loss = (output: Tensor): Tensor => output.relu().mul(0).log().mean();
        return fit(model, { train: batch(1), loss, optimizer, epochs: 20, progress: false });
      },
      () => {
        const model = perceptron();
        const optimizer = new SGD(model.parameters(), { lr: 0.01 });
        return fit(model, { train: batch(1), loss: mseLoss, optimizer, epochs: 0.5, progress: false });
      },
      () => new SGD(new Linear(4, 2).parameters(), { lr: -1 }),
      () => new Adam([], { lr: 0.1 }),
      () => {
        const [model, other] = [new Linear(4, 2), new Linear(4, 2)];
        const loss = other.forward(ones([1, 4])).sum();
        new SGD(model.parameters(), { lr: 0.1 }).step(backward(loss));
      },
    ],
  },
];
