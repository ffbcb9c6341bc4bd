/** What generated and interpreted kernels call. */
import { IndexError, fromHalf, toHalf, scalarMath } from '@cotangent/tensor';
import { bitsFloat, block, floatBits } from './values';

const { pow, powInt, roundHalfEven, sign, toInt32Sat, toUint32Sat } = scalarMath;

/** Reports an index that gather or scatter met. */
export function outOfRange(what: string, index: number, axis: number, size: number): never {
  throw new IndexError(
    `${what}: index ${index} is out of range for axis ${axis} of size ${size}. ` +
      (size === 0 ? 'The axis is empty, so no index fits.' : `Indices must lie between 0 and ${size - 1}.`),
  );
}

/** The functions that generated text reaches as `env.name`. */
export const ENVIRONMENT = {
  fromHalf, pow, powInt, roundHalfEven, sign, toHalf, toInt32Sat, toUint32Sat, bitsFloat, block, floatBits, outOfRange,
} as const;
