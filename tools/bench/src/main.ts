/**
 * `pnpm bench [--only name] [--backend cpu|wasm] [--rounds n] [--steps n] [--json file]` runs the workloads of our own backends;
 * `pnpm bench --peers a,b [--only name,name] [--rounds n] [--slice ms] [--json file] [--straight folder]` compares with other
 * libraries, and `pnpm bench --table file` shows a stored comparison again;
 * `pnpm bench --gpu [--small] [--only name] [--rounds n] [--steps n] [--json file]` measures the webgpu backend.
 */
import { join } from 'node:path';
import { isGpu, readGpuOptions } from './gpu/options';
import { readOptions } from './options';
import { benchOwn } from './own';
import { compareLibraries } from './peers/comparison';
import { Installation } from './peers/installed';
import { isComparison, readPeerOptions } from './peers/options';

/** Loaded only when wanted: not every machine has the packages that this needs. */
async function measureOnGpu(given: string[]): Promise<void> {
  const options = readGpuOptions(given);
  const gpu = await (await import('../../webgpu')).findGpu();
  if (!gpu) throw new Error('--gpu: there is no WebGPU adapter.');
  const { benchGpu } = await import('./gpu/bench');
  await benchGpu(gpu, options, new Installation(join(import.meta.dirname, '..', 'peers')));
}

const args = process.argv.slice(2);
if (isGpu(args)) await measureOnGpu(args);
else if (isComparison(args)) await compareLibraries(readPeerOptions(args));
else await benchOwn(readOptions(args));
