/** From a kernel of a plan to calls of generated code. */
import type { HostKernel, Kernel } from '@cotangent/tensor';
import { concatLaunches, padLaunches } from './codegen/assemble';
import { gatherLaunch } from './codegen/gather';
import { mapLaunch } from './codegen/map';
import { poolLaunches } from './codegen/pool';
import { reduceLaunches } from './codegen/reduce';
import { scanLaunch } from './codegen/scan';
import { scatterLaunches } from './codegen/scatter';
import { contractLaunches } from './contract/lower';
import type { Launch } from './params';

/** Names a new array that lives while the kernel runs; returns a slot number. */
export type Scratch = (bytes: number) => number;

export type Step =
  | { readonly kind: 'launch'; readonly launch: Launch; readonly kernel: Kernel }
  | { readonly kind: 'host'; readonly kernel: HostKernel };

export function lowerKernel(kernel: Kernel, scratch: Scratch): Step[] {
  if (kernel.kind === 'host') return [{ kind: 'host', kernel }];
  return launchesOf(kernel, scratch).map((launch) => ({ kind: 'launch', launch, kernel }));
}

function launchesOf(kernel: Exclude<Kernel, HostKernel>, scratch: Scratch): Launch[] {
  switch (kernel.kind) {
    case 'map':
      return present(mapLaunch(kernel));
    case 'reduce':
      return reduceLaunches(kernel);
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
    case 'contract':
      return contractLaunches(kernel, scratch);
    case 'pool':
      return poolLaunches(kernel, scratch);
  }
}

function present(launch: Launch | undefined): Launch[] {
  return launch === undefined ? [] : [launch];
}
