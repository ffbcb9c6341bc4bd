/** The contract suite: what every backend must do, as tests. */
import { beforeAll, describe } from 'vitest';
import type { Backend } from '@cotangent/tensor';
import type { Setup, SuiteOptions } from './suite/setup';
import { testValues } from './suite/values';

export function testBackend(name: string, create: () => Backend | Promise<Backend>, options: SuiteOptions): void {
  describe(name, () => {
    const setup = { name, create } as Setup;
    beforeAll(async () => {
      setup.backend = await create();
      setup.reference = await options.reference();
    });
    testValues(setup);
  });
}
