// The smallest program that trains: what a page ships for an MLP on wasm. Bundled by the size check, never run.
import { wasm } from '@cotangent/backend-wasm';
import { use } from '@cotangent/tensor';
import { train } from './mlp';

await use(wasm());
await train();
