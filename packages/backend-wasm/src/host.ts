/**
 * Scalar functions that kernels call in JavaScript, one lane at a time: rare ones, and the rare arguments of others.
 * They compute in double precision, so that the float32 result is right to the last bit nearly always.
 */
import { scalarMath, type UnaryInstruction } from '@cotangent/tensor';

/** Name and number of arguments of every imported function. */
export const HOST_FUNCTIONS = {
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  pow: 2,
  powInt: 2,
  mod: 2,
  /** The special function of the given number. */
  special: 2,
} as const;

export type HostFunction = keyof typeof HOST_FUNCTIONS;

/** The special functions that kernels brought along, by number. */
export class SpecialFunctions {
  readonly #numbers = new Map<string, number>();
  readonly #functions: ((x: number) => number)[] = [];

  numberOf({ op, order, call }: UnaryInstruction): number | undefined {
    if (call === undefined) return undefined;
    const key = `${op}${order ?? ''}`;
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, (number = this.#functions.push(call) - 1));
    return number;
  }

  /** The import object of kernel modules, `memory` aside. */
  imports(): Record<HostFunction, (x: number, y: number) => number> {
    return {
      sin: Math.sin,
      cos: Math.cos,
      tan: Math.tan,
      asin: Math.asin,
      acos: Math.acos,
      atan: Math.atan,
      pow: scalarMath.pow,
      powInt: (x, y) => scalarMath.powInt(x, y) | 0,
      mod: scalarMath.mod,
      special: (number, x) => this.#functions[number]!(x),
    };
  }
}
