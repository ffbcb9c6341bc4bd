import { cpu } from '@cotangent/backend-cpu';
import { webgpu } from '@cotangent/backend-webgpu';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });
const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
const adapter = await gpu?.requestAdapter();

if (adapter) testBackend('webgpu in a browser', () => webgpu(), { reference, graphs: 25, subnormals: 'flushed' });
else console.log('this browser has no WebGPU adapter: tests of the webgpu backend are left out');
