import { cpu } from '@cotangent/backend-cpu';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BackendError, compile, custom, debug, keep, NumericsError, numericsCheck, parameter, setPlanner, tensor, use, where, type Tensor,
} from '../index';

beforeEach(async () => {
  await use(cpu());
});

afterEach(() => {
  numericsCheck(false);
});

/** The error that `fn` gives under the check. */
function caught(fn: () => unknown, options?: { infinity: boolean }): NumericsError {
  try {
    numericsCheck(fn, options);
  } catch (error) {
    if (error instanceof NumericsError) return error;
    throw error;
  }
  throw new Error('nothing was found');
}

/** The number of the line that calls this. */
function lineHere(): number {
  return Number(/numerics\.test\.ts:(\d+):\d+/.exec(new Error().stack!.split('\n')[2]!)![1]);
}

describe('numericsCheck', () => {
  it('names the op that made the first NaN, the element, the number it came from and the line [T15 B16]', () => {
    let line = 0;
    const error = caught(() => {
      const x = tensor([[1, 2], [3, -1.5]]).mul(2).div(2);
      line = lineHere() + 1;
      const y = x.log();
      return y.exp().sum().itemSync();
    });
    expect(error.finding).toMatchObject({ op: 'log', shape: [2, 2], element: [1, 1], value: NaN, inputs: [-1.5], gradientOf: undefined });
    expect(error.finding.at).toMatch(new RegExp(`numerics\\.test\\.ts:${line}:\\d+$`));
    expect(error.message).toMatch(/^log made NaN at element \[1, 1\] of its result \[2, 2\], from -1\.5, at .*numerics\.test\.ts/);
    expect(error.code).toBe('ERR_NUMERICS');
    expect((error.cause as Error).stack).toContain('numerics.test.ts');
  });

  it('gives all the numbers an element was computed from', () => {
    const error = caught(() => tensor([1, 0]).div(tensor([2, -0])).dataSync());
    expect(error.message).toContain('from 0 and -0');
    expect(error.message).toContain('Add a small number to the divisor');
  });

  it('gives numbers of the program among them', () => {
    expect(caught(() => tensor([4, -8]).pow(1.5).dataSync()).message).toContain('from -8 and 1.5');
  });

  it('reads them through broadcasting, transposing and slicing', () => {
    const error = caught(() => {
      const a = tensor([[1, 2, 3], [4, 0, 6]]).transpose();
      return a.div(tensor([[1], [0], [5]])).index([], 1).dataSync();
    });
    expect(error.finding).toMatchObject({ op: 'div', element: [1, 1], inputs: [0, 0] });
  });

  it('finds the first of several', () => {
    const error = caught(() => {
      const a = tensor([-1]).sqrt();
      const b = tensor([-1]).log();
      return b.add(a).dataSync();
    });
    expect(error.finding.op).toBe('sqrt');
  });

  it('blames no op whose NaN is thrown away by where', () => {
    const y = numericsCheck(() => {
      const x = tensor([1, -1]);
      return where(x.gt(0), x.log(), 0).dataSync();
    });
    expect([...y]).toEqual([0, 0]);
  });

  it('finds NaN in an op that is not element-wise', () => {
    const error = caught(() => tensor([[Infinity, 1]]).matmul(tensor([[1], [-Infinity]])).sum().itemSync());
    expect(error.finding).toMatchObject({ op: 'contract', element: [0, 0], inputs: undefined });
    expect(error.message).toContain('from inputs that hold infinities but no NaN');
    expect(error.message).toContain('{ infinity: true }');
  });

  it('names an op of the user', () => {
    const halve = custom({ name: 'halve', shape: ([x]) => x!, forward: (_, out) => void out.data.fill(NaN) });
    expect(caught(() => halve([tensor([1])]).dataSync()).finding.op).toBe('halve');
  });

  it('finds infinities when asked to', () => {
    const big = (): number => tensor([1, 100]).exp().sum().itemSync();
    expect(numericsCheck(big)).toBe(Infinity);
    expect(caught(big, { infinity: true }).finding).toMatchObject({ op: 'exp', element: [1], value: Infinity, inputs: [100] });
  });

  it('tells NaN in the data from NaN that was computed', () => {
    const error = caught(() => tensor([1, NaN]).mul(2).dataSync());
    expect(error.finding).toMatchObject({ op: undefined, shape: [2], element: [1] });
    expect(error.message).toContain('A tensor of shape [2] holds NaN at element [1] before anything is computed from it, at ');
    expect(error.finding.at).toContain('numerics.test.ts');
    const w = parameter(tensor([NaN]));
    w.name = 'fc.bias';
    expect(caught(() => w.mul(2).dataSync()).message).toMatch(/^A variable 'fc\.bias' of shape \[1\] holds NaN/);
  });

  it('tells NaN given as a number', () => {
    const error = caught(() => tensor([1, 2]).mul(NaN).dataSync());
    expect(error.message).toMatch(/^mul made NaN .* which it was given as a number/);
  });

  it('remembers where the NaN in an earlier result came from', () => {
    const error = caught(() => {
      const w = parameter(tensor([1, -1]));
      const logs = w.log();
      where(w.gt(0), logs, 0).sum().itemSync(); // good, but the logarithms stay for a backward pass
      return logs.sum().itemSync();
    });
    expect(error.finding).toMatchObject({ op: 'log', inputs: [-1] });
  });

  it('finds NaN in what a variable is to become, and leaves the variable alone', () => {
    const w = parameter(tensor([1, 0]));
    const error = caught(() => w.assign(w.div(w)));
    expect(error.finding).toMatchObject({ op: 'div', inputs: [0, 0] });
    expect(w.arraySync()).toEqual([1, 0]);
  });

  it('finds NaN in a kept value', () => {
    const w = parameter(tensor([-1]));
    const error = caught(() => {
      keep(w.sqrt());
      w.assign(w.mul(2));
    });
    expect(error.finding.op).toBe('sqrt');
  });

  it('finds what overflows float16', () => {
    const half = tensor([60000], { dtype: 'float16' });
    const error = caught(() => half.add(half).dataSync(), { infinity: true });
    expect(error.finding).toMatchObject({ op: 'add', value: Infinity });
  });
});

