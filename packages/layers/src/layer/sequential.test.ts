import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { assignAll, ones, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { Identity, init, Linear, ReLU, Sequential, type Layer } from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

test('keys are positions', () => {
  const net = new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1));
  expect(Object.keys(net.stateDict())).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  expect(net.length).toBe(3);
  expect(net.at(-1)).toBe([...net][2]);
});

test('keys are the names given', () => {
  const net = new Sequential({ hidden: new Linear(2, 3), relu: new ReLU() });
  expect(Object.keys(net.stateDict())).toEqual(['hidden.weight', 'hidden.bias']);
});

test('without layers it is the identity', () => {
  const x = ones([1]);
  expect(new Sequential().forward(x)).toBe(x);
});

test('anything but layers is refused, with its place', () => {
  expect(() => new Sequential(new ReLU(), ReLU as unknown as Layer)).toThrow(
    'Sequential: layer 1 is the function or class ReLU; expected a module',
  );
  expect(() => new Sequential({ 'a.b': new ReLU() })).toThrow("'a.b' contains a dot");
});

test('two linear layers without a nonlinearity are one: W2 W1', async () => {
  const net = new Sequential(new Linear(3, 4, { bias: false }), new Identity(), new Linear(4, 2, { bias: false }));
  const [first, second] = net.parameters();
  const x = tensor([[1, -2, 0.5]]);
  await expectClose(net.forward(x), await x.matmul(second!.matmul(first!).transpose()).array());
});

test('units that start equal stay equal', async () => {
  const net = new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1));
  for (const p of net.parameters()) init.initialise(p, init.constant(p.shape, 0.5));
  for (let step = 0; step < 3; step++) {
    const loss = net.forward(tensor([[1, 2], [3, -1]])).sub(tensor([[1], [0]])).square().mean();
    assignAll([...backward(loss)].map(([p, g]) => [p, p.sub((g as Tensor).mul(0.01))]));
  }
  const rows = (await net.parameters()[0]!.array()) as number[][];
  expect(rows[0]).not.toEqual([0.5, 0.5]);
  expect(rows[1]).toEqual(rows[0]);
  expect(rows[2]).toEqual(rows[0]);
});
