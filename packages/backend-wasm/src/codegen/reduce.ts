/** Reduce kernels: row kernels with one fold and one result for each row. */
import type { ReduceKernel } from '@cotangent/tensor';
import type { Launch } from '../params';
import { contiguousStrides } from './nest';
import { programLaunches } from './row';

export function reduceLaunches(kernel: ReduceKernel): Launch[] {
  const { shape, kept, op, output, body, value } = kernel;
  const strides = [...contiguousStrides(shape.slice(0, kept)), ...shape.slice(kept).map(() => 0)];
  return programLaunches({
    ...kernel,
    body: [...body, { op: 'fold', fold: op, args: [value], dtype: output.dtype }],
    outputs: [{ ...output, value: body.length, per: 'row', strides }],
  });
}
