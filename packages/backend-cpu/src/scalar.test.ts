import { describe, expect, it } from 'vitest';
import {
  BINARY_OPS, UNARY_OPS, allocate, isFloat, toHalf, type DType, type Instruction, type MapKernel, type TypedArray,
} from '@cotangent/tensor';
import { cpu } from './backend';
import { executeKernel } from './testing/execute';
import { BITS_ONLY, FLOAT_ONLY, specialOf } from './testing/instructions';
import { Slots } from './testing/random';

const backends = [cpu(), cpu({ interpret: true })];
const f = Math.fround;

function arrayOf(dtype: DType, values: readonly number[]): TypedArray {
  const array = allocate(dtype, values.length);
  values.forEach((value, i) => (array[i] = dtype === 'float16' ? toHalf(value) : value));
  return array;
}

/** One instruction on columns of values, in both modes. */
function evaluate(instruction: { op: string; order?: number }, from: DType, to: DType, columns: readonly (readonly number[])[]): number[] {
  const slots = new Slots();
  const length = columns[0]!.length;
  const inputs = columns.map((values, k) => {
    const dtype = instruction.op === 'where' && k === 0 ? 'bool' : from;
    return { slot: slots.add(dtype, length, arrayOf(dtype, values)), dtype, shape: [length], strides: [1], offset: 0 };
  });
  const body: Instruction[] = inputs.map(({ dtype }, input) => ({ op: 'load', input, dtype }));
  const special = specialOf(instruction.op, instruction.order ?? 0);
  body.push({ ...instruction, ...special, args: columns.map((_, k) => k), dtype: to } as unknown as Instruction);
  const kernel: MapKernel = {
    kind: 'map', shape: [length], inputs, constants: [], body,
    outputs: [{ slot: slots.add(to, length), dtype: to, value: body.length - 1 }],
  };
  const [generated, interpreted] = backends.map((backend) => Array.from(executeKernel(backend, kernel, slots)[0]!));
  expect(interpreted).toEqual(generated);
  return generated!;
}

const unary = (op: string, dtype: DType, values: readonly number[]): number[] => evaluate({ op }, dtype, dtype, [values]);
const binary = (op: string, dtype: DType, x: readonly number[], y: readonly number[], to = dtype): number[] =>
  evaluate({ op }, dtype, to, [x, y]);
const cast = (from: DType, to: DType, values: readonly number[]): number[] => evaluate({ op: 'cast' }, from, to, [values]);

