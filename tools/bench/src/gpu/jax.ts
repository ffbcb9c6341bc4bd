/** jax-js on the same GPU, where it is installed and runs. */
import { globals } from '../../../webgpu';
import { jaxJs } from '../peers/jax';
import type { Installation } from '../peers/installed';
import type { Adapter } from '../peers/task';

/** The adapter, or a few words on why there is none. */
export async function jaxOnGpu(installed: Installation | undefined, gpu: GPU): Promise<Adapter | string> {
  try {
    if (!installed) return 'not wanted';
    installed.check();
    // It reads both from `navigator`, which Node lacks, or has without a GPU, and flags from globals.
    Object.assign(globalThis, globals);
    const { userAgent = 'node' } = (globalThis as { navigator?: { userAgent?: string } }).navigator ?? {};
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent, gpu }, configurable: true });
    return await jaxJs(installed, 'webgpu');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return /not installed/.test(text) ? 'not installed' : `does not start: ${text.split('\n')[0]!}`;
  }
}
