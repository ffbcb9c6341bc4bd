/** NumPy indexing with integers, slices, new axes and index tensors; and the same for writing. */
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../errors';
import { broadcastShapes, sameShape, show, sizeOf, type Shape } from '../shape';
import { isTensor, type Tensor } from '../tensor';
import { ge, logicalAnd, lt, where } from './compare';
import { arange, tensor } from './create';
import { gather, scatter, take } from './gather';
import { add, mul } from './math';
import { expand, permute, reshape, strided } from './movement';
import { nodeOf } from './operand';
import type { ScatterMode } from '../plan/kernel';

/**
 * One entry of an index, with Python's meaning: an integer picks one place; [start, stop, step] is a slice (null or
 * missing for the default, negative numbers count from the end); 'newaxis' adds an axis; '...' stands for all axes not
 * named; an int32 tensor or an array of integers in an array ([[1, 0]]) picks places.
 */
export type IndexSpec = number | readonly (number | null)[] | readonly [readonly number[]] | 'newaxis' | '...' | null | Tensor;

/** One axis of the source, after resolving the spec. */
type Resolved =
  | { readonly kind: 'slice'; readonly start: number; readonly size: number; readonly step: number; readonly drop: boolean }
  | { readonly kind: 'take'; readonly index: Tensor };

interface Plan {
  readonly axes: readonly Resolved[];
  /** Where results go: numbers are source axes, 'newaxis' adds one. */
  readonly layout: readonly (number | 'newaxis')[];
  /** Whether a new axis or '...' stands between two entries that pick places; then those are no neighbours. */
  readonly split: boolean;
}

/**
 * Picks elements as NumPy's square brackets do. Slices and integers do not copy. Several index tensors broadcast
 * together; their axes take the place of the first one when they are neighbours, else they come first.
 *
 * @throws IndexError for integers out of range or too many entries.
 * @example
 * ```ts
 * import { arange, index, reshape } from '@cotangent/tensor';
 * const x = reshape(arange(12), [3, 4]);
 * console.log(await index(x, [null, null, -1], 0).array()); // [8, 4, 0]
 * console.log(await index(x, '...', [1, 3]).array()); // [[1, 2], [5, 6], [9, 10]]
 * ```
 */
export function index(x: Tensor, ...spec: readonly IndexSpec[]): Tensor {
  const plan = resolve('index', x, spec);
  const cut = cutSlices(x, plan);
  const picked = plan.axes.map((axis, i) => ({ axis, i })).filter(({ axis }) => axis.kind === 'take');
  if (picked.length === 0) return reshape(cut, finalShape(cut, plan));
  const { rows, front, rest, takeShape, position } = takeLayout(cut, plan, picked.map(({ i }) => i));
  const kept = rest.map((a) => cut.shape[a]!);
  const table = reshape(permute(cut, [...front, ...rest]), [rows.total, sizeOf(kept)]);
  const out = reshape(gather(table, 0, rows.spread), [...takeShape, ...kept]);
  return place(out, plan, rest, takeShape.length, position);
}

/**
 * A copy of x with `value` (broadcast) written, or combined by `mode`, at the places that `index` would pick.
 *
 * @example
 * ```ts
 * import { indexSet, zeros } from '@cotangent/tensor';
 * console.log(await indexSet(zeros([4]), [[1, 3]], 7).array()); // [0, 7, 7, 0]
 * ```
 */
export function indexSet(x: Tensor, spec: readonly IndexSpec[], value: Tensor | number, mode: ScatterMode = 'set'): Tensor {
  const { shape } = nodeOf('indexSet', x);
  // The flat position of every picked element: index the positions themselves.
  const positions = index(reshape(arange(sizeOf(shape)), shape), ...spec);
  const flat = reshape(positions, [-1]);
  const updates = typeof value === 'number' ? value : reshape(spread(value, positions.shape), [-1]);
  return reshape(scatter(reshape(x, [-1]), 0, flat, updates, mode), shape);
}

function spread(value: Tensor, shape: Shape): Tensor {
  if (!sameShape(broadcastShapes('indexSet', value.shape, shape), shape)) {
    throw new ShapeError(`indexSet: the value has shape ${show(value.shape)}, but the places picked have ${show(shape)}; the value must broadcast to them.`);
  }
  return expand(value, shape);
}

