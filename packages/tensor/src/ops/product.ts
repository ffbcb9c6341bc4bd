/** Products: matmul, linear, outer, einsum and their relatives. */
import { commonDType, type DType } from '../dtype';
import { ArgumentError, ShapeError } from '../errors';
import { broadcastShapes, show, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { multiply, plain } from './contract';
import { cast } from './convert';
import { add, mul } from './math';
import { diagonal } from './matrix';
import { permute, reshape, transpose, unsqueeze } from './movement';
import { checkOptions, nodeOf } from './operand';
import { sum } from './reduce';

/** Both operands in a dtype that can be multiplied and added: bool and uint8 count as int32. */
function factors(op: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const common = commonDType(op, nodeOf(op, a).dtype, nodeOf(op, b).dtype);
  const dtype: DType = common === 'bool' || common === 'uint8' ? 'int32' : common;
  return [cast(a, dtype), cast(b, dtype)];
}

/**
 * Matrix product. Vectors count as a row on the left and a column on the right; leading axes are batches and broadcast.
 *
 * @param a shape [k], [m, k] or [..., m, k].
 * @param b shape [k], [k, n] or [..., k, n].
 * @throws ShapeError when the inner sizes differ or the batches do not broadcast.
 * @example
 * ```ts
 * import { matmul, tensor } from '@cotangent/tensor';
 * console.log(await matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).array()); // [3, 7]
 * ```
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [x, y] = factors('matmul', a, b);
  const { shape: p } = x;
  const { shape: q } = y;
  if (p.length === 0 || q.length === 0) throw new ShapeError(`matmul: got shapes ${show(p)} and ${show(q)}; scalars have no matrix product, use mul.`);
  const inner = p[p.length - 1]!;
  const other = q.length === 1 ? q[0]! : q[q.length - 2]!;
  if (inner !== other) {
    throw new ShapeError(
      `matmul: shapes ${show(p)} and ${show(q)} do not fit: the last axis of the first (${inner}) must equal ` +
        `the ${q.length === 1 ? 'only axis' : 'last but one axis'} of the second (${other}). Transpose or reshape one of them.`,
    );
  }
  const batchP = p.slice(0, -2);
  const batchQ = q.slice(0, -2);
  const batch = broadcastShapes(`matmul of ${show(p)} and ${show(q)}, batch axes`, batchP, batchQ);
  // Labels: batch axes, then m, n, k. Axes of size 1 that broadcast are dropped, so that their gradient is summed inside the product.
  const [m, n, k] = [batch.length, batch.length + 1, batch.length + 2];
  const left = withLabels(x, [...batchLabels(batchP, batch), ...(p.length > 1 ? [m] : []), k]);
  const right = withLabels(y, [...batchLabels(batchQ, batch), k, ...(q.length > 1 ? [n] : [])]);
  const out = [...batch.keys(), ...(p.length > 1 ? [m] : []), ...(q.length > 1 ? [n] : [])];
  const sizes = [...batch, p.length > 1 ? p[p.length - 2]! : 1, q.length > 1 ? q[q.length - 1]! : 1, inner];
  return product(left, right, sizes, out);
}

interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly number[];
}

/** The label of each batch axis, -1 where size 1 is broadcast. */
function batchLabels(own: Shape, batch: Shape): number[] {
  const lead = batch.length - own.length;
  return own.map((size, i) => (size === 1 && batch[i + lead] !== 1 ? -1 : i + lead));
}

function withLabels(x: Tensor, labels: readonly number[]): Labelled {
  if (!labels.includes(-1)) return { tensor: x, labels };
  return { tensor: reshape(x, x.shape.filter((_, i) => labels[i] !== -1)), labels: labels.filter((l) => l !== -1) };
}

/** Contracts two labelled tensors; labels are renumbered so that only used ones remain. */
function product(a: Labelled, b: Labelled, sizes: readonly number[], out: readonly number[]): Tensor {
  const used = [...sizes.keys()].filter((l) => a.labels.includes(l) || b.labels.includes(l));
  const number = (l: number): number => used.indexOf(l);
  return multiply(a.tensor, b.tensor, {
    sizes: used.map((l) => sizes[l]!),
    accessA: a.labels.map((l) => plain(number(l))),
    accessB: b.labels.map((l) => plain(number(l))),
    out: out.map(number),
  });
}

/**
 * x W^T + b: the affine map of a linear layer.
 *
 * @param x shape [..., in].
 * @param weight shape [out, in], as in PyTorch.
 * @param bias shape [out], optional.
 * @throws ShapeError when the feature counts differ.
 * @example
 * ```ts
 * import { linear, tensor } from '@cotangent/tensor';
 * console.log(await linear(tensor([[1, 2]]), tensor([[1, 0], [0, 1], [1, 1]])).array()); // [[1, 2, 3]]
 * ```
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const features = nodeOf('linear', x).shape;
  const { shape, dtype } = nodeOf('linear', weight);
  commonDType('linear', x.dtype, dtype);
  if (shape.length !== 2 || features.length === 0 || features[features.length - 1] !== shape[1]) {
    throw new ShapeError(
      `linear: the input has shape ${show(features)} and the weight ${show(shape)}; expected [..., in] and [out, in] with the same 'in'. Another layer size, or a transposed weight?`,
    );
  }
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== shape[0])) {
    throw new ShapeError(`linear: the bias has shape ${show(bias.shape)}; expected [${shape[0]!}] for a weight of shape ${show(shape)}.`);
  }
  const lead = features.slice(0, -1);
  const rows = lead.length > 1 ? reshape(x, [lead.reduce((p, n) => p * n, 1), shape[1]!]) : x;
  const y = matmul(rows, transpose(weight));
  const z = bias ? add(y, bias) : y;
  return lead.length > 1 ? reshape(z, [...lead, shape[0]!]) : z;
}

/**
 * The dot product of two vectors.
 *
 * @example
 * ```ts
 * import { dot, tensor } from '@cotangent/tensor';
 * console.log(await dot(tensor([1, 2]), tensor([3, 4])).item()); // 11
 * ```
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.ndim !== 1 || b.ndim !== 1) throw new ShapeError(`dot: got shapes ${show(a.shape)} and ${show(b.shape)}; expected two vectors. Use matmul for matrices.`);
  return matmul(a, b);
}

/**
 * All products of the elements of two vectors: out[i][j] = a[i] * b[j].
 *
 * @example
 * ```ts
 * import { outer, tensor } from '@cotangent/tensor';
 * console.log(await outer(tensor([1, 2]), tensor([3, 4])).array()); // [[3, 4], [6, 8]]
 * ```
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  return mul(unsqueeze(reshape(a, [-1]), 1), reshape(b, [-1]));
}

/**
 * A sum of products in Einstein notation: one group of letters per operand, '->' and the letters of the result.
 * Letters missing from the result are summed; a letter twice in one operand takes the diagonal; '...' stands for any
 * number of leading axes, which broadcast. Without '->' the result has the letters that occur once, in order.
 *
 * @throws ArgumentError for an equation that cannot be read; ShapeError when a letter has two sizes.
 * @example
 * ```ts
 * import { einsum, tensor } from '@cotangent/tensor';
 * console.log(await einsum('ij,kj->ik', tensor([[1, 2]]), tensor([[3, 4]])).array()); // [[11]]
 * ```
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  const { inputs, output, sizes } = parse(equation, tensors);
  const operands = tensors.map((x, i) => diagonals(x, inputs[i]!));
  let current = operands[0]!;
  if (operands.length === 1) return arrange(current, output);
  for (let i = 1; i < operands.length; i++) {
    const next = operands[i]!;
    const later = new Set([...output, ...operands.slice(i + 1).flatMap((o) => o.labels)]);
    const [x, y] = factors('einsum', current.tensor, next.tensor);
    const all = [...new Set([...current.labels, ...next.labels])];
    const out = i === operands.length - 1 ? output : all.filter((l) => later.has(l));
    // A size-1 axis that broadcasts is dropped where the other operand has the real size.
    const a = withLabels(x, current.labels.map((l, d) => (x.shape[d] === 1 && sizes[l] !== 1 ? -1 : l)));
    const b = withLabels(y, next.labels.map((l, d) => (y.shape[d] === 1 && sizes[l] !== 1 ? -1 : l)));
    current = { tensor: product(a, b, sizes, out), labels: out };
  }
  return current.tensor;
}

/** The characters of a group; all are letters, so code units are enough. */
function letters(group: string): string[] {
  return group.split('');
}

interface Equation {
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly sizes: readonly number[];
}

function parse(equation: string, tensors: readonly Tensor[]): Equation {
  const [left, right, ...rest] = equation.replaceAll(' ', '').split('->');
  const groups = left!.split(',');
  if (rest.length > 0 || !/^[a-zA-Z.,]*$/.test(left!) || !/^[a-zA-Z.]*$/.test(right ?? '')) {
    throw new ArgumentError(`einsum: cannot read '${equation}'; expected letters like 'ij,jk->ik'.`);
  }
  if (groups.length !== tensors.length) {
    throw new ArgumentError(`einsum: '${equation}' has ${groups.length} operands but ${tensors.length} tensors were given.`);
  }
  const labels = new Map<string, number>();
  const sizes: number[] = [];
  const ranks = groups.map((group, i) => tensors[i]!.ndim - group.replace('...', '').length);
  const dots = Math.max(0, ...groups.map((group, i) => (group.includes('...') ? ranks[i]! : 0)));
  const label = (name: string): number => {
    let id = labels.get(name);
    if (id === undefined) {
      labels.set(name, (id = labels.size));
      sizes.push(1);
    }
    return id;
  };
  const ellipsis = (count: number): string[] => Array.from({ length: count }, (_, i) => `.${dots - count + i}`);
  const names = (group: string, count: number): string[] => {
    const [before, after] = group.split('...') as [string, string | undefined];
    return after === undefined ? letters(before) : [...letters(before), ...ellipsis(count), ...letters(after)];
  };
  const inputs = groups.map((group, i) => {
    const { shape } = tensors[i]!;
    if (group.includes('...') ? ranks[i]! < 0 : ranks[i] !== 0) {
      throw new ShapeError(`einsum: '${group}' in '${equation}' does not fit shape ${show(shape)}: the number of axes differs.`);
    }
    return names(group, ranks[i]!).map((name, d, own) => {
      const id = label(name);
      const size = shape[d]!;
      const twin = shape[own.indexOf(name)]!;
      if (twin !== size) throw new ShapeError(`einsum: '${name}' in '${equation}' has sizes ${twin} and ${size}; a letter must have one size.`);
      if (sizes[id] === 1) sizes[id] = size;
      else if (size !== 1 && size !== sizes[id]) {
        throw new ShapeError(`einsum: '${name}' in '${equation}' has sizes ${sizes[id]!} and ${size}; a letter must have one size.`);
      }
      return id;
    });
  });
  if (right !== undefined) {
    const output = names(right, dots).map((name, i, all) => {
      const id = labels.get(name);
      if (all.indexOf(name) < i) throw new ArgumentError(`einsum: '${name}' appears twice in the result of '${equation}'; name every letter once.`);
      if (id === undefined) throw new ArgumentError(`einsum: '${name}' of the result does not occur in the operands of '${equation}'.`);
      return id;
    });
    return { inputs, output, sizes };
  }
  const all = letters(left!.replaceAll(',', '').replaceAll('.', ''));
  const once = [...new Set(all)].filter((c) => all.indexOf(c) === all.lastIndexOf(c)).sort();
  return { inputs, output: [...ellipsis(dots), ...once].map((name) => labels.get(name)!), sizes };
}

/** Replaces repeated labels of one operand by the diagonal. */
function diagonals(tensor: Tensor, labels: readonly number[]): Labelled {
  const second = labels.findIndex((l, i) => labels.indexOf(l) < i);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]!);
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return diagonals(diagonal(tensor, { dim1: first, dim2: second }), [...rest, labels[second]!]);
}

