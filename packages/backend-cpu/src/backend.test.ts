import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  BackendError, IndexError, type DType, type GatherKernel, type HostKernel, type MapKernel, type Operand, type Plan, type ScatterKernel,
  type Storage, type TypedArray,
} from '@cotangent/tensor';
import { cpu } from './backend';

afterEach(() => vi.unstubAllGlobals());

const storage = (host: TypedArray): Storage => ({
  dtype: host instanceof Int32Array ? 'int32' : 'float32', length: host.length, host, backend: undefined,
});

function vector(slot: number, length: number, dtype: DType = 'float32'): Operand {
  return { slot, dtype, shape: [length], strides: [1], offset: 0 };
}

/** out = in * factor, elementwise. */
function scale(from: number, to: number, length: number, factor: number): MapKernel {
  return {
    kind: 'map', shape: [length], constants: [factor],
    inputs: [vector(from, length)],
    body: [
      { op: 'load', input: 0, dtype: 'float32' },
      { op: 'const', constant: 0, dtype: 'float32' },
      { op: 'mul', args: [0, 1], dtype: 'float32' },
    ],
    outputs: [{ slot: to, dtype: 'float32', value: 2 }],
  };
}

/** in -> * 2 -> * 3 -> * 5, only the last is an output. */
function chain(length: number): Plan {
  return {
    slots: Array.from({ length: 4 }, () => ({ dtype: 'float32' as const, length })),
    inputs: [0],
    outputs: [{ slot: 3, resident: false }],
    kernels: [scale(0, 1, length, 2), scale(1, 2, length, 3), scale(2, 3, length, 5)],
  };
}

function indexPlan(kind: 'gather' | 'scatter', size: number, count: number): Plan {
  const output = { slot: 3, dtype: 'float32' as const };
  const gather: GatherKernel = { kind: 'gather', axis: 0, source: vector(0, size), index: vector(1, count, 'int32'), output };
  const scatter: ScatterKernel = {
    kind: 'scatter', mode: 'add', axis: 0, base: vector(0, size), index: vector(1, count, 'int32'), updates: vector(2, count), output,
  };
  return {
    slots: [
      { dtype: 'float32', length: size },
      { dtype: 'int32', length: count },
      { dtype: 'float32', length: count },
      { dtype: 'float32', length: kind === 'gather' ? count : size },
    ],
    inputs: [0, 1, 2], outputs: [{ slot: 3, resident: false }], kernels: [kind === 'gather' ? gather : scatter],
  };
}

