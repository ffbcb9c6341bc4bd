/** Numbers for tests: seeded sequences, rounding to a type, and distances in units of the last place. */
import { fromHalf, toHalf, type DType } from '@cotangent/tensor';

/** A seeded sequence of numbers in [0, 1): a Weyl sequence through a mixing function. */
export function sequence(seed: string | number): () => number {
  let state = 0x9e3779b9;
  for (const character of String(seed)) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Rounds an exact result to what a type can hold; integers and bools are exact already. */
export function rounded(value: number, dtype: DType): number {
  if (dtype === 'float32') return Math.fround(value);
  return dtype === 'float16' ? fromHalf(toHalf(value)) : value;
}

interface Format {
  /** Bits of the significand, the leading one included. */
  readonly digits: number;
  readonly smallestExponent: number;
  readonly largest: number;
}

const FORMATS: { readonly [K in DType]?: Format } = {
  float16: { digits: 11, smallestExponent: -14, largest: 65504 },
  float32: { digits: 24, smallestExponent: -126, largest: 3.4028234663852886e38 },
  float64: { digits: 53, smallestExponent: -1022, largest: Number.MAX_VALUE },
};

export function formatOf(dtype: DType): Format {
  return FORMATS[dtype] ?? FORMATS.float64!;
}

/** The distance of neighbouring numbers at `value`. */
export function ulp(value: number, dtype: DType): number {
  const { digits, smallestExponent } = formatOf(dtype);
  const exponent = value === 0 ? smallestExponent : Math.floor(Math.log2(Math.abs(value)));
  return 2 ** (Math.max(exponent, smallestExponent) - digits + 1);
}
