/**
 * Seeded random numbers on the host, for shuffling, splitting and augmentation.
 *
 * They come from Threefry, like the tensors' random numbers, so they are the same on every engine. A stream can be
 * divided by numbers (`fold`), which makes what a sample draws depend on its epoch and index only, never on the order of
 * the draws before it.
 */
import { ArgumentError, threefry2x32 } from '@cotangent/tensor';

/**
 * A stream of random numbers that is fully determined by its seed.
 *
 * Source: Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 *
 * @example
 * ```ts
 * import { SeededRandom } from '@cotangent/data';
 * const random = new SeededRandom(7);
 * console.log(random.permutation(5), random.fold(3).uniform());
 * ```
 */
export class SeededRandom {
  #key0: number;
  #key1: number;
  #counter = 0;
  #spare: number | undefined;

  /** @param seed a whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ArgumentError(`SeededRandom: seed is ${seed}, expected a whole number from 0 to 2^53 - 1.`);
    }
    this.#key0 = seed >>> 0;
    this.#key1 = Math.floor(seed / 2 ** 32);
  }

  /** A stream of its own for a number, independent of this one and of how many numbers this one has drawn. */
  fold(number: number): SeededRandom {
    const folded = new SeededRandom(number);
    // The top bit of the counter keeps the words that make keys apart from the words that are drawn.
    const [key0, key1] = threefry2x32(this.#key0, this.#key1, folded.#key0, (folded.#key1 | 0x80000000) >>> 0);
    folded.#key0 = key0;
    folded.#key1 = key1;
    return folded;
  }

  /** A whole number from 0 to 2^32 - 1. */
  bits(): number {
    if (this.#spare !== undefined) {
      const word = this.#spare;
      this.#spare = undefined;
      return word;
    }
    const [word, spare] = threefry2x32(this.#key0, this.#key1, this.#counter >>> 0, Math.floor(this.#counter / 2 ** 32));
    this.#counter++;
    this.#spare = spare;
    return word;
  }

  /** A number in [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from `low` to `high - 1`, each equally likely. At most 2^32 different ones. */
  integer(low: number, high: number): number {
    const range = high - low;
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || range < 1 || range > 2 ** 32) {
      throw new ArgumentError(`SeededRandom.integer: got ${low} and ${high}, expected whole numbers with low < high <= low + 2^32.`);
    }
    // Words above the last full multiple of the range would favour the small results.
    const limit = 2 ** 32 - (2 ** 32 % range);
    let word = this.bits();
    while (word >= limit) word = this.bits();
    return low + (word % range);
  }

  /** The numbers 0 to `length - 1` in random order. */
  permutation(length: number): Uint32Array {
    const order = new Uint32Array(length);
    for (let i = 0; i < length; i++) {
      // Inside-out Fisher-Yates: element i goes to a random place among the first i + 1.
      const j = this.integer(0, i + 1);
      order[i] = order[j]!;
      order[j] = i;
    }
    return order;
  }
}
