/** How values are folded into one: sums, products, extremes and their positions. */
import type { BinaryOp, DType, ReduceOp } from '@cotangent/tensor';
import { V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { laneBits } from './lanes';
import { emitBinary } from './ops';

export function isArg(op: ReduceOp): op is 'argmax' | 'argmin' {
  return op === 'argmax' || op === 'argmin';
}

/** The value that changes nothing. */
export function identityOf(op: ReduceOp, dtype: DType): number {
  const float = dtype === 'float32' || dtype === 'float16';
  switch (op) {
    case 'sum':
      return 0;
    case 'prod':
      return 1;
    case 'max':
    case 'argmax':
      return float ? -Infinity : dtype === 'int32' ? -2147483648 : 0;
    case 'min':
    case 'argmin':
      return float ? Infinity : dtype === 'int32' ? 2147483647 : dtype === 'uint32' ? 4294967295 : dtype === 'uint8' ? 255 : 1;
  }
}

/** Code that folds; a total is a few vector locals. */
export interface Folding {
  /** Bits of a lane that changes nothing. */
  readonly identity: number;
  /** Whether vectors may be combined with `combine` before they are added to a total. */
  readonly blocked: boolean;
  create(): Local[];
  reset(total: readonly Local[]): void;
  /** into = into combined with value, lane by lane. */
  combine(into: Local, value: Local): void;
  /** Adds a vector to a total. `positions` pushes the positions of its lanes. */
  add(total: readonly Local[], value: Local, positions?: () => void): void;
  /** Combines the four lanes; lane 0 of the result then counts. */
  horizontal(total: readonly Local[]): void;
  /** Pushes the result. */
  result(total: readonly Local[]): void;
}

export function foldingOf(f: KernelBuilder, op: ReduceOp, dtype: DType): Folding {
  if (isArg(op)) return argFolding(f, op, dtype);
  if (dtype === 'float32' && (op === 'sum' || op === 'prod')) return doubleFolding(f, op);
  return plainFolding(f, op, dtype);
}

const COMBINE: Record<'sum' | 'prod' | 'max' | 'min', BinaryOp> = { sum: 'add', prod: 'mul', max: 'max', min: 'min' };

function plainFolding(f: KernelBuilder, op: 'sum' | 'prod' | 'max' | 'min', dtype: DType): Folding {
  const identity = laneBits(dtype, identityOf(op, dtype));
  const combine = (into: Local, value: Local): void => {
    emitBinary(f, COMBINE[op], dtype, into, value);
    f.set(into);
  };
  return {
    identity,
    blocked: true,
    create: () => [f.temp(V128)],
    reset: ([total]) => void f.i32x4(identity).set(total!),
    combine,
    add: ([total], value) => combine(total!, value),
    horizontal: ([total]) => {
      const other = f.temp(V128);
      f.get(total!, total!).shuffle(2, 3, 0, 1).set(other);
      combine(total!, other);
      f.get(total!, total!).shuffle(1, 0, 3, 2).set(other);
      combine(total!, other);
      f.release(V128, other);
    },
    result: ([total]) => void f.get(total!),
  };
}

/** Sums and products of float32, carried on in double precision: two vectors of two. */
function doubleFolding(f: KernelBuilder, op: 'sum' | 'prod'): Folding {
  const identity = laneBits('float32', identityOf(op, 'float32'));
  const wide = op === 'sum' ? 'f64x2Add' : 'f64x2Mul';
  return {
    identity,
    blocked: true,
    create: () => f.temps(V128, 2),
    reset: (total) => {
      for (const local of total) f.f64x2(op === 'sum' ? 0 : 1).set(local);
    },
    combine: (into, value) => {
      emitBinary(f, COMBINE[op], 'float32', into, value);
      f.set(into);
    },
    add: ([low, high], value) => {
      f.get(low!).get(value).op('f64x2PromoteLowF32x4', wide).set(low!);
      f.get(high!).get(value, value).shuffle(2, 3, 2, 3).op('f64x2PromoteLowF32x4', wide).set(high!);
    },
    horizontal: ([low, high]) => {
      f.get(low!, high!).op(wide).tee(low!).get(low!, low!).shuffle(2, 3, 0, 1).op(wide).tee(low!).set(high!);
    },
    result: ([low, high]) => {
      f.get(low!).op('f32x4DemoteF64x2Zero').get(high!).op('f32x4DemoteF64x2Zero').shuffle(0, 1, 4, 5);
    },
  };
}

/** Positions of extremes: [best value, its position]. The first of equal values wins, and NaN beats every number. */
function argFolding(f: KernelBuilder, op: 'argmax' | 'argmin', dtype: DType): Folding {
  const identity = laneBits(dtype, identityOf(op, dtype));
  const float = dtype === 'float32';
  /** Pushes the mask of lanes in which `value` beats `best`. */
  const beats = (value: Local, best: Local): void => {
    const [x, y] = op === 'argmax' ? [best, value] : [value, best];
    emitBinary(f, 'lt', dtype, x, y);
    if (float) f.get(value, value).op('f32x4Ne').get(best, best).op('f32x4Eq', 'v128And', 'v128Or');
  };
  const take = ([best, at]: readonly Local[], value: Local, positions: () => void, better: Local): void => {
    f.get(value, best!, better).op('v128Bitselect').set(best!);
    positions();
    f.get(at!, better).op('v128Bitselect').set(at!);
  };
  return {
    identity,
    blocked: false,
    create: () => f.temps(V128, 2),
    // Position 0 is right when nothing ever beats the start value: then all values equal it.
    reset: ([best, at]) => void f.i32x4(identity).set(best!).i32x4(0).set(at!),
    combine: () => {
      throw new Error('positions cannot be combined without their values');
    },
    add: (total, value, positions) => {
      const better = f.temp(V128);
      beats(value, total[0]!);
      f.set(better);
      take(total, value, positions!, better);
      f.release(V128, better);
    },
    horizontal: (total) => {
      const [best, at] = total as [Local, Local];
      const [value, position, better] = f.temps(V128, 3);
      for (const [a, b, c, d] of [[2, 3, 0, 1], [1, 0, 3, 2]] as const) {
        f.get(best, best).shuffle(a, b, c, d).set(value);
        f.get(at, at).shuffle(a, b, c, d).set(position);
        beats(value, best);
        // Where neither beats the other they are equal, or both NaN; then the smaller position wins.
        beats(best, value);
        f.op('v128Not').get(position, at).op('i32x4LtU', 'v128And', 'v128Or').set(better);
        take(total, value, () => void f.get(position), better);
      }
      f.release(V128, value, position, better);
    },
    result: ([, at]) => void f.get(at!),
  };
}
