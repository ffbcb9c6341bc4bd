/** The functions that random graphs are made of, under the names that the printed code uses. */
import * as core from '@cotangent/tensor';

type CoreName =
  // element by element
  | 'abs' | 'add' | 'bitwiseAnd' | 'bitwiseXor' | 'cast' | 'clamp' | 'cos' | 'div' | 'eq' | 'erf' | 'exp' | 'expm1' | 'floor'
  | 'floorDivide' | 'ge' | 'gelu' | 'log' | 'log1p' | 'logicalAnd' | 'logicalNot' | 'logicalOr' | 'lt' | 'maximum' | 'minimum' | 'mul'
  | 'ne' | 'neg' | 'pow' | 'reciprocal' | 'relu' | 'remainder' | 'round' | 'rsqrt' | 'shiftLeft' | 'shiftRight' | 'sigmoid' | 'sign'
  | 'silu' | 'sin' | 'softplus' | 'sqrt' | 'square' | 'stopGradient' | 'sub' | 'tanh' | 'where'
  // along axes
  | 'amax' | 'amin' | 'argmax' | 'argmin' | 'argsort' | 'cumprod' | 'cumsum' | 'logSoftmax' | 'logSumExp' | 'mean' | 'prod' | 'softmax'
  | 'sum' | 'variance'
  // movement
  | 'concat' | 'expand' | 'flip' | 'pad' | 'permute' | 'reshape' | 'roll' | 'stack' | 'strided' | 'tile' | 'transpose' | 'tril'
  | 'unsqueeze'
  // indices, products, windows
  | 'indexSelect' | 'scatter' | 'take' | 'takeAlongDim' | 'matmul' | 'avgPool1d' | 'conv1d' | 'conv2d' | 'maxPool1d' | 'maxPool2d'
  // out of nothing
  | 'arange' | 'bernoulli' | 'rand' | 'randint';

/** Functions that are put together here; `HELPERS` has their code. */
type HelperName =
  | 'runningMaximum'
  /** Loops whose carry is multiplied by a weight, element by element or as a matrix product. */
  | 'elementLoop'
  | 'matrixLoop'
  /** Moves a variable, such as a running mean, towards a value, and gives what it is then. */
  | 'updated';

export type FunctionName = CoreName | HelperName;

/** What printed code needs of the helpers. */
export const HELPERS: Readonly<Record<HelperName, string>> = {
  runningMaximum: 'const runningMaximum = (x, dim) => cummax(x, dim).values;',
  elementLoop:
    'const elementLoop = (xs, w, init, reverse) => scan((h, x) => { const next = tanh(add(mul(h, w), x)); return [next, mul(next, x)]; }, { init, xs, reverse }).ys;',
  matrixLoop:
    'const matrixLoop = (xs, w, init, reverse) => scan((h, x) => { const next = tanh(add(matmul(h, w), x)); return [next, next]; }, { init, xs, reverse }).ys;',
  updated: 'const updated = (x, value) => (x.update(x.mul(0.875).add(value.detach().mul(0.125))), x.mul(1));',
};

/** The functions of the core that helpers use. */
export const HELPED: Readonly<Record<HelperName, readonly string[]>> = {
  runningMaximum: ['cummax'],
  elementLoop: ['scan', 'tanh', 'add', 'mul'],
  matrixLoop: ['scan', 'tanh', 'add', 'matmul'],
  updated: [],
};

/** Functions whose results depend on the order in which elements are added up or multiplied. */
export const SUMMING: ReadonlySet<FunctionName> = new Set([
  'sum', 'mean', 'prod', 'variance', 'logSumExp', 'softmax', 'logSoftmax', 'cumsum', 'cumprod', 'scatter', 'matmul', 'avgPool1d', 'conv1d',
  'conv2d', 'matrixLoop',
]);

const helpers: Readonly<Record<HelperName, (...args: never[]) => core.Tensor>> = {
  runningMaximum: (x: core.Tensor, dim: number) => core.cummax(x, dim).values,
  elementLoop: (xs: core.Tensor, w: core.Tensor, init: core.Tensor, reverse: boolean) => {
    const body = (h: core.Tensor, x: core.Tensor): readonly [core.Tensor, core.Tensor] => {
      const next = core.tanh(core.add(core.mul(h, w), x));
      return [next, core.mul(next, x)];
    };
    return core.scan(body, { init, xs, reverse }).ys;
  },
  matrixLoop: (xs: core.Tensor, w: core.Tensor, init: core.Tensor, reverse: boolean) => {
    const body = (h: core.Tensor, x: core.Tensor): readonly [core.Tensor, core.Tensor] => {
      const next = core.tanh(core.add(core.matmul(h, w), x));
      return [next, next];
    };
    return core.scan(body, { init, xs, reverse }).ys;
  },
  updated: (x: core.Variable, value: core.Tensor) => {
    x.update(x.mul(0.875).add(value.detach().mul(0.125)));
    return x.mul(1);
  },
};

/** Calls one of the functions. The arguments come from data, so the compiler cannot know that they fit. */
export function callFunction(name: FunctionName, args: readonly unknown[]): core.Tensor {
  const fn = isHelper(name) ? helpers[name] : core[name];
  return (fn as unknown as (...args: readonly unknown[]) => core.Tensor)(...args);
}

export function isHelper(name: string): name is HelperName {
  return Object.hasOwn(HELPERS, name);
}
