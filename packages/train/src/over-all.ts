import { ArgumentError, isTensor, sameShape, show, StateError, tensor, type DType, type Tensor } from '@cotangent/tensor';
import type { Metric, MetricValue } from './metrics';

/**
 * A metric of all outputs and targets of a pass together, for figures that are no mean over batches, such as F1 and the area below a ROC
 * curve. Outputs and targets are read at every batch and kept until the end of the pass.
 *
 * @param fn from all outputs and all targets, one batch after the other along the first axis.
 * @throws ArgumentError, at a batch, for outputs that are no tensors or do not fit those before.
 * @example
 * ```ts
 * import { f1Score } from '@cotangent/layers';
 * import { overAll } from '@cotangent/train';
 * import { tensor } from '@cotangent/tensor';
 * const f1 = overAll((scores, target) => f1Score(scores, target, { average: 'macro' }));
 * await f1.update(tensor([[2, 1], [0, 3]]), tensor([0, 0], { dtype: 'int32' }), 2);
 * await f1.update(tensor([[0, 3]]), tensor([1], { dtype: 'int32' }), 1);
 * console.log(await f1.result()); // 2/3
 * ```
 */
export function overAll(fn: (output: Tensor, target: Tensor) => MetricValue | Promise<MetricValue>): Metric {
  let outputs = new Collection('output');
  let targets = new Collection('target');
  return {
    reset: () => {
      outputs = new Collection('output');
      targets = new Collection('target');
    },
    update: async (output, target) => {
      await outputs.add(output);
      await targets.add(target);
    },
    result: async () => (outputs.empty ? NaN : fn(outputs.all(), targets.all())),
    state: (): OverAllState => ({ outputs: outputs.parts, targets: targets.parts }),
    restore: (saved: Partial<OverAllState> | null) => {
      if (!Array.isArray(saved?.outputs) || !Array.isArray(saved.targets)) {
        throw new StateError(
          `metric: the checkpoint has ${JSON.stringify(saved)}, expected outputs and targets. ` +
            'Resume with the metrics that the run had, or under other names.',
        );
      }
      outputs = new Collection('output', saved.outputs);
      targets = new Collection('target', saved.targets);
    },
  };
}

/** What was collected, as plain data. */
interface OverAllState {
  readonly outputs: readonly Part[];
  readonly targets: readonly Part[];
}

/** One batch. */
interface Part {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Batches that were read. */
class Collection {
  readonly parts: Part[];

  constructor(
    private readonly name: string,
    parts: readonly Part[] = [],
  ) {
    this.parts = [...parts];
  }

  get empty(): boolean {
    return this.parts.length === 0;
  }

  async add(x: Tensor): Promise<void> {
    if (!isTensor(x) || x.ndim === 0) {
      throw new ArgumentError(`overAll: the ${this.name} of a batch is no tensor with a batch axis; expected [batch, ...].`);
    }
    const [first] = this.parts;
    if (first && (first.dtype !== x.dtype || !sameShape(first.shape.slice(1), x.shape.slice(1)))) {
      throw new ArgumentError(
        `overAll: the ${this.name} of a batch is ${x.dtype} of shape ${show(x.shape)}, that of the first ${first.dtype} of shape ` +
          `${show(first.shape)}; expected the same but for the first axis.`,
      );
    }
    this.parts.push({ dtype: x.dtype, shape: x.shape, values: Array.from(await x.data()) });
  }

  all(): Tensor {
    const { dtype, shape } = this.parts[0]!;
    const rows = this.parts.reduce((sum, part) => sum + part.shape[0]!, 0);
    return tensor(this.parts.flatMap((part) => part.values), { dtype }).reshape(rows, ...shape.slice(1));
  }
}
