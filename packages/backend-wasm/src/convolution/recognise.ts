/**
 * Convolutions among contractions: which label does what is read from the accesses alone, so it does not matter whether a
 * contraction was recorded as a convolution, a transposed one, an einsum or a gradient of any of them, nor which operand is first.
 *
 * One operand, the image, is read through windows: along some axes its coordinate is kept * k + summed * s + offset, where k is a
 * label of the result and s one of the other operand, which is read plainly. A convolution and its input gradient sum over the few
 * taps of the filter; the gradient of the filter is the same thing with few kept and many summed places.
 */
import type { Access, ContractKernel, Operand } from '@cotangent/tensor';
import type { Problem } from '../contract/phases';

/** A label: how many values it takes and how far each moves the three arrays, in elements. 0 where an array has it not. */
export interface Axis {
  readonly size: number;
  readonly image: number;
  readonly other: number;
  readonly out: number;
}

/** One windowed axis of the image, read at kept.scale * k + summed.scale * s + offset; places outside [0, extent) count as zero. */
export interface Window {
  readonly extent: number;
  readonly stride: number;
  readonly offset: number;
  readonly kept: { readonly size: number; readonly scale: number; readonly out: number };
  readonly summed: { readonly size: number; readonly scale: number; readonly other: number };
}

export interface Place {
  readonly slot: number;
  /** In elements. */
  readonly base: number;
}

export interface Convolution {
  readonly image: Place;
  readonly other: Place;
  readonly out: Place;
  /** In the image and the result: batch entries of a convolution, input channels in the gradient of a filter. */
  readonly across: Axis;
  /** In both operands but not in the result: input channels, batch entries in the gradient of a filter. */
  readonly depth: Axis;
  /** In the other operand and the result: output channels. */
  readonly filters: Axis;
  /** In all three. */
  readonly groups: Axis;
  readonly windows: readonly Window[];
}

const NOTHING: Axis = { size: 1, image: 0, other: 0, out: 0 };

/** Two labels as one, when a step of the first is as long as all steps of the second. */
function merge(outer: Axis, inner: Axis): Axis | undefined {
  if (outer.size === 1) return inner;
  const { size, image, other, out } = inner;
  const fits = outer.image === size * image && outer.other === size * other && outer.out === size * out;
  return fits ? { ...inner, size: outer.size * size } : undefined;
}

