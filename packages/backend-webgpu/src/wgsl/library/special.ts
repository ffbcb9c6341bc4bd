/**
 * The error function, the gamma function and their relatives. Polynomials are weighted minimax fits; series are those of
 * Abramowitz and Stegun (6.1.41, 6.3.18, 6.4.10).
 */
import type { Library } from '../library';
import { define, horner } from './define';

/** erf(x)/x in x^2, |x| <= 1. */
const ERF = [1.12837923, -0.376126379, 0.112837829, -0.0268654432, 0.0052210642, -0.000848454249, 0.000112692112, -9.67602864e-6];
/** erfc(x) exp(x^2) / t in t = 1 / (1 + x/2), for 0.45 <= x <= 10.3. */
const ERFC = [
  0.282095999, 0.282052457, 0.247487023, 0.17044653, 0.117573887, -0.135863706, 0.291458011, -0.66987443, 0.674922466, -0.321463495,
  0.0611691512,
];
/** erfinv(x)/x in w - 5/2, w = -log(1 - x^2) < 5. */
const ERFINV = [
  1.50140941, 0.24664028, -0.00417738687, -0.0012527419, 0.000218344445, -4.96334542e-6, -3.4627044e-6, 4.66170093e-7, 2.32326229e-8,
  -8.79101592e-9,
];
/** The same in sqrt(w) - 3, for w >= 5. */
const ERFINV_TAIL = [
  2.83297706, 1.00167406, 0.00943721272, -0.00762297213, 0.00575124985, -0.00366948498, 0.00132332847, 9.57892917e-5, -0.000182091928,
];
/** lgamma(2 + z)/z, |z| <= 1/2. */
const LGAMMA = [
  0.422784328, 0.322467029, -0.0673523024, 0.0205807891, -0.00738552446, 0.00289095612, -0.0011931553, 0.000505657343, -0.000220409871,
  0.000115003721, -5.35231775e-5,
];

