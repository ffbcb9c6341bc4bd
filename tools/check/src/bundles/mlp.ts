import { backward } from '@cotangent/autodiff';
import { Linear, ReLU, Sequential, crossEntropy } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { randint, randn, type Tensor } from '@cotangent/tensor';

/** Trains a small network on noise and prints the loss of each step. */
export async function train(): Promise<void> {
  const model = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const step = (x: Tensor, y: Tensor): Tensor => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.step(backward(loss));
    return loss;
  };
  for (let i = 0; i < 10; i++) console.log(await step(randn([64, 784]), randint(0, 10, [64])).item());
}
