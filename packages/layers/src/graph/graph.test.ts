import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { assignAll, compile, concat, manualSeed, ones, parameter, rand, randn, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import {
  Conv2d, crossEntropy, Embedding, Flatten, Graph, input, layer, LazyLinear, Linear, LSTM, Module, mseLoss, ReLU, Residual, Sequential,
  summary, Tanh, type Layer,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

test('a model with 2 inputs and 3 losses trains, inside compile as well [L51]', async () => {
  manualSeed(3);
  const image = input([1, 6, 6]);
  const extra = input([3]);
  const seen = layer(new ReLU(), layer(new LazyLinear(16), layer(new Flatten(), layer(new Conv2d(1, 4, 3), image))));
  const early = layer('early', new Linear(16, 2), seen);
  const joined = layer((a, b) => concat([a, b], 1), seen, extra);
  const model = new Graph({
    inputs: [image, extra],
    outputs: { early, kind: layer('kind', new Linear(19, 2), joined), size: layer('size', new Linear(19, 1), joined) },
  });
  const [x, e] = [rand([16, 1, 6, 6]), randn([16, 3])];
  const kind = x.mean({ dim: [1, 2, 3] }).gt(0.5).cast('int32');
  const size = e.sum({ dim: 1, keepdim: true });
  await Promise.all([x.data(), e.data(), kind.data(), size.data()]);
  const step = compile((a: Tensor, b: Tensor, k: Tensor, s: Tensor) => {
    const y = model.forward(a, b);
    const losses = [crossEntropy(y.early, k), crossEntropy(y.kind, k), mseLoss(y.size, s)] as const;
    const loss = losses[0].mul(0.3).add(losses[1]).add(losses[2]);
    assignAll([...backward(loss)].map(([p, g]) => [p, p.sub((g as Tensor).mul(0.1))]));
    return losses;
  });
  const values = async (): Promise<number[]> => Promise.all(step(x, e, kind, size).map((loss) => loss.item()));
  const before = await values();
  for (let i = 0; i < 120; i++) step(x, e, kind, size);
  const after = await values();
  after.forEach((loss, i) => expect(loss).toBeLessThan(before[i]! * 0.9));
});

test('a layer that is applied twice is one: one tensor, gradients summed, counted once [L38 L51]', async () => {
  const [a, b] = [input([2]), input([2])];
  const shared = new Linear(2, 1, { bias: false });
  shared.loadStateDict({ weight: tensor([[2, 3]]) });
  const twins = new Graph({ inputs: [a, b], outputs: layer((p, q) => p.mul(q), layer(shared, a), layer(shared, b)) });
  expect(Object.keys(twins.stateDict())).toEqual(['linear.weight']);
  expect(summary(twins, [[1, 2], [1, 2]]).parameters).toBe(2);
  const y = twins.forward(tensor([[1, 0]]), tensor([[1, 1]]));
  await expectClose(y, [[10]]);
  // d (w a)(w b) / dw = a (w b) + b (w a)
  await expectClose(backward(y.sum()).get(shared.weight) as Tensor, [[5 + 2, 2]]);
});

test('a graph with one input and one output is a layer among others', () => {
  const x = input([4]);
  const joined = layer((a, b) => concat([a, b], 1), layer(new Linear(4, 3), x), layer(new Linear(4, 2), x));
  const wide = new Graph({ inputs: x, outputs: joined });
  const net = new Sequential(wide, new Residual(new Linear(5, 5)));
  expect(net.forward(ones([7, 4])).shape).toEqual([7, 5]);
  expect(Object.keys(net.stateDict()).slice(0, 4)).toEqual(['0.linear.weight', '0.linear.bias', '0.linear_1.weight', '0.linear_1.bias']);
  expect(net.eval().modules().some((m) => m.training)).toBe(false);
  expectTypeOf(wide).toExtend<Layer>();
});

test('inputs of other dtypes, results that are no tensors, arrays of outputs, and names [L51]', () => {
  const words = input([5], { dtype: 'int32' });
  const read = layer('reader', new LSTM(8, 6, { batchFirst: true }), layer(new Embedding(20, 8), words));
  const last = layer(([outputs]) => outputs.index(null, -1), read);
  const model = new Graph({ inputs: words, outputs: [last, layer(new Tanh(), last)] });
  const [h, t] = model.forward(ones([3, 5], { dtype: 'int32' }));
  expect([h.shape, t.shape]).toEqual([[3, 6], [3, 6]]);
  expect(model.namedChildren().map(([name]) => name)).toEqual(['embedding', 'reader', 'tanh']);
  // Other sizes than those of the example are taken where the layers take them.
  expect(model.forward(ones([2, 9], { dtype: 'int32' }))[0].shape).toEqual([2, 6]);
});

describe('a graph is checked when it is made', () => {
  test('a layer that does not fit is refused at the line that applies it', () => {
    expect(() => layer(new Linear(5, 2), input([4]))).toThrow('Linear(5, 2): the input has shape [2, 4]; expected [..., 5].');
  });

  test('a function that calls a layer would hide its parameters', () => {
    const hidden = new Linear(4, 4);
    expect(() => layer((x) => hidden.forward(x), input([4]))).toThrow(
      'layer: the function calls a Linear, whose parameters the graph would not find. Apply it with a layer(...) of its own.',
    );
  });

  test('inputs, outputs and names must be complete and unambiguous', () => {
    const [a, b] = [input([2]), input([2])];
    const sum = layer((x, y) => x.add(y), a, b);
    expect(() => new Graph({ inputs: [a], outputs: sum })).toThrow('Graph: output depends on an input that is not in the list of inputs; add it.');
    expect(() => new Graph({ inputs: [sum as never], outputs: sum })).toThrow('Graph: input 0 is made by layer(...); expected what input(...) gave.');
    expect(() => new Graph({ inputs: a, outputs: { y: ones([1]) as never } })).toThrow("Graph: output 'y' is an object (Tensor); expected what layer(...)");
    expect(() => new Graph({ inputs: a, outputs: [] })).toThrow('Graph: there are no outputs');
    const twice = layer('fc', new Linear(2, 2), layer('fc', new Linear(2, 2), a));
    expect(() => new Graph({ inputs: a, outputs: twice })).toThrow("Graph: two modules have the name 'fc'; names must differ.");
    expect(() => layer(new Linear(2, 2), ones([1, 2]) as never)).toThrow('layer: input 0 is an object (Tensor); expected what input(...)');
    expect(() => layer(Linear as never, a)).toThrow('layer: got the function or class Linear; expected a module');
    const graph = new Graph({ inputs: [a, b], outputs: sum }) as unknown as Layer;
    expect(() => graph.forward(ones([1, 2]))).toThrow('Graph: got 1 inputs; expected 2');
  });
});

test('a wrong input names the layer by its path', () => {
  const x = input([4]);
  const net = new Graph({ inputs: x, outputs: layer('out', new Linear(3, 1), layer('hidden', new Linear(4, 3), x)) });
  expect(() => net.forward(ones([2, 5]))).toThrow('\nIn hidden (Linear) of Graph, called with [2, 5].');
});

test('nothing is drawn or changed by making a graph', async () => {
  class Counting extends Module {
    weight = parameter(ones([1]));
    calls = 0;
    forward(x: Tensor): Tensor {
      this.calls += this.training ? 1 : 0;
      return x.mul(this.weight);
    }
  }
  const module = new Counting();
  const node = layer(module, input([1]));
  expect([module.training, module.calls]).toEqual([true, 0]);
  await expectClose(new Graph({ inputs: node.inputs[0] as ReturnType<typeof input>, outputs: node }).forward(ones([1, 1])), [[1]]);
});
