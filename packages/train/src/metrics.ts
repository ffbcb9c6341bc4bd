/** Figures beside the loss, over all batches of a pass. */
import { ArgumentError, isTensor, keep, noGrad, StateError, tensor, type DType, type NestedArray, type Tensor } from '@cotangent/tensor';
import { readsLater, started } from './behind';

/** The value of a metric: a number, or nested arrays such as a confusion matrix. */
export type MetricValue = NestedArray;

/** A metric that collects over batches. */
export interface Metric<O = Tensor, Y = Tensor> {
  /** Starts a new pass. */
  reset(): void;
  /**
   * Takes one batch. In training the parameters change right afterwards: keep(...) what is to be read later, or read it
   * here and return the promise.
   */
  update(output: O, target: Y, samples: number): void | Promise<void>;
  /** The value over all batches since `reset`. */
  result(): MetricValue | Promise<MetricValue>;
  /**
   * What was collected since `reset`, or a promise of it, as plain data for a checkpoint. Without it an epoch that is broken
   * off and resumed is measured on the batches after the break only.
   */
  state?(): unknown;
  /** Goes on from what `state` gave. Called after `reset`. */
  restore?(state: never): void;
}

/** A function from output and target to a scalar that is the mean over the samples, such as `accuracy`. */
export type MetricFunction<O = Tensor, Y = Tensor> = (output: O, target: Y) => Tensor;

/**
 * Metrics by name, or a list of functions, which go by their own names. A bundler that shortens names changes the latter.
 */
export type Metrics<O = Tensor, Y = Tensor> =
  | Readonly<Record<string, Metric<O, Y> | MetricFunction<O, Y>>>
  | readonly MetricFunction<O, Y>[];

/**
 * A metric whose batches are averaged, each weighted by its number of samples; so a short last batch counts less. A plain
 * function given as metric becomes one of these.
 *
 * @example
 * ```ts
 * import { meanOf } from '@cotangent/train';
 * import { tensor } from '@cotangent/tensor';
 * const error = meanOf((output, target) => output.sub(target).abs().mean());
 * error.update(tensor([1, 2]), tensor([1, 1]), 2);
 * error.update(tensor([5]), tensor([1]), 1);
 * console.log(await error.result()); // 5 / 3
 * ```
 */
export function meanOf<O = Tensor, Y = Tensor>(fn: MetricFunction<O, Y>): Metric<O, Y> {
  let parts: { readonly value: Tensor | Promise<number>; readonly samples: number }[] = [];
  let before: MeanState = { sum: 0, count: 0 };
  const state = async (): Promise<MeanState> => {
    let { sum, count } = before;
    for (const { value, samples } of parts) {
      sum += (await (isTensor(value) ? value.item() : value)) * samples;
      count += samples;
    }
    return { sum, count };
  };
  return {
    reset: () => {
      parts = [];
      before = { sum: 0, count: 0 };
    },
    update: (output, target, samples) => {
      const value = noGrad(() => fn(output, target));
      if (value.size !== 1) {
        throw new ArgumentError(
          `metric ${fn.name}: a batch gave a tensor of shape [${value.shape.join(', ')}]; expected a scalar. ` +
            'To add up such tensors use sumOf(fn).',
        );
      }
      // Reading the value of the batch before while this batch is computed, instead of one after the other at the end.
      const last = parts.at(-1);
      if (last && isTensor(last.value) && readsLater()) parts[parts.length - 1] = { ...last, value: started(last.value.item()) };
      parts.push({ value: keep(value), samples });
    },
    result: async () => {
      const { sum, count } = await state();
      return sum / count;
    },
    state,
    restore: (saved: Partial<MeanState> | null) => {
      if (typeof saved?.sum !== 'number' || typeof saved.count !== 'number') throw wrongState('a mean', saved);
      before = { sum: saved.sum, count: saved.count };
    },
  };
}

/** What a mean has collected. */
interface MeanState {
  readonly sum: number;
  readonly count: number;
}

