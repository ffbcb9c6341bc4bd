import { backward, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, keep, ones, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  AdaptiveAvgPool2d, Conv2d, featureExtractor, Flatten, init, Linear, Module, ReLU, Sequential, Tanh, type HookHandle,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

function linear(weight: number[][]): Linear {
  const layer = new Linear(weight[0]!.length, weight.length, { bias: false });
  layer.loadStateDict({ weight: tensor(weight) });
  return layer;
}

describe('forward hooks', () => {
  test('see inputs and output, in the order of registration, and are taken off by their handle [L74]', () => {
    const layer = linear([[2, 0], [0, 3]]);
    const seen: string[] = [];
    const handles: HookHandle[] = [
      layer.registerForwardPreHook((module, [x]) => void seen.push(`before ${String(module === layer)} ${(x as Tensor).shape.join()}`)),
      layer.registerForwardHook((_, [x], y) => void seen.push(`after ${(x as Tensor).shape.join()} ${(y as Tensor).shape.join()}`)),
      layer.registerForwardHook(() => void seen.push('second')),
    ];
    layer.forward(ones([5, 2]));
    expect(seen).toEqual(['before true 5,2', 'after 5,2 5,2', 'second']);
    for (const handle of handles) handle.remove();
    handles[0]!.remove();
    layer.forward(ones([5, 2]));
    expect(seen).toHaveLength(3);
  });

  test('may replace inputs and output, and reach layers inside a model', async () => {
    const net = new Sequential(linear([[2]]), new ReLU());
    const handle = net.at(0)!.registerForwardPreHook((_, [x]) => [(x as Tensor).mul(10)]);
    await expectClose(net.forward(tensor([[1]])), [[20]]);
    net.at(1)!.registerForwardHook((_, __, y) => (y as Tensor).add(1));
    await expectClose(net.forward(tensor([[1]])), [[21]]);
    handle.remove();
    await expectClose(net.forward(tensor([[1]])), [[3]]);
  });

  test('a compiled function is recorded again when hooks change', async () => {
    const layer = linear([[2]]);
    const call = compile((x: Tensor) => layer.forward(x));
    await expectClose(call(tensor([[1]])), [[2]]);
    const handle = layer.registerForwardHook((_, __, y) => (y as Tensor).neg());
    await expectClose(call(tensor([[1]])), [[-2]]);
    handle.remove();
    await expectClose(call(tensor([[1]])), [[2]]);
  });

  test('what is no function, and a pre-hook that returns something else than an array, are refused', () => {
    const layer = linear([[1]]);
    expect(() => layer.registerForwardHook('hook' as never)).toThrow('registerForwardHook: the hook is the string "hook"; expected a function.');
    layer.registerForwardPreHook((() => ones([1, 1])) as never);
    expect(() => layer.forward(ones([1, 1]))).toThrow('expected an array of inputs, or nothing');
  });
});

describe('backward hooks', () => {
  test('have the gradients by outputs and inputs as values [L74]', async () => {
    const first = linear([[1, 2], [3, 4]]);
    const second = linear([[5, 6]]);
    const net = new Sequential(first, second);
    const seen: Record<string, Tensor> = {};
    first.registerFullBackwardPreHook((_, [grad]) => void (seen['output'] = keep(grad!)));
    second.registerFullBackwardHook((_, [input], [output]) => {
      seen['second input'] = keep(input!);
      seen['second output'] = keep(output!);
      return undefined;
    });
    const x = track(tensor([[1, 1]]));
    const [gradient] = gradients(net.forward(x).sum(), [x]);
    await expectClose(seen['second output']!, [[1]]);
    await expectClose(seen['second input']!, [[5, 6]]);
    await expectClose(seen['output']!, [[5, 6]]);
    await expectClose(gradient!, [[5 + 18, 10 + 24]]);
  });

  test('may replace gradients', async () => {
    const layer = linear([[3]]);
    const x = track(tensor([[2]]));
    const doubled = layer.registerFullBackwardPreHook((_, grads) => grads.map((g) => g.mul(2)));
    await expectClose(gradients(layer.forward(x).sum(), [x])[0]!, [[6]]);
    doubled.remove();
    layer.registerFullBackwardHook((_, [input]) => [input!.neg()]);
    const loss = layer.forward(x).sum();
    await expectClose(gradients(loss, [x])[0]!, [[-3]]);
    await expectClose(gradients(loss, [layer.weight])[0]!, [[2]]);
  });

  test('of a module with several inputs and outputs get all gradients at once, zeros for what the loss does not use', async () => {
    class Cross extends Module {
      forward(a: Tensor, b: Tensor): { product: Tensor; sum: Tensor } {
        return { product: a.mul(b.sum()), sum: a.sum() };
      }
    }
    const module = new Cross();
    let seen: readonly Tensor[] = [];
    module.registerFullBackwardHook((_, inputs, outputs) => void (seen = [...inputs, ...outputs].map((t) => keep(t))));
    const [a, b] = [track(tensor([1, 2])), track(tensor([[3], [4]]))];
    const { product } = module.forward(a, b);
    const grads = gradients(product.sum(), [a, b]);
    await expectClose(grads[0]!, [7, 7]);
    await expectClose(grads[1]!, [[3], [3]]);
    expect(seen.map((t) => t.shape)).toEqual([[2], [2, 1], [2], []]);
    await expectClose(seen[3]!, 0);
  });

  test('of a module whose inputs record no gradient are called with the gradients by the outputs', async () => {
    const layer = linear([[3]]);
    let seen: readonly [number, Tensor] | undefined;
    layer.registerFullBackwardHook((_, inputs, [output]) => void (seen = [inputs.length, keep(output!)]));
    backward(layer.forward(tensor([[2]])).sum());
    expect(seen![0]).toBe(0);
    await expectClose(seen![1], [[1]]);
  });
});

describe('featureExtractor', () => {
  test('gives outputs by the names of layers, and gradients flow through them [L74]', async () => {
    const net = new Sequential({ hidden: linear([[1, 1], [1, -1]]), act: new ReLU(), out: linear([[1, 2]]) });
    const extractor = featureExtractor(net, ['act', 'out']);
    const { act, out } = extractor.forward(tensor([[1, 3]]));
    await expectClose(act, [[4, 0]]);
    await expectClose(out, [[4]]);
    expect([...backward(out.sum())].length).toBe(2);
    expect(Object.keys(extractor.stateDict())).toEqual(['model.hidden.weight', 'model.out.weight']);
  });

  test('reaches paths below arrays and nested modules', () => {
    class Net extends Module {
      blocks = [new Sequential(new Linear(2, 3), new Tanh()), new Sequential(new Linear(3, 4))];
      forward(x: Tensor): Tensor {
        return this.blocks[1]!.forward(this.blocks[0]!.forward(x));
      }
    }
    const features = featureExtractor(new Net(), ['blocks.0.1', 'blocks.1', '']).forward(ones([1, 2]));
    expect(Object.entries(features).map(([name, t]) => [name, t.shape])).toEqual([
      ['blocks.0.1', [1, 3]],
      ['blocks.1', [1, 4]],
      ['', [1, 4]],
    ]);
  });

  test('a path that does not exist and a layer that is not called are errors', () => {
    class Half extends Module {
      used = new Linear(2, 2);
      unused = new Linear(2, 2);
      forward(x: Tensor): Tensor {
        return this.used.forward(x);
      }
    }
    expect(() => featureExtractor(new Sequential(new Half()), ['0.conv'])).toThrow(
      "getSubmodule: there is no module 'conv' in Half, which has 'used', 'unused'.",
    );
    expect(() => featureExtractor(new Half(), ['unused']).forward(ones([1, 2]))).toThrow(
      "'unused' (Linear) was not called in the forward pass of Half",
    );
  });

  test('with the gradient by an output it makes a class activation map: bright where the pattern is [L74]', async () => {
    const net = new Sequential({
      conv: new Conv2d(1, 2, 3, { padding: 1, bias: false }),
      relu: new ReLU(),
      pool: new AdaptiveAvgPool2d(1),
      flatten: new Flatten(),
      out: linear([[1, 0], [0, 1]]),
    });
    const [conv] = net.parameters();
    // Filter 0 answers to a dot, filter 1 to flat areas.
    init.initialise(conv!, tensor([[[[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]], [[[1, 1, 1], [1, 1, 1], [1, 1, 1]]]]));
    const image = tensor([[[[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]]);
    const { relu, out } = featureExtractor(net, ['relu', 'out']).forward(image);
    const [slope] = gradients(out.index(0, 0), [relu]);
    const map = relu.mul(slope!.mean({ dim: [2, 3], keepdim: true })).sum({ dim: 1 }).relu();
    expect(await map.argmax().item()).toBe(6);
  });
});