function resolve(op: string, x: Tensor, spec: readonly IndexSpec[]): Plan {
  const { shape } = nodeOf(op, x);
  const named = spec.filter((s) => s !== 'newaxis' && s !== '...').length;
  if (named > shape.length) throw new IndexError(`${op}: ${named} indices for shape ${show(shape)}; at most ${shape.length} fit.`);
  if (spec.filter((s) => s === '...').length > 1) throw new ArgumentError(`${op}: '...' may appear once.`);
  const axes: Resolved[] = [];
  const layout: (number | 'newaxis')[] = [];
  const full = (): void => {
    layout.push(axes.length);
    axes.push({ kind: 'slice', start: 0, size: shape[axes.length]!, step: 1, drop: false });
  };
  const isPick = (s: IndexSpec): boolean =>
    typeof s === 'number' || (s !== null && typeof s === 'object' && (isTensor(s) || Array.isArray(s[0])));
  const picks = spec.flatMap((s, i) => (isPick(s) ? [i] : []));
  const split = spec.slice(picks[0], picks[picks.length - 1]).some((s) => s === 'newaxis' || s === '...');
  for (const entry of spec) {
    if (entry === 'newaxis') layout.push('newaxis');
    else if (entry === '...') for (let i = shape.length - named; i > 0; i--) full();
    else if (entry === null) full();
    else {
      const axis = axes.length;
      const resolved = resolveOne(op, entry, shape, axis);
      axes.push(resolved);
      if (!(resolved.kind === 'slice' && resolved.drop)) layout.push(axis);
    }
  }
  while (axes.length < shape.length) full();
  return { axes, layout, split: picks.length > 0 && split };
}

function resolveOne(op: string, entry: Exclude<IndexSpec, 'newaxis' | '...' | null>, shape: Shape, axis: number): Resolved {
  const n = shape[axis]!;
  if (typeof entry === 'number') {
    if (!Number.isInteger(entry) || entry < -n || entry >= n) {
      throw new IndexError(`${op}: index ${entry} is out of range for axis ${axis} of shape ${show(shape)} (size ${n}).`);
    }
    return { kind: 'slice', start: entry < 0 ? entry + n : entry, size: 1, step: 1, drop: true };
  }
  if (isTensor(entry)) {
    if (entry.dtype !== 'int32') {
      const hint = entry.dtype === 'bool' ? 'for masks use await maskedSelect(x, mask) or where' : "convert it with .cast('int32')";
      throw new DTypeError(`${op}: an index tensor is ${entry.dtype}; expected int32 (${hint}).`);
    }
    return { kind: 'take', index: fromEnd(entry, n) };
  }
  if (Array.isArray(entry[0])) {
    const list = entry[0] as readonly number[];
    for (const i of list) {
      if (!Number.isInteger(i) || i < -n || i >= n) throw new IndexError(`${op}: index ${i} is out of range for axis ${axis} of shape ${show(shape)} (size ${n}).`);
    }
    return { kind: 'take', index: tensor(list.map((i) => (i < 0 ? i + n : i)), { dtype: 'int32', shape: [list.length] }) };
  }
  return { kind: 'slice', ...sliceRange(op, entry as readonly (number | null)[], n), drop: false };
}

/** Python's slice.indices: start, number of elements and step. */
function sliceRange(
  op: string,
  [start, stop, step]: readonly (number | null | undefined)[],
  n: number,
): { start: number; size: number; step: number } {
  const by = step ?? 1;
  if (by === 0 || ![start ?? 0, stop ?? 0, by].every(Number.isInteger)) {
    throw new ArgumentError(`${op}: slice [${String(start ?? null)}, ${String(stop ?? null)}, ${String(step ?? null)}]; expected whole numbers and a step other than 0.`);
  }
  const [low, high] = by > 0 ? [0, n] : [-1, n - 1];
  const clip = (v: number): number => Math.min(Math.max(v < 0 ? v + n : v, low), high);
  const first = start === null || start === undefined ? (by > 0 ? low : high) : clip(start);
  const last = stop === null || stop === undefined ? (by > 0 ? high : low) : clip(stop);
  return { start: first, size: Math.max(0, Math.ceil((last - first) / by)), step: by };
}

