/** Sorting, the largest k, and searching in sorted rows. */
import { commonDType } from '../dtype';
import { ArgumentError, ShapeError } from '../errors';
import type { Node } from '../graph/node';
import type { RareRow } from '../graph/op-row';
import { record } from '../graph/record';
import type { Operand } from '../plan/kernel';
import type { Lowering } from '../plan/lower';
import { hostArgsort, hostSearchsorted } from '../reference/order';
import { normalizeAxis, sameShape, show, type Shape } from '../shape';
import { Tensor } from '../tensor';
import { gather } from './gather';
import { checkOptions, nodeOf, unchanged } from './operand';
import type { ValuesAndIndices } from './reduce';

export interface SortOptions {
  /** Default: the last axis. */
  readonly dim?: number;
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

/**
 * Positions (int32) that would sort the tensor along an axis. Stable in both directions; NaN counts as largest.
 *
 * @example
 * ```ts
 * import { argsort, tensor } from '@cotangent/tensor';
 * console.log(await argsort(tensor([3, 1, 2])).array()); // [1, 2, 0]
 * ```
 */
export function argsort(x: Tensor, options: SortOptions = {}): Tensor {
  checkOptions('argsort', options, '{ dim: 0, descending: true }');
  const { dim = -1, descending = false } = options;
  const node = nodeOf('argsort', x);
  return new Tensor(record('argsort', [node], { axis: normalizeAxis('argsort', dim, node.shape.length), descending }, ARGSORT_ROW));
}

/**
 * The tensor sorted along an axis, with the positions the elements came from. Stable; NaN counts as largest.
 *
 * @example
 * ```ts
 * import { sort, tensor } from '@cotangent/tensor';
 * console.log(await sort(tensor([3, 1, 2]), { descending: true }).values.array()); // [3, 2, 1]
 * ```
 */
export function sort(x: Tensor, options: SortOptions = {}): ValuesAndIndices {
  checkOptions('sort', options, '{ dim: 0, descending: true }');
  const indices = argsort(x, options);
  return { values: x.ndim === 0 ? unchanged(x) : gather(x, options.dim ?? -1, indices), indices };
}

/**
 * The k largest (or smallest) elements along an axis, in order, with their positions.
 *
 * @param options dim: default the last axis; largest: default true.
 * @throws ArgumentError when the axis has fewer than k elements.
 * @example
 * ```ts
 * import { tensor, topk } from '@cotangent/tensor';
 * console.log(await topk(tensor([3, 1, 2]), 2).values.array()); // [3, 2]
 * ```
 */
export function topk(x: Tensor, k: number, options: { readonly dim?: number; readonly largest?: boolean } = {}): ValuesAndIndices {
  checkOptions('topk', options, '{ dim: 0 }');
  const { dim = -1, largest = true } = options;
  const node = nodeOf('topk', x);
  const axis = normalizeAxis('topk', dim, x.ndim);
  const n = x.shape[axis] ?? 1;
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new ArgumentError(`topk: k is ${k}, but dim ${dim} of shape ${show(x.shape)} has ${n} elements; expected a whole number from 0 to ${n}.`);
  }
  if (x.ndim === 0) return sort(x);
  const indices = new Tensor(record('argsort', [node], { axis, descending: largest, take: k }, ARGSORT_ROW));
  return { values: gather(x, axis, indices), indices };
}

/**
 * Where each value belongs in a sorted row: the first position (int32) that keeps it sorted, or with `right` the last.
 *
 * @param sorted ascending along its last axis: one row for all values, or one per row of `values`.
 * @example
 * ```ts
 * import { searchsorted, tensor } from '@cotangent/tensor';
 * console.log(await searchsorted(tensor([1, 3, 5]), tensor([3, 4])).array()); // [1, 2]
 * ```
 */
export function searchsorted(sorted: Tensor, values: Tensor, options: { readonly right?: boolean } = {}): Tensor {
  const { right = false } = options;
  return new Tensor(record('searchsorted', [nodeOf('searchsorted', sorted), nodeOf('searchsorted', values)], { right }, SEARCHSORTED_ROW));
}

/** The inputs in one type that kernels compute in. */
function computable(plan: Lowering, node: Node): Operand[] {
  const common = node.inputs.map(({ dtype }) => dtype).reduce((a, b) => commonDType(node.op, a, b));
  return node.inputs.map((x) => plan.operandAs(x, plan.computeType(common)));
}

export const ARGSORT_ROW: RareRow<'argsort'> = {
  kind: 'library',
  arity: 1,
  differentiable: false,
  shape: ([x], { axis, take }) => (take === undefined ? x!.shape : x!.shape.map((n, i) => (i === axis ? take : n))),
  dtype: () => 'int32',
  lower: (plan, node, output) => {
    const { axis, descending } = node.attrs;
    const { shape } = node.inputs[0]!;
    const take = node.shape[axis] ?? 1;
    plan.kernels.push({
      kind: 'sort', axis, descending, inputs: computable(plan, node), outputs: [{ ...output, shape: node.shape }],
      run: ([x], [out]) => {
        hostArgsort(x!, out!, shape, axis, descending, take);
      },
    });
  },
};

export const SEARCHSORTED_ROW: RareRow<'searchsorted'> = {
  kind: 'library',
  arity: 2,
  differentiable: false,
  shape: ([sorted, values]) => {
    if (sorted!.shape.length === 0) throw new ShapeError('searchsorted: the sorted tensor is a scalar; expected at least one axis.');
    const lead = sorted!.shape.slice(0, -1);
    if (sorted!.shape.length > 1 && !sameShape(lead, values!.shape.slice(0, -1))) {
      throw new ShapeError(
        `searchsorted: the sorted tensor has shape ${show(sorted!.shape)} and the values ${show(values!.shape)}; ` +
          'all axes but the last must be equal, or the sorted tensor must have one axis.',
      );
    }
    return values!.shape;
  },
  dtype: ([sorted, values]) => {
    commonDType('searchsorted', sorted!.dtype, values!.dtype);
    return 'int32';
  },
  lower: (plan, node, output) => {
    const { right } = node.attrs;
    const [sortedShape, valuesShape] = node.inputs.map((x) => x.shape) as [Shape, Shape];
    plan.kernels.push({
      kind: 'search', right, inputs: computable(plan, node), outputs: [{ ...output, shape: node.shape }],
      run: ([sorted, values], [out]) => {
        hostSearchsorted(sorted!, values!, out!, sortedShape, valuesShape, right);
      },
    });
  },
};
