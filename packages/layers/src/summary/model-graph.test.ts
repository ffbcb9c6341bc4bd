import { cpu } from '@cotangent/backend-cpu';
import { maxPool2d, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { Concat, Conv2d, Flatten, Graph, input, layer, LazyLinear, Linear, modelGraph, Module, ReLU, Residual, Sequential } from '../index';
import { layOut } from './layout';

beforeAll(async () => {
  await use(cpu());
});

/** The texts of the boxes, a line each. */
function boxes(svg: string): string[] {
  return [...svg.matchAll(/<g>(.*?)<\/g>/g)].map((g) => [...g[1]!.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map((t) => t[1]!).join(' | '));
}

const lines = (svg: string): number => [...svg.matchAll(/marker-end="url/g)].length;

test('draws layers as boxes with path, class, output shape and receptive field, and lines between them [R48]', () => {
  const net = new Sequential({ conv: new Conv2d(1, 4, 3), relu: new ReLU(), flat: new Flatten(), fc: new LazyLinear(10) });
  const svg = modelGraph(net, [1, 1, 8, 8]);
  expect(boxes(svg)).toEqual([
    'input | [1, 1, 8, 8]',
    'conv Conv2d | [1, 4, 6, 6] sees 3x3',
    'relu ReLU | [1, 4, 6, 6] sees 3x3',
    'flat Flatten | [1, 144]',
    'fc LazyLinear | [1, 10]',
    'output | [1, 10]',
  ]);
  expect(lines(svg)).toBe(5);
  expect(boxes(modelGraph(net, [1, 1, 8, 8], { receptiveFields: false }))[1]).toBe('conv Conv2d | [1, 4, 6, 6]');
});

test('draws branches and what joins them, also in a net composed by hand', () => {
  class Net extends Module {
    block = new Residual(new Conv2d(2, 2, 3, { padding: 1 }));
    wide = new Concat([new Conv2d(2, 3, 1), new Conv2d(2, 5, 1)]);
    forward(x: Tensor): Tensor {
      return maxPool2d(this.wide.forward(this.block.forward(x)).relu(), 2);
    }
  }
  const svg = modelGraph(new Net(), [1, 2, 4, 4]);
  expect(boxes(svg).map((text) => text.split(' | ')[0])).toEqual(
    ['input', 'block.body Conv2d', 'add', 'wide.0 Conv2d', 'wide.1 Conv2d', 'concat', 'output'],
  );
  // input -> body, body and input -> add, add -> both branches -> concat -> output
  expect(lines(svg)).toBe(8);
});

test('draws several inputs and outputs, and a shared layer for each call', () => {
  const [a, b] = [input([4]), input([4])];
  const shared = new Linear(4, 2);
  const [p, q] = [layer('tower', shared, a), layer('tower', shared, b)];
  const model = new Graph({ inputs: [a, b], outputs: { near: layer((x, y) => x.sub(y).square().sum({ dim: 1 }), p, q), left: p } });
  expect(boxes(modelGraph(model, [[1, 4], [1, 4]]))).toEqual([
    'input | [1, 4]', 'input | [1, 4]', 'tower Linear | [1, 2]', 'tower Linear | [1, 2]', 'sub | [1, 2]',
    'output near | [1]', 'output left | [1, 2]',
  ]);
});

test('boxes of a row do not overlap, and lines that pass a row have a lane of their own', () => {
  const wide = Array.from({ length: 5 }, () => ({ width: 100, from: [0] }));
  const layout = layOut([{ width: 60, from: [] }, ...wide, { width: 60, from: [1, 2, 3, 4, 5, 0] }]);
  expect(layout.spots.map((spot) => spot.row)).toEqual([0, 1, 1, 1, 1, 1, 2]);
  const row = layout.spots.slice(1, 6).map((spot) => [spot.x - 50, spot.x + 50] as const);
  const lane = layout.lines.find((line) => line.lanes.length > 0)!.lanes[0]!;
  const ends = [...row, [lane - 12, lane + 12] as const].sort((x, y) => x[0] - y[0]);
  ends.slice(1).forEach(([from], i) => expect(from).toBeGreaterThan(ends[i]![1]));
  expect(Math.min(...ends.flat())).toBeGreaterThanOrEqual(0);
  expect(Math.max(...ends.flat())).toBeLessThanOrEqual(layout.width);
});

test('names are escaped, and an input that does not fit is an error', () => {
  const net = new Sequential({ 'a<b>&"c"': new Linear(2, 2) });
  expect(modelGraph(net, [1, 2])).toContain('a&lt;b&gt;&amp;&quot;c&quot; Linear');
  expect(() => modelGraph(net, [1, 3])).toThrow('modelGraph: Sequential cannot take an input of shape [1, 3]. Linear(2, 2): the input');
});