/** Indices from -n to -1 count from the end; any other is left as it is, so that an error can name it. */
function fromEnd(index: Tensor, n: number): Tensor {
  return where(logicalAnd(lt(index, 0), ge(index, -n)), add(index, n), index);
}

function cutSlices(x: Tensor, { axes }: Plan): Tensor {
  return strided(
    x,
    axes.map((a) => (a.kind === 'slice' ? a.start : 0)),
    axes.map((a, i) => (a.kind === 'slice' ? a.size : x.shape[i]!)),
    axes.map((a) => (a.kind === 'slice' ? a.step : 1)),
  );
}

function finalShape(cut: Tensor, { layout }: Plan): number[] {
  return layout.map((entry) => (entry === 'newaxis' ? 1 : cut.shape[entry]!));
}

/** How index tensors are read: their axes first, as one flat row number. */
function takeLayout(cut: Tensor, plan: Plan, front: readonly number[]) {
  const indices = front.map((i) => (plan.axes[i] as Extract<Resolved, { kind: 'take' }>).index);
  const takeShape = indices.reduce<Shape>((s, t) => broadcastShapes('index', s, t.shape), []);
  const rest = cut.shape.map((_, i) => i).filter((i) => !front.includes(i));
  const total = sizeOf(front.map((a) => cut.shape[a]!));
  const flat = front.reduce<Tensor | undefined>((row, axis, k) => {
    const n = cut.shape[axis]!;
    // With several axes each index is checked against its own: in the sum one axis could hide the excess of another.
    const part = expand(front.length > 1 ? take(arange(n), indices[k]!) : indices[k]!, takeShape);
    return row ? add(mul(row, n), part) : part;
  }, undefined)!;
  const count = sizeOf(takeShape);
  const width = sizeOf(rest.map((a) => cut.shape[a]!));
  // Places among the named axes (integers included) decide whether index tensors are neighbours.
  const places = plan.axes.map((a, i) => ({ a, i })).filter(({ a }) => a.kind === 'take' || a.drop);
  const span = places.filter(({ a }) => a.kind === 'take').map(({ i }) => i);
  const first = places[0]!.i;
  const neighbours = plan.axes.slice(first, places[places.length - 1]!.i + 1).every((a) => a.kind === 'take' || a.drop) && !plan.split;
  return {
    rows: { total, spread: expand(reshape(flat, [count, 1]), [count, width]) },
    front,
    rest,
    takeShape,
    position: neighbours ? plan.layout.indexOf(span[0]!) : 0,
  };
}

/** Puts the axes of the index tensors at their place in the result and adds new axes. */
function place(out: Tensor, plan: Plan, rest: readonly number[], taken: number, position: number): Tensor {
  const isTake = (entry: number | 'newaxis'): boolean => entry !== 'newaxis' && plan.axes[entry]!.kind === 'take';
  const others = plan.layout.filter((entry) => !isTake(entry));
  const before = plan.layout.slice(0, position).filter((entry) => !isTake(entry)).length;
  const kept = rest.filter((axis) => plan.layout.includes(axis));
  const squeezed = reshape(out, [...out.shape.slice(0, taken), ...kept.map((axis) => out.shape[taken + rest.indexOf(axis)]!)]);
  const ordered: { size: number; from: number | undefined }[] = [];
  const takeAxes = Array.from({ length: taken }, (_, i) => ({ size: squeezed.shape[i]!, from: i }));
  others.forEach((entry, i) => {
    if (i === before) ordered.push(...takeAxes);
    ordered.push(entry === 'newaxis' ? { size: 1, from: undefined } : { size: squeezed.shape[taken + kept.indexOf(entry)]!, from: taken + kept.indexOf(entry) });
  });
  if (before >= others.length) ordered.push(...takeAxes);
  const moved = permute(squeezed, ordered.flatMap(({ from }) => (from === undefined ? [] : [from])));
  return reshape(moved, ordered.map(({ size }) => size));
}
