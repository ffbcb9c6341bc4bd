/** The two networks. Field names are the keys under which their weights are saved. */
import { Conv2d, Linear, Module, maxPool2d } from '@cotangent/layers';
import type { Tensor } from '@cotangent/tensor';

/** Pixels along each side of the images both networks take. */
export const SIDE = 28;
export const CLASSES = 10;

/**
 * LeNet-5 with rectifiers and max pooling: 61,706 parameters. Takes images [batch, 1, 28, 28], gives scores [batch, 10].
 *
 * Source: LeCun, Bottou, Bengio, Haffner: "Gradient-based learning applied to document recognition" (1998).
 */
export class LeNet5 extends Module {
  conv1 = new Conv2d(1, 6, 5, { padding: 2 });
  conv2 = new Conv2d(6, 16, 5);
  fc1 = new Linear(16 * 5 * 5, 120);
  fc2 = new Linear(120, 84);
  fc3 = new Linear(84, CLASSES);

  forward(x: Tensor): Tensor {
    x = maxPool2d(this.conv1.forward(x).relu(), 2);
    x = maxPool2d(this.conv2.forward(x).relu(), 2);
    x = this.fc1.forward(x.flatten(1)).relu();
    x = this.fc2.forward(x).relu();
    return this.fc3.forward(x);
  }
}

/** One linear layer on the pixels: 7,850 parameters, and what LeNet-5 has to be better than. */
export class SoftmaxRegression extends Module {
  fc = new Linear(SIDE * SIDE, CLASSES);

  forward(x: Tensor): Tensor {
    return this.fc.forward(x.flatten(1));
  }
}
