/** What a scan carries from element to element, for four lines at a time. */
import type { DType, ScanOp } from '@cotangent/tensor';
import { V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { combine, identityOf } from './folding';
import { laneBits } from './lanes';

export interface Scan {
  readonly op: ScanOp;
  readonly dtype: DType;
}

const FOLDS = { cumsum: 'sum', cumprod: 'prod', cummax: 'max' } as const;

/** Sums and products of floats are carried in double precision. */
export function isDouble({ op, dtype }: Scan): boolean {
  return dtype === 'float32' && op !== 'cummax';
}

export interface Carry {
  /** Vectors of totals. */
  readonly totals: readonly Local[];
  reset(): void;
  /** Folds four elements into the totals; `value` then holds what the scan gives for them. */
  step(value: Local): void;
}

export function carryOf(f: KernelBuilder, scan: Scan): Carry {
  const { op, dtype } = scan;
  const fold = FOLDS[op];
  if (!isDouble(scan)) {
    const total = f.local(V128);
    return {
      totals: [total],
      reset: () => void f.i32x4(laneBits(dtype, identityOf(fold, dtype))).set(total),
      step: (value) => {
        combine(f, fold, dtype, total, value);
        f.get(total).set(value);
      },
    };
  }
  const [low, high] = f.locals(V128, 2);
  const wide = op === 'cumsum' ? 'f64x2Add' : 'f64x2Mul';
  return {
    totals: [low, high],
    reset: () => void f.f64x2(identityOf(fold, dtype)).tee(low).set(high),
    step: (value) => {
      f.get(low, value).op('f64x2PromoteLowF32x4', wide).set(low);
      f.get(high, value, value).shuffle(2, 3, 2, 3).op('f64x2PromoteLowF32x4', wide).set(high);
      f.get(low).op('f32x4DemoteF64x2Zero').get(high).op('f32x4DemoteF64x2Zero').shuffle(0, 1, 4, 5).set(value);
    },
  };
}
