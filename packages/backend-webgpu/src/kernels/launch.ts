/** The shaders of a kernel. Repetitions and host kernels are the executable's business. */
import type { HostKernel, Kernel, RepeatKernel } from '@cotangent/tensor';
import type { Launch, Shader } from '../wgsl/shader';
import { launchContract } from './contract';
import { launchConcat, launchCopy, launchGather, launchPad, launchScatter } from './moves';
import { launchSearch, launchSort } from './order';
import { launchPool, launchPoolGradient } from './pool';
import { programOf } from './program';
import { launchProgram } from './rows';
import { launchScan } from './scan';

export type ShaderKernel = Exclude<Kernel, RepeatKernel | HostKernel>;

export interface LaunchOptions {
  /** Whether outputs may only be written while no index was out of range. */
  readonly guarded: boolean;
  /** Rows of at least so many elements are shared by a workgroup, in place of the default. */
  readonly sharedRow?: number | undefined;
}

export function launchesOf(kernel: ShaderKernel, shader: () => Shader, options: LaunchOptions): Launch[] {
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
    case 'row':
      return [launchProgram(shader(), programOf(kernel), options)];
    case 'group':
      return kernel.maps.map((map) => launchProgram(shader(), programOf(map), options));
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
      return [launchContract(shader(), kernel, options)];
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