export const SPECIAL: Library = {
  erf_f: define(`fn erf_f(x: f32) -> f32 {
  let a = abs(x);
  if (isnan_f(x)) { return x; }
  if (a < 1.0) {
    let z = x * x;
    return x * ${horner('z', ERF)};
  }
  let value = 1.0 - erfctail_f(min(a, 6.0));
  return select(value, -value, x < 0.0);
}`),
  /** erfc for x >= 0.45. The square of x is split so that its rounding error does not grow in exp. */
  erfctail_f: define(`fn erfctail_f(a: f32) -> f32 {
  let x = min(a, 11.0);
  let t = 1.0 / (1.0 + 0.5 * x);
  let high = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
  return exp_f(-high * high) * exp_f((high - x) * (x + high)) * (t * ${horner('t', ERFC)});
}`),
  erfc_f: define(`fn erfc_f(x: f32) -> f32 {
  if (isnan_f(x)) { return x; }
  if (x >= 0.45) { return erfctail_f(x); }
  return 1.0 - erf_f(x);
}`),
  erfinv_f: define(`fn erfinv_f(x: f32) -> f32 {
  let a = abs(x);
  if (isnan_f(x) || a > 1.0) { return nan(); }
  if (a == 1.0) { return select(inf(), -inf(), x < 0.0); }
  let w = -(log1p_f(-a) + log1p_f(a));
  if (w < 5.0) {
    let u = w - 2.5;
    return x * ${horner('u', ERFINV)};
  }
  let u = sqrt(w) - 3.0;
  return x * ${horner('u', ERFINV_TAIL)};
}`),
  /** sin(pi x), exactly 0 for whole numbers. */
  sinpi_f: define(`fn sinpi_f(x: f32) -> f32 {
  let r = x - 2.0 * round(0.5 * x);
  let folded = select(r, select(-1.0, 1.0, r > 0.0) - r, abs(r) > 0.5);
  return sin_f(3.141592653589793 * folded);
}`),
  /** 1 / tan(pi x), accurate near its zeros too. */
  cotpi_f: define(`fn cotpi_f(x: f32) -> f32 {
  let r = x - round(x);
  if (abs(r) <= 0.25) { return 1.0 / tan_f(3.141592653589793 * r); }
  return select(-1.0, 1.0, r > 0.0) * tan_f(3.141592653589793 * (0.5 - abs(r)));
}`),
  lgammapositive_f: define(`fn lgammapositive_f(a: f32) -> f32 {
  var x = a;
  if (x < 1e-30) { return -log_f(x); }
  if (x >= 8.0) {
    if (x >= 1e37) { return select(inf(), x * (log_f(x) - 1.0), x < 3e38); }
    let i = 1.0 / x;
    let series = i * (0.08333333333333333 - i * i * (0.002777777777777778 - i * i * 7.936508e-4));
    return (x - 0.5) * (log_f(x) - 1.0) + (0.41893853320467274 + series);
  }
  if (x < 0.5) { return x * ${horner('x', LGAMMA)} - log1p_f(x) - log_f(x); }
  if (x < 1.5) {
    let z = x - 1.0;
    return z * ${horner('z', LGAMMA)} - log_f(x);
  }
  var product = 1.0;
  while (x > 2.5) {
    x -= 1.0;
    product *= x;
  }
  let z = x - 2.0;
  return log_f(product) + z * ${horner('z', LGAMMA)};
}`),
  lgamma_f: define(`fn lgamma_f(x: f32) -> f32 {
  if (isnan_f(x)) { return x; }
  if (!isfinite_f(x)) { return inf(); }
  if (x > 0.0) { return lgammapositive_f(x); }
  if (floor(x) == x) { return inf(); }
  if (x > -1e-8) { return -log_f(-x); }
  return log_f(3.141592653589793 / (-x * abs(sinpi_f(x)))) - lgammapositive_f(-x);
}`),
  digamma_f: define(`fn digamma_f(a: f32) -> f32 {
  if (a == 0.0) { return select(-inf(), inf(), (bitcast<u32>(a) >> 31u) == 1u); }
  var x = a;
  var shift = 0.0;
  if (a < 0.0) {
    if (floor(a) == a) { return nan(); }
    shift = -3.141592653589793 * cotpi_f(a);
    x = 1.0 - a;
  }
  if (!isfinite_f(a)) { return select(inf(), nan(), a < 0.0); }
  while (x < 6.0) {
    shift -= 1.0 / x;
    x += 1.0;
  }
  let s = 1.0 / (x * x);
  let series = s * (0.08333333333333333 - s * (0.008333333333333333 - s * (0.003968253968253968 - s * 0.004166666666666667)));
  return (log_f(x) - 0.5 / x - series) + shift;
}`),
  /** The n-th derivative of cot(t) as a polynomial in c = cot(t): P0 = c, P(k+1) = -(1 + c^2) P(k)'. */
  cotderivative_f: define(`fn cotderivative_f(n: i32, c: f32) -> f32 {
  var p = array<f32, 26>();
  p[1] = 1.0;
  for (var step = 1; step <= n; step++) {
    var next = array<f32, 26>();
    for (var power = 1; power <= step; power++) {
      let slope = f32(power) * p[power];
      next[power - 1] -= slope;
      next[power + 1] -= slope;
    }
    p = next;
  }
  var value = 0.0;
  for (var power = n + 1; power >= 0; power--) { value = value * c + p[power]; }
  return value;
}`),
  /** n! times the Hurwitz zeta function at n + 1, by Euler and Maclaurin's formula, for x > 0. */
  zeta_f: define(`fn zeta_f(n: i32, a: f32) -> f32 {
  var x = a;
  var sum = 0.0;
  let s = f32(n + 1);
  while (x < f32(n) + 8.0) {
    var term = 1.0;
    for (var k = 0; k <= n; k++) { term = term / x; }
    sum += term;
    x += 1.0;
  }
  var power = 1.0;
  for (var k = 0; k < n; k++) { power = power / x; }
  let i = 1.0 / (x * x);
  let t = s * power * i;
  let u = t * (s + 1.0) * (s + 2.0) * i;
  let v = u * (s + 3.0) * (s + 4.0) * i;
  let tail = power / f32(n) + power / (2.0 * x) + (t * 0.08333333333333333 - u * 0.001388888888888889 + v * 3.306878306878307e-5);
  var factorial = 1.0;
  for (var k = 2; k <= n; k++) { factorial *= f32(k); }
  return factorial * (sum + tail);
}`),
  polygamma_f: define(`fn polygamma_f(n: i32, x: f32) -> f32 {
  if (isnan_f(x)) { return x; }
  if (n == 0) { return digamma_f(x); }
  let sign = select(-1.0, 1.0, (n & 1) == 1);
  if (x > 0.0) { return select(sign * 0.0, sign * zeta_f(n, x), isfinite_f(x)); }
  if (!isfinite_f(x)) { return nan(); }
  if (floor(x) == x) { return sign * inf(); }
  var power = 3.141592653589793;
  for (var k = 0; k < n; k++) { power *= 3.141592653589793; }
  return -zeta_f(n, 1.0 - x) - power * cotderivative_f(n, cotpi_f(x));
}`),
};
