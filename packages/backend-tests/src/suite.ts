/** The contract suite: what every backend must do, as tests. */
import { describe } from 'vitest';
import type { Backend } from '@cotangent/tensor';
import { testGraphs } from './suite/graphs';
import { testErrors } from './suite/errors';
import { testGradients } from './suite/gradients';
import { testPrecision } from './suite/precision';
import { testRandom } from './suite/random';
import type { SuiteOptions } from './suite/setup';
import { testStorage } from './suite/storage';
import { testTypes } from './suite/types';
import { testValues } from './suite/values';

/**
 * Declares the tests of a backend. What it cannot hold or compute in (`backend.caps`) is left out.
 *
 * @param name appears in the names of the tests.
 * @param create makes a backend; called again by tests that dispose of one.
 */
export function testBackend(name: string, create: () => Backend | Promise<Backend>, options: SuiteOptions): void {
  describe(name, async () => {
    const flushes = options.subnormals === 'flushed';
    const setup = { create, backend: await create(), reference: await options.reference(), flushes };
    testValues(setup);
    testGradients(setup);
    testStorage(setup);
    testTypes(setup);
    testErrors(setup);
    testRandom(setup);
    testPrecision(setup);
    testGraphs(setup, options.graphs ?? 300);
  });
}
