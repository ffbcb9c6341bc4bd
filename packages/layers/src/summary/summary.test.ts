import { cpu, type CpuBackend } from '@cotangent/backend-cpu';
import { defaultGenerator, maxPool2d, ones, parameter, rand, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  BatchNorm1d, Conv2d, Dropout, Embedding, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential, summary, Tanh, type Layer,
} from '../index';

let backend: CpuBackend;

beforeAll(async () => {
  backend = cpu();
  await use(backend);
});

function lenet(channels: number, filters: number): Layer {
  return new Sequential({
    conv1: new Conv2d(channels, filters, 5),
    pool1: new MaxPool2d(2),
    conv2: new Conv2d(filters, 16, 5),
    pool2: new MaxPool2d(2),
    flatten: new Flatten(),
    fc3: new Linear(400, 120),
    fc4: new Linear(120, 84),
    softmax: new Linear(84, 10),
  });
}

test('LeNet-5 on 32 x 32 colour images with 8 filters has 62958 parameters [L62 X04 E39]', () => {
  const table = summary(lenet(3, 8), [1, 3, 32, 32]);
  expect(table.rows.map((r) => [r.name, r.activations, r.parameters])).toEqual([
    ['input', 3072, 0],
    ['conv1', 6272, 608],
    ['pool1', 1568, 0],
    ['conv2', 1600, 3216],
    ['pool2', 400, 0],
    ['flatten', 400, 0],
    ['fc3', 120, 48120],
    ['fc4', 84, 10164],
    ['softmax', 10, 850],
  ]);
  expect(table.parameters).toBe(62958);
  expect(String(table)).toBe(
    [
      'Sequential',
      '-----------------------------------------------------------',
      'layer              output shape     activations  parameters',
      '-----------------------------------------------------------',
      'input              [1, 3, 32, 32]          3072           0',
      'conv1 (Conv2d)     [1, 8, 28, 28]          6272         608',
      'pool1 (MaxPool2d)  [1, 8, 14, 14]          1568           0',
      'conv2 (Conv2d)     [1, 16, 10, 10]         1600        3216',
      'pool2 (MaxPool2d)  [1, 16, 5, 5]            400           0',
      'flatten (Flatten)  [1, 400]                 400           0',
      'fc3 (Linear)       [1, 120]                 120       48120',
      'fc4 (Linear)       [1, 84]                   84       10164',
      'softmax (Linear)   [1, 10]                   10         850',
      '-----------------------------------------------------------',
      '62958 parameters: 62958 trainable, 0 frozen',
    ].join('\n'),
  );
});

test('the classic LeNet-5 has 61706 parameters, 62006 with colours', () => {
  expect(summary(lenet(1, 6), [1, 1, 32, 32]).parameters).toBe(61706);
  expect(summary(lenet(3, 6), [1, 3, 32, 32]).parameters).toBe(62006);
});

test('frozen parameters and buffers are counted apart [L62]', () => {
  const net = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Linear(4, 1));
  net.at(0)!.freeze();
  const { parameters, trainable, frozen, buffers } = summary(net, [2, 3]);
  expect({ parameters, trainable, frozen, buffers }).toEqual({ parameters: 16 + 8 + 5, trainable: 13, frozen: 16, buffers: 9 });
});

class Twice extends Module {
  shared = new Linear(4, 4);
  unused = new Linear(2, 2);
  scale = parameter(tensor([1]));
  forward(x: Tensor, y: Tensor): { a: Tensor } {
    return { a: this.shared.forward(this.shared.forward(x)).add(y).mul(this.scale) };
  }
}

