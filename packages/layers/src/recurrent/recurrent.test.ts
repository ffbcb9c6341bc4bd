import { backward, dense, gradCheck } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import {
  add, concat, flip, Generator, mul, ones, randn, ShapeError, sin, sum, tensor, use, zeros, type NestedArray, type Tensor,
} from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { LSTM, LSTMCell, RNN, RNNCell, type Module } from '../index';

beforeAll(async () => {
  await use(cpu());
});

const generator = new Generator(3);
const f64 = { dtype: 'float64', generator } as const;
const draw = (...shape: number[]): Tensor => randn(shape, f64);

type Matrix = number[][];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

async function weightsOf(layer: Module): Promise<Record<string, NestedArray>> {
  const entries = Object.entries(layer.stateDict()).map(async ([key, value]) => [key, await value.array()] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** W x + b for one row, in plain numbers. */
function affine(weight: Matrix, x: readonly number[], bias: readonly number[] | undefined): number[] {
  return weight.map((row, i) => row.reduce((total, w, k) => total + w * x[k]!, bias?.[i] ?? 0));
}

interface State {
  h: number[];
  c: number[];
}

/** One step of one row, from the definition. */
function step(weights: Record<string, NestedArray>, suffix: string, x: number[], { h, c }: State, kind: 'tanh' | 'relu' | 'lstm'): State {
  const get = <T>(name: string): T => weights[name + suffix] as T;
  const fromX = affine(get('weight_ih'), x, get('bias_ih'));
  const a = affine(get('weight_hh'), h, get('bias_hh')).map((v, i) => v + fromX[i]!);
  if (kind !== 'lstm') return { h: a.map((v) => (kind === 'tanh' ? Math.tanh(v) : Math.max(v, 0))), c };
  const n = h.length;
  const next = c.map((v, i) => sigmoid(a[n + i]!) * v + sigmoid(a[i]!) * Math.tanh(a[2 * n + i]!));
  return { h: next.map((v, i) => sigmoid(a[3 * n + i]!) * Math.tanh(v)), c: next };
}

async function expectNear(actual: Tensor, wanted: NestedArray, tolerance = 1e-10): Promise<void> {
  const target = tensor(wanted, { dtype: 'float64' });
  expect(actual.shape).toEqual(target.shape);
  const [a, b] = [await actual.data(), await target.data()];
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i]!), `element ${i}`).toBeLessThanOrEqual(tolerance);
  });
}

