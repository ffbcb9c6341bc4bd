/** The training loop. */
import { backward, GradientAccumulator, RowsGradient, type Gradients } from '@cotangent/autodiff';
import type { HasOptimizerState } from '@cotangent/io';
import { clipGradNorm, clipGradValue } from '@cotangent/optimizers';
import { ArgumentError, keep, readOptions, type Tensor } from '@cotangent/tensor';
import { Behind, started } from './behind';
import { checkBatches, countOf, isResumable, sampleOf, sizeOfBatch, type Batches, type Sample } from './batches';
import type { BatchEvent, Callback } from './callbacks';
import { badLoss } from './diagnose';
import { EarlyStopping, type EarlyStoppingOptions } from './early-stopping';
import { evaluatePass } from './evaluate';
import { figure, summaryLine, type EpochRecord, type History } from './history';
import { MetricSet, type Metrics } from './metrics';
import { rememberModes, type TrainableModel } from './model';
import { Pause } from './pause';
import { Meter, progressFor, type Progress } from './progress';
import { Rates, type RateSchedule } from './rates';
import { checkCheckpoint, loadRun, saveRun, type CheckpointOptions, type PartialEpoch } from './run-state';

/** The optimiser as `fit` uses it: any of `@cotangent/optimizers`. */
export interface FitOptimizer extends HasOptimizerState {
  readonly groups: readonly { lr: number; momentum?: number | undefined }[];
  step(grads: Gradients): void;
}

/** Early stopping in `fit`. */
export interface StoppingOptions extends EarlyStoppingOptions {
  /**
   * The figure to watch: 'loss', 'validation.loss', or a metric: 'accuracy', 'validation.accuracy'. Default: the validation
   * loss if there is one.
   */
  readonly monitor?: string;
  /** Default: 'min' for losses, 'max' for metrics. */
  readonly mode?: 'min' | 'max';
  /** Put the weights of the best epoch back at the end. Default true. */
  readonly restoreBest?: boolean;
}

export interface FitOptions<X = Tensor, Y = Tensor, O = Tensor, B = Sample<X, Y>> {
  /** Training data; one `for await` is one epoch. */
  readonly train: Batches<B>;
  /** Evaluated after every epoch. */
  readonly validation?: Batches<B>;
  /** From output and target to a scalar, the mean over the samples of the batch. */
  readonly loss: (output: O, target: Y) => Tensor;
  readonly optimizer: FitOptimizer;
  /** How many epochs in all, those before a resume included. */
  readonly epochs: number;
  readonly metrics?: Metrics<O, Y>;
  /** Input and target of a batch. Default: its fields x and y. */
  readonly select?: (batch: B) => Sample<X, Y>;
  /**
   * The learning rate of every epoch, or of every update; it starts from the rates the optimiser has. Or a `ReduceLROnPlateau`
   * of this optimiser, which is given a figure after every epoch: the validation loss if there is one, else the loss, or what
   * `monitor` names as in early stopping.
   */
  readonly schedule?: RateSchedule;
  /** Called while training; see `Callback` for the order. */
  readonly callbacks?: readonly Callback[];
  readonly earlyStopping?: StoppingOptions;
  /** Ends training after the current update; the state is then fit for saving. */
  readonly signal?: AbortSignal;
  /** Default: a bar on a terminal, nothing elsewhere. false: nothing; or your own. */
  readonly progress?: boolean | Progress;
  /** Save the run after epochs and at its end. */
  readonly checkpoint?: CheckpointOptions;
  /** Go on from a checkpoint: true for the file of `checkpoint`, or another file, or bytes. */
  readonly resume?: boolean | string | URL | Uint8Array;
  /** Limit the common norm of all gradients, or (also) every entry. */
  readonly gradientClip?: number | { readonly norm?: number; readonly value?: number };
  /** Add up the gradients of so many batches for one update, as if they were one batch. Default 1. */
  readonly accumulate?: number;
}

