import { ArgumentError, readOptions, ShapeError, type Generator, type Tensor } from '@cotangent/tensor';
import { checkInput, checkProbability } from '../check';
import { Module } from '../module';
import { dropScaled, type DropoutFunctionOptions, type DropoutOptions } from './mask';

export interface StochasticDepthOptions extends DropoutOptions {
  /** What is dropped: 'row' (default), samples of the batch, each for itself; 'batch', all of them or none. */
  readonly mode?: 'row' | 'batch';
}

/**
 * In training a whole sample becomes 0 with probability p and is divided by 1 - p otherwise; else the input is returned as it is. Of
 * the branch of a residual block that leaves the shortcut.
 *
 * @param x [batch, ...].
 * @param options p: default 0.5; mode; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1] or the mode is unknown; ShapeError for a scalar in mode 'row'.
 * @example
 * ```ts
 * import { stochasticDepth } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await stochasticDepth(ones([3, 2]), { p: 0.5 }).array()); // every row zeros or twos
 * ```
 */
export function stochasticDepth(x: Tensor, options: DropoutFunctionOptions & StochasticDepthOptions = {}): Tensor {
  readOptions('stochasticDepth', options, ['p', 'training', 'generator', 'mode']);
  const { p = 0.5, mode = 'row', training = true, generator } = options;
  checkProbability('stochasticDepth', 'p', p);
  checkMode('stochasticDepth', mode);
  checkInput('stochasticDepth', x);
  if (mode === 'row' && x.ndim === 0) throw new ShapeError("stochasticDepth: the input is a scalar; mode 'row' expects [batch, ...].");
  const shape = x.shape.map((size, axis) => (mode === 'row' && axis === 0 ? size : 1));
  return training ? dropScaled(x, p, shape, generator) : x;
}

/**
 * Drops the branches of residual blocks (also called drop path): x + depth(branch(x)) is a shallower network for some samples. Huang et
 * al., "Deep Networks with Stochastic Depth", 2016.
 *
 * @example
 * ```ts
 * import { StochasticDepth } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await new StochasticDepth(0.2, { mode: 'batch' }).forward(ones([2, 2])).array()); // all 0, or all 1.25
 * ```
 */
export class StochasticDepth extends Module {
  readonly p: number;
  readonly mode: 'row' | 'batch';
  readonly generator: Generator | undefined;

  /** @param p probability of dropping. Default 0.5. */
  constructor(p = 0.5, options: StochasticDepthOptions = {}) {
    super();
    this.p = checkProbability('StochasticDepth', 'p', p);
    this.mode = checkMode('StochasticDepth', readOptions('StochasticDepth', options, ['mode', 'generator']).mode ?? 'row');
    this.generator = options.generator;
  }

  override extraRepr(): string {
    return `p=${this.p}, mode=${this.mode}`;
  }

  forward(x: Tensor): Tensor {
    return stochasticDepth(x, this);
  }
}

function checkMode(where: string, mode: 'row' | 'batch'): 'row' | 'batch' {
  if (['row', 'batch'].includes(mode)) return mode;
  throw new ArgumentError(`${where}: the mode is '${mode}'; expected 'row' or 'batch'.`);
}
