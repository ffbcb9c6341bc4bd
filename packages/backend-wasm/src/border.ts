/** Copies of operands with a border, so that what reads past an edge needs no test. */
import { bytesOf, type Operand } from '@cotangent/tensor';
import { copyLaunches, fillLaunches } from './codegen/copy';
import { contiguousStrides } from './codegen/nest';
import type { Scratch } from './lower';
import type { Launch } from './params';

export interface Border {
  /** Elements before the first one, for each axis. */
  readonly low: readonly number[];
  /** Elements after the last one, for each axis. */
  readonly high: readonly number[];
  /** Distance at which the elements are laid out; the places between them hold the border value. */
  readonly spacing: readonly number[];
}

/**
 * Copies an operand into a new array with a border of `value`. The operand returned covers the copy; its offset is that
 * of the original first element, so coordinates keep their meaning and negative ones are legal down to -low.
 */
export function withBorder(operand: Operand, border: Border, value: number, scratch: Scratch): { operand: Operand; launches: Launch[] } {
  const { dtype, shape } = operand;
  const bytes = bytesOf(dtype);
  const spread = shape.map((n, i) => (n === 0 ? 0 : (n - 1) * border.spacing[i]! + 1));
  const sizes = spread.map((n, i) => border.low[i]! + n + border.high[i]!);
  const strides = contiguousStrides(sizes);
  const length = sizes.reduce((a, b) => a * b, 1);
  const slot = scratch(length * bytes);
  const offset = border.low.reduce((sum, l, i) => sum + l * strides[i]!, 0);
  const launches = [
    ...fillLaunches(dtype, { slot, offset: 0 }, length, value),
    ...copyLaunches(
      dtype,
      shape,
      { at: { slot: operand.slot, offset: operand.offset * bytes }, strides: operand.strides },
      { at: { slot, offset: offset * bytes }, strides: strides.map((s, i) => s * border.spacing[i]!) },
    ),
  ];
  return { operand: { slot, dtype, shape: spread, strides, offset }, launches };
}