/**
 * Trains a model: forward, backward, update, for every batch of every epoch; with validation, early stopping, schedules,
 * checkpoints and progress.
 *
 * A run that was stopped, in the middle of an epoch too, and is resumed from its checkpoint gives the same numbers, bit for
 * bit, as one that was not: weights, optimiser state and history, `seconds` apart. Metrics of your own need `state` and
 * `restore` for that; without them the metrics of the epoch that was broken off cover the batches after the break only.
 * The same is true of metrics that the run did not have before.
 *
 * On a backend whose values are read asynchronously only (webgpu) a batch ends while the next one runs already: its loss is read
 * then, progress is shown, and `onBatchEnd` is called. Numbers and order are the same; but what a callback changes or `stop()`s
 * there, or an abort, takes effect one batch later, and it finds weights that are one update ahead. All batches have ended before
 * anything else happens: validation, the end of an epoch, early stopping, a checkpoint.
 *
 * @returns what happened, epoch by epoch, and why it ended.
 * @throws ArgumentError for options that make no sense; TrainingError when the loss is NaN or infinite; FileError or
 * StateError when a checkpoint cannot be written or does not fit.
 * @example
 * ```ts
 * import { accuracy, crossEntropy, Linear, ReLU, Sequential } from '@cotangent/layers';
 * import { Adam } from '@cotangent/optimizers';
 * import { tensor } from '@cotangent/tensor';
 * import { fit } from '@cotangent/train';
 * const model = new Sequential(new Linear(2, 16), new ReLU(), new Linear(16, 2));
 * const xor = [{ x: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y: tensor([0, 1, 1, 0], { dtype: 'int32' }) }];
 * const optimizer = new Adam(model.parameters(), { lr: 0.05 });
 * const history = await fit(model, { train: xor, loss: crossEntropy, optimizer, epochs: 100, metrics: { accuracy } });
 * console.log(history.epochs.at(-1)?.loss);
 * ```
 */
export async function fit<X, Y, O, B = Sample<X, Y>>(model: TrainableModel<X, O>, options: FitOptions<X, Y, O, B>): Promise<History> {
  readOptions('fit', options, [
    'train', 'validation', 'loss', 'optimizer', 'epochs', 'metrics', 'select', 'schedule', 'callbacks', 'earlyStopping', 'signal',
    'progress', 'checkpoint', 'resume', 'gradientClip', 'accumulate',
  ]);
  return new Run(model, options).run();
}

/** What a batch gave. */
type BatchOutcome = Pick<BatchEvent, 'epoch' | 'batch' | 'batches' | 'step' | 'loss' | 'lr'> & { readonly samples: number };

/** One call of `fit`. */
class Run<X, Y, O, B> {
  private readonly history: History = { epochs: [], stopped: 'finished', bestEpoch: undefined, restored: false };
  private readonly metrics: MetricSet<O, Y>;
  private readonly progress: Progress | undefined;
  private readonly stopping: EarlyStopping | undefined;
  private readonly rates: Rates;
  private readonly accumulate: number;
  private readonly accumulator = new GradientAccumulator();
  private readonly pause = new Pause();
  private waiting = 0;
  private step = 0;
  private partial: PartialEpoch | undefined;
  private best: Record<string, Tensor> | undefined;
  private stopped = false;
  private saved = false;

  constructor(
    private readonly model: TrainableModel<X, O>,
    private readonly options: FitOptions<X, Y, O, B>,
  ) {
    checkOptions(options);
    const { accumulate = 1, earlyStopping, metrics, optimizer, progress, schedule, validation } = options;
    this.metrics = new MetricSet('fit', metrics);
    this.progress = progressFor(progress);
    const { patience, minDelta, mode = modeOf(this.monitor) } = earlyStopping ?? {};
    this.stopping = earlyStopping && new EarlyStopping({ patience, minDelta, mode });
    this.rates = new Rates(optimizer.groups, schedule, validation !== undefined);
    this.accumulate = accumulate;
  }

  async run(): Promise<History> {
    const { checkpoint, epochs, signal } = this.options;
    const { history, model } = this;
    const restoreModes = rememberModes(model);
    if (!model.training) model.train();
    try {
      await this.resume();
      await this.call((callback) => callback.onFitStart?.({ epochs, history }));
      while (this.goesOn()) await this.epoch(history.epochs.length + 1);
      if (signal?.aborted && history.epochs.length < epochs) history.stopped = 'aborted';
      else if (this.stopped) history.stopped = 'callback';
      else if (this.stopping?.done) history.stopped = 'early';
      if (checkpoint && !this.saved) await this.save(checkpoint);
      this.finish();
      return history;
    } catch (error) {
      history.stopped = 'error';
      throw error;
    } finally {
      restoreModes();
      await this.call((callback) => callback.onFitEnd?.({ epochs, history }));
    }
  }

  private goesOn(): boolean {
    const { epochs, signal } = this.options;
    return this.history.epochs.length < epochs && !signal?.aborted && !this.stopped && !this.stopping?.done;
  }

