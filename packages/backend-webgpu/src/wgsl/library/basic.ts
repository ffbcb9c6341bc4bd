/** Tests and conversions. Special values come from the parameters: as constants, WGSL refuses them. */
import type { Library } from '../library';
import { define } from './define';

export const BASIC: Library = {
  isnan_f: define('fn isnan_f(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }'),
  inf: define('fn inf() -> f32 { return bitcast<f32>(trip.y); }'),
  nan: define('fn nan() -> f32 { return bitcast<f32>(trip.z); }'),
  max_f: define('fn max_f(a: f32, b: f32) -> f32 { return select(select(max(a, b), b, isnan_f(b)), a, isnan_f(a)); }'),
  min_f: define('fn min_f(a: f32, b: f32) -> f32 { return select(select(min(a, b), b, isnan_f(b)), a, isnan_f(a)); }'),
  sign_f: define(`fn sign_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return x; }
  return select(select(1.0, -1.0, (bits >> 31u) == 1u), 0.0, size == 0u);
}`),
  /** Towards zero, saturating; NaN gives 0. */
  to_i: define(`fn to_i(x: f32) -> i32 {
  if (isnan_f(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}`),
  to_u: define(`fn to_u(x: f32) -> u32 {
  if (isnan_f(x) || x <= 0.0) { return 0u; }
  if (x >= 4294967296.0) { return 4294967295u; }
  return u32(x);
}`),
  /** The nearest float16, ties to even. */
  half_f: define(`fn half_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return x; }
  if (size >= 0x477ff000u) { return select(inf(), -inf(), (bits >> 31u) == 1u); }
  if (size < 0x38800000u) {
    let small = round(abs(x) * 16777216.0) * 5.9604644775390625e-8;
    return bitcast<f32>(bitcast<u32>(small) | (bits & 0x80000000u));
  }
  return bitcast<f32>((bits + 0xfffu + ((bits >> 13u) & 1u)) & 0xffffe000u);
}`),
  /** 2^k for -126 <= k <= 127. */
  pow2: define('fn pow2(k: i32) -> f32 { return bitcast<f32>(u32(k + 127) << 23u); }'),
};
