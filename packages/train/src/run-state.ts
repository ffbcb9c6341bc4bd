/** A training run in a checkpoint: everything from which `fit` goes on bit for bit. */
import { decodeCheckpoint, encodeCheckpoint, readFile, saveFile, type HasOptimizerState } from '@cotangent/io';
import { ArgumentError, defaultGenerator, Generator, StateError, type GeneratorState, type Tensor } from '@cotangent/tensor';
import type { EarlyStoppingState } from './early-stopping';
import type { EpochRecord } from './history';
import type { TrainableModel } from './model';
import { isResumable } from './batches';
import type { RatesState } from './rates';

export interface CheckpointOptions {
  /** The file to write, replaced whole. Needs Node. */
  readonly path?: string | URL;
  /** What to do with the bytes instead, for example in a browser. */
  readonly save?: (bytes: Uint8Array) => void | Promise<void>;
  /** Save after every so many epochs. Default 1. The last state is always saved, a broken-off epoch too. */
  readonly every?: number;
}

/** Where an epoch was broken off. */
export interface PartialEpoch {
  readonly batches: number;
  readonly samples: number;
  readonly lossSum: number;
  /** What the metrics had collected; in checkpoints only. */
  readonly metrics?: Readonly<Record<string, unknown>>;
}

/** The numbers of a run, beside the states of model, optimiser, loader and generator. */
export interface RunNumbers extends RatesState {
  /** Whole epochs done. */
  readonly epoch: number;
  readonly step: number;
  readonly partial: PartialEpoch | undefined;
  readonly records: readonly EpochRecord[];
  readonly stopping: EarlyStoppingState | undefined;
}

/** The parts of a run that a checkpoint holds. */
export interface RunParts {
  readonly model: Pick<TrainableModel, 'stateDict' | 'loadStateDict' | 'modules'>;
  readonly optimizer: HasOptimizerState;
  readonly train: unknown;
  readonly validation: unknown;
}

/** What else stands beside the numbers. */
interface Saved {
  readonly format?: string;
  readonly best?: boolean;
  readonly validation?: unknown;
  readonly generators?: readonly GeneratorState[];
}

const FORMAT = 'fit-1';
/** Before the names of the best weights among the checkpoint's tensors. */
const BEST = 'best.';

export function checkCheckpoint(options: CheckpointOptions | undefined): void {
  if (!options) return;
  const { path, save, every = 1 } = options;
  if ((path === undefined) === (save === undefined)) {
    throw new ArgumentError('fit: checkpoint needs either a path or a function save(bytes).');
  }
  if (!Number.isInteger(every) || every < 1) {
    throw new ArgumentError(`fit: checkpoint.every is ${every}; expected a whole number of at least 1.`);
  }
}

/** Writes a checkpoint. `best` are the best weights so far, kept for being put back at the end. */
export async function saveRun(
  to: CheckpointOptions,
  parts: RunParts,
  numbers: RunNumbers,
  best: Readonly<Record<string, Tensor>> | undefined,
): Promise<void> {
  const { model, optimizer, train, validation } = parts;
  const bytes = await encodeCheckpoint({
    model,
    optimizer,
    epoch: numbers.epoch,
    rng: defaultGenerator,
    ...(isResumable(train) ? { loader: train } : {}),
    extra: {
      ...numbers,
      format: FORMAT,
      best: best !== undefined,
      validation: isResumable(validation) ? validation.state() : undefined,
      generators: generatorsOf(model).map((generator) => generator.state()),
    },
    tensors: Object.fromEntries(Object.entries(best ?? {}).map(([key, value]) => [BEST + key, value])),
  });
  if (to.save) await to.save(bytes);
  else await saveFile(to.path!, bytes);
}

/** Reads a checkpoint into the parts of a run. */
export async function loadRun(
  from: string | URL | Uint8Array,
  parts: RunParts,
): Promise<{ numbers: RunNumbers; best: Record<string, Tensor> | undefined }> {
  const { model, optimizer, train, validation } = parts;
  const name = from instanceof Uint8Array ? 'checkpoint' : String(from);
  const bytes = from instanceof Uint8Array ? from : await readFile(from);
  const targets = { model, optimizer, rng: defaultGenerator, ...(isResumable(train) ? { loader: train } : {}) };
  const { extra, tensors } = await decodeCheckpoint(bytes, targets, name);
  const saved = extra as unknown as (RunNumbers & Saved) | undefined;
  if (saved?.format !== FORMAT) {
    throw new StateError(
      `${name}: the checkpoint was not written by fit. ` +
        'Load it with loadCheckpoint of @cotangent/io and call fit without resume.',
    );
  }
  if (isResumable(validation) && saved.validation !== undefined) validation.restore(saved.validation as never);
  generatorsOf(model).forEach((generator, i) => {
    const state = saved.generators?.[i];
    if (state) generator.restore(state);
  });
  const best = Object.entries(tensors).filter(([key]) => key.startsWith(BEST));
  return { numbers: saved, best: saved.best ? Object.fromEntries(best.map(([key, value]) => [key.slice(BEST.length), value])) : undefined };
}

/** The random generators that parts of the model have for themselves, such as that of a dropout layer. */
function generatorsOf(model: Pick<TrainableModel, 'modules'>): Generator[] {
  const found = new Set<Generator>();
  for (const part of model.modules?.() ?? []) {
    for (const value of Object.values(part) as unknown[]) if (value instanceof Generator && value !== defaultGenerator) found.add(value);
  }
  return [...found];
}
