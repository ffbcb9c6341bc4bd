/** Random tensors drawn from a generator. */
import type { DType } from '../dtype';
import { ArgumentError } from '../errors';
import type { Tensor } from '../tensor';
import { checkShape, sizeOf, type Shape } from '../shape';
import { lt } from '../ops/compare';
import { bitcast, cast } from '../ops/convert';
import { cos, log, sqrt } from '../ops/elementary';
import { add, fmod, mul, shiftLeft, shiftRight, sub } from '../ops/math';
import { bitwiseOr } from '../ops/compare';
import { reshape, select } from '../ops/movement';
import { checkOptions } from '../ops/operand';
import { argsort } from '../ops/order';
import { checkFloat, randomBits, type RandomOptions } from './generator';

export interface DrawOptions extends RandomOptions {
  /** Default float32. */
  readonly dtype?: DType;
}

/**
 * Uniform numbers in [0, 1).
 *
 * @example
 * ```ts
 * import { rand } from '@cotangent/tensor';
 * console.log(rand([2, 3]).shape); // [2, 3]
 * ```
 */
export function rand(shape: Shape, options: DrawOptions = {}): Tensor {
  checkOptions('rand', options, "{ dtype: 'float64' }");
  const { dtype = 'float32' } = options;
  checkFloat('rand', dtype);
  const bits = randomBits(shape, options);
  if (dtype === 'float64') return mul(cast(bits, 'float64'), 2 ** -32);
  // float16 has 10 bits behind the point; more would let numbers just below 1 round up to it.
  return dtype === 'float16' ? cast(unit(shiftLeft(shiftRight(bits, 22), 22)), dtype) : unit(bits);
}

/** 23 random bits as the fraction of a float32 in [1, 2), minus 1: exact on every backend. */
function unit(bits: Tensor): Tensor {
  return sub(bitcast(bitwiseOr(shiftRight(bits, 9), 0x3f800000), 'float32'), 1);
}

/**
 * Uniform numbers in [low, high).
 *
 * @example
 * ```ts
 * import { uniform } from '@cotangent/tensor';
 * console.log(uniform([4], -1, 1).shape); // [4]
 * ```
 */
export function uniform(shape: Shape, low: number, high: number, options: DrawOptions = {}): Tensor {
  return add(mul(rand(shape, options), high - low), low);
}

/**
 * Numbers from the normal distribution with mean 0 and standard deviation 1 (Box and Muller, 1958). Backends agree to
 * about 1e-6.
 *
 * @example
 * ```ts
 * import { randn } from '@cotangent/tensor';
 * console.log(randn([2, 3]).shape); // [2, 3]
 * ```
 */
export function randn(shape: Shape, options: DrawOptions = {}): Tensor {
  checkOptions('randn', options, "{ dtype: 'float64' }");
  const { dtype = 'float32' } = options;
  checkFloat('randn', dtype);
  checkShape('randn', shape);
  const wide = dtype === 'float64' ? 'float64' : 'float32';
  const pairs = rand([2, sizeOf(shape)], { ...options, dtype: wide });
  const radius = sqrt(mul(log(sub(1, select(pairs, 0, 0))), -2)); // 1 - u lies in (0, 1], where the logarithm is finite
  return reshape(cast(mul(radius, cos(mul(select(pairs, 0, 1), 2 * Math.PI))), dtype), shape);
}

/**
 * Whole numbers in [low, high), int32.
 *
 * @throws ArgumentError when the range is empty or exceeds that of int32.
 * @example
 * ```ts
 * import { randint } from '@cotangent/tensor';
 * console.log(randint(0, 10, [5]).dtype); // int32
 * ```
 */
export function randint(low: number, high: number, shape: Shape, options: RandomOptions = {}): Tensor {
  if (!Number.isInteger(low) || !Number.isInteger(high) || high <= low) {
    throw new ArgumentError(`randint: the range [${low}, ${high}) is empty or not whole; expected whole numbers low < high.`);
  }
  if (low < -(2 ** 31) || high > 2 ** 31) throw new ArgumentError(`randint: the range [${low}, ${high}) exceeds that of int32, [-2^31, 2^31).`);
  const bits = randomBits(shape, options);
  // Wide ranges pass 2^31: the same 32 bits read as int32 plus `low` wrap around to the right number.
  return add(bitcast(high - low < 2 ** 32 ? fmod(bits, high - low) : bits, 'int32'), low);
}

/**
 * The numbers 0 to n - 1 in random order, int32.
 *
 * @example
 * ```ts
 * import { randperm } from '@cotangent/tensor';
 * console.log(randperm(5).shape); // [5]
 * ```
 */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  return argsort(randomBits([n], options), { dim: 0 });
}

/**
 * true with probability p, as bool.
 *
 * @param p one probability, or a tensor of them (then its shape is used).
 * @example
 * ```ts
 * import { bernoulli } from '@cotangent/tensor';
 * console.log(bernoulli(0.5, [4]).dtype); // bool
 * ```
 */
export function bernoulli(p: number | Tensor, shape?: Shape, options: RandomOptions = {}): Tensor {
  if (typeof p === 'number' && !(p >= 0 && p <= 1)) throw new ArgumentError(`bernoulli: p is ${p}; expected a probability from 0 to 1.`);
  if (typeof p === 'number' && !shape) throw new ArgumentError('bernoulli: a shape is needed when p is a number.');
  const dtype = typeof p === 'number' ? 'float32' : p.dtype;
  return lt(rand(shape ?? (p as Tensor).shape, { ...options, dtype }), p);
}
