// The same program on the cpu backend.
import { cpu } from '@cotangent/backend-cpu';
import { use } from '@cotangent/tensor';
import { train } from './mlp';

await use(cpu());
await train();
