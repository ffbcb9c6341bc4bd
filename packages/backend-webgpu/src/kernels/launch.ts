/** The shaders of a kernel. Repetitions and host kernels are the executable's business. */
import type { ContractKernel, HostKernel, Kernel, MapKernel, RepeatKernel } from '@cotangent/tensor';
import { tableLaunch, type Launch, type Shader } from '../wgsl/shader';
import { launchContract } from './contract';
import { launchConcat, launchCopy, launchGather, launchPad, launchScatter } from './moves';
import { launchSearch, launchSort } from './order';
import { launchPool, launchPoolGradient } from './pool';
import { programOf } from './program';
import { launchProgram } from './rows';
import { launchScan } from './scan';
import { isTiled, launchParts, splitOf } from './split';
import { launchTiled } from './tiled';

export type ShaderKernel = Exclude<Kernel, RepeatKernel | HostKernel>;

export interface LaunchOptions {
  /** Whether outputs may only be written while no index was out of range. */
  readonly guarded: boolean;
  /** Rows of at least so many elements are shared by a workgroup, in place of the default. */
  readonly sharedRow?: number | undefined;
  /** Whether shaders can combine values within a subgroup. */
  readonly subgroups: boolean;
  /** Products of at least so many rows and columns go through workgroup memory. */
  readonly tiledFrom: number;
  /** The slot of memory for what lies between the dispatches of one kernel. */
  readonly scratch: number;
}

export function launchesOf(kernel: ShaderKernel, shader: (inTable?: boolean) => Shader, options: LaunchOptions): Launch[] {
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
    case 'row':
      return [launchProgram(shader(), programOf(kernel), options)];
    case 'group':
      return launchGroup(kernel.maps, shader, options);
    case 'scan':
      return [launchScan(shader(), kernel, options.sharedRow)];
    case 'gather':
      return [launchGather(shader(), kernel)];
    case 'scatter':
      return [launchCopy(shader(), kernel.base, kernel.output.slot), launchScatter(shader(), kernel)];
    case 'pad':
      return [launchPad(shader(), kernel)];
    case 'concat':
      return [launchConcat(shader(), kernel)];
    case 'contract':
      return launchProduct(kernel, shader, options);
    case 'sort':
      return [launchSort(shader(), kernel)];
    case 'search':
      return [launchSearch(shader(), kernel)];
    case 'pool':
      return [launchPool(shader(), kernel)];
    case 'poolGradient':
      return [launchPoolGradient(shader(), kernel)];
  }
}

function launchProduct(kernel: ContractKernel, shader: () => Shader, { tiledFrom, scratch }: LaunchOptions): Launch[] {
  const split = splitOf(kernel, tiledFrom);
  const sums = (isTiled(kernel, tiledFrom) ? launchTiled : launchContract)(shader(), kernel, split, scratch);
  return split.parts === 1 ? [sums] : [sums, launchParts(shader(), kernel, split.parts, scratch)];
}

/** Maps of the same structure, in the same chunks of memory, are one dispatch. */
function launchGroup(maps: readonly MapKernel[], shader: (inTable?: boolean) => Shader, options: LaunchOptions): Launch[] {
  const alike = new Map<string, { readonly map: MapKernel; readonly launch: Launch }[]>();
  for (const map of maps) {
    const launch = launchProgram(shader(true), programOf(map), options);
    const key = `${launch.bindings.map(({ chunk }) => chunk).join()}\n${launch.code}`;
    const list = alike.get(key);
    if (list) list.push({ map, launch });
    else alike.set(key, [{ map, launch }]);
  }
  return [...alike.values()].map((list) =>
    list.length === 1 ? launchProgram(shader(), programOf(list[0]!.map), options) : tableLaunch(list.map(({ launch }) => launch)));
}
