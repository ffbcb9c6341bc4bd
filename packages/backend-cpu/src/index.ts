/** The reference backend. */
export { cpu, type CpuBackend, type CpuOptions } from './backend';
