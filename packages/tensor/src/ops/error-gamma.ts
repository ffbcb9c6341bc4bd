/** The error function and the gamma function with their relatives. Rare: their ops bring all that is known of them along. */
import { ArgumentError } from '../errors';
import { NO_ATTRS } from '../graph/node';
import { floatRow, type RareRow } from '../graph/op-row';
import { record } from '../graph/record';
import { slope, type Vjp } from '../graph/vjp';
import type { SpecialOp } from '../plan/scalar';
import {
  erf as erfOf, erfc as erfcOf, erfinv as erfinvOf, lgamma as lgammaOf, polygamma as polygammaOf,
} from '../plan/special-math';
import { Tensor } from '../tensor';
import { exp, neg } from './elementary';
import { mul, square } from './math';
import { nodeOf } from './operand';

type Plain = Exclude<SpecialOp, 'polygamma'>;

const TWO_OVER_ROOT_PI = 1.1283791670955126;

function row<K extends Plain>(op: K, call: (x: number) => number, derivative: (x: Tensor, y: Tensor) => Tensor): RareRow<K> {
  return { ...floatRow(op), vjp: slope(derivative), call: () => call };
}

const bell = (x: Tensor): Tensor => exp(neg(square(x)));

export const ERF_ROW = /* @__PURE__ */ row('erf', erfOf, (x) => mul(bell(x), TWO_OVER_ROOT_PI));
export const ERFC_ROW = /* @__PURE__ */ row('erfc', erfcOf, (x) => mul(bell(x), -TWO_OVER_ROOT_PI));
export const ERFINV_ROW = /* @__PURE__ */ row('erfinv', erfinvOf, (_, y) => mul(exp(square(y)), 1 / TWO_OVER_ROOT_PI));
export const LGAMMA_ROW = /* @__PURE__ */ row('lgamma', lgammaOf, (x) => polygamma(0, x));

const polygammaRule: Vjp<'polygamma'> = (grad, { inputs, attrs }) => [mul(grad, polygamma(attrs.order + 1, inputs[0]!))];

export const POLYGAMMA_ROW: RareRow<'polygamma'> = /* @__PURE__ */ (() => ({
  ...floatRow('polygamma'),
  vjp: polygammaRule,
  call: ({ order }: { readonly order: number }) => (x: number) => polygammaOf(order, x),
}))();

function special<K extends Plain>(op: K, own: RareRow<K>, x: Tensor): Tensor {
  return new Tensor(record<Plain>(op, [nodeOf(op, x)], NO_ATTRS, own));
}

/**
 * The error function 2/sqrt(pi) * integral of exp(-t^2) from 0 to x, element by element.
 *
 * @example
 * ```ts
 * import { erf, tensor } from '@cotangent/tensor';
 * console.log(await erf(tensor([0])).array()); // [0]
 * ```
 */
export function erf(x: Tensor): Tensor {
  return special('erf', ERF_ROW, x);
}

/**
 * 1 - erf(x), element by element, with its small values for large x exact to the last digits.
 *
 * @example
 * ```ts
 * import { erfc, tensor } from '@cotangent/tensor';
 * console.log(await erfc(tensor([0])).array()); // [1]
 * ```
 */
export function erfc(x: Tensor): Tensor {
  return special('erfc', ERFC_ROW, x);
}

/**
 * The inverse of erf; +-Infinity at +-1, NaN outside, element by element.
 *
 * @example
 * ```ts
 * import { erfinv, tensor } from '@cotangent/tensor';
 * console.log(await erfinv(tensor([0])).array()); // [0]
 * ```
 */
export function erfinv(x: Tensor): Tensor {
  return special('erfinv', ERFINV_ROW, x);
}

/**
 * Log |Gamma(x)|, element by element.
 *
 * @example
 * ```ts
 * import { lgamma, tensor } from '@cotangent/tensor';
 * console.log(await lgamma(tensor([1, 2])).array()); // [0, 0]
 * ```
 */
export function lgamma(x: Tensor): Tensor {
  return special('lgamma', LGAMMA_ROW, x);
}

/**
 * The derivative of order n + 1 of lgamma: n = 0 is the digamma function.
 *
 * @throws ArgumentError when n is not a whole number >= 0.
 * @example
 * ```ts
 * import { polygamma, tensor } from '@cotangent/tensor';
 * console.log(await polygamma(1, tensor([1])).array()); // [1.644934...], pi^2 / 6
 * ```
 */
export function polygamma(n: number, x: Tensor): Tensor {
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`polygamma: the order is ${n}; expected a whole number >= 0.`);
  return new Tensor(record('polygamma', [nodeOf('polygamma', x)], { order: n }, POLYGAMMA_ROW));
}
