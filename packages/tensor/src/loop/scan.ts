/** `scan`: loops over time whose graph and plan do not grow with the number of steps. */
import { mapTensors } from '../compile/structure';
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import { zeros } from '../ops/create';
import { nodeOf } from '../ops/operand';
import { state } from '../runtime/state';
import { sameShape, show } from '../shape';
import { isTensor, Tensor } from '../tensor';
import { carried, placeholder, recordingBody, recordLoop, stackOf } from './loop';

/** A tensor, or arrays and plain objects of tensors. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** The same structure with plain tensors in it. */
export type Tensors<T> = [TensorTree] extends [T] ? TensorTree : T extends Tensor ? Tensor : { readonly [K in keyof T]: Tensors<T[K]> };

export interface ScanOptions<C, X> {
  /** The carry that the first step gets. */
  readonly init: C;
  /** Every step gets one slice of these along axis 0. */
  readonly xs?: X;
  /** How many steps; needed where there are no `xs`. */
  readonly length?: number;
  /** Runs from the last slice to the first. Default false. */
  readonly reverse?: boolean;
}

export interface ScanResult<C, Y> {
  /** The carry after the last step; `init` when there was none. */
  readonly carry: Tensors<C>;
  /** The second results of the body, stacked along axis 0 in the order of `xs`, also in reverse. */
  readonly ys: Tensors<Y>;
  /** The carries after every step, stacked in the same way. */
  readonly carries: Tensors<C>;
}

/**
 * A loop: calls `body` with a carry and a slice of `xs` for every step, as if written
 * `for (const x of xs) [carry, y] = body(carry, x)`, and stacks the ys. The body is recorded once; its graph, its plan and
 * the time to plan it do not grow with the number of steps, and gradients of weights used in all steps are one product. As
 * torch's scan and jax.lax.scan.
 *
 * Whatever else the body uses is the same in every step, random draws included: give masks or noise as `xs`. The body may
 * not replace or update variables, and values in it cannot be read.
 *
 * @param body gets the carry, in the structure of `init`, and one slice of `xs`. Returns [next carry, y]; shapes and dtypes
 *   of the carry stay as they are. y may be left out.
 * @throws ArgumentError, ShapeError or DTypeError when `xs` differ in length, or the carry changes.
 * @example
 * ```ts
 * import { scan, tensor } from '@cotangent/tensor';
 * const { carry, ys } = scan((total, x) => [total.add(x), total], { init: tensor(0), xs: tensor([1, 2, 3]) });
 * console.log(await carry.item(), await ys.array()); // 6 [0, 1, 3]
 * ```
 */
export function scan<
  const C extends TensorTree,
  const R extends readonly [carry: Tensors<C>, y?: TensorTree],
  const X extends TensorTree | undefined = undefined,
>(body: (carry: Tensors<C>, x: Tensors<X>) => R, options: ScanOptions<C, X>): ScanResult<C, R[1]> {
  return recordScan(body as never, options) as never;
}

