/** Limits on gradients. */
import { RowsGradient, type Gradient, type Gradients } from '@cotangent/autodiff';
import { ArgumentError, custom, div, keep, noGrad, readOptions, stack, type Tensor } from '@cotangent/tensor';
import { mapRows, sumDuplicates } from './rows';

export interface ClipNormOptions {
  /** Which norm: 2 (default), 1, any positive number, or Infinity for the largest entry. */
  readonly normType?: number;
  /**
   * Refuse gradients with NaN or infinite entries, as far as their norm shows them: the step that uses them throws an error,
   * or on backends that work in the background the next read, and nothing is updated. Costs a look by JavaScript, on WebGPU
   * a round trip. Default false: such gradients go on.
   */
  readonly errorIfNonfinite?: boolean;
}

export interface ClippedGradients {
  readonly grads: Gradients;
  /** Scalar: the norm of all gradients together, before. Readable after the step too. */
  readonly norm: Tensor;
}

/**
 * Scales all gradients together so that their common norm is at most `maxNorm`, as PyTorch's clip_grad_norm_: the factor
 * is min(1, maxNorm / (norm + 1e-6)) (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013).
 *
 * @throws ArgumentError when `maxNorm` or `normType` is not above zero, or there are no gradients.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { clipGradNorm } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([30, 40]));
 * const { grads, norm } = clipGradNorm(backward(w.square().sum().mul(0.5)), 1);
 * console.log(grads.size, await norm.item()); // 1 50: the gradient is now [0.6, 0.8]
 * ```
 */
export function clipGradNorm(grads: Gradients, maxNorm: number, options: ClipNormOptions = {}): ClippedGradients {
  const { normType = 2, errorIfNonfinite = false } = readOptions('clipGradNorm', options, ['normType', 'errorIfNonfinite']);
  if (!(maxNorm > 0)) throw new ArgumentError(`clipGradNorm: maxNorm is ${maxNorm}; expected a number above 0.`);
  if (!(normType > 0)) throw new ArgumentError(`clipGradNorm: normType is ${normType}; expected a number above 0, or Infinity.`);
  if (grads.size === 0) throw new ArgumentError('clipGradNorm: there are no gradients.');
  return noGrad(() => {
    const total = totalNorm([...grads].map(([, gradient]) => entries(gradient)), normType);
    const norm = keep(errorIfNonfinite ? finite([total]) : total);
    const factor = div(maxNorm, norm.add(1e-6)).clamp({ max: 1 });
    return { grads: grads.map((gradient) => scaled(gradient, factor)), norm };
  });
}

/**
 * Limits every entry of every gradient to [-value, value], as PyTorch's clip_grad_value_.
 *
 * @throws ArgumentError when `value` is negative.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { clipGradValue } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([-3, 0.1]));
 * console.log(clipGradValue(backward(w.square().sum()), 1).size); // 1: the gradient is now [-1, 0.2]
 * ```
 */
export function clipGradValue(grads: Gradients, value: number): Gradients {
  if (!(value >= 0)) throw new ArgumentError(`clipGradValue: value is ${value}; expected a number of at least 0.`);
  const limit = (x: Tensor): Tensor => x.clamp({ min: -value, max: value });
  return noGrad(() => grads.map((gradient) => (gradient instanceof RowsGradient ? mapRows(gradient, limit) : limit(gradient))));
}

/** Gives its input, or throws when that is no finite number. */
const finite = custom({
  name: 'clipGradNorm',
  shape: ([x]) => x!,
  forward: ([x], out) => {
    const [norm] = x!.data;
    if (!Number.isFinite(norm)) {
      throw new ArgumentError(
        `clipGradNorm: the norm of the gradients is ${norm}, so some entries are NaN or infinite; nothing was updated. ` +
          'Look for the cause with numericsCheck, lower the learning rate, or skip such batches.',
      );
    }
    out.data.set(x!.data);
  },
});

/** The entries of a gradient whose norm is that of the gradient. */
function entries(gradient: Gradient): Tensor {
  return gradient instanceof RowsGradient ? sumDuplicates(gradient).rows : gradient;
}

function totalNorm(tensors: readonly Tensor[], p: number): Tensor {
  // Gradients of several float types meet in float32, or in float64 when one of them is.
  const dtype = tensors.some((t) => t.dtype === 'float64') ? 'float64' : 'float32';
  const one = (t: Tensor): Tensor => {
    const x = t.dtype === dtype ? t : t.cast(dtype);
    if (p === Infinity) return x.abs().amax();
    return (p === 2 ? x.square() : p === 1 ? x.abs() : x.abs().pow(p)).sum();
  };
  const parts = stack(tensors.map(one));
  if (p === Infinity) return parts.amax();
  return p === 2 ? parts.sum().sqrt() : p === 1 ? parts.sum() : parts.sum().pow(1 / p);
}

function scaled(gradient: Gradient, factor: Tensor): Gradient {
  const own = factor.dtype === gradient.dtype ? factor : factor.cast(gradient.dtype);
  return gradient instanceof RowsGradient ? gradient.scale(own) : gradient.mul(own);
}
