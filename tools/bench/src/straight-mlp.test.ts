import { expect, it } from 'vitest';
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { crossEntropy } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { manualSeed, rand, randint, use } from '@cotangent/tensor';
import { straightCopy, tinyMlp } from './small-step';

it('the step in straight loops gives the losses of the framework', async () => {
  await use(cpu());
  manualSeed(3);
  const model = tinyMlp();
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const straight = await straightCopy(model, 32);
  const [x, y] = [rand([32, 8]), randint(0, 10, [32])];
  const [inputs, classes] = [(await x.data()) as Float32Array, (await y.data()) as Int32Array];
  const losses: number[] = [];
  for (let i = 0; i < 200; i++) {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.step(backward(loss));
    losses.push(loss.itemSync());
    expect(Math.abs(straight.step(inputs, classes) - losses[i]!)).toBeLessThan(1e-4);
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.1);
});
