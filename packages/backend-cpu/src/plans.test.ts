import { describe, expect, it } from 'vitest';
import {
  BackendError, type Access, type ContractKernel, type DType, type GroupKernel, type Instruction, type Kernel, type MapKernel, type Operand,
  type Plan, type RepeatKernel, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { cpu, type CpuBackend } from './backend';
import { product, rowMajor } from './loops';
import { COMPUTE, randomBody } from './testing/body';
import { execute, executeKernel, planOf } from './testing/execute';
import { naive } from './testing/naive';
import { naiveRow } from './testing/naive-row';
import { asRow } from './rows';
import { Random, randomData, Slots } from './testing/random';

const modes = [false, true];
const f32 = 'float32' as const;
const given = (host: TypedArray): Storage => ({ dtype: f32, length: host.length, host, backend: undefined });

function whole(slot: number, shape: readonly number[], dtype: DType = f32): Operand {
  return { slot, dtype, shape, strides: rowMajor(shape), offset: 0 };
}

/** out = x op y, both whole vectors. */
function binary(op: 'add' | 'mul' | 'sub', x: number, y: number, out: number, length: number): MapKernel {
  return {
    kind: 'map', shape: [length], inputs: [whole(x, [length]), whole(y, [length])], constants: [],
    body: [{ op: 'load', input: 0, dtype: f32 }, { op: 'load', input: 1, dtype: f32 }, { op, args: [0, 1], dtype: f32 }],
    outputs: [{ slot: out, dtype: f32, value: 2 }],
  };
}

function floats(lengths: readonly number[]): Plan['slots'] {
  return lengths.map((length) => ({ dtype: f32, length }));
}

const outputs = (...slots: number[]): Plan['outputs'] => slots.map((slot) => ({ slot, resident: false }));

describe('a group', () => {
  it('runs its maps one after another, of any programs and sizes', () => {
    const random = new Random(40);
    for (let round = 0; round < 60; round++) {
      const slots = new Slots();
      const maps = Array.from({ length: random.int(1, 5) }, (): MapKernel => {
        const shape = random.shape();
        const input = (): Operand => slots.operand(random, random.pick(COMPUTE), shape, { awkward: true });
        const inputs = Array.from({ length: random.int(1, 2) }, input);
        const constants: number[] = [];
        const body = randomBody(random, inputs, shape.length, constants);
        const value = body.length - 1;
        const { dtype } = body[value]!;
        return { kind: 'map', shape, inputs, constants, body, outputs: [{ slot: slots.add(dtype, product(shape)), dtype, value }] };
      });
      // Some programs twice in a row, as the updates of many parameters are.
      const lengthOf = (map: MapKernel): number => slots.slots[map.outputs[0]!.slot]!.length;
      const again = maps.map((map): MapKernel => {
        return { ...map, outputs: map.outputs.map((o) => ({ ...o, slot: slots.add(o.dtype, lengthOf(map)) })) };
      });
      const group: GroupKernel = { kind: 'group', maps: maps.flatMap((map, k) => [map, again[k]!]) };
      const expected = group.maps.map((map) => naiveRow(asRow(map), slots.arrays as never, [lengthOf(map)])[0]!);
      for (const interpret of modes) {
        const actual = executeKernel(cpu({ interpret }), group, slots);
        actual.forEach((array, o) => expect(Array.from(array), JSON.stringify(group)).toEqual(Array.from(expected[o]!)));
      }
    }
  });

  it('of equal programs compiles one function', () => {
    const backend = cpu();
    const slots = floats([3, 5, 3, 5]);
    const group: GroupKernel = { kind: 'group', maps: [binary('add', 0, 0, 2, 3), binary('add', 1, 1, 3, 5)] };
    const plan: Plan = { slots, inputs: [0, 1], outputs: outputs(2, 3), kernels: [group] };
    const [a, b] = backend.run(plan, [given(Float32Array.of(1, 2, 3)), given(new Float32Array(5).fill(4))]);
    expect([a!.host, b!.host]).toEqual([Float32Array.of(2, 4, 6), new Float32Array(5).fill(8)]);
    expect(backend.stats()).toMatchObject({ kernels: 1, compiled: 1 });
  });
});

describe('an epilogue', () => {
  const plain = (label: number): Access => ({ label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 });

  function contraction(random: Random, slots: Slots, dtype: DType, sizes: readonly number[], out: readonly number[]): ContractKernel {
    // Labels: batch, rows, columns, sum.
    const operand = (labels: readonly number[]): Operand => slots.operand(random, dtype, labels.map((l) => sizes[l]!));
    const length = product(out.map((l) => sizes[l]!));
    return {
      kind: 'contract', sizes, out,
      a: operand([0, 1, 3]), accessA: [0, 1, 3].map(plain), b: operand([3, 2, 0]), accessB: [3, 2, 0].map(plain),
      output: { slot: slots.add(dtype, length), dtype },
    };
  }

  it('is what the map would do afterwards: bias, residual, coordinates, results in place or elsewhere', () => {
    const random = new Random(41);
    for (let round = 0; round < 150; round++) {
      const slots = new Slots();
      const dtype = random.pick(['float32', 'float64', 'int32', 'uint8'] as const);
      const sizes = [random.int(1, 3), random.int(1, 5), random.int(1, 6), random.int(0, 4)];
      const out = [0, 1, 2].sort(() => random.next() - 0.5);
      const contract = contraction(random, slots, dtype, sizes, out);
      const full = out.map((l) => sizes[l]!);
      // Axes of size 1 may be missing, or there may be more of them; or another shape altogether.
      const form = random.int(0, 3);
      const shape = form === 0 ? full.filter((n) => n > 1) : form === 1 ? [1, ...full, 1] : form === 2 ? [product(full)] : full;
      const sums = whole(contract.output.slot, shape, dtype);
      const other = (): Operand => slots.operand(random, random.pick(COMPUTE), shape, { awkward: true });
      const inputs = [sums, ...Array.from({ length: random.int(0, 2) }, other)];
      const constants: number[] = [];
      const body = randomBody(random, inputs, shape.length, constants);
      const results = [body.length - 1, random.int(0, body.length - 1)].map((value) => {
        const { dtype: type } = body[value]!;
        const inPlace = type === dtype && random.next() < 0.5;
        return { slot: inPlace ? contract.output.slot : slots.add(type, product(shape)), dtype: type, value };
      });
      const once = results.filter((r, k) => results.findIndex((x) => x.slot === r.slot) === k);
      const epilogue: MapKernel = { kind: 'map', shape, inputs, constants, body, outputs: once };
      const sumsOnly = naive(contract, slots.arrays as never, slots.slots[contract.output.slot]!.length);
      const arrays = slots.arrays.map((array, slot) => (slot === contract.output.slot ? sumsOnly : array));
      const expected = naiveRow(asRow(epilogue), arrays as never, once.map(() => product(shape)));
      for (const interpret of modes) {
        const plan = planOf(slots, [{ ...contract, epilogue }], once.map((o) => o.slot));
        execute(cpu({ interpret }), plan, slots).forEach((array, o) => {
          expect(Array.from(array), JSON.stringify(plan)).toEqual(Array.from(expected[o]!));
        });
      }
    }
  });

  it('leaves the sums where they are when it writes elsewhere, also across the borders of blocks', () => {
    const random = new Random(42);
    const slots = new Slots();
    const contract = contraction(random, slots, f32, [2, 131, 130, 3], [0, 1, 2]);
    const shape = [2, 131, 130];
    const bias: Operand = { ...whole(slots.add(f32, 130, randomData(random, f32, 130)), shape), strides: [0, 0, 1] };
    const body: Instruction[] = [
      { op: 'load', input: 0, dtype: f32 }, { op: 'load', input: 1, dtype: f32 },
      { op: 'add', args: [0, 1], dtype: f32 }, { op: 'tanh', args: [2], dtype: f32 },
    ];
    const inputs = [whole(contract.output.slot, shape), bias];
    const output = { slot: slots.add(f32, product(shape)), dtype: f32, value: 3 };
    const epilogue: MapKernel = { kind: 'map', shape, inputs, constants: [], body, outputs: [output] };
    const [sums] = executeKernel(cpu(), contract, slots);
    const expected = sums!.map((x, i) => Math.tanh(Math.fround(x + slots.arrays[bias.slot]![i % 130]!)));
    for (const interpret of modes) {
      const [still, result] = executeKernel(cpu({ interpret }), { ...contract, epilogue }, slots);
      expect(still).toEqual(sums);
      expect(result).toEqual(expected);
    }
  });
});

/** state[t + 1] = state[t] * x[t] + state[t], or the same backward in time, keeping all states. */
function recurrence(trips: number, width: number, backward: boolean, resultOnly: boolean): Plan {
  // 0: x, 1: start, 2: all states, 3: product, windows 4: x[t], 5: state before, 6: state after, 7: last state.
  const slots = floats([trips * width, width, (trips + 1) * width, width, width, width, width, width]);
  const [step, begin] = backward ? [-width, (trips - 1) * width] : [width, 0];
  const repeat: RepeatKernel = {
    kind: 'repeat', trips,
    windows: [
      { slot: 4, of: 0, offset: begin, step },
      { slot: 5, of: 2, offset: backward ? trips * width : 0, step },
      { slot: 6, of: 2, offset: backward ? begin : width, step },
    ],
    kernels: [binary('mul', 5, 4, 3, width), binary('add', 3, 5, 6, width)],
  };
  const first: Kernel = {
    kind: 'pad', shape: [(trips + 1) * width], low: [backward ? trips * width : 0], value: 0,
    input: whole(1, [width]), output: { slot: 2, dtype: f32 },
  };
  const end: Operand = { ...whole(2, [width]), offset: backward ? 0 : trips * width };
  const last: Kernel = { kind: 'concat', axis: 0, shape: [width], inputs: [end], output: { slot: 7, dtype: f32 } };
  return { slots, inputs: [0, 1], outputs: resultOnly ? outputs(7) : outputs(2, 7), kernels: [first, repeat, last] };
}

function expectedStates(x: Float32Array, start: Float32Array, trips: number, backward: boolean): number[][] {
  const width = start.length;
  const states = [Array.from(start)];
  for (let t = 0; t < trips; t++) {
    const at = (backward ? trips - 1 - t : t) * width;
    states.push(states[t]!.map((h, i) => Math.fround(Math.fround(h * x[at + i]!) + h)));
  }
  return backward ? states.reverse() : states;
}

for (const interpret of modes) {
  describe(`plans, ${interpret ? 'interpreted' : 'generated'}`, () => {
    it('repeat carries a state through windows that move forward or backward', () => {
      const random = new Random(43);
      const backend = cpu({ interpret });
      for (const backward of [false, true]) {
        for (const trips of [0, 1, 5]) {
          const [x, start] = [randomData(random, f32, trips * 3) as Float32Array, randomData(random, f32, 3) as Float32Array];
          const states = expectedStates(x, start, trips, backward);
          for (const resultOnly of [false, true]) {
            const plan = recurrence(trips, 3, backward, resultOnly);
            for (let run = 0; run < 2; run++) {
              const results = backend.run(plan, [given(x), given(start)]).map((s) => Array.from(s.host!));
              expect(results.at(-1)).toEqual(states[backward ? 0 : trips]);
              if (!resultOnly) expect(results[0]).toEqual(states.flat());
            }
          }
        }
      }
    });

    it('repeat inside repeat sees the window of the outer trip', () => {
      // out[i][j] = x[i] + y[j], element by element.
      const slots = floats([2, 3, 6, 1, 3, 1, 1]);
      const inner: RepeatKernel = {
        kind: 'repeat', trips: 3, kernels: [binary('add', 3, 5, 6, 1)],
        windows: [{ slot: 5, of: 1, offset: 0, step: 1 }, { slot: 6, of: 4, offset: 0, step: 1 }],
      };
      const outer: RepeatKernel = {
        kind: 'repeat', trips: 2, kernels: [inner],
        windows: [{ slot: 3, of: 0, offset: 0, step: 1 }, { slot: 4, of: 2, offset: 0, step: 3 }],
      };
      const plan: Plan = { slots, inputs: [0, 1], outputs: outputs(2), kernels: [outer] };
      const [out] = cpu({ interpret }).run(plan, [given(Float32Array.of(10, 20)), given(Float32Array.of(1, 2, 3))]);
      expect(Array.from(out!.host!)).toEqual([11, 12, 13, 21, 22, 23]);
    });

    describe('donation', () => {
      /** p' = p - g, in the memory of p where that is allowed; d = p + g beside it. */
      const plan: Plan = {
        slots: floats([4, 4, 4]), inputs: [0, 1], outputs: [{ slot: 2, resident: true, donor: 0 }], kernels: [binary('sub', 0, 1, 2, 4)],
      };
      const g = given(new Float32Array(4).fill(1));
      const first = (backend: CpuBackend): Storage => backend.run(plan, [given(Float32Array.of(1, 2, 3, 4)), g])[0]!;

      it('updates resident storages of its own in place', async () => {
        const backend = cpu({ interpret });
        const p = first(backend);
        const { host } = p;
        const [q] = backend.run(plan, [p, g]);
        expect(q!.host).toBe(host);
        expect(Array.from(await backend.read(q!))).toEqual([-1, 0, 1, 2]);
        expect(() => backend.readSync(p)).toThrow(/updated it in place/);
        expect(() => backend.run(plan, [p, g])).toThrow(BackendError);
      });

      it('never touches arrays that came from JavaScript, were not resident, or belong to another backend', () => {
        const backend = cpu({ interpret });
        const data = Float32Array.of(1, 2, 3, 4);
        const loose = backend.run({ ...plan, outputs: [{ slot: 2, resident: false }] }, [given(data), g])[0]!;
        const foreign = first(cpu({ interpret }));
        for (const storage of [given(data), loose, foreign]) {
          const before = Array.from(storage.host!);
          const [q] = backend.run(plan, [storage, g]);
          expect(q!.host).not.toBe(storage.host);
          expect(Array.from(storage.host!)).toEqual(before);
        }
      });

      it('does not happen when the storage is given twice, when a run is observed, or inside a running plan', () => {
        const backend = cpu({ interpret });
        const p = first(backend);
        expect(Array.from(backend.run(plan, [p, p])[0]!.host!)).toEqual([0, 0, 0, 0]);
        expect(backend.runObserved(plan, [p, g], () => {})[0]!.host).not.toBe(p.host);
        const host: Kernel = {
          kind: 'host', name: 'nested', inputs: [], outputs: [{ slot: 0, dtype: f32, shape: [4] }],
          run: (_, [out]) => out!.set(backend.run(plan, [p, g])[0]!.host!),
        };
        const [r] = backend.run({ slots: floats([4]), inputs: [], outputs: outputs(0), kernels: [host] }, []);
        expect(Array.from(r!.host!)).toEqual([-1, 0, 1, 2]);
        expect(Array.from(backend.readSync(p))).toEqual([0, 1, 2, 3]);
      });

      it('does not happen where a row kernel may write an element before it has read the input for the last time', () => {
        // s = sum(p), out = exp(p) and rest = p - s: the last pass reads p again.
        const backend = cpu({ interpret });
        const p = first(backend);
        const body: Instruction[] = [
          { op: 'load', input: 0, dtype: f32 },
          { op: 'exp', args: [0], dtype: f32 },
          { op: 'fold', fold: 'sum', args: [1], dtype: f32 },
          { op: 'sub', args: [0, 2], dtype: f32 },
        ];
        const output = { dtype: f32, per: 'element', strides: [1] } as const;
        const row: Kernel = {
          kind: 'row', shape: [4], kept: 0, inputs: [whole(0, [4])], constants: [], body,
          outputs: [{ ...output, slot: 1, value: 1 }, { ...output, slot: 2, value: 3 }],
        };
        const both: Plan = {
          slots: floats([4, 4, 4]), inputs: [0], kernels: [row],
          outputs: [{ slot: 1, resident: true, donor: 0 }, { slot: 2, resident: false }],
        };
        const copied = given(p.host!.slice());
        const expected = backend.run(both, [copied]).map((s) => Array.from(s.host!));
        expect(backend.run(both, [p]).map((s) => Array.from(s.host!))).toEqual(expected);
      });

      it('a read that began before the update gives the elements from before', async () => {
        const backend = cpu({ interpret });
        const p = first(backend);
        const reading = backend.read(p);
        backend.run(plan, [p, g]);
        expect(Array.from(await reading)).toEqual([0, 1, 2, 3]);
      });
    });

    it('an observed run gives the same results, kernel by kernel, with the values in between', () => {
      const backend = cpu({ interpret });
      const slots = floats([2, 2, 2, 2]);
      const kernels = [binary('add', 0, 0, 1, 2), binary('mul', 1, 0, 2, 2), binary('add', 2, 1, 3, 2)];
      const plan: Plan = { slots, inputs: [0], outputs: outputs(3), kernels };
      const seen: number[][] = [];
      const [out] = backend.runObserved(plan, [given(Float32Array.of(1, 3))], (k, ms, read) => {
        expect(ms).toBeGreaterThanOrEqual(0);
        seen.push([k, ...read(k + 1)]);
      });
      expect(seen).toEqual([[0, 2, 6], [1, 2, 18], [2, 4, 24]]);
      expect(out!.host).toEqual(backend.run(plan, [given(Float32Array.of(1, 3))])[0]!.host);
    });
  });
}

describe('the function of a plan', () => {
  it('is shared by plans that differ in sizes only', () => {
    const backend = cpu();
    for (const n of [3, 4, 5]) {
      const kernels = [binary('add', 0, 0, 1, n), binary('mul', 1, 1, 2, n)];
      const plan: Plan = { slots: floats([n, n, n]), inputs: [0], outputs: outputs(2), kernels };
      expect(backend.run(plan, [given(new Float32Array(n).fill(3))])[0]!.host).toEqual(new Float32Array(n).fill(36));
    }
    expect(backend.stats().compiled).toBe(2);
  });

  it('a long chain of equal kernels is short text', () => {
    const count = 5000;
    const kernels = Array.from({ length: count }, (_, k) => binary('add', k === 0 ? 0 : k + 1, 1, k + 2, 1));
    const plan: Plan = { slots: floats(new Array<number>(count + 2).fill(1)), inputs: [0, 1], outputs: outputs(count + 1), kernels };
    const backend = cpu();
    expect(backend.run(plan, [given(Float32Array.of(0)), given(Float32Array.of(1))])[0]!.host![0]).toBe(count);
    expect(backend.stats()).toMatchObject({ compiled: 1, bytes: 128 });
  });
});