describe('scalar instructions', () => {
  it('float32 functions round the exact value once', () => {
    const x = [0.3, -0.7, 2.5, 0].map(f);
    const same: readonly (keyof Math & string)[] = ['exp', 'expm1', 'sin', 'cos', 'tan', 'atan', 'tanh', 'floor', 'ceil', 'trunc', 'abs'];
    for (const op of same) expect(unary(op, 'float32', x), op).toEqual(x.map((v) => f((Math[op] as (v: number) => number)(v))));
    expect(unary('log', 'float32', [2, 0, -1])).toEqual([f(Math.LN2), -Infinity, NaN]);
    expect(unary('log1p', 'float32', [1, -1, -2])).toEqual([f(Math.LN2), -Infinity, NaN]);
    expect(unary('sqrt', 'float32', [2, -1, -0])).toEqual([f(Math.SQRT2), NaN, -0]);
    expect(unary('rsqrt', 'float32', [4, 0, 2])).toEqual([0.5, Infinity, f(Math.SQRT1_2)]);
    expect(unary('recip', 'float32', [4, -0, 3])).toEqual([0.25, -Infinity, f(1 / 3)]);
    expect(unary('asin', 'float32', [1, 2])).toEqual([f(Math.PI / 2), NaN]);
    expect(unary('acos', 'float32', [-1])).toEqual([f(Math.PI)]);
    expect(unary('neg', 'float32', [0, -2, NaN])).toEqual([-0, 2, NaN]);
  });

  it('special functions have double accuracy in float64', () => {
    expect(unary('erf', 'float64', [0.3])[0]).toBeCloseTo(0.32862675945912742, 15);
    expect(unary('erfinv', 'float64', [0.5, 1])).toEqual([expect.closeTo(0.47693627620446987, 15), Infinity]);
    expect(unary('lgamma', 'float64', [11.5])[0]).toBeCloseTo(16.292000476567241, 13);
    expect(evaluate({ op: 'polygamma', order: 0 }, 'float64', 'float64', [[1]])[0]).toBeCloseTo(-0.57721566490153286, 15);
    expect(evaluate({ op: 'polygamma', order: 3 }, 'float64', 'float64', [[1]])[0]).toBeCloseTo(6.4939394022668291, 14);
  });

  it('round goes to even, sign keeps NaN and drops the sign of zero', () => {
    expect(unary('round', 'float32', [0.5, 1.5, 2.5, -0.5, -1.5])).toEqual([0, 2, 2, -0, -2]);
    expect(unary('sign', 'float32', [NaN, -0, 0, -3, 4])).toEqual([NaN, 0, 0, -1, 1]);
    expect(unary('sign', 'int32', [-7, 0, 9])).toEqual([-1, 0, 1]);
  });

  it('min and max propagate NaN', () => {
    expect(binary('max', 'float32', [NaN, 1, 2, -0], [1, NaN, 3, 0])).toEqual([NaN, NaN, 3, 0]);
    expect(binary('min', 'float64', [NaN, 1, 2, 0], [1, NaN, 3, -0])).toEqual([NaN, NaN, 2, -0]);
  });

  it('pow follows C, mod follows fmod', () => {
    expect(binary('pow', 'float32', [1, NaN, -1, 2], [NaN, 0, Infinity, -1])).toEqual([1, 1, 1, 0.5]);
    expect(binary('mod', 'float32', [-5.5, 5.5, 1], [2, -2, 0])).toEqual([-1.5, 1.5, NaN]);
  });

  it('integers wrap', () => {
    expect(binary('add', 'int32', [2147483647], [1])).toEqual([-2147483648]);
    expect(binary('sub', 'uint32', [0], [1])).toEqual([4294967295]);
    expect(binary('mul', 'int32', [123456789], [987654321])).toEqual([-67153019]);
    expect(binary('mul', 'uint32', [4294967295], [4294967295])).toEqual([1]);
    expect(binary('add', 'uint8', [250], [10])).toEqual([4]);
    expect(binary('mul', 'uint8', [16], [17])).toEqual([16]);
    expect(unary('neg', 'int32', [-2147483648])).toEqual([-2147483648]);
    expect(unary('neg', 'uint32', [1])).toEqual([4294967295]);
    expect(binary('pow', 'int32', [3, 10, 2, -1], [4, 10, -1, -3])).toEqual([81, 1410065408, 0, -1]);
  });

  it('integer division truncates, and by zero gives zero', () => {
    expect(binary('div', 'int32', [-7, 7, 5, -2147483648], [2, -2, 0, -1])).toEqual([-3, -3, 0, -2147483648]);
    expect(binary('div', 'uint32', [4294967295, 3], [2, 0])).toEqual([2147483647, 0]);
    expect(binary('mod', 'int32', [-7, 7, 5], [3, -3, 0])).toEqual([-1, 1, 0]);
    expect(binary('mod', 'uint8', [200, 9], [7, 0])).toEqual([4, 0]);
  });

  it('and, or, xor and not are logical on bool and bitwise on integers', () => {
    expect(binary('and', 'bool', [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 0, 0, 1]);
    expect(binary('or', 'bool', [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 1, 1, 1]);
    expect(binary('xor', 'bool', [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 1, 1, 0]);
    expect(unary('not', 'bool', [0, 1])).toEqual([1, 0]);
    expect(unary('not', 'int32', [0, -1, 5])).toEqual([-1, 0, -6]);
    expect(unary('not', 'uint32', [0])).toEqual([4294967295]);
    expect(unary('not', 'uint8', [1])).toEqual([254]);
    expect(binary('xor', 'uint32', [0xf0f0f0f0], [0x0ff00ff0])).toEqual([0xff00ff00]);
  });

  it('shifts take their count modulo 32, arithmetic on int32 and logical on uint32', () => {
    expect(binary('shl', 'int32', [1, 1, 3], [31, 32, 1])).toEqual([-2147483648, 1, 6]);
    expect(binary('shr', 'int32', [-8, -1], [1, 33])).toEqual([-4, -1]);
    expect(binary('shl', 'uint32', [3], [31])).toEqual([2147483648]);
    expect(binary('shr', 'uint32', [4294967288, 8], [1, 35])).toEqual([2147483644, 1]);
  });

  it('comparisons give bool, false with NaN except ne', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const [x, y] = [[1, 2, 2, NaN], [2, 2, 1, NaN]];
      expect(binary('lt', dtype, x, y, 'bool')).toEqual([1, 0, 0, 0]);
      expect(binary('le', dtype, x, y, 'bool')).toEqual([1, 1, 0, 0]);
      expect(binary('eq', dtype, x, y, 'bool')).toEqual([0, 1, 0, 0]);
      expect(binary('ne', dtype, x, y, 'bool')).toEqual([1, 0, 1, 1]);
    }
    expect(binary('lt', 'uint32', [4294967295], [1], 'bool')).toEqual([0]);
    expect(binary('lt', 'int32', [-1], [1], 'bool')).toEqual([1]);
  });

  it('where takes one branch and nothing of the other', () => {
    expect(evaluate({ op: 'where' }, 'float32', 'float32', [[1, 0], [1, NaN], [NaN, 2]])).toEqual([1, 2]);
  });

  it('casts from floats to integers truncate and saturate', () => {
    for (const from of ['float32', 'float64'] as const) {
      expect(cast(from, 'int32', [1.9, -1.9, 3e9, -3e9, NaN, -Infinity])).toEqual([1, -1, 2147483647, -2147483648, 0, -2147483648]);
      expect(cast(from, 'uint32', [1.9, -1.9, 3e9, 5e9, NaN])).toEqual([1, 0, 3e9, 4294967295, 0]);
      expect(cast(from, 'uint8', [300.7, -1, 1e10, NaN])).toEqual([44, 255, 255, 0]);
      expect(cast(from, 'bool', [0, -0, 0.1, NaN])).toEqual([0, 0, 1, 1]);
    }
  });

  it('casts between integers keep the low bits', () => {
    expect(cast('int32', 'uint32', [-1])).toEqual([4294967295]);
    expect(cast('uint32', 'int32', [4294967295])).toEqual([-1]);
    expect(cast('int32', 'uint8', [-1, 257])).toEqual([255, 1]);
    expect(cast('uint32', 'float32', [4294967295])).toEqual([4294967296]);
    expect(cast('int32', 'float32', [16777217])).toEqual([16777216]);
    expect(cast('uint8', 'bool', [0, 7])).toEqual([0, 1]);
    expect(cast('bool', 'float64', [0, 1])).toEqual([0, 1]);
  });

  it('casts float16 from and to its bits', () => {
    const values = [0, -0, 1.5, -65504, 1e6, 2 ** -24, NaN];
    const bits = [0, 0x8000, 0x3e00, 0xfbff, 0x7c00, 1, 0x7e00];
    for (const wide of ['float32', 'float64'] as const) {
      expect(cast(wide, 'float16', values)).toEqual(bits);
      expect(cast('float16', wide, values)).toEqual([0, -0, 1.5, -65504, Infinity, 2 ** -24, NaN]);
    }
    expect(cast('float16', 'int32', [-2.5, NaN])).toEqual([-2, 0]);
    expect(cast('float16', 'bool', [-0, NaN, 3])).toEqual([0, 1, 1]);
    expect(cast('int32', 'float16', [2049])).toEqual([toHalf(2048)]);
  });

  it('bitcast reinterprets 32 bits', () => {
    expect(evaluate({ op: 'bitcast' }, 'float32', 'int32', [[1, -2]])).toEqual([0x3f800000, 0xc0000000 | 0]);
    expect(evaluate({ op: 'bitcast' }, 'float32', 'uint32', [[-2]])).toEqual([0xc0000000]);
    expect(evaluate({ op: 'bitcast' }, 'int32', 'float32', [[0x3f800000]])).toEqual([1]);
    expect(evaluate({ op: 'bitcast' }, 'uint32', 'float32', [[0xc0000000]])).toEqual([-2]);
    expect(evaluate({ op: 'bitcast' }, 'uint32', 'int32', [[4294967295]])).toEqual([-1]);
    expect(() => evaluate({ op: 'bitcast' }, 'float64', 'int32', [[1]])).toThrow(/cannot reinterpret float64 as int32/);
  });

  it('every instruction either works on a dtype or names both in its error, equally in both modes', () => {
    for (const dtype of ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'] satisfies DType[]) {
      for (const op of [...UNARY_OPS, ...BINARY_OPS]) {
        const columns = (BINARY_OPS as readonly string[]).includes(op) ? [[1, 0, 1], [1, 1, 0]] : [[1, 0, 1]];
        const slots = (): unknown => evaluate({ op, order: 1 }, dtype, ['lt', 'le', 'eq', 'ne'].includes(op) ? 'bool' : dtype, columns);
        if ((isFloat(dtype) ? BITS_ONLY : FLOAT_ONLY).includes(op)) expect(slots).toThrow(new RegExp(`${op}.*${dtype}`));
        else expect(slots()).toHaveLength(3);
      }
    }
  });

  it('constants take the dtype of their instruction, coordinates are int32', () => {
    const slots = new Slots();
    const kernel: MapKernel = {
      kind: 'map', shape: [2, 1, 3], inputs: [], constants: [0.1, 4294967295],
      body: [
        { op: 'const', constant: 0, dtype: 'float32' },
        { op: 'const', constant: 1, dtype: 'uint32' },
        { op: 'index', axis: 0, dtype: 'int32' },
        { op: 'index', axis: 1, dtype: 'int32' },
        { op: 'index', axis: 2, dtype: 'int32' },
      ],
      outputs: (['float32', 'uint32', 'int32', 'int32', 'int32'] as const).map((dtype, value) => {
        return { slot: slots.add(dtype, 6), dtype, value };
      }),
    };
    for (const backend of backends) {
      expect(executeKernel(backend, kernel, slots).map((array) => Array.from(array))).toEqual([
        new Array(6).fill(f(0.1)), new Array(6).fill(4294967295), [0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0], [0, 1, 2, 0, 1, 2],
      ]);
    }
  });
});
