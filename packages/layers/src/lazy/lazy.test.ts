import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { assignAll, compile, manualSeed, ones, rand, StateError, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Conv2d, Flatten, Lazy, LayerNorm, LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d, LazyConv1d, LazyConv2d, LazyConv3d,
  LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d, LazyLinear, Linear, ReLU, Sequential, summary, type Module,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

function lenet(): Sequential {
  return new Sequential({
    conv: new LazyConv2d(4, 5),
    norm: new LazyBatchNorm2d(),
    relu: new ReLU(),
    flat: new Flatten(),
    out: new LazyLinear(10),
  });
}

test('the first call makes the layers from the shape of their input, the second uses them [L63]', async () => {
  const net = lenet();
  const x = rand([2, 3, 12, 12]);
  const first = await net.forward(x).array();
  expect(Object.fromEntries(Object.entries(net.stateDict()).map(([key, t]) => [key, t.shape]))).toMatchObject({
    'conv.weight': [4, 3, 5, 5],
    'norm.running_mean': [4],
    'out.weight': [10, 256],
    'out.bias': [10],
  });
  await expectClose(net.forward(x), first);
  expect(String(net.at(-1))).toBe('LazyLinear(inFeatures=256, outFeatures=10, bias=true)');
  expect(String(new LazyConv2d(4, 5))).toBe('LazyConv2d(4, kernelSize=[5, 5])');
});

test('the layers start as those with given sizes do', async () => {
  manualSeed(5);
  const lazy = new LazyLinear(3);
  lazy.forward(ones([1, 2]));
  manualSeed(5);
  await expectClose(lazy.layer.weight, await new Linear(2, 3).weight.array());
});

test('state goes to and comes from a model with given sizes', async () => {
  const [lazy, plain] = [new Sequential(new LazyConv2d(2, 3)), new Sequential(new Conv2d(1, 2, 3))];
  summary(lazy, [1, 1, 5, 5]);
  lazy.loadStateDict(plain.stateDict());
  const x = rand([1, 1, 5, 5]);
  await expectClose(lazy.forward(x), await plain.forward(x).array());
});

describe('before the first call', () => {
  test.each([
    ['an optimiser', (net: Module) => net.parameters()],
    ['a state dict', (net: Module) => net.stateDict()],
    ['loading', (net: Module) => net.loadStateDict({ 'out.weight': ones([10, 256]) })],
    ['freezing', (net: Module) => net.freeze()],
  ])('%s is refused, with the way out [L63]', (_, use) => {
    expect(() => use(lenet())).toThrow(StateError);
    expect(() => use(lenet())).toThrow(
      'conv: LazyConv2d(4, kernelSize=[5, 5]) has no parameters before its first call, which shows it the shape of its input. ' +
        'Call the model once on a batch, or summary(model, inputShape), before an optimizer is made',
    );
  });

  test('modes can be set, and reach the layer when it is there', async () => {
    const net = new Sequential(new LazyBatchNorm1d()).eval();
    await expectClose(net.forward(ones([2, 3])), [[1, 1, 1], [1, 1, 1]]);
    await expectClose(net.train().forward(ones([2, 3])), [[0, 0, 0], [0, 0, 0]]);
  });

  test('a compiled call says what to do', () => {
    const net = new LazyLinear(2);
    expect(() => compile((x: Tensor) => net.forward(x))(ones([1, 3]))).toThrow(
      'LazyLinear(outFeatures=2): the first call makes the parameters, and it is inside compile, where none can be made. Call the model once before',
    );
  });
});

test('summary with an input shape builds without computing, and training goes on as usual [L63]', async () => {
  const net = lenet();
  const table = summary(net, [1, 3, 12, 12]);
  expect(table.rows.map((r) => [r.name, r.parameters])).toEqual([
    ['input', 0], ['conv', 304], ['norm', 8], ['relu', 0], ['flat', 0], ['out', 2570],
  ]);
  const [conv] = net.parameters();
  const before = await conv!.array();
  const gradients = backward(net.forward(rand([4, 3, 12, 12])).square().mean());
  assignAll([...gradients].map(([p, g]) => [p, p.sub(g as Tensor)]));
  expect(await conv!.array()).not.toEqual(before);
});

test('two lazy layers made by a summary do not start equal', async () => {
  const net = new Sequential(new LazyLinear(4), new LazyLinear(4));
  summary(net, [1, 4]);
  const [a, , b] = net.parameters();
  expect(await a!.array()).not.toEqual(await b!.array());
});

test('there is a lazy form of the layers that have channels', () => {
  expect(new LazyConv1d(4, 3).forward(ones([1, 2, 8])).shape).toEqual([1, 4, 6]);
  expect(new LazyConv3d(4, 3).forward(ones([1, 2, 8, 8, 8])).shape).toEqual([1, 4, 6, 6, 6]);
  expect(new LazyConvTranspose1d(4, 2, { stride: 2 }).forward(ones([1, 2, 8])).shape).toEqual([1, 4, 16]);
  const up = new LazyConvTranspose2d(4, 3, { stride: 2, padding: 1 });
  expect(up.forward(ones([1, 2, 8, 8]), { outputSize: [16, 16] }).shape).toEqual([1, 4, 16, 16]);
  expect(new LazyConvTranspose3d(4, 1).forward(ones([1, 2, 3, 3, 3])).shape).toEqual([1, 4, 3, 3, 3]);
  expect(new LazyBatchNorm3d().forward(ones([1, 2, 3, 3, 3])).shape).toEqual([1, 2, 3, 3, 3]);
  const own = new Lazy((x) => new LayerNorm(x.shape.at(-1)!), 'last axis');
  expect(String(own)).toBe('Lazy(last axis)');
  own.forward(ones([2, 5]));
  expect(Object.keys(own.stateDict())).toEqual(['weight', 'bias']);
});

test('input and sizes that cannot be are refused', () => {
  expect(() => new LazyLinear(0)).toThrow('LazyLinear: outFeatures is 0; expected a whole number >= 1.');
  expect(() => new LazyConv2d(2, 0)).toThrow('LazyConv2d: kernelSize');
  expect(() => new LazyLinear(2).forward(ones([]))).toThrow('LazyLinear: the input is a scalar; expected [..., features].');
  expect(() => new LazyConv2d(2, 3).forward(ones([3, 3]))).toThrow('LazyConv2d: the input has shape [3, 3]; expected');
  expect(() => new Lazy(7 as never)).toThrow('Lazy: got the number 7; expected a function that makes a layer for an input.');
});