describe.each(['tanh', 'relu', 'lstm'] as const)('%s: the layer follows its definition', (kind) => {
  const [time, batch, input, hidden] = [4, 2, 3, 5];
  const make = (options: object): LSTM | RNN =>
    kind === 'lstm' ? new LSTM(input, hidden, { ...f64, ...options }) : new RNN(input, hidden, { ...f64, nonlinearity: kind, ...options });

  /** Output and final states of the layer, and both from the definition. */
  async function both(options: { numLayers?: number; bidirectional?: boolean; bias?: boolean }, given: boolean): Promise<void> {
    const { numLayers = 1, bidirectional = false } = options;
    const layer = make(options);
    const count = numLayers * (bidirectional ? 2 : 1);
    const [x, h0, c0] = [draw(time, batch, input), draw(count, batch, hidden), draw(count, batch, hidden)];
    const blank = zeros([count, batch, hidden], f64);
    const weights = await weightsOf(layer);
    const starts = (await Promise.all([given ? h0 : blank, given ? c0 : blank].map((s) => s.array()))) as number[][][][];
    let sequence = (await x.array()) as number[][][];
    const ends: State[][] = [];
    for (let l = 0; l < numLayers; l++) {
      const outputs = sequence.map((rows) => rows.map((): number[] => []));
      (bidirectional ? ['', '_reverse'] : ['']).forEach((end, d) => {
        const at = ends.length;
        ends.push([]);
        for (let b = 0; b < batch; b++) {
          let state: State = { h: starts[0]![at]![b]!, c: starts[1]![at]![b]! };
          for (let i = 0; i < time; i++) {
            const t = d === 0 ? i : time - 1 - i;
            state = step(weights, `_l${l}${end}`, sequence[t]![b]!, state, kind);
            outputs[t]![b]!.push(...state.h);
          }
          ends[at]!.push(state);
        }
      });
      sequence = outputs;
    }
    const [h1, c1] = given ? [h0, c0] : [];
    const [output, last] = layer instanceof LSTM ? layer.forward(x, h1 && c1 && [h1, c1]) : layer.forward(x, h1);
    const [h, c] = Array.isArray(last) ? last : [last, undefined];
    await expectNear(output, sequence);
    await expectNear(h, ends.map((rows) => rows.map((s) => s.h)));
    if (c) await expectNear(c, ends.map((rows) => rows.map((s) => s.c)));
  }

  it('with one layer', () => both({}, false));
  it('from a given state', () => both({}, true));
  it('without biases', () => both({ bias: false }, true));
  it('with two layers [Q06]', () => both({ numLayers: 2 }, true));
  it('in both directions', () => both({ bidirectional: true }, true));
  it('with three layers in both directions', () => both({ numLayers: 3, bidirectional: true }, false));

  it('with the batch first, and for a single sequence', async () => {
    const layer = make({ bidirectional: true });
    const x = draw(time, batch, input);
    const [wanted, state] = layer.forward(x);
    const other = make({ bidirectional: true, batchFirst: true });
    other.loadStateDict(layer.stateDict());
    const [output, otherState] = other.forward(x.transpose(0, 1));
    await expectNear(output.transpose(0, 1), await wanted.array());
    await expectNear([otherState].flat()[0]!, await [state].flat()[0]!.array());
    const [single, last] = layer.forward(x.index('...', 1, [0, input]));
    await expectNear(single, await wanted.index('...', 1, [0, 2 * hidden]).array());
    expect([last].flat()[0]!.shape).toEqual([2, hidden]);
    expect(other.forward(x.index('...', 1, [0, input]))[0].shape).toEqual([time, 2 * hidden]);
  });

  it('has the gradients of finite differences', async () => {
    const layer = make({ numLayers: 2, bidirectional: true });
    const report = await gradCheck(
      (x, h, c) => {
        const [output, last] = layer instanceof LSTM ? layer.forward(x, [h, c]) : layer.forward(x, h.add(c));
        return [last].flat().reduce((total, s) => add(total, sum(mul(s, s))), sum(sin(output)));
      },
      [draw(3, 2, input), draw(4, 2, hidden), draw(4, 2, hidden)],
    );
    expect(report.relativeError).toBeLessThan(1e-7);
  });

  it('is its cell, applied step by step, with the same gradients', async () => {
    const layer = make({});
    const cell = kind === 'lstm' ? new LSTMCell(input, hidden, f64) : new RNNCell(input, hidden, { ...f64, nonlinearity: kind });
    cell.loadStateDict(Object.fromEntries(Object.entries(layer.stateDict()).map(([key, value]) => [key.replace('_l0', ''), value])));
    const x = draw(time, batch, input);
    const [output] = layer.forward(x);
    const outputs: Tensor[] = [];
    let state: [Tensor, Tensor] | undefined;
    for (let t = 0; t < time; t++) {
      const row = x.index(t);
      if (cell instanceof LSTMCell) state = cell.forward(row, state);
      else state = [cell.forward(row, state?.[0]), zeros([])];
      outputs.push(state[0].unsqueeze(0));
    }
    const together = concat(outputs);
    await expectNear(together, await output.array());
    const [grads, wanted] = [backward(sum(sin(output))), backward(sum(sin(together)))];
    for (const [key, parameter] of cell.namedParameters()) {
      await expectNear(dense(grads.get(layer.weights[`${key}_l0`]!)!), await dense(wanted.get(parameter)!).array());
    }
  });
});

