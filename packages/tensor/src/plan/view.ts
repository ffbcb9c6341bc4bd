/** Strided views: how movement ops are composed without copying. */
import { sizeOf, stridesOf, type Shape } from '../shape';

export interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

export function contiguousView(shape: Shape): View {
  return { shape, strides: stridesOf(shape), offset: 0 };
}

/** True when the view reads all `length` elements of its array in order. */
export function isWhole(view: View, length: number): boolean {
  if (view.offset !== 0 || sizeOf(view.shape) !== length) return false;
  if (length === 0) return true;
  let step = 1;
  for (let i = view.shape.length - 1; i >= 0; i--) {
    const n = view.shape[i]!;
    if (n !== 1 && view.strides[i] !== step) return false;
    step *= n;
  }
  return true;
}

export function permuteView(view: View, axes: readonly number[]): View {
  return { shape: axes.map((a) => view.shape[a]!), strides: axes.map((a) => view.strides[a]!), offset: view.offset };
}

/** Broadcasts to `shape`, adding leading axes as needed: repeated axes get stride 0. */
export function expandView(view: View, shape: Shape): View {
  const lead = shape.length - view.shape.length;
  const strides = shape.map((n, i) => (i < lead || (view.shape[i - lead] === 1 && n !== 1) ? 0 : view.strides[i - lead]!));
  return { shape, strides, offset: view.offset };
}

export function sliceView(view: View, start: readonly number[], size: readonly number[], step: readonly number[]): View {
  let offset = view.offset;
  for (let i = 0; i < start.length; i++) if (size[i]! > 0) offset += start[i]! * view.strides[i]!;
  return { shape: size, strides: view.strides.map((s, i) => s * step[i]!), offset };
}

/**
 * The view with another shape over the same elements in the same order, or undefined when strides cannot express it.
 * Walks both shapes from the left, matching groups of axes with equal element counts; a group of source axes can be
 * split freely but merged only where each axis continues the next (stride = next stride * next size).
 */
export function reshapeView(view: View, shape: Shape): View | undefined {
  if (sizeOf(shape) === 0) return { shape, strides: stridesOf(shape), offset: view.offset };
  const from: { n: number; s: number }[] = [];
  view.shape.forEach((n, i) => {
    if (n !== 1) from.push({ n, s: view.strides[i]! });
  });
  const strides = new Array<number>(shape.length).fill(0);
  let f = 0;
  let t = 0;
  while (t < shape.length) {
    if (shape[t] === 1) {
      t++;
      continue;
    }
    let left = from[f]!.n;
    let right = shape[t]!;
    const firstF = f++;
    const firstT = t++;
    while (left !== right) {
      if (left < right) left *= from[f++]!.n;
      else right *= shape[t++]!;
    }
    for (let k = firstF; k + 1 < f; k++) if (from[k]!.s !== from[k + 1]!.s * from[k + 1]!.n) return undefined;
    let step = from[f - 1]!.s;
    for (let k = t - 1; k >= firstT; k--) {
      strides[k] = step;
      step *= shape[k]!;
    }
  }
  return { shape, strides, offset: view.offset };
}
