/** Kernels computed in the most literal way, from their descriptions alone: what the tests compare with. */
import { allocate, isFloat, type Kernel, type Operand, type TypedArray } from '@cotangent/tensor';

/** Every place of an index space in row-major order. */
export function places(shape: readonly number[]): number[][] {
  let all: number[][] = [[]];
  for (const n of shape) all = all.flatMap((place) => Array.from({ length: n }, (_, i) => [...place, i]));
  return all;
}

/** The position of a place in a row-major array. */
export function flat(place: readonly number[], shape: readonly number[]): number {
  return place.reduce((sum, i, axis) => sum * shape[axis]! + i, 0);
}

function at(operand: Operand, place: readonly number[], slots: readonly TypedArray[]): number {
  return slots[operand.slot]![operand.offset + place.reduce((sum, i, axis) => sum + i * operand.strides[axis]!, 0)]!;
}

const replaced = (place: readonly number[], axis: number, value: number): number[] => place.map((i, k) => (k === axis ? value : i));

const combine = {
  sum: (x: number, y: number) => x + y,
  prod: (x: number, y: number) => x * y,
  max: (x: number, y: number) => (x !== x || y !== y ? NaN : x > y ? x : y),
  min: (x: number, y: number) => (x !== x || y !== y ? NaN : x < y ? x : y),
};

/** Kernels with one output and no program, or none but a load. */
export type SingleKernel = Extract<Kernel, { output: unknown }>;

/** The output of a kernel with one output; bodies of reductions must be a single load, contractions have no epilogue. */
export function naive(kernel: SingleKernel, slots: readonly TypedArray[], length: number): TypedArray {
  const { dtype } = kernel.output;
  const out = allocate(dtype, length);
  // 32-bit products of integers need more than a double: BigInt, wrapped when stored.
  const store = (position: number, value: number | bigint): void => {
    out[position] = typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value;
    if (dtype === 'bool') out[position] = Number(value) !== 0 ? 1 : 0;
  };
  const fold = (op: keyof typeof combine, values: readonly number[], start?: number): number | bigint => {
    if (isFloat(dtype) || op === 'max' || op === 'min') {
      return values.slice(start === undefined ? 1 : 0).reduce(combine[op], start ?? values[0]!);
    }
    return values.reduce((acc, v) => (op === 'sum' ? acc + BigInt(v) : acc * BigInt(v)), BigInt(start!));
  };
  const start = { sum: 0, prod: 1, max: undefined, min: undefined };
  switch (kernel.kind) {
    case 'reduce': {
      const { op, kept, shape } = kernel;
      const inner = places(shape.slice(kept));
      places(shape.slice(0, kept)).forEach((place, o) => {
        const values = inner.map((rest) => at(kernel.inputs[0]!, [...place, ...rest], slots));
        if (op === 'argmax' || op === 'argmin') {
          const nan = values.findIndex((v) => v !== v);
          const best = op === 'argmax' ? Math.max(...values) : Math.min(...values);
          store(o, nan >= 0 ? nan : Math.max(values.findIndex((v) => v === best), 0));
        } else {
          store(o, fold(op, values, start[op]));
        }
      });
      return out;
    }
    case 'scan': {
      const { axis, input } = kernel;
      const op = ({ cumsum: 'sum', cumprod: 'prod', cummax: 'max' } as const)[kernel.op];
      for (const place of places(input.shape)) {
        const values = Array.from({ length: place[axis]! + 1 }, (_, i) => at(input, replaced(place, axis, i), slots));
        store(flat(place, input.shape), fold(op, values, start[op]));
      }
      return out;
    }
    case 'gather':
      places(kernel.index.shape).forEach((place, o) => {
        store(o, at(kernel.source, replaced(place, kernel.axis, at(kernel.index, place, slots)), slots));
      });
      return out;
    case 'scatter': {
      const { base, index, updates, axis, mode } = kernel;
      places(base.shape).forEach((place, o) => store(o, at(base, place, slots)));
      for (const place of places(index.shape)) {
        const t = flat(replaced(place, axis, at(index, place, slots)), base.shape);
        const value = at(updates, place, slots);
        const op = ({ set: undefined, add: 'sum', mul: 'prod', max: 'max', min: 'min' } as const)[mode];
        if (op === undefined) store(t, value);
        else if (isFloat(dtype) || op === 'max' || op === 'min') store(t, combine[op](out[t]!, value));
        else store(t, fold(op, [value], out[t]));
      }
      return out;
    }
    case 'pad':
      out.fill(kernel.value);
      for (const place of places(kernel.input.shape)) {
        store(flat(place.map((i, axis) => i + kernel.low[axis]!), kernel.shape), at(kernel.input, place, slots));
      }
      return out;
    case 'concat': {
      let begin = 0;
      for (const input of kernel.inputs) {
        for (const place of places(input.shape)) {
          store(flat(replaced(place, kernel.axis, place[kernel.axis]! + begin), kernel.shape), at(input, place, slots));
        }
        begin += input.shape[kernel.axis]!;
      }
      return out;
    }
    case 'pool':
    case 'poolGradient': {
      const { window, stride, padding, dilation, shape, input } = kernel;
      const lead = shape.length - window.length;
      const extents = input.shape.slice(lead);
      places(shape).forEach((place, o) => {
        const inside = places(window)
          .map((k) => k.map((i, w) => place[lead + w]! * stride[w]! - padding[w]! + i * dilation[w]!))
          .filter((y) => y.every((i, w) => i >= 0 && i < extents[w]!));
        const values = inside.map((y) => at(input, [...place.slice(0, lead), ...y], slots));
        const nan = values.findIndex((v) => v !== v);
        const first = nan >= 0 ? nan : values.indexOf(Math.max(...values));
        const position = flat(inside[first]!, extents);
        if (kernel.kind === 'pool') store(o, kernel.op === 'max' ? values[first]! : position);
        else {
          const t = flat(place.slice(0, lead), shape) * extents.reduce((a, b) => a * b, 1) + position;
          store(t, out[t]! + at(kernel.gradient, place, slots));
        }
      });
      return out;
    }
    case 'contract': {
      const { sizes, a, b, accessA, accessB } = kernel;
      const summed = sizes.map((_, label) => label).filter((label) => !kernel.out.includes(label));
      const read = (operand: Operand, accesses: typeof accessA, label: readonly number[]): number => {
        const step = (l: number, scale: number): number => (l < 0 ? 0 : scale * label[l]!);
        const place = accesses.map((x) => (step(x.label, x.scale) + step(x.label2, x.scale2) + x.offset) / x.divisor);
        return place.every((i, axis) => Number.isInteger(i) && i >= 0 && i < operand.shape[axis]!) ? at(operand, place, slots) : 0;
      };
      places(kernel.out.map((label) => sizes[label]!)).forEach((outer, o) => {
        const label = sizes.map(() => 0);
        outer.forEach((i, k) => (label[kernel.out[k]!] = i));
        let sum = 0;
        let whole = 0n;
        for (const inner of places(summed.map((l) => sizes[l]!))) {
          inner.forEach((i, k) => (label[summed[k]!] = i));
          const x = read(a, accessA, label);
          const y = read(b, accessB, label);
          if (isFloat(dtype)) sum += x * y;
          else whole += BigInt(x) * BigInt(y);
        }
        store(o, isFloat(dtype) ? sum : whole);
      });
      return out;
    }
  }
}
