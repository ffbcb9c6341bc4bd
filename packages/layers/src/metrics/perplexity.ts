import { exp, readOptions, type Tensor } from '@cotangent/tensor';
import { crossEntropy } from '../loss/cross-entropy';

/**
 * e to the mean cross-entropy: among how many equally likely classes a model hesitates. 1 at best, the number of classes for one that
 * knows nothing.
 *
 * @param input scores (logits): [classes], [batch, classes] or [batch, classes, ...].
 * @param target class indices, int32, of the same shape without the class axis.
 * @param options ignoreIndex: targets that do not count. Default -100.
 * @throws ShapeError or DTypeError when they do not fit.
 * @example
 * ```ts
 * import { perplexity } from '@cotangent/layers';
 * import { tensor, zeros } from '@cotangent/tensor';
 * console.log(await perplexity(zeros([1, 27]), tensor([3], { dtype: 'int32' })).item()); // 27
 * ```
 */
export function perplexity(input: Tensor, target: Tensor, options: { readonly ignoreIndex?: number } = {}): Tensor {
  return exp(crossEntropy(input, target, { ignoreIndex: readOptions('perplexity', options, ['ignoreIndex']).ignoreIndex }));
}
