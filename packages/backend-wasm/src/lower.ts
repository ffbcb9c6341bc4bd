/** From a kernel of a plan to calls of generated code. */
import type { HostKernel, Kernel, MapKernel, RepeatKernel } from '@cotangent/tensor';
import { concatLaunches, contiguousCopy, padLaunches } from './codegen/assemble';
import { gatherLaunch } from './codegen/gather';
import { groupLaunches } from './codegen/group';
import { mapLaunch } from './codegen/map';
import { poolGradientLaunches, poolLaunches } from './codegen/pool';
import { reduceLaunches } from './codegen/reduce';
import { rowLaunches } from './codegen/row';
import { scanLaunch } from './codegen/scan';
import { scatterLaunches } from './codegen/scatter';
import { searchLaunches } from './codegen/sort/search';
import { sortLaunches } from './codegen/sort/sort';
import { contractLaunches } from './contract/lower';
import type { Launch } from './params';

/** Names a new array that lives while the kernel runs, or as long as the `loop` around it; returns a slot number. */
export type Scratch = (bytes: number, life?: 'loop') => number;

export interface LowerOptions {
  /** Whether convolutions are summed as they are written, never by Winograd's method. */
  readonly exact?: boolean;
  /** In a loop, whether no round changes a slot. */
  readonly isFixed?: (slot: number) => boolean;
}

export function launchesOf(kernel: Exclude<Kernel, HostKernel | RepeatKernel>, scratch: Scratch, options: LowerOptions = {}): Launch[] {
  switch (kernel.kind) {
    case 'map':
      return copyOf(kernel) ?? present(mapLaunch(kernel));
    case 'group':
      return groupLaunches(kernel);
    case 'reduce':
      return reduceLaunches(kernel);
    case 'row':
      return rowLaunches(kernel);
    case 'scan':
      return present(scanLaunch(kernel));
    case 'gather':
      return present(gatherLaunch(kernel));
    case 'scatter':
      return scatterLaunches(kernel);
    case 'pad':
      return padLaunches(kernel);
    case 'concat':
      return concatLaunches(kernel);
    case 'contract': {
      const launches = contractLaunches(kernel, scratch, options);
      // A pass of its own. Running it on finished blocks that are still in the level-1 cache was measured to gain nothing: outputs
      // of training steps fit in level 2, and there it runs as fast (LeNet's first convolution, 1.2 MB: 68 us, in level 1 71 us).
      return kernel.epilogue === undefined ? launches : [...launches, ...launchesOf(kernel.epilogue, scratch, options)];
    }
    case 'pool':
      return poolLaunches(kernel);
    case 'poolGradient':
      return poolGradientLaunches(kernel, scratch);
    case 'sort':
      return sortLaunches(kernel, scratch);
    case 'search':
      return searchLaunches(kernel, scratch);
  }
}

/** A map that only puts elements in order is a copy. */
function copyOf({ body, inputs, outputs }: MapKernel): Launch[] | undefined {
  const [output] = outputs;
  if (body.length !== 1 || body[0]!.op !== 'load' || outputs.length !== 1) return undefined;
  return contiguousCopy(inputs[body[0]!.input]!, output!.slot);
}

function present(launch: Launch | undefined): Launch[] {
  return launch === undefined ? [] : [launch];
}