function recordScan(body: (carry: unknown, x: unknown) => unknown, options: ScanOptions<unknown, unknown>): unknown {
  const { init, xs, reverse = false } = options;
  const starts = tensorsIn('init', init);
  const sources = tensorsIn('xs', xs);
  const length = lengthOf(sources, options.length);
  const since = state.nextId;
  const carriesSeen = starts.map(({ shape, dtype }) => placeholder(shape, dtype, true));
  const slicesSeen = sources.map(({ shape, dtype, requiresGrad }) => placeholder(shape.slice(1), dtype, requiresGrad));
  const [next, y] = recordingBody(() => {
    const updates = [...state.updated].map((variable) => [variable, variable.node] as const);
    const given = body(refill(init, carriesSeen), refill(xs, slicesSeen));
    checkUpdates(new Map(updates));
    if (!Array.isArray(given) || given.length < 1 || given.length > 2) {
      throw new ArgumentError('scan: the body must return an array of the next carry and, if wanted, a result of the step: [carry, y].');
    }
    return given as readonly unknown[];
  });
  const nexts = tensorsIn("the body's carry", next);
  if (outline(next) !== outline(init)) {
    throw new ArgumentError(`scan: the body returned a carry ${outline(next)}; expected the structure of init, ${outline(init)}.`);
  }
  nexts.forEach((value, i) => {
    const { shape, dtype } = starts[i]!;
    if (!sameShape(value.shape, shape)) {
      throw new ShapeError(`scan: tensor ${i} of the carry has shape ${show(shape)} before the body and ${show(value.shape)} after it; they must be equal.`);
    }
    if (value.dtype !== dtype) {
      throw new DTypeError(`scan: tensor ${i} of the carry is ${dtype} before the body and ${value.dtype} after it; convert it with .cast('${dtype}').`);
    }
  });
  const results = tensorsIn("the body's result", y);
  const give = (structure: unknown, tensors: readonly Tensor[]): unknown => refill(structure, tensors.map((t) => t.node));
  if (length === 0) {
    const empty = (list: readonly Tensor[]): Tensor[] => list.map(({ shape, dtype }) => zeros([0, ...shape], { dtype }));
    return { carry: give(init, starts), ys: give(y, empty(results)), carries: give(init, empty(starts)) };
  }
  const repeat = recordLoop({
    length,
    reverse,
    carries: carriesSeen.map((seen, i) => ({ seen, init: starts[i]!.node, next: nexts[i]!.node })),
    xs: slicesSeen.map((seen, i) => ({ seen, all: sources[i]!.node })),
    within: results.map(({ node }) => node),
    since,
  });
  return {
    carry: give(init, starts.map((_, i) => carried(repeat, i, 'last'))),
    ys: give(y, results.map(({ node }) => stackOf(repeat, node))),
    get carries() {
      return give(init, starts.map((_, i) => carried(repeat, i, 'after')));
    },
  };
}

/** The tensors in a structure, in order. */
function tensorsIn(name: string, structure: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTensors(structure, (leaf) => {
    if (leaf !== undefined || structure !== undefined) found.push(new Tensor(nodeOf(`scan: in ${name}`, leaf as Tensor)));
  });
  for (const { shape } of found) {
    if (shape.length >= 8) throw new ShapeError(`scan: a tensor in ${name} has shape ${show(shape)}; at most 7 axes leave room for that of the steps.`);
  }
  return found;
}

/** The structure with other tensors in it. */
function refill(structure: unknown, nodes: readonly Tensor['node'][]): unknown {
  let at = 0;
  return mapTensors(structure, (leaf) => (isTensor(leaf) ? new Tensor(nodes[at++]!) : leaf));
}

/** What a structure looks like without its tensors. */
function outline(structure: unknown): string {
  return JSON.stringify(mapTensors(structure, () => 'tensor'));
}

function lengthOf(sources: readonly Tensor[], given: number | undefined): number {
  const lengths = sources.map(({ shape }) => {
    if (shape.length === 0) throw new ShapeError('scan: a tensor in xs is a scalar; expected an axis of steps in front.');
    return shape[0]!;
  });
  const length = given ?? lengths[0];
  if (length === undefined) throw new ArgumentError('scan: neither xs nor a length is given; expected one of them.');
  if (!Number.isInteger(length) || length < 0) throw new ArgumentError(`scan: the length is ${length}; expected a whole number >= 0.`);
  const other = lengths.find((n) => n !== length);
  if (other !== undefined) throw new ShapeError(`scan: axis 0 of a tensor in xs has ${other} slices; expected ${length}, as all others (and length) have.`);
  return length;
}

function checkUpdates(before: ReadonlyMap<unknown, unknown>): void {
  for (const variable of state.updated) {
    const { node } = variable;
    const was = before.get(variable);
    if (node === was || node === variable.settled) continue;
    variable.node = (was ?? variable.settled) as typeof node;
    throw new ArgumentError(
      `scan: the body replaces the value of a variable of shape ${show(node.shape)} (as batch normalisation in training does). ` +
        'Carry the value from step to step and update the variable after the loop.',
    );
  }
}
