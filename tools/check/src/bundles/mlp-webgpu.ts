// The same program on the webgpu backend.
import { webgpu } from '@cotangent/backend-webgpu';
import { use } from '@cotangent/tensor';
import { train } from './mlp';

await use(webgpu());
await train();
