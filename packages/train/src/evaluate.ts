/** Models on data, without training. */
import { ArgumentError, concat, isTensor, narrow, noGrad, readOptions, tensor, Tensor } from '@cotangent/tensor';
import { Behind, started } from './behind';
import { checkBatches, countOf, inputOf, sampleOf, sizeOfBatch, type Batches, type Sample } from './batches';
import { MetricSet, type Metrics, type MetricValue } from './metrics';
import { inEvaluation, type Model } from './model';
import { Pause } from './pause';
import { Meter, progressFor, type Progress } from './progress';

export interface EvaluateOptions<X = Tensor, Y = Tensor, O = Tensor, B = Sample<X, Y>> {
  /** From output and target to a scalar, the mean over the samples. */
  readonly loss?: (output: O, target: Y) => Tensor;
  readonly metrics?: Metrics<O, Y>;
  /** Input and target of a batch. Default: its fields x and y. */
  readonly select?: (batch: B) => Sample<X, Y>;
  /** Default: a bar on a terminal, nothing elsewhere. */
  readonly progress?: boolean | Progress;
}

export interface Evaluation {
  /** Mean over all samples; absent when no loss was given. */
  readonly loss: number | undefined;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly samples: number;
}

/**
 * Loss and metrics of a model over some data: in evaluation mode, without gradients. The modes of all its parts are put
 * back afterwards.
 *
 * @throws ArgumentError when there is no batch, or a batch has no x and y.
 * @example
 * ```ts
 * import { accuracy, crossEntropy, Linear } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * import { evaluate } from '@cotangent/train';
 * const data = [{ x: tensor([[1, 2], [3, 4]]), y: tensor([0, 1], { dtype: 'int32' }) }];
 * const { loss, metrics } = await evaluate(new Linear(2, 2), data, { loss: crossEntropy, metrics: { accuracy } });
 * console.log(loss, metrics.accuracy);
 * ```
 */
export async function evaluate<X, Y, O, B = Sample<X, Y>>(
  model: Model<X, O>,
  data: Batches<B>,
  options: EvaluateOptions<X, Y, O, B> = {},
): Promise<Evaluation> {
  const { loss, metrics, select, progress } = readOptions('evaluate', options, ['loss', 'metrics', 'select', 'progress']);
  const pass = { loss, metrics: new MetricSet('evaluate', metrics), select, progress: progressFor(progress), label: 'evaluate' };
  return evaluatePass(model, data, pass);
}

/** As `evaluate`, with what `fit` has prepared. */
export async function evaluatePass<X, Y, O, B>(
  model: Model<X, O>,
  data: Batches<B>,
  options: {
    readonly loss: ((output: O, target: Y) => Tensor) | undefined;
    readonly metrics: MetricSet<O, Y>;
    readonly select: ((batch: B) => Sample<X, Y>) | undefined;
    readonly progress: Progress | undefined;
    readonly label: string;
  },
): Promise<Evaluation> {
  const { loss: lossOf, metrics, select, progress, label } = options;
  checkBatches(label, 'data', data);
  return inEvaluation(model, async () => {
    const meter = new Meter(progress, label, countOf(data));
    const pause = new Pause();
    const behind = new Behind();
    let [sum, samples] = [0, 0];
    metrics.reset();
    try {
      for await (const batch of data) {
        const { x, y } = sampleOf(label, batch, select);
        const size = sizeOfBatch(x);
        const { output, value } = noGrad(() => {
          const out = model.forward(x);
          return { output: out, value: lossOf?.(out, y) };
        });
        await metrics.update(output, y, size);
        const loss = value && started(value.item());
        await behind.add(async () => {
          if (loss) sum += (await loss) * size;
          samples += size;
          meter.tick(size, loss && sum / samples);
        });
        await pause.here();
      }
      await behind.drain();
      if (samples === 0) {
        throw new ArgumentError(`${label}: the data gave no batch. A generator can be used once only; pass a DataLoader or an array.`);
      }
      return { loss: lossOf && sum / samples, metrics: await metrics.results(), samples };
    } finally {
      progress?.end(undefined);
    }
  });
}

export interface PredictOptions<X = Tensor, B = unknown> {
  /** For a tensor: how many rows at a time. Default: all at once. */
  readonly batchSize?: number;
  /** The input of a batch. Default: its field x, or the batch itself. */
  readonly select?: (batch: B) => { readonly x: X };
  /** Default: a bar on a terminal, nothing elsewhere. */
  readonly progress?: boolean | Progress;
}

/**
 * The outputs of a model: for a tensor of inputs, or for all batches of some data, one after the other along the first
 * axis. In evaluation mode, without gradients; the modes of all parts are put back afterwards.
 *
 * @returns one tensor, computed already.
 * @throws ArgumentError when there is no batch, or the model does not return a tensor.
 * @example
 * ```ts
 * import { Linear } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * import { predict } from '@cotangent/train';
 * const scores = await predict(new Linear(4, 3), ones([10, 4]), { batchSize: 4 });
 * console.log(scores.shape); // [10, 3]
 * ```
 */
export async function predict<X, B = { readonly x: X }>(
  model: Model<X>,
  data: Tensor | Batches<B>,
  options: PredictOptions<X, B> = {},
): Promise<Tensor> {
  const { batchSize, select } = readOptions('predict', options, ['batchSize', 'select', 'progress']);
  if (batchSize !== undefined && (!Number.isInteger(batchSize) || batchSize < 1)) {
    throw new ArgumentError(`predict: batchSize is ${batchSize}; expected a whole number of at least 1.`);
  }
  const batches = isTensor(data) ? (rows(data, batchSize) as unknown as readonly B[]) : data;
  checkBatches('predict', 'data', batches);
  const progress = progressFor(options.progress);
  return inEvaluation(model, async () => {
    const meter = new Meter(progress, 'predict', countOf(batches));
    const pause = new Pause();
    const behind = new Behind();
    const parts: Tensor[] = [];
    try {
      for await (const batch of batches) {
        const x = inputOf(batch, select);
        const output = noGrad(() => model.forward(x));
        if (!(output instanceof Tensor)) {
          throw new ArgumentError('predict: the model returned something that is no tensor; call forward yourself.');
        }
        const { dtype, shape } = output;
        const data = started(output.data());
        await behind.add(async () => {
          parts.push(tensor(await data, { shape, dtype }));
          meter.tick(sizeOfBatch(x));
        });
        await pause.here();
      }
      await behind.drain();
    } finally {
      progress?.end(undefined);
    }
    if (parts.length === 0) {
      throw new ArgumentError('predict: the data gave no batch. A generator can be used once only; pass a DataLoader or an array.');
    }
    return joined(parts);
  });
}

/** The rows of a tensor in pieces. */
function rows(x: Tensor, size: number | undefined): Tensor[] {
  const count = x.shape[0];
  if (size === undefined || count === undefined || count <= size) return [x];
  const pieces: Tensor[] = [];
  for (let start = 0; start < count; start += size) pieces.push(narrow(x, 0, start, Math.min(size, count - start)));
  return pieces;
}

async function joined(parts: readonly Tensor[]): Promise<Tensor> {
  if (parts.length === 1) return parts[0]!;
  const all = concat(parts);
  await all.data();
  return all;
}