describe('numericsCheck, on and off', () => {
  it('checks until it is switched off', () => {
    const bad = (): unknown => tensor([-1]).sqrt().dataSync();
    numericsCheck(true);
    expect(bad).toThrow(NumericsError);
    numericsCheck(true, { infinity: true });
    expect(bad).toThrow(NumericsError);
    numericsCheck(false);
    expect(bad).not.toThrow();
  });

  it('checks an asynchronous function to its end', async () => {
    const late = numericsCheck(async () => {
      await Promise.resolve();
      return tensor([-1]).sqrt().data();
    });
    await expect(late).rejects.toThrow(NumericsError);
    await expect(tensor([-1]).sqrt().data()).resolves.toEqual(Float32Array.of(NaN));
  });

  it('leaves the planner as it was', () => {
    const before = setPlanner({});
    expect(caught(() => tensor([-1]).log().dataSync()).code).toBe('ERR_NUMERICS');
    expect(setPlanner({})).toEqual(before);
  });

  it('says what it needs of a backend', async () => {
    const backend = cpu();
    await use(Object.assign(Object.create(backend) as typeof backend, { runObserved: undefined }));
    expect(() => numericsCheck(() => tensor([1]).exp().dataSync())).toThrow(BackendError);
  });

  it('records compiled functions anew and names their lines', () => {
    const root = compile((x: Tensor) => x.sub(2).sqrt().sum());
    expect(root(tensor([1])).itemSync()).toBeNaN();
    const { op, inputs, at } = caught(() => root(tensor([1])).itemSync()).finding;
    expect([op, inputs]).toEqual(['sqrt', [-1]]);
    expect(at).toMatch(/numerics\.test\.ts:\d+:\d+$/);
    expect(root(tensor([1])).itemSync()).toBeNaN();
  });

  it('works together with other tools', () => {
    const printed: string[] = [];
    debug({ plan: true, print: (text) => void printed.push(text) });
    numericsCheck(() => tensor([1]).exp().dataSync());
    tensor([1]).exp().dataSync();
    debug({});
    expect(printed).toHaveLength(2);
  });

  it('says when it was not on while an op was recorded', () => {
    const y = tensor([-1]).sqrt();
    expect(caught(() => y.dataSync()).message).toContain('numericsCheck was not on yet');
  });
});