/** Sums the labels that the result lacks and orders the others. */
function arrange({ tensor, labels }: Labelled, output: readonly number[]): Tensor {
  const extra = [...labels.keys()].filter((d) => !output.includes(labels[d]!));
  const summed = extra.length > 0 ? sum(tensor, { dim: extra }) : tensor;
  const left = labels.filter((l) => output.includes(l));
  return permute(summed, output.map((l) => left.indexOf(l)));
}

/**
 * Contracts the listed axes of a with those of b, or the last `n` of a with the first `n` of b.
 *
 * @example
 * ```ts
 * import { ones, tensordot } from '@cotangent/tensor';
 * console.log(tensordot(ones([2, 3, 4]), ones([3, 4, 5]), 2).shape); // [2, 5]
 * ```
 */
export function tensordot(a: Tensor, b: Tensor, dims: number | readonly [readonly number[], readonly number[]]): Tensor {
  const [axesA, axesB] =
    typeof dims === 'number'
      ? [Array.from({ length: dims }, (_, i) => a.ndim - dims + i), Array.from({ length: dims }, (_, i) => i)]
      : dims.map((list, side) => list.map((d) => (d < 0 ? d + (side === 0 ? a : b).ndim : d))) as [number[], number[]];
  if (axesA.length !== axesB.length) throw new ArgumentError(`tensordot: ${axesA.length} axes of a but ${axesB.length} of b.`);
  const labelsA = [...a.shape.keys()];
  const labelsB = [...b.shape.keys()].map((i) => i + a.ndim);
  axesB.forEach((d, i) => (labelsB[d] = axesA[i]!));
  axesA.forEach((d, i) => {
    if (a.shape[d] !== b.shape[axesB[i]!]) {
      throw new ShapeError(`tensordot: axis ${d} of ${show(a.shape)} and axis ${axesB[i]!} of ${show(b.shape)} have sizes ${a.shape[d]!} and ${b.shape[axesB[i]!]!}; they must be equal.`);
    }
  });
  const sizes = [...a.shape, ...b.shape];
  const [x, y] = factors('tensordot', a, b);
  const out = [...labelsA.filter((l) => !axesA.includes(l)), ...labelsB.filter((l) => l >= a.ndim)];
  return product({ tensor: x, labels: labelsA }, { tensor: y, labels: labelsB }, sizes, out);
}

