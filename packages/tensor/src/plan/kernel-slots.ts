/** Which slots a kernel touches: what placing arrays by lifetime needs to know. */
import type { Kernel } from './kernel';

/** The slots a kernel reads. */
export function readsOf(kernel: Kernel): number[] {
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
    case 'concat':
    case 'host':
      return kernel.inputs.map((input) => input.slot);
    case 'scan':
    case 'pad':
    case 'pool':
      return [kernel.input.slot];
    case 'gather':
      return [kernel.source.slot, kernel.index.slot];
    case 'scatter':
      return [kernel.base.slot, kernel.index.slot, kernel.updates.slot];
    case 'contract':
      return [kernel.a.slot, kernel.b.slot];
  }
}

/** The slots a kernel writes. */
export function writesOf(kernel: Kernel): number[] {
  return kernel.kind === 'map' || kernel.kind === 'host' ? kernel.outputs.map((output) => output.slot) : [kernel.output.slot];
}
