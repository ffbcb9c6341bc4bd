import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });

testBackend('wasm in a browser', () => wasm({ threads: 1 }), { reference });
testBackend('wasm in a browser, 2 threads', () => wasm({ threads: 2, grain: 0 }), { reference, graphs: 100 });
