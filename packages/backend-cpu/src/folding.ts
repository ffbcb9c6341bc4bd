/** What the reductions and scans have in common: where they start and how they combine. */
import { isFloat, type DType, type ReduceOp, type ScanOp, type ScatterMode } from '@cotangent/tensor';
import { highest, lowest } from './values';

export type Fold = 'sum' | 'prod' | 'max' | 'min';

export const FOLD_OF_SCAN: Readonly<Record<ScanOp, Fold>> = { cumsum: 'sum', cumprod: 'prod', cummax: 'max' };

export const FOLD_OF_SCATTER: Readonly<Record<Exclude<ScatterMode, 'set'>, Fold>> = { add: 'sum', mul: 'prod', max: 'max', min: 'min' };

/** The value that changes nothing. */
export function neutral(op: ReduceOp, dtype: DType): number {
  switch (op) {
    case 'sum':
      return 0;
    case 'prod':
      return 1;
    case 'max':
    case 'argmax':
      return lowest(dtype);
    case 'min':
    case 'argmin':
      return highest(dtype);
  }
}

/**
 * The exact combination of two values as text; the caller wraps it for integers. Floating-point sums and products are
 * carried in double and rounded once, when they are stored.
 */
export function foldText(op: Fold, dtype: DType, acc: string, value: string): string {
  switch (op) {
    case 'sum':
      return `${acc} + ${value}`;
    case 'prod':
      return isFloat(dtype) ? `${acc} * ${value}` : `Math.imul(${acc}, ${value})`;
    case 'max':
      return `Math.max(${acc}, ${value})`;
    case 'min':
      return `Math.min(${acc}, ${value})`;
  }
}

/** As `foldText`, as a function. */
export function foldFunction(op: Fold, dtype: DType): (acc: number, value: number) => number {
  switch (op) {
    case 'sum':
      return (acc, value) => acc + value;
    case 'prod':
      return isFloat(dtype) ? (acc, value) => acc * value : Math.imul;
    case 'max':
      return Math.max;
    case 'min':
      return Math.min;
  }
}
