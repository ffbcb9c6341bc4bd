/** Seeded random operands for tests: odd strides, zero strides, empty and 0-d shapes, awkward values. */
import { allocate, isFloat, toHalf, type DType, type Operand, type Slot, type TypedArray } from '@cotangent/tensor';

export class Random {
  constructor(private state: number) {}

  /** Uniform in [0, 1): the mulberry32 generator. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number in [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  /** Axes sizes; now and then an axis of size 0, often one of size 1. */
  shape(rank = this.int(0, 4), largest = 4): number[] {
    return Array.from({ length: rank }, () => (this.next() < 0.04 ? 0 : this.int(1, largest)));
  }
}

const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1, -1, 0.5, -0.5, 1e-40, 3e38];
const EXTREME = [0, 1, 2, 31, 127, 255, -1, -128, 2147483647, -2147483648];

/** Random elements; with `awkward`, also NaN, infinities, zeros of both signs and the ends of the integer ranges. */
export function randomData(random: Random, dtype: DType, length: number, awkward = false): TypedArray {
  const data = allocate(dtype, length);
  for (let i = 0; i < length; i++) {
    const odd = awkward && random.next() < 0.3;
    const value = odd ? random.pick(isFloat(dtype) ? SPECIAL : EXTREME) : isFloat(dtype) ? (random.next() - 0.5) * 8 : random.int(-9, 9);
    data[i] = dtype === 'float16' ? toHalf(value) : dtype === 'bool' ? random.int(0, 1) : value;
  }
  return data;
}

export interface OperandOptions {
  /** Puts NaN, infinities and extremes among the elements. */
  readonly awkward?: boolean;
  /** Contiguous, row-major. */
  readonly plain?: boolean;
  /** Makes the elements; default: random ones. */
  readonly fill?: (length: number) => TypedArray;
}

/** Slots and their arrays, collected while a plan is put together. */
export class Slots {
  readonly slots: Slot[] = [];
  readonly arrays: (TypedArray | undefined)[] = [];

  add(dtype: DType, length: number, array?: TypedArray): number {
    this.slots.push({ dtype, length });
    this.arrays.push(array);
    return this.slots.length - 1;
  }

  /** A view of `shape` over a new input slot: axes permuted, walked backwards, repeated or skipping elements. */
  operand(random: Random, dtype: DType, shape: readonly number[], options: OperandOptions = {}): Operand {
    const order = shape.map((_, axis) => axis);
    if (!options.plain && random.next() < 0.5) order.sort(() => random.next() - 0.5);
    const strides = new Array<number>(shape.length).fill(0);
    let offset = 0;
    let extent = 1;
    for (const axis of order.reverse()) {
      const kind = options.plain ? 0 : random.int(0, 5);
      if (kind === 1) continue; // repeated
      const step = kind === 2 ? 2 : 1;
      const room = Math.max(shape[axis]!, 1) * step;
      strides[axis] = extent * step * (kind === 3 ? -1 : 1);
      if (kind === 3) offset += extent * (Math.max(shape[axis]!, 1) - 1);
      extent *= room;
    }
    if (!options.plain && random.next() < 0.3) {
      offset += 3;
      extent += 3;
    }
    if (shape.includes(0)) extent = random.int(0, 2);
    const data = options.fill ? options.fill(extent) : randomData(random, dtype, extent, options.awkward);
    return { slot: this.add(dtype, extent, data), dtype, shape, strides, offset: shape.includes(0) ? 0 : offset };
  }
}
