import { cpu } from '@cotangent/backend-cpu';
import { webgpu } from '@cotangent/backend-webgpu';
import { it } from 'vitest';
import { findGpuWithHalves } from '../../../tools/webgpu';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });
// None on many machines, and said so there: what needs one is left out.
const gpu = await findGpuWithHalves();

// Few graphs: the software driver that has 16-bit numbers takes infinity minus infinity for zero, as WGSL allows.
if (gpu) testBackend('webgpu with 16-bit numbers', () => webgpu({ gpu }), { reference, graphs: 20, subnormals: 'flushed' });
else it.skip('webgpu with 16-bit numbers: there is no adapter');
