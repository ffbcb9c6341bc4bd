/** The samples table: one row per op of the core's op table. A test asserts that both have the same keys. */
import type { OpName } from '@cotangent/tensor';
import { binarySamples } from './binary';
import { choiceSamples } from './choice';
import { contractSamples } from './contract';
import { indexedSamples } from './indexed';
import { loopSamples } from './loop';
import { movementSamples } from './movement';
import { poolSamples } from './pool';
import { reduceSamples } from './reduce';
import type { SampleRow } from './sample';
import { sourceSamples } from './source';
import { unarySamples } from './unary';

export const SAMPLES: { readonly [K in OpName]: SampleRow } = {
  ...sourceSamples,
  ...unarySamples,
  ...binarySamples,
  ...choiceSamples,
  ...movementSamples,
  ...reduceSamples,
  ...indexedSamples,
  ...poolSamples,
  ...loopSamples,
  contract: contractSamples,
};
