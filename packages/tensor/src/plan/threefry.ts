/**
 * Threefry-2x32 with 20 rounds: a counter-based random generator made of 32-bit adds, rotations and xors only, so that
 * every backend draws the same bits. Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 */
import type { BodyBuilder } from './body';
import type { BinaryOp } from './scalar';

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/**
 * Encrypts the counter (c0, c1) under the key (key0, key1); all are 32-bit words.
 *
 * @returns two uniform random words as unsigned integers.
 * @example
 * ```ts
 * import { threefry2x32 } from '@cotangent/tensor';
 * console.log(threefry2x32(0, 0, 0, 0)); // [1797259609, 2579123966]
 * ```
 */
export function threefry2x32(key0: number, key1: number, c0: number, c1: number): [number, number] {
  const keys = [key0 | 0, key1 | 0, (key0 ^ key1 ^ PARITY) | 0];
  let x0 = (c0 + keys[0]!) | 0;
  let x1 = (c1 + keys[1]!) | 0;
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x0 = (x0 + keys[s % 3]!) | 0;
      x1 = (x1 + keys[(s + 1) % 3]! + s) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/**
 * The same as a kernel body: appends instructions that define the first output word, given the instruction numbers of
 * the key words and counter words (all uint32). Returns the number of the defining instruction.
 */
export function threefryBody(body: BodyBuilder, key0: number, key1: number, c0: number, c1: number): number {
  const constant = (value: number): number => body.constant(value, 'uint32');
  const binary = (op: BinaryOp, a: number, b: number): number => body.binary(op, a, b, 'uint32');
  const keys = [key0, key1, binary('xor', binary('xor', key0, key1), constant(PARITY))];
  let x0 = binary('add', c0, key0);
  let x1 = binary('add', c1, key1);
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8]!;
    x0 = binary('add', x0, x1);
    x1 = binary('xor', binary('or', binary('shl', x1, constant(r)), binary('shr', x1, constant(32 - r))), x0);
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x0 = binary('add', x0, keys[s % 3]!);
      x1 = binary('add', binary('add', x1, keys[(s + 1) % 3]!), constant(s));
    }
  }
  return x0;
}
