import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ones, parameter, StateError, tensor, use, variable, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { BatchNorm1d, Dropout, Linear, Module, ReLU, Sequential } from './index';
import { expectClose } from './testing/expect';

beforeAll(async () => {
  await use(cpu());
});

class Net extends Module {
  scale = parameter(tensor([2]));
  hidden = new Linear(2, 3);
  layers = [new Linear(3, 3), new BatchNorm1d(3)] as const;
  heads = { a: new Linear(3, 1), b: new Linear(3, 1, { bias: false }) };
  seen = variable(tensor([0]));
  constant = tensor([1]);
  settings = { rate: 0.1, names: ['x'] };
  forward(x: Tensor): Tensor {
    return this.heads.a.forward(this.layers[1].forward(this.layers[0].forward(this.hidden.forward(x)))).mul(this.scale);
  }
}

const KEYS = [
  'scale', 'seen', 'hidden.weight', 'hidden.bias', 'layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias',
  'layers.1.running_mean', 'layers.1.running_var', 'layers.1.num_batches_tracked', 'heads.a.weight', 'heads.a.bias', 'heads.b.weight',
];

test('finds parameters, buffers and modules in fields, arrays and plain objects, own ones first', () => {
  const net = new Net();
  expect(Object.keys(net.stateDict())).toEqual(KEYS);
  const buffers = ['seen', 'layers.1.running_mean', 'layers.1.running_var', 'layers.1.num_batches_tracked'];
  expect(net.namedBuffers().map(([key]) => key)).toEqual(buffers);
  expect(net.namedParameters().map(([key]) => key)).toEqual(KEYS.filter((key) => !buffers.includes(key)));
  expect(net.namedModules().map(([name]) => name)).toEqual(['', 'hidden', 'layers.0', 'layers.1', 'heads.a', 'heads.b']);
  expect(net.children()).toEqual([net.hidden, ...net.layers, net.heads.a, net.heads.b]);
});

test('parameters() names what has no name yet', () => {
  const net = new Net();
  net.hidden.weight.name = 'mine';
  expect(net.parameters().map((p) => p.name).slice(0, 3)).toEqual(['scale', 'mine', 'hidden.bias']);
  expect(net.layers[0].parameters()[0]!.name).toBe('layers.0.weight');
});

test('a shared parameter counts once, has all its keys in the state, and one key is enough to load it', async () => {
  class Tied extends Module {
    encoder = new Linear(2, 2, { bias: false });
    decoder = new Linear(2, 2, { bias: false });
    again = this.encoder;
    constructor() {
      super();
      this.decoder.weight = this.encoder.weight;
    }
    forward(x: Tensor): Tensor {
      return this.decoder.forward(this.encoder.forward(x));
    }
  }
  const tied = new Tied();
  expect(tied.namedParameters().map(([key]) => key)).toEqual(['encoder.weight']);
  expect(tied.modules()).toHaveLength(3);
  expect(Object.keys(tied.stateDict())).toEqual(['encoder.weight', 'decoder.weight', 'again.weight']);
  tied.loadStateDict({ 'decoder.weight': tensor([[1, 2], [3, 4]]) });
  await expectClose(tied.encoder.weight, [[1, 2], [3, 4]]);
  const gradients = backward(tied.forward(tensor([[1, 0]])).sum());
  // d/dW of sum(W W x): (1^T W)^T x^T + 1 (W x)^T
  await expectClose(gradients.get(tied.encoder.weight) as Tensor, [[4 + 1, 0 + 3], [6 + 1, 0 + 3]]);
});