describe('recurrent layers', () => {
  it('have the keys, shapes and start of PyTorch [Q41]', async () => {
    const layer = new LSTM(3, 4, { numLayers: 2, bidirectional: true });
    const shapes = Object.fromEntries(Object.entries(layer.stateDict()).map(([key, value]) => [key, value.shape]));
    expect(Object.keys(shapes).slice(0, 5)).toEqual(['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0', 'weight_ih_l0_reverse']);
    expect(Object.keys(shapes)).toHaveLength(16);
    expect(shapes).toMatchObject({ weight_ih_l0: [16, 3], weight_hh_l1_reverse: [16, 4], weight_ih_l1: [16, 8], bias_hh_l1: [16] });
    expect(Object.keys(new RNN(3, 4, { bias: false }).stateDict())).toEqual(['weight_ih_l0', 'weight_hh_l0']);
    expect(Object.keys(new LSTMCell(3, 4).stateDict())).toEqual(['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh']);
    expect(new RNNCell(3, 4).weights['weight_ih']!.shape).toEqual([4, 3]);
    const drawn = await new RNN(3, 100).weights['weight_hh_l0']!.data();
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(0.1);
    expect(Math.max(...drawn.map(Math.abs))).toBeGreaterThan(0.099);
    expect(layer.parameters()[0]!.name).toBe('weight_ih_l0');
  });

  it('drop outputs between layers while training, and only then', async () => {
    const layer = new RNN(3, 4, { numLayers: 2, dropout: 1, bias: false });
    const x = ones([2, 1, 3]);
    expect(await layer.forward(x)[0].array()).toEqual(await zeros([2, 1, 4]).array());
    const [plain] = layer.eval().forward(x);
    expect((await plain.data()).every((v) => v !== 0)).toBe(true);
    const single = new RNN(3, 4, { dropout: 1 });
    expect((await single.forward(x)[0].data()).every((v) => v !== 0)).toBe(true);
  });

  it('read sequences backwards in the second direction [Q05 Q41]', async () => {
    const both = new LSTM(3, 4, { bidirectional: true, ...f64 });
    const backwards = new LSTM(3, 4, f64);
    const state = both.stateDict();
    backwards.loadStateDict(Object.fromEntries(Object.keys(backwards.stateDict()).map((key) => [key, state[`${key}_reverse`]!])));
    const x = draw(5, 2, 3);
    const [output] = both.forward(x);
    await expectNear(output.index('...', [4, 8]), await flip(backwards.forward(flip(x, 0))[0], 0).array());
  });

  it('give an empty output and the state they got for an empty sequence', async () => {
    const h = ones([1, 2, 4]);
    const [output, last] = new RNN(3, 4).forward(zeros([0, 2, 3]), h);
    expect([output.shape, await last.array()]).toEqual([[0, 2, 4], await h.array()]);
  });

  it('print themselves as PyTorch does', () => {
    expect(String(new LSTM(3, 4, { numLayers: 2, batchFirst: true, dropout: 0.5, bidirectional: true, bias: false }))).toBe(
      'LSTM(3, 4, numLayers=2, bias=false, batchFirst=true, dropout=0.5, bidirectional=true)',
    );
    expect(String(new RNNCell(3, 4))).toBe('RNNCell(3, 4)');
  });

  it('say what does not fit', () => {
    const layer = new LSTM(3, 4);
    expect(() => layer.forward(zeros([5, 2, 4]))).toThrow('LSTM: the input has shape [5, 2, 4]; expected [time, batch, 3] or [time, 3].');
    expect(() => layer.forward(zeros([3]))).toThrow(ShapeError);
    expect(() => layer.forward(zeros([5, 2, 3], { dtype: 'int32' }))).toThrow(/LSTM: the input is int32; expected float32/);
    const misfit = (): unknown => layer.forward(zeros([5, 2, 3]), [zeros([1, 2, 4]), zeros([2, 4])]);
    expect(misfit).toThrow(/initial state 1 has shape \[2, 4\]; expected .*\[1, 2, 4\]/);
    expect(() => new RNN(3, 4, { nonlinearity: 'sigmoid' as never })).toThrow(/nonlinearity is 'sigmoid'; expected 'tanh' or 'relu'/);
    expect(() => new RNN(3, 0)).toThrow(/hiddenSize is 0/);
    expect(() => new LSTM(3, 4, { numLayers: 0 })).toThrow(/numLayers is 0/);
    expect(() => new LSTM(3, 4, { dropout: 2 })).toThrow(/dropout is 2/);
    expect(() => new LSTMCell(3, 4).forward(zeros([2, 2]))).toThrow(/expected \[batch, 3\] or \[3\]/);
    expect(() => new RNNCell(3, 4).forward(zeros([2, 3]), zeros([4]))).toThrow(/a state has shape \[4\]; expected \[2, 4\]/);
  });
});
