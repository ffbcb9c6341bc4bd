export { webgpu, type WebGpuBackend, type WebGpuOptions, type WebGpuStats } from './backend';
export type { Gpu } from './gpu';
