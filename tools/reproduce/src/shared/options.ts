/** Command-line values of the programs beside this folder. */
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import type { Backend } from '@cotangent/tensor';

/** One of several words. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((w) => w === text);
  if (word === undefined) throw new Error(`--${option} ${text}: expected ${words.join(' or ')}.`);
  return word;
}

/** A whole number of at least `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const n = Number(text);
  if (text.trim() === '' || !Number.isInteger(n) || n < least) throw new Error(`--${option} ${text}: expected a whole number >= ${least}.`);
  return n;
}

export function backendNamed(text: string): Backend {
  return oneOf('backend', text, ['cpu', 'wasm']) === 'cpu' ? cpu() : wasm();
}
