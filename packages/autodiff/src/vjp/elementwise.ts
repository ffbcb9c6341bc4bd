/** Gradients of element-wise ops. */
import {
  add, cast, cos, div, eq, ge, gt, isFloat, log, logicalAnd, lt, mul, neg, pow, reciprocal, rsqrt, sign, sin, slope, square, sub, trunc,
  where, type BinaryOp, type RareOp, type Tensor, type UnaryOp,
} from '@cotangent/tensor';
import { sumTo } from './broadcast';
import { NONE, type Vjp } from './rule';

export const unaryRules: { readonly [K in Exclude<UnaryOp, RareOp>]: Vjp<K> } = {
  neg: (grad) => [neg(grad)],
  abs: slope((x) => sign(x)),
  sign: NONE,
  exp: slope((_, y) => y),
  log: (grad, { inputs }) => [div(grad, inputs[0]!)],
  expm1: slope((_, y) => add(y, 1)),
  log1p: (grad, { inputs }) => [div(grad, add(inputs[0]!, 1))],
  sqrt: (grad, { output }) => [div(grad, mul(output, 2))],
  rsqrt: slope((_, y) => mul(mul(square(y), y), -0.5)),
  recip: slope((_, y) => neg(square(y))),
  sin: slope((x) => cos(x)),
  cos: slope((x) => neg(sin(x))),
  tan: slope((_, y) => add(square(y), 1)),
  asin: slope((x) => rsqrt(sub(1, square(x)))),
  acos: slope((x) => neg(rsqrt(sub(1, square(x))))),
  atan: slope((x) => reciprocal(add(square(x), 1))),
  tanh: slope((_, y) => sub(1, square(y))),
  floor: NONE,
  ceil: NONE,
  round: NONE,
  trunc: NONE,
  not: NONE,
};

/** A binary rule from the gradients before broadcasting is undone; only those that are needed are computed. */
function pair<K extends BinaryOp>(
  left: (grad: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor,
  right: (grad: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor,
): Vjp<K> {
  return (grad, { inputs, output, needs }) => {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    return [
      needs[0] ? sumTo(left(grad, a, b, output), a.shape) : undefined,
      needs[1] ? sumTo(right(grad, a, b, output), b.shape) : undefined,
    ];
  };
}

/** The share of a larger (or smaller) operand: all of it, half on a tie, else nothing. */
function share(grad: Tensor, wins: Tensor, tie: Tensor): Tensor {
  return where(wins, grad, where(tie, mul(grad, 0.5), 0));
}

export const binaryRules: { readonly [K in BinaryOp]: Vjp<K> } = {
  add: pair((g) => g, (g) => g),
  sub: pair((g) => g, (g) => neg(g)),
  mul: pair((g, _, b) => mul(g, b), (g, a) => mul(g, a)),
  div: pair((g, _, b) => div(g, b), (g, _, b, y) => neg(mul(g, div(y, b)))),
  pow: pair(
    // d/da a^b = b a^(b-1), and 0 where b is 0 even if a is 0 too.
    (g, a, exponent) => {
      const b = cast(exponent, g.dtype); // it may be bool
      return where(eq(b, 0), 0, mul(g, mul(b, pow(a, sub(b, 1)))));
    },
    // d/db a^b = a^b log a, and 0 at a = 0 for b >= 0, where the logarithm would give NaN.
    (g, a, b, y) => {
      const flat = logicalAnd(eq(a, 0), ge(b, 0));
      return where(flat, 0, mul(g, mul(y, log(where(flat, 1, cast(a, g.dtype))))));
    },
  ),
  mod: pair((g) => g, (g, a, b) => neg(mul(g, trunc(div(a, b))))),
  min: pair((g, a, b) => share(g, lt(a, b), eq(a, b)), (g, a, b) => share(g, lt(b, a), eq(a, b))),
  max: pair((g, a, b) => share(g, gt(a, b), eq(a, b)), (g, a, b) => share(g, gt(b, a), eq(a, b))),
  lt: NONE,
  le: NONE,
  eq: NONE,
  ne: NONE,
  and: NONE,
  or: NONE,
  xor: NONE,
  shl: NONE,
  shr: NONE,
};

export const choiceRules: { readonly where: Vjp<'where'>; readonly cast: Vjp<'cast'>; readonly bitcast: Vjp<'bitcast'> } = {
  where: (grad, { inputs, needs }) => {
    const [condition, a, b] = inputs as readonly [Tensor, Tensor, Tensor];
    return [
      undefined,
      needs[1] ? sumTo(where(condition, grad, 0), a.shape) : undefined,
      needs[2] ? sumTo(where(condition, 0, grad), b.shape) : undefined,
    ];
  },
  cast: (grad, { inputs }) => [isFloat(inputs[0]!.dtype) ? cast(grad, inputs[0]!.dtype) : undefined],
  bitcast: NONE,
};
