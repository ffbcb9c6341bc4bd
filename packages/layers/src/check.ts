/** Checks of arguments, shared by the layers. Each names the layer, what was given and what was expected. */
import { ArgumentError, DTypeError, isFloat, isTensor, perAxis, type DType, type PerAxis, type Tensor } from '@cotangent/tensor';

/** Throws ArgumentError unless `value` is a whole number >= `least`. */
export function checkWhole(layer: string, name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`${layer}: ${name} is ${value}; expected a whole number >= ${least}.`);
  }
  return value;
}

/** Throws ArgumentError unless `value` lies in [0, 1]. */
export function checkProbability(layer: string, name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw new ArgumentError(`${layer}: ${name} is ${value}; expected a number from 0 to 1.`);
  return value;
}

/** Throws ArgumentError unless `value` is a finite number > 0. */
export function checkPositive(layer: string, name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw new ArgumentError(`${layer}: ${name} is ${value}; expected a finite number > 0.`);
  return value;
}

/** Throws ArgumentError unless `value` is a finite number. */
export function checkFinite(layer: string, name: string, value: number): number {
  if (!Number.isFinite(value)) throw new ArgumentError(`${layer}: ${name} is ${value}; expected a finite number.`);
  return value;
}

/** Throws ArgumentError unless `value` is a number; infinities are. */
export function checkNumber(layer: string, name: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) throw new ArgumentError(`${layer}: ${name} is ${value}; expected a number.`);
  return value;
}

/** Throws ArgumentError unless `value` is a finite number >= 0. */
export function checkNotNegative(layer: string, name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value))) throw new ArgumentError(`${layer}: ${name} is ${value}; expected a finite number >= 0.`);
  return value;
}

/** A frozen list with one number per spatial axis. */
export function checkPerAxis(layer: string, name: string, value: PerAxis, rank: number, least: number): readonly number[] {
  return Object.freeze(perAxis(layer, name, value, rank, least));
}

/** Throws unless `x` is a tensor of the given dtype, or of any floating-point type. */
export function checkInput(layer: string, x: Tensor, dtype?: DType): void {
  if (!isTensor(x)) throw new ArgumentError(`${layer}: the input is ${describe(x)}; expected a tensor. Make one with tensor(...).`);
  if (dtype === undefined ? isFloat(x.dtype) : x.dtype === dtype) return;
  throw new DTypeError(
    `${layer}: the input is ${x.dtype}; expected ${dtype ?? 'a floating-point tensor'}. Convert it: .cast('${dtype ?? 'float32'}').`,
  );
}

/** Whether a value is an array; says nothing about its type, so that a list of a known type keeps it. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}

/** What a value that is not what it should be looks like in a message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return `the function or class ${value.name || '(no name)'}`;
  if (typeof value === 'object') return `an object (${value.constructor.name})`;
  return `the ${typeof value} ${JSON.stringify(value)}`;
}
