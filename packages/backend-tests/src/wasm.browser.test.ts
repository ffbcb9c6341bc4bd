import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { testBackend } from './suite';

testBackend('wasm in a browser', () => wasm(), { reference: () => cpu({ interpret: true }) });
