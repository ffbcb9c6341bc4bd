/** The gradient table: one rule per op of the core's op table. A test asserts that both have the same keys. */
import type { OpName } from '@cotangent/tensor';
import { contractRule } from './contract';
import { binaryRules, choiceRules, unaryRules } from './elementwise';
import { movementRules } from './movement';
import { reduceRules } from './reduce';
import { NONE, type Vjp } from './rule';

export const VJP_TABLE: { readonly [K in OpName]: Vjp<K> } = {
  ...unaryRules,
  ...binaryRules,
  ...choiceRules,
  ...movementRules,
  ...reduceRules,
  contract: contractRule,
  buffer: NONE,
  constant: NONE,
  iota: NONE,
  randomBits: NONE,
  argsort: NONE,
  searchsorted: NONE,
  stopGradient: NONE,
  customGradient: (grad, { inputs, output, attrs }) => [undefined, ...attrs.vjp(grad, inputs.slice(1), output)],
  // The walk in backward.ts recomputes the function and goes on from there.
  checkpoint: NONE,
  // A loop brings its rule along; the walk hands it the gradients of all its results.
  repeat: NONE,
  repeatResult: NONE,
  custom: (grad, { inputs, output, attrs }) => attrs.definition.vjp?.(attrs.options)(grad, inputs, output) ?? [],
};
