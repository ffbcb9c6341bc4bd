/** Powers and remainders. */
import type { Library } from '../library';
import { define, horner } from './define';

/** (atanh(s)/s - 1) / s^2 in s^2, for s = (m - 1) / (m + 1) and sqrt(1/2) <= m <= sqrt(2). */
const ATANH = [0.333333313, 0.200001687, 0.142685801, 0.117925867];
/** (e^r - 1 - r) / r^2 on |r| <= ln(2)/2. */
const EXP = [0.49999994, 0.166665211, 0.041668389, 0.0083687352, 0.00138145592];

export const POWERS: Library = {
  /** The twelve leading bits of a number: products of two such are exact. */
  head_f: define('fn head_f(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }'),
  /**
   * log2(x 2^k) as a sum of two floats, for normal x > 0. The logarithm of the significand m is 2 atanh(s), s = (m - 1) / (m + 1)
   * with its rounding error beside it.
   */
  log2parts_f: define(`fn log2parts_f(x: f32, k: i32) -> vec2f {
  let word = bitcast<i32>(x);
  let e = (word - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(word - (e << 23u));
  let f = m - 1.0;
  let g = m + 1.0;
  let s = f / g;
  let sh = head_f(s);
  let gh = head_f(g);
  let gl = m - (gh - 1.0);
  let sl = ((f - sh * gh) - sh * gl) / g;
  let z = s * s;
  let tail = s * z * ${horner('z', ATANH)};
  // 2 / ln(2) in two parts.
  let high = sh * 2.884765625;
  let low = sh * 6.24456778e-4 + (sl + tail) * 2.88539008;
  let whole = f32(e + k);
  let sum = whole + high;
  return vec2f(sum, ((whole - sum) + high) + low);
}`),
  pow_f: define(`fn pow_f(x: f32, y: f32) -> f32 {
  let xs = bitcast<u32>(x);
  let a = bitcast<f32>(xs & 0x7fffffffu);
  let ys = bitcast<u32>(y) & 0x7fffffffu;
  if (ys == 0u || xs == 0x3f800000u) { return 1.0; }
  if (isnan_f(x) || isnan_f(y)) { return nan(); }
  let negative = (xs >> 31u) == 1u;
  let whole = ys >= 0x4b800000u || (ys >= 0x3f800000u && floor(y) == y);
  // From 2^24 on all floats are even.
  let odd = whole && ys < 0x4b800000u && (i32(abs(y)) & 1) == 1;
  let sign = select(1.0, -1.0, negative && odd);
  if (ys == 0x7f800000u) {
    if (a == 1.0) { return 1.0; }
    return select(0.0, inf(), (a > 1.0) == (y > 0.0));
  }
  if ((xs & 0x7fffffffu) == 0u) { return sign * select(0.0, inf(), y < 0.0); }
  if ((xs & 0x7fffffffu) == 0x7f800000u) { return sign * select(inf(), 0.0, y < 0.0); }
  if (negative && !whole) { return nan(); }
  // Subnormal numbers are scaled up.
  let tiny = (xs & 0x7fffffffu) < 0x00800000u;
  let l = log2parts_f(select(a, f32(xs & 0x7fffffffu), tiny), select(0, -149, tiny));
  let yc = clamp(y, -1e15, 1e15);
  let lh = head_f(l.x);
  let yh = head_f(yc);
  let product = l.x * yc;
  if (product > 130.0) { return sign * inf(); }
  if (product < -160.0) { return sign * 0.0; }
  let high = lh * yh;
  let low = ((l.x - lh) * yh + l.x * (yc - yh)) + l.y * yc;
  let n = round(high + low);
  let r = ((high - n) + low) * 0.6931471805599453;
  let p = 1.0 + (r + r * r * ${horner('r', EXP)});
  let k = i32(n);
  let half = k >> 1u;
  return sign * (p * pow2(half) * pow2(k - half));
}`),
  pow_i: define(`fn pow_i(x: i32, y: i32) -> i32 {
  if (y < 0) {
    if (x == 1) { return 1; }
    return select(0, select(-1, 1, (y & 1) == 0), x == -1);
  }
  var result = 1;
  var base = x;
  for (var rest = y; rest > 0; rest = rest >> 1u) {
    if ((rest & 1) == 1) { result = result * base; }
    base = base * base;
  }
  return result;
}`),
  pow_u: define(`fn pow_u(x: u32, y: u32) -> u32 {
  var result = 1u;
  var base = x;
  for (var rest = y; rest > 0u; rest = rest >> 1u) {
    if ((rest & 1u) == 1u) { result = result * base; }
    base = base * base;
  }
  return result;
}`),
  /** The exact remainder, by long division of the significands. */
  mod_f: define(`fn mod_f(x: f32, y: f32) -> f32 {
  let sign = bitcast<u32>(x) & 0x80000000u;
  var a = bitcast<u32>(x) & 0x7fffffffu;
  var b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b == 0u || b > 0x7f800000u) { return nan(); }
  if (a < b) { return x; }
  if (a == b) { return bitcast<f32>(sign); }
  // Subnormal numbers get a leading one, and an exponent below 1.
  var ea = i32(a >> 23u);
  var eb = i32(b >> 23u);
  if (ea > 0) { a = (a & 0x7fffffu) | 0x800000u; } else { ea = 9 - i32(countLeadingZeros(a)); a = a << u32(1 - ea); }
  if (eb > 0) { b = (b & 0x7fffffu) | 0x800000u; } else { eb = 9 - i32(countLeadingZeros(b)); b = b << u32(1 - eb); }
  for (var e = ea; e > eb; e--) {
    if (a >= b) { a -= b; }
    a = a << 1u;
  }
  if (a >= b) { a -= b; }
  if (a == 0u) { return bitcast<f32>(sign); }
  let shift = i32(countLeadingZeros(a)) - 8;
  a = a << u32(shift);
  let e = eb - shift;
  if (e < 1) { return bitcast<f32>(sign | (a >> u32(1 - e))); }
  return bitcast<f32>(sign | (u32(e) << 23u) | (a & 0x7fffffu));
}`),
};