test('a module inside itself is visited once', () => {
  class Loop extends Module {
    weight = parameter(tensor([1]));
    self = [this as Module];
    inner = new Linear(1, 1);
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  const loop = new Loop();
  expect(Object.keys(loop.stateDict())).toEqual(['weight', 'inner.weight', 'inner.bias']);
  expect(loop.eval().inner.training).toBe(false);
  expect(String(loop)).toBe('Loop(\n  (self.0): Loop(...)\n  (inner): Linear(inFeatures=1, outFeatures=1, bias=true)\n)');
});

test('train, eval, freeze and unfreeze reach everything below', () => {
  const net = new Net();
  expect(net.eval().modules().every((m) => !m.training)).toBe(true);
  expect(net.train().modules().every((m) => m.training)).toBe(true);
  expect(net.freeze().parameters().some((p) => p.requiresGrad)).toBe(false);
  expect(net.requiresGrad).toBe(false);
  net.heads.a.unfreeze();
  expect(net.parameters().filter((p) => p.requiresGrad)).toEqual([net.heads.a.weight, net.heads.a.bias]);
  expect(net.requiresGrad).toBe(true);
});

test('a frozen parameter gets no gradient', () => {
  const net = new Sequential(new Linear(2, 2), new Linear(2, 1));
  net.at(0)!.freeze();
  const gradients = backward(net.forward(ones([1, 2])).sum());
  expect(net.parameters().map((p) => gradients.get(p) !== undefined)).toEqual([false, false, true, true]);
});

test('state moves from one model to another, and is a value that later training does not change', async () => {
  const [a, b] = [new Net(), new Net()];
  const state = a.stateDict();
  const before = await a.hidden.weight.array();
  expect(b.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
  a.hidden.weight.assign(zeros([3, 2]));
  expect(await b.hidden.weight.array()).toEqual(before);
  expect(await state['hidden.weight']!.array()).toEqual(before);
  expect(await a.hidden.weight.array()).toEqual([[0, 0], [0, 0], [0, 0]]);
});

test('a state taken before an update can still be read after it', async () => {
  const layer = new Linear(1, 1, { bias: false });
  layer.loadStateDict({ weight: tensor([[3]]) });
  const state = layer.stateDict();
  layer.weight.assign(tensor([[4]]));
  expect(await state['weight']!.item()).toBe(3);
});

test('everything that does not fit is reported at once, and nothing is changed', async () => {
  const net = new Sequential(new Linear(2, 3), new BatchNorm1d(3));
  const before = await net.parameters()[0]!.array();
  const { '1.running_var': dropped, ...rest } = net.stateDict();
  const broken: Record<string, Tensor> = {
    ...rest,
    '0.weight': zeros([3, 4]),
    '0.bias': zeros([3], { dtype: 'int32' }),
    '1.weight': [1, 2, 3] as unknown as Tensor,
    '2.weight': dropped!,
  };
  const load = (): unknown => net.loadStateDict(broken);
  expect(load).toThrow(StateError);
  expect(load).toThrow(
    'loadStateDict: the state dict does not fit Sequential; nothing was changed.\n' +
      '  wrong shape: 0.weight is [3, 4], expected [3, 2]\n' +
      "  wrong dtype: 0.bias is int32, expected float32; .cast('float32') converts it\n" +
      '  no tensor: 1.weight is an array\n' +
      '  missing: 1.running_var [3]\n' +
      '  unexpected: 2.weight [3]\n' +
      '{ strict: false } skips missing and unexpected keys.',
  );
  expect(await net.parameters()[0]!.array()).toEqual(before);
  expect(() => net.loadStateDict(broken, { strict: false })).toThrow('wrong shape: 0.weight');
});

test('strict: false loads what fits and lists the rest', async () => {
  const layer = new Linear(1, 1);
  const report = layer.loadStateDict({ weight: tensor([[7]]), other: tensor([1]) }, { strict: false });
  expect(report).toEqual({ missing: ['bias'], unexpected: ['other'] });
  expect(await layer.weight.item()).toBe(7);
});

test('prints the tree of modules', () => {
  const net = new Sequential(new Linear(2, 3), new Sequential(new ReLU(), new Dropout(0.2)));
  expect(String(net)).toBe(
    [
      'Sequential(',
      '  (0): Linear(inFeatures=2, outFeatures=3, bias=true)',
      '  (1): Sequential(',
      '    (0): ReLU()',
      '    (1): Dropout(p=0.2)',
      '  )',
      ')',
    ].join('\n'),
  );
});

test('a module of another copy of the package is refused', () => {
  const foreign = Object.create({ [Symbol.for('@cotangent/module')]: true }) as object;
  class Holder extends Module {
    child = foreign;
    forward(): void {
      return;
    }
  }
  expect(() => new Holder().parameters()).toThrow('another copy of @cotangent/layers');
});
