/** Gradients of recorded tensors. */
export { checkpoint, customGradient, stopGradient } from '@cotangent/tensor';
export { GradientAccumulator } from './accumulator';
export { backward, Gradients } from './backward';
export { gradCheck, numericGradients, type GradCheckOptions, type GradCheckReport } from './grad-check';
export { gradients, track, type GradientsOptions } from './gradients';
export { addGradients, dense, RowsGradient, type Gradient } from './rows';
export { grad, hessian, jacobian, jvp, valueAndGrad, vjp } from './transforms';
export { VJP_TABLE } from './vjp/table';
