/** Map kernels: a scalar program at every index. */
import type { MapKernel } from '@cotangent/tensor';
import { contiguousStrides } from './nest';
import { programLaunches, type ProgramLaunch } from './row';

/**
 * The launch of a map kernel; undefined when there is nothing to compute. An output may be the memory of an input that is read
 * at the same index: a vector is stored after everything it depends on has been loaded.
 */
export function mapLaunch(kernel: MapKernel): ProgramLaunch | undefined {
  const strides = contiguousStrides(kernel.shape);
  return programLaunches({
    ...kernel,
    kept: 0,
    outputs: kernel.outputs.map((output) => ({ ...output, per: 'element', strides })),
  })[0];
}
