/** Row kernels computed index by index, straight from their description: every value at every place, no loops shared. */
import { allocate, isFloat, type RowKernel, type TypedArray } from '@cotangent/tensor';
import { bindBody } from '../interpret/scalar';
import { rounding } from '../values';
import { places } from './naive';

const START = { sum: 0, prod: 1, max: -Infinity, min: Infinity };
const COMBINE = { sum: (x: number, y: number) => x + y, prod: (x: number, y: number) => x * y, max: Math.max, min: Math.min };
const WHOLE = { ...COMBINE, prod: Math.imul };
const FLOATS = [-Infinity, Infinity] as const;
/** The maximum and the minimum of nothing. */
const EMPTY = {
  float32: FLOATS, float64: FLOATS, float16: FLOATS,
  int32: [-2147483648, 2147483647], uint32: [0, 4294967295], uint8: [0, 255], bool: [0, 1],
} as const;

/** What each output slot holds afterwards. `lengths` are those of the output slots. */
export function naiveRow(kernel: RowKernel, slots: readonly TypedArray[], lengths: readonly number[]): TypedArray[] {
  const { shape, kept, inputs, body } = kernel;
  const results = kernel.outputs.map(({ dtype }, o) => allocate(dtype, lengths[o]!));
  const inner = places(shape.slice(kept));
  const offset = (strides: readonly number[], place: readonly number[]): number =>
    strides.reduce((sum, s, axis) => sum + s * place[axis]!, 0);
  for (const row of places(shape.slice(0, kept))) {
    const folds = new Map<number, number>();
    const valuesAt = (place: readonly number[], upTo: number): Float64Array => {
      const at = inputs.map((input) => input.offset + offset(input.strides, place));
      const program = bindBody(body, kernel.constants, { arrays: inputs.map(({ slot }) => slots[slot]!), at, axis: (n) => place[n]! });
      for (let k = 0; k < upTo; k++) {
        if (body[k]!.op === 'fold') program.values[k] = fold(k);
        else program.steps[k]!();
      }
      return program.values;
    };
    const fold = (k: number): number => {
      const instruction = body[k]!;
      if (instruction.op !== 'fold') throw new TypeError('not a fold');
      const { dtype, args, fold: op } = instruction;
      const known = folds.get(k);
      if (known !== undefined) return known;
      const round = rounding(dtype);
      let acc = START[op];
      for (const rest of inner) {
        const value = valuesAt([...row, ...rest], k)[args[0]]!;
        acc = isFloat(dtype) ? COMBINE[op](acc, value) : round(WHOLE[op](acc, value));
      }
      if (inner.length === 0 && (op === 'max' || op === 'min')) acc = EMPTY[dtype][op === 'max' ? 0 : 1];
      folds.set(k, round(acc));
      return round(acc);
    };
    kernel.outputs.forEach(({ value, per, strides }, o) => {
      const elements = per === 'row' ? [shape.slice(kept).map(() => 0)] : inner;
      for (const rest of elements) {
        const place = [...row, ...rest];
        results[o]![offset(strides, place)] = valuesAt(place, value + 1)[value]!;
      }
    });
  }
  return results;
}
