/** Seeded randomness: a generator hands out Threefry streams; the same seed gives the same numbers on every backend. */
import { isFloat, type DType } from '../dtype';
import { ArgumentError, DTypeError } from '../errors';
import { bufferNode, record } from '../graph/record';
import { state } from '../runtime/state';
import { checkShape, type Shape } from '../shape';
import { Tensor } from '../tensor';

/** Where a generator stands: restoring it repeats the numbers that followed. */
export interface GeneratorState {
  readonly seed: number;
  readonly stream: number;
}

/**
 * A source of random tensors. Every draw takes the next stream of the seed's sequence.
 *
 * @example
 * ```ts
 * import { Generator, rand } from '@cotangent/tensor';
 * const a = await rand([3], { generator: new Generator(7) }).array();
 * const b = await rand([3], { generator: new Generator(7) }).array();
 * console.log(String(a) === String(b)); // true
 * ```
 */
export class Generator {
  private seed: number;
  private stream = 0;

  /** @param seed a whole number from 0 to 2^53 - 1. */
  constructor(seed = 0) {
    this.seed = checkSeed(seed);
  }

  state(): GeneratorState {
    return { seed: this.seed, stream: this.stream };
  }

  restore({ seed, stream }: GeneratorState): void {
    state.tracing?.seeding();
    this.seed = checkSeed(seed);
    this.stream = stream;
  }

  /** The words that identify the next draw: two of the key and the stream number. */
  next(): Uint32Array {
    const words =
      state.toRepeat?.shift() ??
      state.tracing?.draw(this) ??
      Uint32Array.of(this.seed >>> 0, Math.floor(this.seed / 2 ** 32), this.stream++);
    state.drawn?.push(words);
    return words;
  }
}

function checkSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new ArgumentError(`seed: got ${seed}; expected a whole number from 0 to 2^53 - 1.`);
  return seed;
}

/** Used where no generator is given. */
export const defaultGenerator = new Generator();

/**
 * Restarts the default generator, so that what follows is reproducible.
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from '@cotangent/tensor';
 * manualSeed(1);
 * console.log(rand([2]).shape); // [2]
 * ```
 */
export function manualSeed(seed: number): void {
  defaultGenerator.restore({ seed, stream: 0 });
}

export interface RandomOptions {
  /** Default: the default generator, restarted by `manualSeed`. */
  readonly generator?: Generator;
}

/** Uniform random 32-bit words. */
export function randomBits(shape: Shape, { generator = defaultGenerator }: RandomOptions = {}): Tensor {
  checkShape('random', shape);
  const words = generator.next();
  const node = state.tracing?.drawn(words) ?? bufferNode({ dtype: 'uint32', length: 3, host: words, backend: undefined }, [3]);
  return new Tensor(record('randomBits', [node], { shape: [...shape] }));
}

/** Throws unless the dtype is a floating-point one. */
export function checkFloat(op: string, dtype: DType): void {
  if (!isFloat(dtype)) throw new DTypeError(`${op}: got dtype ${dtype}; expected a floating-point type.`);
}
