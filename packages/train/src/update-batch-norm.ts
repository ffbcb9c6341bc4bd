/** Running statistics of batch normalisation for weights that were put together after training. */
import { noGrad, ones, zeros, Variable } from '@cotangent/tensor';
import { checkBatches, sampleOf, type Batches, type Sample } from './batches';
import { rememberModes, type TrainableModel } from './model';

/** What has running statistics, as the layers spell them. */
interface Tracking {
  momentum: number | null;
  readonly running_mean: Variable;
  readonly running_var: Variable;
  readonly num_batches_tracked: Variable;
}

/**
 * Takes the running statistics of all batch normalisation anew, as the plain mean over the batches of `data`: for averaged
 * weights (SWA, EMA), which no forward pass has seen (PyTorch's update_bn). The weights stay, and so does every part's mode.
 *
 * @param select where the input of a batch is. Default: its field x.
 * @example
 * ```ts
 * import { BatchNorm1d } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * import { updateBatchNorm } from '@cotangent/train';
 * const norm = new BatchNorm1d(1);
 * await updateBatchNorm(norm, [{ x: tensor([[1], [3]]), y: tensor([0]) }]);
 * console.log(await norm.running_mean?.array()); // [2]
 * ```
 */
export async function updateBatchNorm<X, Y, O, B = Sample<X, Y>>(
  model: TrainableModel<X, O>,
  data: Batches<B>,
  select?: (batch: B) => Sample<X, Y>,
): Promise<void> {
  checkBatches('updateBatchNorm', 'data', data);
  const parts = [...(model.modules?.() ?? [])].filter((part) => tracks(part)) as unknown as Tracking[];
  if (parts.length === 0) return;
  const restoreModes = rememberModes(model);
  const momenta = parts.map(({ momentum }) => momentum);
  try {
    for (const part of parts) {
      const { running_mean: mean, running_var: variance, num_batches_tracked: count } = part;
      mean.update(zeros(mean.shape, { dtype: mean.dtype }));
      variance.update(ones(variance.shape, { dtype: variance.dtype }));
      count.update(zeros([], { dtype: count.dtype }));
      part.momentum = null;
    }
    model.train();
    for await (const batch of data) {
      noGrad(() => model.forward(sampleOf('updateBatchNorm', batch, select).x));
      await Promise.all(parts.map((part) => part.running_mean.data()));
    }
  } finally {
    parts.forEach((part, i) => { part.momentum = momenta[i]!; });
    restoreModes();
  }
}

function tracks(part: object): boolean {
  const { running_mean: mean, num_batches_tracked: count } = part as Partial<Tracking>;
  return mean instanceof Variable && count instanceof Variable && 'momentum' in part;
}
