/** How values are folded into one: sums, products, extremes and their positions. */
import type { BinaryOp, DType, ReduceOp } from '@cotangent/tensor';
import { V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import type { Fold } from './body';
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

/**
 * Code that folds. A total is a few vector locals; so is a partial, which is folded faster but, for sums, not for long, and
 * then added to a total. Foldings without partials have none.
 */
export interface Folding {
  /** Bits of a lane that changes nothing. */
  readonly identity: number;
  readonly total: State;
  readonly partial?: State & {
    /** Adds a partial to another one, or to the total. */
    join(into: readonly Local[], other: readonly Local[]): void;
    finish(total: readonly Local[], partial: readonly Local[]): void;
  };
  /** Combines the four lanes; all of them then hold the result. */
  horizontal(total: readonly Local[]): void;
  /** Pushes the result. */
  result(total: readonly Local[]): void;
}

interface State {
  create(): Local[];
  reset(state: readonly Local[]): void;
  /** Folds a vector into the state, lane by lane. `positions` pushes the positions of its lanes. */
  add(state: readonly Local[], value: Local, positions?: () => void): void;
}

type Plain = 'sum' | 'prod' | 'max' | 'min';
const COMBINE: Record<Plain, BinaryOp> = { sum: 'add', prod: 'mul', max: 'max', min: 'min' };

export function foldingOf(f: KernelBuilder, { fold: op, loose }: Fold, dtype: DType): Folding {
  if (isArg(op)) return argFolding(f, op, dtype);
  if (loose) return looseMaximum(f);
  if (dtype !== 'float32') return plainFolding(f, op, dtype);
  return op === 'sum' || op === 'prod' ? doubleFolding(f, op) : extremeFolding(f, op);
}

/** into = into combined with value, lane by lane. */
export function combine(f: KernelBuilder, op: Plain, dtype: DType, into: Local, value: Local): void {
  emitBinary(f, COMBINE[op], dtype, into, value);
  f.set(into);
}

/** A state of `count` vectors that start with the given bits. */
function stateOf(f: KernelBuilder, start: readonly number[], add: State['add']): State {
  return {
    create: () => f.temps(V128, start.length),
    reset: (state) => start.forEach((bits, k) => f.i32x4(bits).set(state[k]!)),
    add,
  };
}

/** Combines lanes by twice joining a state with itself turned. */
function turns(f: KernelBuilder, state: readonly Local[], join: (into: readonly Local[], other: readonly Local[]) => void): void {
  const other = f.temps(V128, state.length);
  for (const [a, b, c, d] of [[2, 3, 0, 1], [1, 0, 3, 2]] as const) {
    state.forEach((local, k) => f.get(local, local).shuffle(a, b, c, d).set(other[k]!));
    join(state, other);
  }
  f.release(V128, ...other);
}

/** A folding whose partials and totals are the same. */
function uniform(
  f: KernelBuilder,
  start: readonly number[],
  add: State['add'],
  join: (into: readonly Local[], other: readonly Local[]) => void,
  result: (total: readonly Local[]) => void,
): Folding {
  const total = stateOf(f, start, add);
  return {
    identity: start[0]!,
    total,
    partial: { ...total, join, finish: join },
    horizontal: (state) => turns(f, state, join),
    result,
  };
}

function plainFolding(f: KernelBuilder, op: Plain, dtype: DType): Folding {
  const add = ([into]: readonly Local[], value: Local): void => combine(f, op, dtype, into!, value);
  return uniform(f, [laneBits(dtype, identityOf(op, dtype))], add, (into, [other]) => add(into, other!), ([total]) => void f.get(total!));
}

/**
 * Extremes of float32: [best, NaN seen, signs]. The machine's own extremes drop NaN and take either zero, so these are noted
 * apart, which is several times faster than the exact instruction. If the maximum is zero no positive number was there, and it
 * is +0 when any sign bit was clear; the minimum is -0 when any was set.
 */
function extremeFolding(f: KernelBuilder, op: 'max' | 'min'): Folding {
  const [best, signs] = op === 'max' ? (['f32x4Pmax', 'v128And'] as const) : (['f32x4Pmin', 'v128Or'] as const);
  const identity = laneBits('float32', identityOf(op, 'float32'));
  return uniform(
    f,
    [identity, 0, identity],
    ([top, nan, sign], value) => {
      f.get(top!, value).op(best).set(top!);
      f.get(nan!, value, value).op('f32x4Ne', 'v128Or').set(nan!);
      f.get(sign!, value).op(signs).set(sign!);
    },
    ([top, nan, sign], [otherTop, otherNan, otherSign]) => {
      f.get(top!, otherTop!).op(best).set(top!);
      f.get(nan!, otherNan!).op('v128Or').set(nan!);
      f.get(sign!, otherSign!).op(signs).set(sign!);
    },
    ([top, nan, sign]) => {
      f.get(sign!).i32x4(-0x80000000).op('v128And').get(top!, top!).f32x4(0).op('f32x4Eq', 'v128Bitselect');
      f.get(nan!).op('v128Or'); // all bits set are a NaN
    },
  );
}

/** The maximum of numbers; NaN is dropped, and of two zeros either may be taken. */
function looseMaximum(f: KernelBuilder): Folding {
  const add = ([into]: readonly Local[], value: Local): void => void f.get(into!, value).op('f32x4Pmax').set(into!);
  return uniform(f, [laneBits('float32', -Infinity)], add, (into, [other]) => add(into, other!), ([total]) => void f.get(total!));
}

/** Sums and products of float32 in double precision, two vectors of two; partials are in single precision. */
function doubleFolding(f: KernelBuilder, op: 'sum' | 'prod'): Folding {
  const identity = laneBits('float32', identityOf(op, 'float32'));
  const wide = op === 'sum' ? 'f64x2Add' : 'f64x2Mul';
  const add = ([low, high]: readonly Local[], value: Local): void => {
    f.get(low!).get(value).op('f64x2PromoteLowF32x4', wide).set(low!);
    f.get(high!).get(value, value).shuffle(2, 3, 2, 3).op('f64x2PromoteLowF32x4', wide).set(high!);
  };
  const narrow = ([into]: readonly Local[], value: Local): void => combine(f, op, 'float32', into!, value);
  return {
    identity,
    total: {
      create: () => f.temps(V128, 2),
      reset: (total) => {
        for (const local of total) f.f64x2(op === 'sum' ? 0 : 1).set(local);
      },
      add,
    },
    partial: {
      ...stateOf(f, [identity], narrow),
      join: (into, [other]) => narrow(into, other!),
      finish: (total, [partial]) => add(total, partial!),
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
    // Position 0 is right when nothing ever beats the start value: then all values equal it.
    total: stateOf(f, [identity, 0], (total, value, positions) => {
      const better = f.temp(V128);
      beats(value, total[0]!);
      f.set(better);
      take(total, value, positions!, better);
      f.release(V128, better);
    }),
    horizontal: (total) => turns(f, total, ([best, at], [value, position]) => {
      const better = f.temp(V128);
      beats(value!, best!);
      // Where neither beats the other they are equal, or both NaN; then the smaller position wins.
      beats(best!, value!);
      f.op('v128Not').get(position!, at!).op('i32x4LtU', 'v128And', 'v128Or').set(better);
      take([best!, at!], value!, () => void f.get(position!), better);
      f.release(V128, better);
    }),
    result: ([, at]) => void f.get(at!),
  };
}
