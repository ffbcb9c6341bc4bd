export { wasm } from './backend';
export type { WasmOptions } from './options';
