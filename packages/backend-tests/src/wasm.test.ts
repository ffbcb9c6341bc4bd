import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });

testBackend('wasm', () => wasm(), { reference });
testBackend('wasm, compiled in the background', () => wasm({ compile: 'async' }), { reference, graphs: 100 });
