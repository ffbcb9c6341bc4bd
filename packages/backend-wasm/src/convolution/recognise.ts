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

/** The convolution that a problem is, or undefined when it is something else. */
export function convolutionOf(kernel: ContractKernel, problem: Problem): Convolution | undefined {
  const { a, b, output } = kernel;
  if (output.dtype !== 'float32' || a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const { accessA, accessB } = problem;
  return assign(problem, output.slot, a, accessA, b, accessB) ?? assign(problem, output.slot, b, accessB, a, accessA);
}

function isPlain({ label, scale, label2, offset, divisor }: Access): boolean {
  return label >= 0 && label2 < 0 && scale === 1 && offset === 0 && divisor === 1;
}

/** For each label the axis of an operand that reads it plainly, -1 for none; undefined when a label is read twice. */
function plainAxes(accesses: readonly Access[], labels: number): number[] | undefined {
  const axes = new Array<number>(labels).fill(-1);
  for (const [axis, access] of accesses.entries()) {
    if (!isPlain(access)) continue;
    if (axes[access.label] !== -1) return undefined;
    axes[access.label] = axis;
  }
  return axes;
}

function assign(
  { sizes, kept, outBase, outStrides }: Problem,
  outSlot: number,
  image: Operand,
  imageAccess: readonly Access[],
  other: Operand,
  otherAccess: readonly Access[],
): Convolution | undefined {
  const [inImage, inOther] = [plainAxes(imageAccess, sizes.length), plainAxes(otherAccess, sizes.length)];
  if (inImage === undefined || inOther === undefined || !otherAccess.every(isPlain)) return undefined;
  const windowed = new Set<number>();
  const windows: Window[] = [];
  for (const [axis, access] of imageAccess.entries()) {
    if (isPlain(access)) continue;
    const window = windowOf(access, kept);
    if (window === undefined) return undefined;
    const { keptLabel, summedLabel } = window;
    const own = [keptLabel, summedLabel];
    if (own.some((label) => windowed.has(label) || inImage[label] !== -1) || inOther[keptLabel] !== -1 || inOther[summedLabel] === -1) return undefined;
    own.forEach((label) => windowed.add(label));
    windows.push({
      extent: image.shape[axis]!,
      stride: image.strides[axis]!,
      offset: access.offset,
      kept: { size: sizes[keptLabel]!, scale: window.keptScale, out: outStrides[keptLabel]! },
      summed: { size: sizes[summedLabel]!, scale: window.summedScale, other: other.strides[inOther[summedLabel]!]! },
    });
  }
  if (windows.length === 0) return undefined;
  const roles = { across: NOTHING, depth: NOTHING, filters: NOTHING, groups: NOTHING };
  for (const [label, size] of sizes.entries()) {
    if (size === 1 || windowed.has(label)) continue;
    const [i, o] = [inImage[label]!, inOther[label]!];
    if (!kept[label]! && (i === -1 || o === -1)) return undefined;
    const role = !kept[label]! ? 'depth' : i === -1 ? 'filters' : o === -1 ? 'across' : 'groups';
    if (roles[role] !== NOTHING || (i === -1 && o === -1)) return undefined;
    roles[role] = { size, image: i === -1 ? 0 : image.strides[i]!, other: o === -1 ? 0 : other.strides[o]!, out: outStrides[label]! };
  }
  return {
    image: { slot: image.slot, base: image.offset },
    other: { slot: other.slot, base: other.offset },
    out: { slot: outSlot, base: outBase },
    ...roles,
    windows,
  };
}

/** Sorts the two labels of a windowed axis; undefined when they are not one kept and one summed. */
function windowOf({ label, scale, label2, scale2, divisor }: Access, kept: readonly boolean[]) {
  if (label < 0 || label2 < 0 || divisor !== 1 || kept[label] === kept[label2]) return undefined;
  return kept[label]!
    ? { keptLabel: label, keptScale: scale, summedLabel: label2, summedScale: scale2 }
    : { keptLabel: label2, keptScale: scale2, summedLabel: label, summedScale: scale };
}
