import { cpu } from '@cotangent/backend-cpu';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  ArgumentError, compile, currentBackend, custom, explain, keep, ones, parameter, randn, setPlanner, StaleValueError, tensor, use,
  type Explanation, type Tensor,
} from '../index';

beforeEach(async () => {
  await use(cpu());
});

describe('explain of tensors', () => {
  it('plans what a read would run without running it', async () => {
    const y = ones([4, 8]).matmul(ones([8, 3])).add(1).relu();
    const { plans } = explain(y);
    expect(String(y)).toContain('not computed');
    expect(currentBackend().stats().plans).toBe(0);
    expect(plans).toHaveLength(1);
    const ops = plans[0]!.kernels.flatMap((kernel) => kernel.ops);
    expect(ops).toEqual(expect.arrayContaining(['contract', 'add', 'where']));
    expect(plans[0]!.runs).toBe(0);
    expect(plans[0]!.kernels.length).toBe(kernelsRunBy(() => y.dataSync()));
  });

  it('counts the arithmetic of a matrix product', () => {
    const [plan] = explain(tensor(new Float32Array(32)).reshape(4, 8).matmul(tensor(new Float32Array(24)).reshape(8, 3))).plans;
    expect(plan!.flops).toBe(2 * 4 * 8 * 3);
    expect(plan!.bytes).toBe(4 * (32 + 24 + 12));
    expect(plan).toMatchObject({ inputs: 2, inputBytes: 4 * (32 + 24), outputs: 1, outputBytes: 4 * 12 });
  });

  it('prints a table and the totals', () => {
    const before = setPlanner({ maps: false, recompute: false });
    const text = String(explain(tensor([1, 2, 3]).mul(2).exp()));
    setPlanner(before);
    expect(text).toMatchInlineSnapshot(`
      "#  kernel  ops  shape  flops  read  written  slots
      0  map     mul  [3]        3  12 B     12 B  0 -> 1
      1  map     exp  [3]        3  12 B     12 B  1 -> 2
      2 kernels, 6 flop, 48 B read and written
      3 slots in 128 B; at most 24 B live at once, at kernel 0 (ratio 5.33)
      1 input of 12 B, 1 output of 12 B"
    `);
  });

  it('names what was fused into one kernel [B09]', () => {
    const [plan] = explain(tensor([1, 2, 3]).mul(2).exp()).plans;
    expect(plan!.kernels.map(({ ops }) => ops)).toEqual([['mul', 'exp']]);
    expect(String(plan)).toContain('mul + exp');
  });

  it('explains several tensors as one plan', () => {
    const x = tensor([1, 2]);
    expect(explain([x.exp(), x.log()]).plans).toHaveLength(1);
  });

  it('says when there is nothing to compute', async () => {
    const x = tensor([1, 2]);
    expect(String(explain(x))).toBe('nothing to compute');
    const y = x.exp();
    await y.data();
    expect(explain(y).plans).toEqual([]);
  });

  it('lists the kernels that are JavaScript', () => {
    const twice = custom({ name: 'twice', shape: ([x]) => x!, forward: ([x], out) => out.data.set(x!.data.map((v) => 2 * v)) });
    const [plan] = explain(twice([tensor([3, 1, 2]).neg()])).plans;
    expect(plan!.hostKernels.map((k) => plan!.kernels[k]!.ops)).toEqual([['twice']]);
    expect(String(plan)).toContain('1 JavaScript kernel');
  });

  it('never has less memory than is live at once', () => {
    const y = randn([16, 16]).matmul(randn([16, 16])).softmax({ dim: 1 });
    const [plan] = explain(y).plans;
    expect(plan!.arenaBytes).toBeGreaterThanOrEqual(plan!.liveBytes);
    expect(plan!.liveBytes).toBe(Math.max(...plan!.kernels.map(({ liveBytes }) => liveBytes)));
    expect(plan!.kernels[plan!.liveAt]!.liveBytes).toBe(plan!.liveBytes);
  });

  it('throws what a read would throw', () => {
    const w = parameter(tensor([1]));
    const y = w.mul(2);
    w.assign(tensor([5]));
    expect(() => explain(y)).toThrow(StaleValueError);
    expect(() => explain(3 as never)).toThrow(ArgumentError);
  });
});

describe('explain of a function', () => {
  it('runs it for real and explains every plan that ran', () => {
    const w = parameter(tensor([1, 2]));
    const { plans } = explain(() => {
      for (let i = 0; i < 3; i++) w.assign(w.mul(2));
      w.add(1).dataSync();
    });
    expect(w.arraySync()).toEqual([8, 16]);
    const ran = plans.flatMap(({ runs, kernels }) => new Array<string>(runs).fill(kernels.map(({ ops }) => ops.join()).join()));
    expect(ran).toEqual(['mul', 'mul', 'mul', 'add']);
  });

  it('says how often each plan ran', () => {
    const w = parameter(tensor([1, 2]));
    const explanation = explain(() => {
      for (let i = 0; i < 4; i++) w.assign(w.mul(2));
    });
    expect(explanation.plans.reduce((sum, { runs }) => sum + runs, 0)).toBe(4);
    expect(String(explanation)).toMatch(/run \d times/);
  });

  it('adds the plan of what it returns without computing it', () => {
    const { plans } = explain(() => tensor([1, 2]).exp());
    expect(plans.map(({ runs }) => runs)).toEqual([0]);
  });

  it('follows an asynchronous function to its end', async () => {
    const found = explain(async () => {
      await Promise.resolve();
      await keep(tensor([1, 2]).exp()).data();
    });
    expectTypeOf(found).toEqualTypeOf<Promise<Explanation>>();
    expect((await found).plans).toHaveLength(1);
  });

  it('names the ops of a compiled function', () => {
    const root = compile((x: Tensor) => x.sub(2).sqrt());
    const { plans } = explain(() => {
      for (let i = 0; i < 3; i++) root(tensor([4, 5]));
    });
    expect(plans.map(({ runs, kernels }) => [runs, kernels.map(({ ops }) => ops)])).toEqual([[3, [['sub', 'sqrt']]]]);
  });

  it('stops watching when the function throws', () => {
    expect(() => explain(() => { throw new Error('stop'); })).toThrow('stop');
    expect(kernelsRunBy(() => tensor([1]).exp().dataSync())).toBe(1);
  });
});

function kernelsRunBy(fn: () => unknown): number {
  const before = currentBackend().stats().kernels;
  fn();
  return currentBackend().stats().kernels - before;
}
