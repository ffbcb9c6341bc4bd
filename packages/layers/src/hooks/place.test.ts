import { cpu } from '@cotangent/backend-cpu';
import { matmul, ones, parameter, ShapeError, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { Conv2d, Flatten, Linear, Module, ReLU, Residual, Sequential } from '../index';

beforeAll(async () => {
  await use(cpu());
});

function messageOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    expect(error).toBeInstanceOf(ShapeError);
    const { message, stack } = error as Error;
    expect(stack).toContain(message);
    return message;
  }
  throw new Error('nothing was thrown');
}

const features = (): Sequential => new Sequential(new Conv2d(1, 4, 3), new ReLU(), new Conv2d(4, 8, 3), new ReLU(), new Conv2d(4, 8, 3));

test('a wrong shape in the fifth layer names the path, the class, what it got and what it wanted [B11]', () => {
  const net = new Sequential({ features: features(), flatten: new Flatten() });
  expect(messageOf(() => net.forward(ones([2, 1, 12, 12])))).toBe(
    'Conv2d(4, 8): the input has shape [2, 8, 8, 8]; expected [batch, 4, height, width] or [4, height, width]: channels come before space.\n' +
      'In features.4 (Conv2d) of Sequential, called with [2, 8, 8, 8].',
  );
});

test('so it does in a net composed by hand, whatever containers stand between', () => {
  class Net extends Module {
    stem = new Conv2d(1, 1, 1);
    blocks = [new Residual(new Sequential(new Linear(6, 6))), new Residual(new Sequential(new Linear(6, 6), new Linear(5, 6)))];
    forward(x: Tensor): Tensor {
      x = this.stem.forward(x).relu();
      for (const block of this.blocks) x = block.forward(x);
      return x;
    }
  }
  expect(messageOf(() => new Net().forward(ones([2, 1, 3, 6])))).toBe(
    'Linear(5, 6): the input has shape [2, 1, 3, 6]; expected [..., 5]. Flatten or transpose the input, or change inFeatures.\n' +
      'In blocks.1.body.1 (Linear) of Net, called with [2, 1, 3, 6].',
  );
});

test('a layer of the user, whose error comes from an op, is named as well', () => {
  class Scores extends Module {
    weight = parameter(ones([7, 2]));
    forward(x: Tensor, factor: Tensor): Tensor {
      return matmul(x, this.weight).mul(factor);
    }
  }
  class Net extends Module {
    heads = { scores: new Scores() };
    forward(x: Tensor): Tensor {
      return this.heads.scores.forward(x, ones([1]));
    }
  }
  const message = messageOf(() => new Net().forward(ones([3, 5])));
  expect(message).toContain('matmul: ');
  expect(message).toContain('\nIn heads.scores (Scores) of Net, called with [3, 5], [1].');
});

test('a layer on its own needs no path', () => {
  expect(messageOf(() => new Linear(4, 2).forward(ones([8, 3])))).not.toContain('\n');
});
