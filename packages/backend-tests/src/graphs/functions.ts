/** The functions that random graphs are made of, under the names that the printed code uses. */
import * as core from '@cotangent/tensor';

type CoreName =
  // element by element
  | 'abs' | 'add' | 'bitwiseAnd' | 'bitwiseXor' | 'cast' | 'clamp' | 'cos' | 'div' | 'eq' | 'erf' | 'exp' | 'floor' | 'floorDivide'
  | 'ge' | 'gelu' | 'log' | 'logicalAnd' | 'logicalNot' | 'logicalOr' | 'lt' | 'maximum' | 'minimum' | 'mul' | 'ne' | 'neg'
  | 'pow' | 'reciprocal' | 'relu' | 'remainder' | 'round' | 'rsqrt' | 'shiftLeft' | 'shiftRight' | 'sigmoid' | 'sign' | 'silu' | 'sin'
  | 'softplus'
  | 'sqrt' | 'square' | 'stopGradient' | 'sub' | 'tanh' | 'where'
  // along axes
  | 'amax' | 'amin' | 'argmax' | 'argmin' | 'argsort' | 'cumprod' | 'cumsum' | 'logSoftmax' | 'logSumExp' | 'mean' | 'prod' | 'softmax'
  | 'sum' | 'variance'
  // movement
  | 'concat' | 'expand' | 'flip' | 'pad' | 'permute' | 'reshape' | 'roll' | 'stack' | 'strided' | 'tile' | 'tril' | 'unsqueeze'
  // indices, products, windows
  | 'indexSelect' | 'scatter' | 'take' | 'matmul' | 'avgPool1d' | 'conv1d' | 'maxPool1d';

/** `runningMaximum` is the values of cummax. */
export type FunctionName = CoreName | 'runningMaximum';

/** Calls one of the functions. The arguments come from data, so the compiler cannot know that they fit. */
export function callFunction(name: FunctionName, args: readonly unknown[]): core.Tensor {
  const fn = name === 'runningMaximum' ? (x: core.Tensor, dim: number) => core.cummax(x, dim).values : core[name];
  return (fn as (...args: readonly unknown[]) => core.Tensor)(...args);
}