/** The convolution that a problem is, or undefined when it is something else. */
export function convolutionOf(kernel: ContractKernel, problem: Problem): Convolution | undefined {
  const { a, b, output } = kernel;
  if (output.dtype !== 'float32' || a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const { accessA, accessB } = problem;
  return assign(problem, output.slot, a, accessA, b, accessB) ?? assign(problem, output.slot, b, accessB, a, accessA);
}

/** An operand along the axes that are read by one label each. */
interface Lines {
  readonly base: number;
  /** For each label the distance between its values, undefined where no axis is read by it. */
  readonly strides: readonly (number | undefined)[];
  /** The other axes. */
  readonly windowed: readonly number[];
}

/** Undefined when a label is read twice, or an axis by one label alone that leaves its bounds. */
function linesOf({ shape, strides, offset }: Operand, accesses: readonly Access[], sizes: readonly number[]): Lines | undefined {
  const found = new Array<number | undefined>(sizes.length).fill(undefined);
  const windowed: number[] = [];
  let base = offset;
  for (const [axis, { label, scale, label2, offset: start, divisor }] of accesses.entries()) {
    if (label2 >= 0 || label < 0 || divisor !== 1) {
      windowed.push(axis);
      continue;
    }
    const end = start + scale * (sizes[label]! - 1);
    if (found[label] !== undefined || Math.min(start, end) < 0 || Math.max(start, end) >= shape[axis]!) return undefined;
    found[label] = scale * strides[axis]!;
    base += start * strides[axis]!;
  }
  return { base, strides: found, windowed };
}

function assign(
  { sizes, kept, outBase, outStrides }: Problem,
  outSlot: number,
  image: Operand,
  imageAccess: readonly Access[],
  other: Operand,
  otherAccess: readonly Access[],
): Convolution | undefined {
  const [inImage, inOther] = [linesOf(image, imageAccess, sizes), linesOf(other, otherAccess, sizes)];
  if (inImage === undefined || inOther === undefined || inOther.windowed.length > 0 || inImage.windowed.length === 0) return undefined;
  const seen = new Set<number>();
  const windows: Window[] = [];
  for (const axis of inImage.windowed) {
    const labels = windowOf(imageAccess[axis]!, kept);
    if (labels === undefined) return undefined;
    const { keptLabel, keptScale, summedLabel, summedScale } = labels;
    const own = [keptLabel, summedLabel];
    const tap = inOther.strides[summedLabel];
    if (own.some((label) => seen.has(label) || inImage.strides[label] !== undefined)) return undefined;
    if (inOther.strides[keptLabel] !== undefined || tap === undefined) return undefined;
    own.forEach((label) => seen.add(label));
    windows.push({
      extent: image.shape[axis]!,
      stride: image.strides[axis]!,
      offset: imageAccess[axis]!.offset,
      kept: { size: sizes[keptLabel]!, scale: keptScale, out: outStrides[keptLabel]! },
      summed: { size: sizes[summedLabel]!, scale: summedScale, other: tap },
    });
  }
  const roles = { across: NOTHING, depth: NOTHING, filters: NOTHING, groups: NOTHING };
  for (const [label, size] of sizes.entries()) {
    if (size === 1 || seen.has(label)) continue;
    const [i, o] = [inImage.strides[label], inOther.strides[label]];
    if ((i === undefined && o === undefined) || (!kept[label]! && (i === undefined || o === undefined))) return undefined;
    const role = !kept[label]! ? 'depth' : i === undefined ? 'filters' : o === undefined ? 'across' : 'groups';
    const axis = { size, image: i ?? 0, other: o ?? 0, out: outStrides[label]! };
    const merged = merge(roles[role], axis) ?? merge(axis, roles[role]);
    if (merged === undefined) return undefined;
    roles[role] = merged;
  }
  return {
    image: { slot: image.slot, base: inImage.base },
    other: { slot: other.slot, base: inOther.base },
    out: { slot: outSlot, base: outBase },
    ...roles,
    windows,
  };
}

interface WindowLabels {
  readonly keptLabel: number;
  readonly keptScale: number;
  readonly summedLabel: number;
  readonly summedScale: number;
}

/** Sorts the two labels of a windowed axis; undefined when they are not one kept and one summed. */
function windowOf({ label, scale, label2, scale2, divisor }: Access, kept: readonly boolean[]): WindowLabels | undefined {
  if (label < 0 || label2 < 0 || divisor !== 1 || kept[label] === kept[label2]) return undefined;
  return kept[label]!
    ? { keptLabel: label, keptScale: scale, summedLabel: label2, summedScale: scale2 }
    : { keptLabel: label2, keptScale: scale2, summedLabel: label, summedScale: scale };
}

/** A window whose taps are counted forwards; what starts at the other end for it starts `start` elements later. */
export type Unflipped = Window & { readonly start: number };

/** The same window with the label that numbers its taps turned around where its scale is negative. */
export function unflipped({ kept, summed, ...window }: Window, taps: 'kept' | 'summed'): Unflipped {
  const { size, scale } = taps === 'kept' ? kept : summed;
  if (scale >= 0) return { ...window, kept, summed, start: 0 };
  const offset = window.offset + (size - 1) * scale;
  return taps === 'kept'
    ? { ...window, offset, kept: { ...kept, scale: -scale, out: -kept.out }, summed, start: (size - 1) * kept.out }
    : { ...window, offset, kept, summed: { ...summed, scale: -scale, other: -summed.other }, start: (size - 1) * summed.other };
}