test('shared layers count once, uncalled ones are listed, own parameters have a row [L38]', () => {
  const table = summary(new Twice(), [[5, 4], zeros([5, 4])]);
  expect(table.rows.map((r) => [r.name, r.kind, r.outputShape, r.parameters])).toEqual([
    ['input', 'Input', [5, 4], 0],
    ['input', 'Input', [5, 4], 0],
    ['shared', 'Linear', [5, 4], 20],
    ['shared', 'Linear', [5, 4], 0],
    ['', 'Twice', [5, 4], 1],
    ['unused', 'Linear', undefined, 6],
  ]);
  expect(table.parameters).toBe(27);
  expect(String(table)).toContain('not called');
});

test('nothing is computed, drawn or changed', async () => {
  const net = new Sequential(new Linear(3, 3), new BatchNorm1d(3), new Dropout(0.5), new Tanh());
  await net.forward(rand([4, 3])).data();
  net.at(2)!.eval();
  const before = { plans: backend.stats().plans, stream: defaultGenerator.state() };
  const mean = (net.at(1) as BatchNorm1d).running_mean!;
  const { node, version } = mean;
  const call = Object.getOwnPropertyDescriptor(net.at(0)!, 'forward');
  expect(summary(net, [1, 3]).rows).toHaveLength(5);
  expect({ plans: backend.stats().plans, stream: defaultGenerator.state() }).toEqual(before);
  expect(mean.node).toBe(node);
  expect(mean.version).toBe(version);
  expect(net.modules().map((m) => m.training)).toEqual([true, true, true, false, true]);
  expect(Object.getOwnPropertyDescriptor(net.at(0)!, 'forward')).toEqual(call);
});

test('a buffer that a forward pass updates even in evaluation is put back', async () => {
  class Counter extends BatchNorm1d {
    override forward(x: Tensor): Tensor {
      this.num_batches_tracked!.update(this.num_batches_tracked!.add(1));
      return super.forward(x.add(rand(x.shape)));
    }
  }
  const net = new Counter(2);
  const stream = defaultGenerator.state();
  summary(net, [4, 2]);
  expect(await net.num_batches_tracked!.item()).toBe(0);
  expect(defaultGenerator.state()).toEqual(stream);
});

test('a model of more nodes than may be pending is still not computed', () => {
  class Long extends Module {
    forward(x: Tensor): Tensor {
      for (let i = 0; i < 6000; i++) x = x.add(1);
      return x;
    }
  }
  const { plans } = backend.stats();
  expect(summary(new Long(), [1, 2]).rows).toHaveLength(2);
  expect(backend.stats().plans).toBe(plans);
});

test('index inputs are given by dtype', () => {
  const net = new Sequential(new Embedding(10, 4), new Flatten(), new Linear(12, 2));
  expect(summary(net, [1, 3], { dtype: 'int32' }).rows.map((r) => r.outputShape)).toEqual([[1, 3], [1, 3, 4], [1, 12], [1, 2]]);
});

test('functions between layers need no row', () => {
  class Net extends Module {
    conv = new Conv2d(1, 2, 3);
    relu = new ReLU();
    forward(x: Tensor): Tensor {
      return maxPool2d(this.relu.forward(this.conv.forward(x)), 2);
    }
  }
  expect(summary(new Net(), ones([1, 1, 6, 6])).rows.map((r) => r.name)).toEqual(['input', 'conv', 'relu']);
});

test('an input that does not fit is an error with the reason, and leaves the model as it was', async () => {
  const net = lenet(3, 8);
  expect(() => summary(net, [1, 1, 32, 32])).toThrow(
    'summary: Sequential cannot take an input of shape [1, 1, 32, 32]. Conv2d(3, 8): the input has shape [1, 1, 32, 32]',
  );
  expect(net.training).toBe(true);
  expect((await net.forward(zeros([1, 3, 32, 32])).data()).length).toBe(10);
  expect(() => summary(net, [])).toThrow('summary: the input must be a shape');
  expect(() => summary(net, [1, -1])).toThrow('summary: the input must be a shape');
  expect(() => summary(Linear as unknown as Layer, [1])).toThrow('summary: the model is the function or class Linear; expected a Module.');
});