  /** One epoch, or the rest of one. */
  private async epoch(epoch: number): Promise<void> {
    const { checkpoint, epochs, optimizer, train, validation } = this.options;
    const { history, metrics } = this;
    const start = performance.now();
    const meter = new Meter(this.progress, `epoch ${epoch}/${epochs}`, countOf(train), this.partial?.batches);
    let ended = false;
    try {
      metrics.reset();
      if (this.partial?.metrics) metrics.restore(this.partial.metrics);
      await this.call((callback) => callback.onEpochStart?.({ epoch, epochs, history }));
      this.rates.beforeEpoch(epoch - 1);
      if (!(await this.batches(epoch, meter))) return;
      const { samples, lossSum } = this.partial!;
      const base = { epoch, loss: lossSum / samples, metrics: await metrics.results() };
      const tested = validation && (await this.validate(validation));
      const seconds = (performance.now() - start) / 1000;
      const record: EpochRecord = { ...base, ...(tested ? { validation: tested } : {}), lr: optimizer.groups[0]!.lr, seconds };
      history.epochs.push(record);
      this.partial = undefined;
      this.saved = false;
      const improved = this.judge(record);
      this.rates.afterEpoch(record);
      this.progress?.end(summaryLine(record, epochs));
      ended = true;
      const stop = (): void => {
        this.stopped = true;
      };
      await this.call((callback) => callback.onEpochEnd?.({ epoch, epochs, history, record, improved, stop }));
      if (checkpoint && epoch % (checkpoint.every ?? 1) === 0) await this.save(checkpoint);
    } finally {
      if (!ended) this.progress?.end(undefined);
    }
  }

  /** All batches of an epoch; false when it was broken off. */
  private async batches(epoch: number, meter: Meter): Promise<boolean> {
    const { signal, train } = this.options;
    let skip = isResumable(train) ? 0 : (this.partial?.batches ?? 0);
    this.partial ??= { batches: 0, samples: 0, lossSum: 0 };
    this.saved = false;
    // Between two batches of one update there is a sum of gradients that no checkpoint holds.
    const isBroken = (): boolean => (signal?.aborted === true || this.stopped) && this.waiting === 0;
    const behind = new Behind();
    try {
      for await (const batch of train) {
        if (skip > 0) {
          skip--;
          continue;
        }
        const end = await this.batch(batch, epoch);
        await behind.add(async () => this.endBatch(meter, await end()));
        await this.pause.here();
        if (isBroken()) break;
      }
    } finally {
      await behind.drain();
    }
    if (isBroken()) return false;
    if (this.waiting > 0) this.update();
    if (this.partial.batches === 0) {
      throw new ArgumentError(
        `fit: epoch ${epoch} had no batch. A generator can be used once only; pass a DataLoader, an array, ` +
          'or an object with [Symbol.asyncIterator].',
      );
    }
    return true;
  }

  /** Starts the work of a batch; the result waits for it and says what came out. */
  private async batch(batch: B, epoch: number): Promise<() => Promise<BatchOutcome>> {
    const { gradientClip, loss: lossOf, optimizer, select, train } = this.options;
    const { x, y } = sampleOf('fit', batch, select);
    const samples = sizeOfBatch(x);
    const output = this.model.forward(x);
    const loss = keep(lossOf(output, y));
    const before = this.step;
    if (this.accumulate === 1) {
      const grads = backward(loss);
      await this.metrics.update(output, y, samples);
      this.apply(grads);
    } else {
      // Weighted by samples and divided by all of them at the end: the mean over one big batch, whatever the sizes.
      this.accumulator.accumulate(backward(loss.mul(samples)));
      this.waiting += samples;
      await this.metrics.update(output, y, samples);
      if (this.accumulator.batches === this.accumulate) this.update();
    }
    const value = started(loss.item());
    const { step } = this;
    const { lr } = optimizer.groups[0]!;
    return async () => {
      const place = { epoch, batch: this.partial!.batches + 1, batches: countOf(train), loss: await value, lr };
      if (!Number.isFinite(place.loss)) throw await badLoss({ ...place, steps: before, clipped: gradientClip !== undefined, x });
      return { ...place, step, samples };
    };
  }

  private async endBatch(meter: Meter, { samples, ...outcome }: BatchOutcome): Promise<void> {
    const { epochs } = this.options;
    const now = this.partial!;
    this.partial = { batches: outcome.batch, samples: now.samples + samples, lossSum: now.lossSum + outcome.loss * samples };
    const meanLoss = this.partial.lossSum / this.partial.samples;
    meter.tick(samples, meanLoss);
    const stop = (): void => {
      this.stopped = true;
    };
    await this.call((callback) => callback.onBatchEnd?.({ ...outcome, epochs, meanLoss, stop }));
  }

  /** The update for the batches added up so far. */
  private update(): void {
    const factor = 1 / this.waiting;
    const grads = this.accumulator.gradients().map((g) => (g instanceof RowsGradient ? g.scale(factor) : g.mul(factor)));
    this.accumulator.zero();
    this.waiting = 0;
    this.apply(grads);
  }

