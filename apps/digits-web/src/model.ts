/** The network. Field names are the keys under which its weights are saved. */
import { Conv2d, Linear, Module, maxPool2d } from '@cotangent/layers';
import type { Tensor } from '@cotangent/tensor';

export const CLASSES = 10;

/**
 * Two convolutions and two linear layers: 13,706 parameters for images of 8 x 8, 105,866 for 28 x 28. Takes [batch, 1, side, side] with
 * numbers from 0 (paper) to 1 (ink), gives scores [batch, 10].
 *
 * Small on purpose: a step has to be short enough for a page that plays a GPU on its processor, too.
 */
export class DigitNet extends Module {
  conv1 = new Conv2d(1, 16, 3, { padding: 1 });
  conv2 = new Conv2d(16, 32, 3, { padding: 1 });
  fc1: Linear;
  fc2 = new Linear(64, CLASSES);

  constructor(readonly side: number) {
    super();
    this.fc1 = new Linear(32 * Math.floor(side / 4) ** 2, 64);
  }

  forward(x: Tensor): Tensor {
    x = maxPool2d(this.conv1.forward(x).relu(), 2);
    x = maxPool2d(this.conv2.forward(x).relu(), 2);
    return this.fc2.forward(this.fc1.forward(x.flatten(1)).relu());
  }
}
