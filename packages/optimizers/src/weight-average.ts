/** Averages of weights over the steps of a training: exponential (EMA) and plain (SWA). */
import {
  add, ArgumentError, assignAll, div, keep, minimum, noGrad, readOptions, StateError, Tensor, tensor, variable, where, type Parameter,
  type Variable,
} from '@cotangent/tensor';
import { checkShare } from './checks';
import { parameterKeys } from './group';

/**
 * Base of both averages: holds an average of every parameter, which begins as the parameter itself. `update` after a step
 * only records the new averages: they are computed together with the next step or read, without a pass of their own.
 */
export abstract class WeightAverage {
  private readonly averages: ReadonlyMap<Parameter, Variable>;
  private readonly count = variable(tensor(0, { dtype: 'int32' }));

  /**
   * @param parameters those of a model; numbers that are not parameters, such as running statistics, are not averaged.
   * @throws ArgumentError when there are none.
   */
  constructor(parameters: Iterable<Parameter>) {
    this.averages = new Map([...parameters].map((p) => [p, variable(p.detach())]));
    if (this.averages.size === 0) throw new ArgumentError(`${this.constructor.name}: there are no parameters.`);
  }

  /** The next average, element by element; `count` [] says how many updates there were before. */
  protected abstract next(average: Tensor, value: Tensor, count: Tensor): Tensor;

  /** Takes the weights of now into the averages. Call it after every `optimizer.step`, for SWA after every epoch. */
  update(): void {
    noGrad(() => {
      for (const [p, average] of this.averages) average.update(this.next(average, p, this.count));
      this.count.update(this.count.add(1));
    });
  }

  /** The average of a parameter; undefined for one that is not averaged. */
  get(parameter: Parameter): Tensor | undefined {
    return this.averages.get(parameter);
  }

  /** Puts the averages into the model and the model's weights in their place; calling it again puts both back. */
  swap(): void {
    assignAll([...this.averages].flatMap(([p, average]): [Variable, Tensor][] => [[p, average], [average, p]]));
  }

  /** Runs `fn`, such as an evaluation, while the model has the averages as weights. */
  async during<T>(fn: () => T | Promise<T>): Promise<T> {
    this.swap();
    try {
      return await fn();
    } finally {
      this.swap();
    }
  }

  /** Makes the averages the model's weights. */
  copyTo(): void {
    assignAll(this.averages);
  }

  /** The averages by parameter name, and how many updates they had. Later updates do not change them. */
  stateDict(): Record<string, Tensor> {
    const keys = parameterKeys([{ parameters: [...this.averages.keys()] }]);
    return noGrad(() => ({
      ...Object.fromEntries([...this.averages].map(([p, average]) => [keys.get(p)!, keep(average.detach())])),
      [COUNT]: keep(this.count.detach()),
    }));
  }

  /**
   * Takes over a state made by `stateDict`.
   *
   * @throws StateError when it does not fit; nothing has changed then.
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const keys = parameterKeys([{ parameters: [...this.averages.keys()] }]);
    const found = [...this.averages].map(([p, average]) => [average, keys.get(p)!] as const);
    const pairs = [...found, [this.count, COUNT] as const].map(([target, key]) => {
      const value = state[key];
      if (!(value instanceof Tensor)) throw new StateError(`${this.constructor.name}.loadStateDict: ${key} is missing.`);
      target.check(value);
      return [target, value] as const;
    });
    for (const [target, value] of pairs) target.update(value);
  }
}

const COUNT = 'n_averaged';

export interface EMAOptions {
  /** How much of the average stays in an update. Default 0.999. */
  readonly decay?: number;
  /** Begin with less: min(decay, (1 + n) / (10 + n)) in update n, from 0, so that the first weights are soon forgotten. Default false. */
  readonly warmup?: boolean;
}

/**
 * average <- decay average + (1 - decay) weights.
 *
 * @example
 * ```ts
 * import { EMA } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * const ema = new EMA([w], { decay: 0.75 });
 * w.assign(tensor([5]));
 * ema.update();
 * console.log(await ema.get(w)?.array()); // [2]
 * await ema.during(async () => console.log(await w.array())); // [2], and then 5 again
 * ```
 */
export class EMA extends WeightAverage {
  private readonly decay: number;
  private readonly warmup: boolean;

  constructor(parameters: Iterable<Parameter>, options: EMAOptions = {}) {
    super(parameters);
    const { decay = 0.999, warmup = false } = readOptions('EMA', options, ['decay', 'warmup']);
    checkShare('EMA', { decay });
    this.decay = decay;
    this.warmup = warmup;
  }

  protected next(average: Tensor, value: Tensor, count: Tensor): Tensor {
    if (!this.warmup) return average.mul(this.decay).add(value.mul(1 - this.decay));
    const n = count.cast(value.dtype);
    const decay = minimum(div(n.add(1), n.add(10)), this.decay);
    return add(average, value.sub(average).mul(decay.neg().add(1)));
  }
}

/**
 * The plain mean of the weights at every `update`; the first one replaces what the averages began with (Izmailov et al.,
 * "Averaging Weights Leads to Wider Optima and Better Generalization", 2018). Running statistics of batch normalisation have
 * to be taken anew for it: `updateBatchNorm` of `@cotangent/train`.
 *
 * @example
 * ```ts
 * import { SWA } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([100]));
 * const swa = new SWA([w]);
 * for (const value of [1, 2, 6]) {
 *   w.assign(tensor([value]));
 *   swa.update();
 * }
 * console.log(await swa.get(w)?.array()); // [3]
 * ```
 */
export class SWA extends WeightAverage {
  protected next(average: Tensor, value: Tensor, count: Tensor): Tensor {
    const n = count.cast(value.dtype).add(1);
    return where(count.eq(0), value, average.add(value.sub(average).div(n)));
  }
}