/**
 * A metric whose batches are added up, such as counts in a confusion matrix.
 *
 * @example
 * ```ts
 * import { confusionMatrix } from '@cotangent/layers';
 * import { sumOf } from '@cotangent/train';
 * import { tensor } from '@cotangent/tensor';
 * const confusion = sumOf((scores, target) => confusionMatrix(scores, target));
 * confusion.update(tensor([[2, 1], [0, 3]]), tensor([0, 0], { dtype: 'int32' }), 2);
 * console.log(await confusion.result()); // [[1, 1], [0, 0]]
 * ```
 */
export function sumOf<O = Tensor, Y = Tensor>(fn: MetricFunction<O, Y>): Metric<O, Y> {
  let total: Tensor | undefined;
  return {
    reset: () => {
      total = undefined;
    },
    update: (output, target) => {
      const value = noGrad(() => fn(output, target));
      total = keep(total ? total.add(value) : value);
    },
    result: async () => (total ? total.array() : []),
    // Nothing yet is undefined: there is then nothing to restore.
    state: async (): Promise<SumState | undefined> =>
      total && { dtype: total.dtype, shape: total.shape, values: Array.from(await total.data()) },
    restore: (saved: Partial<SumState> | null) => {
      const { dtype, shape, values } = saved ?? {};
      if (!dtype || !shape || !values) throw wrongState('a sum', saved);
      total = tensor(values, { dtype }).reshape(...shape);
    },
  };
}

/** What a sum has collected. */
interface SumState {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: number[];
}

function wrongState(what: string, state: unknown): StateError {
  return new StateError(
    `metric: the checkpoint has ${JSON.stringify(state)}, expected the state of ${what}. ` +
      'Resume with the metrics that the run had, or under other names.',
  );
}

/** The metrics of a pass, by name. */
export class MetricSet<O, Y> {
  private readonly metrics: readonly (readonly [string, Metric<O, Y>])[];

  constructor(where: string, metrics: Metrics<O, Y> = []) {
    const named = Array.isArray(metrics)
      ? (metrics as readonly MetricFunction<O, Y>[]).map((metric) => [metric.name, metric] as const)
      : Object.entries(metrics as Readonly<Record<string, Metric<O, Y> | MetricFunction<O, Y>>>);
    this.metrics = named.map(([name, metric], i) => {
      if (typeof metric !== 'function' && typeof (metric as Partial<Metric<O, Y>> | undefined)?.update !== 'function') {
        throw new ArgumentError(
          `${where}: metric ${name || i} is neither a function (output, target) => Tensor nor { reset, update, result }.`,
        );
      }
      if (!name || name === 'loss' || named.findIndex(([other]) => other === name) !== i) {
        throw new ArgumentError(
          `${where}: a metric is called '${name}'; expected names that differ from each other and from 'loss'. ` +
            'Give them: metrics: { name: fn }.',
        );
      }
      return [name, typeof metric === 'function' ? meanOf(metric) : metric] as const;
    });
  }

  reset(): void {
    for (const [, metric] of this.metrics) metric.reset();
  }

  /** Takes one batch; what it records is no part of the gradient. */
  async update(output: O, target: Y, samples: number): Promise<void> {
    const plain = (typeof output === 'object' && output !== null && isTensor(output) ? output.detach() : output) as O;
    for (const [, metric] of this.metrics) await metric.update(plain, target, samples);
  }

  /** What was collected, by name, of the metrics that can say it. */
  async state(): Promise<Record<string, unknown>> {
    const states: Record<string, unknown> = {};
    for (const [name, metric] of this.metrics) if (metric.state && metric.restore) states[name] = await metric.state();
    return states;
  }

  restore(states: Readonly<Record<string, unknown>>): void {
    for (const [name, metric] of this.metrics) if (Object.hasOwn(states, name)) metric.restore?.(states[name] as never);
  }

  async results(): Promise<Record<string, MetricValue>> {
    const values: Record<string, MetricValue> = {};
    for (const [name, metric] of this.metrics) values[name] = await metric.result();
    return values;
  }
}

