/** exp, log and their relatives. Polynomials are weighted minimax fits; relative errors are below 2e-7. */
import type { Library } from '../library';
import { define, horner } from './define';

/** (e^r - 1 - r) / r^2 on |r| <= ln(2)/2. */
const EXP = [0.49999994, 0.166665211, 0.041668389, 0.0083687352, 0.00138145592];
/** (log(1 + f) - f + f^2/2) / f^3 on sqrt(1/2) - 1 <= f <= sqrt(2) - 1. */
const LOG = [
  0.333333135, -0.250000089, 0.200021192, -0.166679963, 0.142195523, -0.124055892, 0.11888162, -0.116756521, 0.067466408,
];
/** (tanh(x)/x - 1) / x^2 in x^2, |x| <= 0.625. */
const TANH = [-0.333333313, 0.133331805, -0.0539433993, 0.0216816422, -0.00812900066, 0.00209772144];

/** The high part of ln(2) has nine bits, so that its products with an exponent are exact. */
const REDUCE = `let n = round(x * 1.4426950408889634);
  let r = (x - n * 0.693359375) - n * -2.12194440e-4;
  let k = i32(n);`;

export const ELEMENTARY: Library = {
  exp_f: define(`fn exp_f(a: f32) -> f32 {
  if (isnan_f(a)) { return a; }
  let x = clamp(a, -104.5, 89.0);
  ${REDUCE}
  let p = 1.0 + (r + r * r * ${horner('r', EXP)});
  let half = k >> 1u;
  return p * pow2(half) * pow2(k - half);
}`),
  expm1_f: define(`fn expm1_f(a: f32) -> f32 {
  if (isnan_f(a) || abs(a) < 1e-7) { return a; }
  let x = clamp(a, -30.0, 89.0);
  ${REDUCE}
  let p = r + r * r * ${horner('r', EXP)};
  let scale = pow2(k - 1);
  return 2.0 * (scale * p + (scale - 0.5));
}`),
  /** log(1 + f) for f between sqrt(1/2) - 1 and sqrt(2) - 1, plus k ln(2). */
  lognear_f: define(`fn lognear_f(f: f32, k: f32) -> f32 {
  let s = f * f;
  let p = s * f * ${horner('f', LOG)};
  return k * 0.693359375 + (f - (0.5 * s - (p + k * -2.12194440e-4)));
}`),
  log_f: define(`fn log_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) == 0u) { return -inf(); }
  if (bits > 0x7f800000u) { return nan(); }
  if (bits == 0x7f800000u) { return x; }
  var word = bits;
  var k = 0;
  if (bits < 0x00800000u) {
    word = bitcast<u32>(f32(bits));
    k = -149;
  }
  let e = (i32(word) - 0x3f3504f3) >> 23u;
  return lognear_f(bitcast<f32>(i32(word) - (e << 23u)) - 1.0, f32(k + e));
}`),
  log1p_f: define(`fn log1p_f(x: f32) -> f32 {
  if (isnan_f(x) || abs(x) < 1e-7) { return x; }
  if (x > -0.29 && x < 0.41) { return lognear_f(x, 0.0); }
  return log_f(1.0 + x);
}`),
  tanh_f: define(`fn tanh_f(x: f32) -> f32 {
  let a = abs(x);
  if (isnan_f(x) || a < 1e-4) { return x; }
  if (a < 0.625) {
    let z = x * x;
    return x + x * z * ${horner('z', TANH)};
  }
  let value = 1.0 - 2.0 / (exp_f(2.0 * min(a, 10.0)) + 1.0);
  return select(value, -value, x < 0.0);
}`),
};
