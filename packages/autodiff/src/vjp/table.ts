/** The gradient table: one rule per common op of the core's op table; rare ops bring theirs along. A test asserts that none is missing. */
import type { OpName, RareOp } from '@cotangent/tensor';
import { contractRule } from './contract';
import { binaryRules, choiceRules, unaryRules } from './elementwise';
import { movementRules } from './movement';
import { reduceRules } from './reduce';
import { NONE, type Vjp } from './rule';

export const VJP_TABLE: { readonly [K in Exclude<OpName, RareOp>]: Vjp<K> } = {
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
  stopGradient: NONE,
  customGradient: (grad, { inputs, output, attrs }) => [undefined, ...attrs.vjp(grad, inputs.slice(1), output)],
  // The walk in backward.ts recomputes the function and goes on from there.
  checkpoint: NONE,
  // A loop brings its rule along; the walk hands it the gradients of all its results.
  repeat: NONE,
  repeatResult: NONE,
};
