/**
 * Loop nests over strided operands. Axes of size 1 are dropped and axes that all operands walk as one are merged, so that
 * the inner loop is as long as it can be; the loops that remain read sizes and pointer steps from the parameter block.
 */
import { bytesOf, type DType } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import type { Parameters, SlotPointer } from '../params';

/** Anything walked by the loops: where it starts and its strides in elements, one for each axis. */
export interface Walker {
  readonly dtype: DType;
  readonly at: SlotPointer;
  readonly strides: readonly number[];
}

export interface Collapsed {
  /** At least one axis, all sizes as given. */
  readonly sizes: readonly number[];
  /** Strides of each operand over the new axes. */
  readonly strides: readonly (readonly number[])[];
  /** New axis of each old one; -1 where the size was 1. */
  readonly axisOf: readonly number[];
  /** How many of the new axes come from the first `boundary` old ones. */
  readonly boundary: number;
}

/** Merges axes. Axes in `separate` are not merged at all, axes on different sides of `boundary` not with each other. */
export function collapse(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  options: { readonly separate?: ReadonlySet<number>; readonly boundary?: number } = {},
): Collapsed {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  const axisOf: number[] = [];
  let boundary = 0;
  let previous = -1; // the old axis that the last new one ended with
  shape.forEach((size, axis) => {
    if (size === 1) {
      axisOf.push(-1);
      return;
    }
    const last = sizes.length - 1;
    const mayMerge =
      previous >= 0 &&
      !options.separate?.has(axis) &&
      !options.separate?.has(previous) &&
      !(options.boundary !== undefined && previous < options.boundary && axis >= options.boundary) &&
      strides.every((s, k) => merged[k]![last] === s[axis]! * size);
    if (mayMerge) {
      sizes[last]! *= size;
      strides.forEach((s, k) => (merged[k]![last] = s[axis]!));
    } else {
      sizes.push(size);
      strides.forEach((s, k) => merged[k]!.push(s[axis]!));
      if (options.boundary !== undefined && axis < options.boundary) boundary = sizes.length;
    }
    axisOf.push(sizes.length - 1);
    previous = axis;
  });
  return { sizes, strides: merged, axisOf, boundary };
}

/**
 * How far a pointer moves after one round of the loop at each level, given that the loops inside have run to their ends.
 * The loops from level `boundary` on work on copies, so those outside do not see them move.
 */
export function pointerSteps(sizes: readonly number[], strides: readonly number[], bytes: number, boundary = 0): number[] {
  return sizes.map((_, level) => {
    const inside = level + 1 < sizes.length && level + 1 !== boundary ? sizes[level + 1]! * strides[level + 1]! : 0;
    return (strides[level]! - inside) * bytes;
  });
}

/** Row-major strides in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Where a nest keeps its words in the parameter block. */
export interface NestPlaces {
  readonly sizes: number;
  /** For each operand the offset of its address; its steps follow, one word for each level. */
  readonly operands: readonly number[];
}

/** Writes sizes, addresses and steps; the places depend on the number of levels and operands alone. */
export function pushNest(parameters: Parameters, sizes: readonly number[], walkers: readonly Walker[], boundary = 0): NestPlaces {
  const places: NestPlaces = { sizes: parameters.push(...sizes), operands: [] };
  for (const walker of walkers) {
    const bytes = bytesOf(walker.dtype);
    const offset = parameters.push(walker.at, ...pointerSteps(sizes, walker.strides, bytes, boundary));
    (places.operands as number[]).push(offset);
  }
  return places;
}

export interface NestLoops {
  readonly parameters: Local;
  readonly places: NestPlaces;
  readonly levels: number;
  /** Where each operand stands; undefined for those that stay. */
  readonly pointers: readonly (Local | undefined)[];
  /** How many of the outermost levels move each operand; all when absent. */
  readonly depths?: readonly number[];
  /** Counters of the levels, from 0 upwards. */
  readonly counters: readonly Local[];
  /** The rounds of one level that are done, where that is not all of them. */
  readonly cut?: { readonly level: number; readonly from: Local; readonly to: Local };
}

/** Loads the addresses and prepares counters. */
export function openNest(
  f: KernelBuilder,
  parameters: Local,
  places: NestPlaces,
  levels: number,
): NestLoops & { readonly pointers: readonly Local[] } {
  const pointers = places.operands.map((offset) => {
    const pointer = f.local(I32);
    f.get(parameters).mem('i32Load', offset).set(pointer);
    return pointer;
  });
  return { parameters, places, levels, pointers, counters: f.locals(I32, levels) };
}

/**
 * Emits the loops of levels `from` to `to` (exclusive) around `body`; after each round the pointers move on. `enter` emits
 * what is done once in each round of a level, before the loops inside.
 */
export function emitLoops(
  f: KernelBuilder,
  nest: NestLoops,
  from: number,
  to: number,
  body: () => void,
  enter?: (level: number) => void,
): void {
  if (from >= to) {
    body();
    return;
  }
  const counter = nest.counters[from]!;
  const cut = nest.cut?.level === from ? nest.cut : undefined;
  if (cut === undefined) f.i32(0).set(counter);
  else f.get(cut.from).set(counter);
  f.loop((again) => {
    enter?.(from);
    emitLoops(f, nest, from + 1, to, body, enter);
    stepPointers(f, nest, from);
    f.get(counter).i32(1).op('i32Add').tee(counter);
    if (cut === undefined) f.get(nest.parameters).mem('i32Load', nest.places.sizes + from * 4);
    else f.get(cut.to);
    f.op('i32LtU').brIf(again);
  });
}

/** Moves all pointers by their step at a level. */
export function stepPointers(f: KernelBuilder, nest: NestLoops, level: number): void {
  nest.pointers.forEach((pointer, k) => {
    if (pointer === undefined || level >= (nest.depths?.[k] ?? Infinity)) return;
    f.get(pointer, nest.parameters).mem('i32Load', nest.places.operands[k]! + 4 + level * 4).op('i32Add').set(pointer);
  });
}

/** Gives a nest without axes one of size 1, with the given strides, so that there always is an inner loop. */
export function withInner(collapsed: Collapsed, strides: readonly number[]): Collapsed {
  if (collapsed.sizes.length > 0) return collapsed;
  return { ...collapsed, sizes: [1], strides: strides.map((s) => [s]) };
}