/**
 * The Kronecker product: every element of a times the whole of b.
 *
 * @example
 * ```ts
 * import { kron, tensor } from '@cotangent/tensor';
 * console.log(await kron(tensor([1, 2]), tensor([1, 1])).array()); // [1, 1, 2, 2]
 * ```
 */
export function kron(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.ndim, b.ndim);
  const p = [...new Array<number>(rank - a.ndim).fill(1), ...a.shape];
  const q = [...new Array<number>(rank - b.ndim).fill(1), ...b.shape];
  const blocks = mul(reshape(a, p.flatMap((n) => [n, 1])), reshape(b, q.flatMap((n) => [1, n])));
  return reshape(blocks, p.map((n, i) => n * q[i]!));
}

/**
 * beta * x + alpha * (a @ b), also batched.
 *
 * @param options alpha, beta: default 1.
 * @example
 * ```ts
 * import { addmm, ones } from '@cotangent/tensor';
 * console.log(await addmm(ones([1, 1]), ones([1, 2]), ones([2, 1])).array()); // [[3]]
 * ```
 */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: { readonly alpha?: number; readonly beta?: number } = {}): Tensor {
  checkOptions('addmm', options, '{ alpha: 0.5 }');
  const { alpha = 1, beta = 1 } = options;
  return add(mul(x, beta), mul(matmul(a, b), alpha));
}

/**
 * x1 W x2 + b for every output: out[..., o] = sum over i, j of x1[..., i] weight[o, i, j] x2[..., j].
 *
 * @example
 * ```ts
 * import { bilinear, ones } from '@cotangent/tensor';
 * console.log(bilinear(ones([4, 2]), ones([4, 3]), ones([5, 2, 3])).shape); // [4, 5]
 * ```
 */
export function bilinear(x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const y = einsum('...i,oij,...j->...o', x1, weight, x2);
  return bias ? add(y, bias) : y;
}