  private apply(grads: Gradients): void {
    const { gradientClip, optimizer } = this.options;
    const { norm, value } = typeof gradientClip === 'number' ? { norm: gradientClip, value: undefined } : (gradientClip ?? {});
    let limited = value === undefined ? grads : clipGradValue(grads, value);
    if (norm !== undefined) limited = clipGradNorm(limited, norm).grads;
    this.rates.beforeUpdate(this.step);
    optimizer.step(limited);
    this.step++;
  }

  private async validate(data: Batches<B>): Promise<NonNullable<EpochRecord['validation']>> {
    const { loss, select } = this.options;
    const pass = { loss, metrics: this.metrics, select, progress: undefined, label: 'fit: validation' };
    const result = await evaluatePass(this.model, data, pass);
    return { loss: result.loss!, metrics: result.metrics };
  }

  /** Early stopping's view of an epoch: whether it is the best so far, whose weights are then remembered. */
  private judge(record: EpochRecord): boolean {
    const { earlyStopping } = this.options;
    if (!this.stopping) return false;
    const improved = this.stopping.update(figure(record, this.monitor, 'earlyStopping'));
    if (improved && (earlyStopping?.restoreBest ?? true)) this.best = this.model.stateDict();
    if (this.stopping.bestEpoch > 0) this.history.bestEpoch = this.stopping.bestEpoch;
    return improved;
  }

  private get monitor(): string {
    const { earlyStopping, validation } = this.options;
    return earlyStopping?.monitor ?? (validation ? 'validation.loss' : 'loss');
  }

  /** Puts the best weights back, unless the run is to go on later from the last ones. */
  private finish(): void {
    const { history, best } = this;
    if (!best || history.bestEpoch === history.epochs.length || !['finished', 'early'].includes(history.stopped)) return;
    this.model.loadStateDict(best);
    history.restored = true;
  }

  private async save(to: CheckpointOptions): Promise<void> {
    const { optimizer, train, validation } = this.options;
    const { best, history, model, rates, step, stopping } = this;
    const partial = this.partial && { ...this.partial, metrics: await this.metrics.state() };
    const done = { epoch: history.epochs.length, step, partial, records: history.epochs };
    const numbers = { ...done, stopping: stopping?.state(), ...rates.state() };
    await saveRun(to, { model, optimizer, train, validation }, numbers, best);
    this.saved = true;
  }

  private async resume(): Promise<void> {
    const { checkpoint, optimizer, resume, train, validation } = this.options;
    if (resume === undefined || resume === false) return;
    const from = resume === true ? checkpoint!.path! : resume;
    const { numbers, best } = await loadRun(from, { model: this.model, optimizer, train, validation });
    this.history.epochs.push(...numbers.records);
    this.step = numbers.step;
    this.partial = numbers.partial;
    this.rates.restore(numbers);
    this.best = best;
    if (this.stopping && numbers.stopping) {
      this.stopping.restore(numbers.stopping);
      if (this.stopping.bestEpoch > 0) this.history.bestEpoch = this.stopping.bestEpoch;
    }
    this.saved = true;
  }

  private async call(fn: (callback: Callback) => unknown): Promise<void> {
    for (const callback of this.options.callbacks ?? []) await fn(callback);
  }
}

function modeOf(monitor: string): 'min' | 'max' {
  return monitor === 'loss' || monitor === 'validation.loss' ? 'min' : 'max';
}

function checkOptions<X, Y, O, B>(options: FitOptions<X, Y, O, B>): void {
  const { accumulate = 1, checkpoint, earlyStopping, epochs, loss, optimizer, resume, train, validation } = options;
  checkBatches('fit', 'train', train);
  if (validation !== undefined) checkBatches('fit', 'validation', validation);
  if (typeof loss !== 'function') {
    throw new ArgumentError('fit: loss is no function; expected (output, target) => scalar tensor, such as crossEntropy.');
  }
  if (typeof (optimizer as Partial<FitOptimizer> | undefined)?.step !== 'function') {
    throw new ArgumentError('fit: optimizer is missing; expected for example new Adam(model.parameters()).');
  }
  for (const [name, value] of Object.entries({ epochs, accumulate })) {
    if (!Number.isInteger(value) || value < 1) throw new ArgumentError(`fit: ${name} is ${value}; expected a whole number of at least 1.`);
  }
  if (earlyStopping?.monitor?.startsWith('validation.') && !validation) {
    throw new ArgumentError(`fit: earlyStopping watches '${earlyStopping.monitor}', but there is no validation data.`);
  }
  checkCheckpoint(checkpoint);
  if (resume === true && checkpoint?.path === undefined) {
    throw new ArgumentError('fit: resume: true needs checkpoint: { path }; or give resume the file itself.');
  }
}