for (const interpret of [false, true]) {
  describe(`cpu backend, ${interpret ? 'interpreted' : 'generated'}`, () => {
    it('says its name, mode and dtypes', () => {
      const backend = cpu({ interpret });
      expect([backend.name, backend.mode]).toEqual(['cpu', interpret ? 'interpreted' : 'generated']);
      expect(backend.caps.dtypes).toContain('float16');
      expect(backend.caps.compute).not.toContain('float16');
      expect(backend.caps.compute).toContain('float64');
    });

    it('returns fresh outputs and leaves inputs and earlier outputs alone', async () => {
      const backend = cpu({ interpret });
      const plan = chain(3);
      await backend.prepare(plan);
      const input = Float32Array.of(1, 2, 3);
      const [first] = backend.run(plan, [storage(input)]);
      const [second] = backend.run(plan, [storage(Float32Array.of(4, 5, 6))]);
      expect(await backend.read(first!)).toEqual(Float32Array.of(30, 60, 90));
      expect(backend.readSync(second!)).toEqual(Float32Array.of(120, 150, 180));
      expect(input).toEqual(Float32Array.of(1, 2, 3));
      expect(second!.host).not.toBe(first!.host);
      expect(first).toMatchObject({ dtype: 'float32', length: 3, backend });
    });

    it('takes its own outputs as inputs and frees without effect', () => {
      const backend = cpu({ interpret });
      const [once] = backend.run(chain(2), [storage(Float32Array.of(1, 2))]);
      const [twice] = backend.run(chain(2), [once!]);
      backend.free(once!);
      expect(backend.readSync(twice!)).toEqual(Float32Array.of(900, 1800));
    });

    it('an index out of range is an IndexError naming index, axis and size; the backend stays usable', () => {
      const backend = cpu({ interpret });
      for (const kind of ['gather', 'scatter'] as const) {
        const plan = indexPlan(kind, 5, 2);
        const run = (...index: number[]): Storage[] =>
          backend.run(plan, [storage(new Float32Array(5)), storage(Int32Array.from(index)), storage(new Float32Array(2))]);
        expect(() => run(0, 7)).toThrow(IndexError);
        expect(() => run(0, 7)).toThrow(`${kind}: index 7 is out of range for axis 0 of size 5. Indices must lie between 0 and 4.`);
        expect(() => run(-1, 0)).toThrow(/index -1 /);
        expect(run(0, 4)[0]!.host).toHaveLength(kind === 'gather' ? 2 : 5);
      }
      const empty = indexPlan('gather', 0, 1);
      const inputs = [storage(new Float32Array(0)), storage(Int32Array.of(0)), storage(new Float32Array(1))];
      expect(() => backend.run(empty, inputs)).toThrow(/axis is empty/);
    });

    it('an error in a host kernel passes through, and the same plan runs again', () => {
      const backend = cpu({ interpret });
      let broken = true;
      const host: HostKernel = {
        kind: 'host', name: 'maybe', inputs: [], outputs: [{ slot: 0, dtype: 'float32', shape: [1] }],
        run: (_, [out]) => {
          if (broken) throw new RangeError('broken');
          out![0] = 1;
        },
      };
      const plan: Plan = { slots: [{ dtype: 'float32', length: 1 }], inputs: [], outputs: [{ slot: 0, resident: false }], kernels: [host] };
      expect(() => backend.run(plan, [])).toThrow(new RangeError('broken'));
      broken = false;
      expect(backend.run(plan, [])[0]!.host).toEqual(Float32Array.of(1));
    });

    it('a host kernel may run plans, the running one included, without disturbing intermediates', () => {
      const backend = cpu({ interpret });
      let depth = 0;
      const slots = Array.from({ length: 4 }, () => ({ dtype: 'float32' as const, length: 2 }));
      const host: HostKernel = {
        kind: 'host', name: 'nested', inputs: [vector(1, 2)], outputs: [{ slot: 2, dtype: 'float32', shape: [2] }],
        run: ([x], [out]) => {
          if (depth++ === 0) {
            expect(backend.run(plan, [storage(Float32Array.of(7, 7))])[0]!.host).toEqual(Float32Array.of(42, 42));
            expect(backend.run(chain(2), [storage(Float32Array.of(1, 1))])[0]!.host).toEqual(Float32Array.of(30, 30));
          }
          out!.set(x!);
        },
      };
      const kernels = [scale(0, 1, 2, 2), host, scale(2, 3, 2, 3)];
      const plan: Plan = { slots, inputs: [0], outputs: [{ slot: 3, resident: false }], kernels };
      expect(backend.run(plan, [storage(Float32Array.of(1, 2))])[0]!.host).toEqual(Float32Array.of(6, 12));
    });

    it('wrong inputs are errors that say what the plan expects', () => {
      const backend = cpu({ interpret });
      expect(() => backend.run(chain(3), [])).toThrow(/1 inputs but 0 storages/);
      expect(() => backend.run(chain(3), [storage(new Float32Array(2))])).toThrow(/3 elements of float32.*2 elements of float32/);
      expect(() => backend.run(chain(3), [storage(new Int32Array(3))])).toThrow(/3 elements of int32/);
      const elsewhere: Storage = { dtype: 'float32', length: 3, host: undefined, backend: { ...backend, name: 'faraway' } };
      expect(() => backend.run(chain(3), [elsewhere])).toThrow(/another backend \(faraway\)/);
      expect(() => backend.readSync(elsewhere)).toThrow(BackendError);
    });

    it('counts what it did and keeps no more memory than its largest plan needs', () => {
      const backend = cpu({ interpret });
      const plans = [chain(1000), chain(10)];
      for (const plan of plans) for (let n = 0; n < 3; n++) backend.run(plan, [storage(new Float32Array(plan.slots[0]!.length))]);
      const stats = backend.stats();
      expect([stats.plans, stats.kernels]).toEqual([6, 18]);
      // Chains of maps of one length share one function; two intermediates of 4,000 bytes are alive at once.
      expect(stats.compiled).toBe(interpret ? 0 : 1);
      expect(stats.bytes).toBeGreaterThanOrEqual(8000);
      expect(stats.bytes).toBeLessThan(8200);
    });

    it('throws after dispose', async () => {
      const backend = cpu({ interpret });
      const [out] = backend.run(chain(1), [storage(Float32Array.of(1))]);
      backend.dispose();
      expect(() => backend.run(chain(1), [storage(Float32Array.of(1))])).toThrow(/disposed/);
      await expect(backend.read(out!)).rejects.toThrow(/disposed/);
      await expect(backend.prepare(chain(1))).rejects.toThrow(BackendError);
      expect(backend.stats().bytes).toBe(0);
    });
  });
}

describe('without permission to generate code', () => {
  it('falls back to the interpreter and says so', () => {
    vi.stubGlobal('Function', function () {
      throw new EvalError('unsafe-eval is not an allowed source of script');
    });
    const backend = cpu();
    expect(backend.mode).toBe('interpreted');
    expect(backend.run(chain(1), [storage(Float32Array.of(1))])[0]!.host).toEqual(Float32Array.of(30));
  });

  it('does not try when the interpreter was asked for', () => {
    const attempt = vi.fn();
    vi.stubGlobal('Function', attempt);
    cpu({ interpret: true }).run(chain(1), [storage(Float32Array.of(1))]);
    expect(attempt).not.toHaveBeenCalled();
  });
});
