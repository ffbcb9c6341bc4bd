/** Checks of options that several optimisers have. */
import { ArgumentError, readOptions } from '@cotangent/tensor';

/** Throws ArgumentError unless there are two numbers from 0 to below 1. */
export function checkBetas(where: string, betas: readonly [number, number]): void {
  const list: readonly number[] = betas;
  if (!Array.isArray(list) || list.length !== 2 || !list.every((beta) => beta >= 0 && beta < 1)) {
    throw new ArgumentError(`${where}: betas are ${JSON.stringify(betas)}; expected two numbers from 0 to below 1.`);
  }
}

/** Throws ArgumentError for a number that is below 0 or none. */
export function checkAtLeastZero(where: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0)) throw new ArgumentError(`${where}: ${name} is ${value}; expected a number of at least 0.`);
  }
}

/** Throws ArgumentError for a number that is not above 0. */
export function checkPositive(where: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value > 0)) throw new ArgumentError(`${where}: ${name} is ${value}; expected a number above 0.`);
  }
}

/** Throws ArgumentError for a share that is not from 0 to 1. */
export function checkShare(where: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0 && value <= 1)) throw new ArgumentError(`${where}: ${name} is ${value}; expected a number from 0 to 1.`);
  }
}

/** The options of an optimiser as they were given; throws ArgumentError unless they are an object with names of its defaults, or lr. */
export function givenOptions<O extends object, G extends Partial<O> & { readonly lr?: number }>(where: string, options: G, defaults: O): G {
  return readOptions<object, never[]>(where, options, ['lr', ...Object.keys(defaults)] as never[]) as G;
}
