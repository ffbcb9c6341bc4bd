/** Shapes: sizes, strides, axes and NumPy broadcasting. A shape is a list of non-negative integers; [] is a scalar. */
import { ArgumentError, IndexError, ShapeError } from './errors';

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2, 3]`, the way shapes appear in messages. */
export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Throws unless every size is a non-negative integer and the rank is at most 8. */
export function checkShape(op: string, shape: Shape): void {
  if (shape.length > 8) throw new ShapeError(`${op}: shape ${show(shape)} has ${shape.length} axes; at most 8 are supported.`);
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 0) {
      throw new ShapeError(`${op}: shape ${show(shape)} contains ${n}; sizes must be integers >= 0.`);
    }
  }
}

/**
 * The shape two operands broadcast to: aligned at the right, sizes must be equal or one of them 1.
 * Throws ShapeError naming both shapes and the axis that does not fit.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: shapes ${show(a)} and ${show(b)} do not broadcast: aligned at the right, axis ${-i} has sizes ${x} and ${y}. ` +
          'Sizes must be equal or one of them 1; reshape, unsqueeze or transpose an operand.',
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** Turns a possibly negative axis into one in [0, rank); throws IndexError naming the range. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const span = Math.max(rank, 1);
  if (!Number.isInteger(axis) || axis < -span || axis >= span) {
    throw new IndexError(
      rank === 0
        ? `${op}: dim ${axis} is out of range: a scalar has no axes (0 and -1 are accepted).`
        : `${op}: dim ${axis} is out of range for a tensor with ${rank} axes; expected an integer from ${-span} to ${span - 1}.`,
    );
  }
  return axis < 0 ? axis + span : axis;
}

/** Normalised, sorted, distinct axes; undefined or null means all of them. */
export function normalizeAxes(op: string, axes: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === 'number' ? [axes] : axes;
  const seen = new Set<number>();
  for (const axis of list) {
    const a = normalizeAxis(op, axis, rank);
    if (seen.has(a)) throw new ArgumentError(`${op}: dim ${axis} appears twice in ${show(list)}; name every axis once.`);
    seen.add(a);
  }
  return rank === 0 ? [] : [...seen].sort((x, y) => x - y);
}

/** Fills in the single -1 of a target shape; throws ShapeError when the element counts differ. */
export function inferShape(from: Shape, to: Shape, op = 'reshape'): Shape {
  const size = sizeOf(from);
  const hole = to.indexOf(-1);
  if (hole < 0) {
    checkShape(op, to);
    if (sizeOf(to) !== size) {
      throw new ShapeError(
        `${op}: ${show(from)} has ${size} elements but ${show(to)} needs ${sizeOf(to)}. Give sizes with the same product, or -1 once.`,
      );
    }
    return to;
  }
  const known = to.reduce((p, n, i) => (i === hole ? p : p * n), 1);
  const filled = known === 0 ? 0 : size / known;
  const out = to.map((n, i) => (i === hole ? filled : n));
  if (to.includes(-1, hole + 1) || !Number.isInteger(filled) || (known === 0 && size !== 0)) {
    throw new ShapeError(
      `${op}: ${show(from)} with ${size} elements does not fit ${show(to)}. One size may be -1, and the others must divide ${size}.`,
    );
  }
  checkShape(op, out);
  return out;
}

/** Output size of a window sliding over `n` places: floor((n + 2 padding - dilation (window - 1) - 1) / stride) + 1. */
export function windowedSize(n: number, window: number, stride: number, padding: number, dilation: number): number {
  return Math.floor((n + 2 * padding - dilation * (window - 1) - 1) / stride) + 1;
}
