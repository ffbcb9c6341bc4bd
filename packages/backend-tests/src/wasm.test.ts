import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });

testBackend('wasm', () => wasm({ threads: 1 }), { reference });
for (const threads of [2, 4]) {
  // Every kernel is shared, however small.
  testBackend(`wasm, ${threads} threads`, () => wasm({ threads, grain: 0 }), { reference, graphs: 100 });
}
testBackend('wasm, compiled in the background', () => wasm({ compile: 'async' }), { reference, graphs: 100 });
