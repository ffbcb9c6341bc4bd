/** The shaders of a kernel. Repetitions and host kernels are the executable's business. */
import type { HostKernel, Kernel, MapKernel, RepeatKernel } from '@cotangent/tensor';
import { tableLaunch, type Launch, type Shader } from '../wgsl/shader';
import { launchContract } from './contract';
import { launchConcat, launchCopy, launchGather, launchPad, launchScatter } from './moves';
import { launchSearch, launchSort } from './order';
import { launchPool, launchPoolGradient } from './pool';
import { programOf } from './program';
import { launchProgram } from './rows';
import { launchScan } from './scan';
import { isTiled, launchTiled } from './tiled';

export type ShaderKernel = Exclude<Kernel, RepeatKernel | HostKernel>;

export interface LaunchOptions {
  /** Whether outputs may only be written while no index was out of range. */
  readonly guarded: boolean;
  /** Rows of at least so many elements are shared by a workgroup, in place of the default. */
  readonly sharedRow?: number | undefined;
  /** Products of at least so many rows and columns go through workgroup memory. */
  readonly tiledFrom: number;
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
      return [launchScan(shader(), kernel)];
    case 'gather':
      return [launchGather(shader(), kernel)];
    case 'scatter':
      return [launchCopy(shader(), kernel.base, kernel.output.slot), launchScatter(shader(), kernel)];
    case 'pad':
      return [launchPad(shader(), kernel)];
    case 'concat':
      return [launchConcat(shader(), kernel)];
    case 'contract':
      return [isTiled(kernel, options.tiledFrom) ? launchTiled(shader(), kernel) : launchContract(shader(), kernel)];
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
