import { cpu } from '@cotangent/backend-cpu';
import { webgpu } from '@cotangent/backend-webgpu';
import { it } from 'vitest';
import { findGpu } from '../../../tools/webgpu';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });
// None on some machines, and said so there (an error with REQUIRE_WEBGPU=1): what needs one is left out.
const gpu = await findGpu();

if (gpu) testBackend('webgpu', () => webgpu({ gpu }), { reference, graphs: 100, subnormals: 'flushed' });
else it.skip('webgpu: there is no adapter');
