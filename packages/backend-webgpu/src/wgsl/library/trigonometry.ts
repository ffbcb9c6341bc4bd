/**
 * Circular functions and their inverses. Arguments are reduced exactly, however large: up to 200 by subtracting multiples of
 * pi/2 in four parts, above with 96 bits of 2/pi in integers (Payne and Hanek, "Radian reduction for trigonometric functions",
 * 1983). Polynomials are weighted minimax fits.
 */
import type { Library } from '../library';
import { define, horner } from './define';

/** (sin(x)/x - 1) / x^2 in x^2, |x| <= pi/4. */
const SIN = [-0.166666672, 0.00833332911, -0.000198393303, 2.71827457e-6];
/** (cos(x) - 1 + x^2/2) / x^4 in x^2, |x| <= pi/4. */
const COS = [0.0416666679, -0.00138888834, 2.47994558e-5, -2.72054024e-7];
/** (asin(x)/x - 1) / x^2 in x^2, |x| <= 1/2. */
const ASIN = [0.166666597, 0.0750051066, 0.0445157215, 0.031817615, 0.0144025972, 0.0375652127];
/** (atan(x)/x - 1) / x^2 in x^2, |x| <= tan(pi/8). */
const ATAN = [-0.333333164, 0.199984834, -0.142437384, 0.105951399, -0.0608115606];

export const TRIGONOMETRY: Library = {
  /** Both words of a product. */
  wide_u: define(`fn wide_u(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let m = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let n = (a & 0xffffu) * (b >> 16u) + (m & 0xffffu);
  return vec2u((n << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (m >> 16u) + (n >> 16u));
}`),
  /** x minus the nearest multiple of pi/2, and which quadrant that is (0 to 3), as a float. */
  quadrant_f: define(`fn quadrant_f(x: f32) -> vec2f {
  let a = abs(x);
  let negative = x < 0.0;
  if (a < 200.0) {
    let n = round(x * 0.6366197723675814);
    let r = (((x - n * 1.5703125) - n * 0.0004837512969970703) - n * 7.549533620476723e-08) - n * 2.56334407e-12;
    return vec2f(r, f32(i32(n) & 3));
  }
  let bits = bitcast<u32>(a);
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  // 2/pi in words, with one of zeros before it; the first bit wanted weighs half a turn.
  var turn = array<u32, 9>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u);
  let first = (bits >> 23u) - 120u;
  let w = first >> 5u;
  let s = first & 31u;
  var f = array<u32, 3>();
  for (var i = 0u; i < 3u; i++) {
    f[i] = turn[w + i];
    if (s > 0u) { f[i] = (turn[w + i] << s) | (turn[w + i + 1u] >> (32u - s)); }
  }
  let middle = wide_u(mantissa, f[1]);
  let low = middle.x + wide_u(mantissa, f[2]).y;
  let high = mantissa * f[0] + middle.y + select(0u, 1u, low < middle.x);
  let q = (high + 0x20000000u) >> 30u;
  let rest = f32(bitcast<i32>((high << 2u) | (low >> 30u))) * 2.3283064365386963e-10 + f32(low << 2u) * 5.421010862427522e-20;
  let r = rest * 1.5707963267948966;
  return vec2f(select(r, -r, negative), f32(select(q, (4u - q) & 3u, negative)));
}`),
  /** Sine and cosine for |r| <= pi/4. */
  circle_f: define(`fn circle_f(r: f32) -> vec2f {
  let z = r * r;
  return vec2f(r + r * z * ${horner('z', SIN)}, 1.0 - (0.5 * z - z * z * ${horner('z', COS)}));
}`),
  isfinite_f: define('fn isfinite_f(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }'),
  sin_f: define(`fn sin_f(x: f32) -> f32 {
  if (!isfinite_f(x)) { return nan(); }
  if (abs(x) < 1e-4) { return x; }
  let turned = quadrant_f(x);
  let c = circle_f(turned.x);
  let q = i32(turned.y);
  let value = select(c.x, c.y, (q & 1) == 1);
  return select(value, -value, q >= 2);
}`),
  cos_f: define(`fn cos_f(x: f32) -> f32 {
  if (!isfinite_f(x)) { return nan(); }
  let turned = quadrant_f(x);
  let c = circle_f(turned.x);
  let q = i32(turned.y);
  let value = select(c.y, c.x, (q & 1) == 1);
  return select(value, -value, q == 1 || q == 2);
}`),
  tan_f: define(`fn tan_f(x: f32) -> f32 {
  if (!isfinite_f(x)) { return nan(); }
  if (abs(x) < 1e-4) { return x; }
  let turned = quadrant_f(x);
  let c = circle_f(turned.x);
  return select(c.x / c.y, -c.y / c.x, (i32(turned.y) & 1) == 1);
}`),
  /** asin for |x| <= 1/2. */
  asinnear_f: define(`fn asinnear_f(x: f32) -> f32 {
  let z = x * x;
  return x + x * z * ${horner('z', ASIN)};
}`),
  asin_f: define(`fn asin_f(x: f32) -> f32 {
  let a = abs(x);
  if (isnan_f(x) || a > 1.0) { return nan(); }
  if (a < 1e-4) { return x; }
  if (a <= 0.5) { return asinnear_f(x); }
  let value = 1.5707963267948966 - 2.0 * asinnear_f(sqrt(0.5 * (1.0 - a)));
  return select(value, -value, x < 0.0);
}`),
  acos_f: define(`fn acos_f(x: f32) -> f32 {
  let a = abs(x);
  if (isnan_f(x) || a > 1.0) { return nan(); }
  if (a <= 0.5) { return 1.5707963267948966 - asinnear_f(x); }
  let small = 2.0 * asinnear_f(sqrt(0.5 * (1.0 - a)));
  return select(small, 3.141592653589793 - small, x < 0.0);
}`),
  atan_f: define(`fn atan_f(x: f32) -> f32 {
  let a = abs(x);
  if (isnan_f(x) || a < 1e-4) { return x; }
  var base = 0.0;
  var t = a;
  if (a > 2.414213562373095) {
    base = 1.5707963267948966;
    t = -1.0 / a;
  } else if (a > 0.41421356237309503) {
    base = 0.7853981633974483;
    t = (a - 1.0) / (a + 1.0);
  }
  let z = t * t;
  let value = base + (t + t * z * ${horner('z', ATAN)});
  return select(value, -value, x < 0.0);
}`),
};
