import { cpu } from '@cotangent/backend-cpu';
import { ones, parameter, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { Linear, Module, ModuleDict, ModuleList, ParameterDict, ParameterList, ReLU, Sequential, Tanh, type Layer } from '../index';

beforeAll(async () => {
  await use(cpu());
});

test('names are stable: lists count, dicts name, and nesting joins them with dots [L61]', () => {
  class Net extends Module {
    layers = new ModuleList([new Linear(2, 2), new Linear(2, 2)]);
    heads = new ModuleDict({ a: new Linear(2, 1), b: new Sequential(new Linear(2, 1)) });
    scales = new ParameterList([parameter(zeros([1]))]);
    shifts = new ParameterDict({ x: parameter(zeros([1])) });
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  const net = new Net();
  expect(Object.keys(net.stateDict())).toEqual([
    'layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias',
    'heads.a.weight', 'heads.a.bias', 'heads.b.0.weight', 'heads.b.0.bias', 'scales.0', 'shifts.x',
  ]);
  expect(net.namedParameters().map(([key]) => key)).toEqual(Object.keys(net.stateDict()));
  expect(net.getSubmodule('heads.b.0')).toBe((net.heads.get('b') as Sequential).at(0));
  expect(net.eval().modules().some((module) => module.training)).toBe(false);
});

test('a list grows, and is walked through', () => {
  const list = new ModuleList<Layer>([new ReLU()]);
  list.push(new Tanh(), new Linear(1, 1));
  expect(list.length).toBe(3);
  expect(list.at(-1)).toBeInstanceOf(Linear);
  expect([...list].map((m) => m.constructor.name)).toEqual(['ReLU', 'Tanh', 'Linear']);
  expect(list.map((m, i) => `${i}${m.constructor.name}`)).toEqual(['0ReLU', '1Tanh', '2Linear']);
  expect(Object.keys(list.stateDict())).toEqual(['2.weight', '2.bias']);
});

test('a dict is changed by key', () => {
  const dict = new ModuleDict<Layer>({ relu: new ReLU() });
  dict.set('tanh', new Tanh());
  expect([...dict.keys()]).toEqual(['relu', 'tanh']);
  expect([dict.size, dict.has('relu'), dict.delete('relu'), dict.has('relu')]).toEqual([2, true, true, false]);
  expect([...dict].map(([key, m]) => [key, m.constructor.name])).toEqual([['tanh', 'Tanh']]);
  expect([...dict.values()]).toHaveLength(1);
});

test('other things, keys with dots and calls of a container are refused', () => {
  expect(() => new ModuleList([ones([1]) as never])).toThrow('ModuleList: item 0 is an object (Tensor); expected a module');
  expect(() => new ParameterList([tensor([1]) as never])).toThrow('ParameterList: item 0 is an object (Tensor); expected a parameter');
  expect(() => new ModuleDict({ 'a.b': new ReLU() })).toThrow("the key 'a.b' is empty or has a dot in it");
  expect(() => new ModuleList().forward()).toThrow('ModuleList: a list has no forward. Call its items, or use Sequential');
  expect(() => new ParameterDict().forward()).toThrow('ParameterDict: a dict has no forward');
});
