/** The backends that graphs can run on. */
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import type { Makers } from '@cotangent/backend-tests';

export const MAKERS: Makers = { cpu: () => cpu(), wasm: () => wasm() };
