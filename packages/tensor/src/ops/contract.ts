/**
 * The contraction: a sum of products of two views. Matmul, einsum, convolution, transposed convolution and all their
 * gradients are this one op; only the way axes are addressed differs.
 */
import type { ContractAttrs } from '../graph/ops';
import { record } from '../graph/record';
import type { Access } from '../plan/kernel';
import { state } from '../runtime/state';
import { Tensor } from '../tensor';
import { cast } from './convert';

/** An axis read at the coordinate of one label. */
export function plain(label: number): Access {
  return { label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 };
}

/** An axis under a sliding window: coordinate = position * stride + tap * dilation - padding. */
export function windowed(position: number, stride: number, tap: number, dilation: number, padding: number): Access {
  return { label: position, scale: stride, label2: tap, scale2: dilation, offset: -padding, divisor: 1 };
}

/** The adjoint: coordinate = (position - tap * dilation + padding) / stride, zero where that is not whole. */
export function spread(position: number, stride: number, tap: number, dilation: number, padding: number): Access {
  return { label: position, scale: 1, label2: tap, scale2: -dilation, offset: padding, divisor: stride };
}

/** As `contract`, for what users call a product: within `autocast` float32 operands are rounded to float16. */
export function multiply(a: Tensor, b: Tensor, attrs: ContractAttrs): Tensor {
  if (!state.autocast || a.dtype !== 'float32') return contract(a, b, attrs);
  return cast(contract(cast(a, 'float16'), cast(b, 'float16'), attrs), 'float32');
}

/** Records out[out labels] = sum over the other labels of a * b. Both operands have the same dtype. */
export function contract(a: Tensor, b: Tensor, attrs: ContractAttrs): Tensor {
  return new Tensor(record('contract', [a.node, b.node], attrs));
}
