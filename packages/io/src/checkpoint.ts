/**
 * Checkpoints: everything a training run needs to go on as if it had never stopped, in one safetensors file.
 *
 * Tensors lie under `model.`, `optimizer.` and `extra.`; numbers, the loader's place and the random generator's state are JSON in
 * the metadata. A checksum covers the whole file.
 */
import { FileError, StateError, Tensor } from '@cotangent/tensor';
import { readFile, saveFile } from './files';
import { parse, stringify, type JsonValue } from './json';
import type { HasStateDict } from './model';
import { hasChecksum, loadSafetensors, saveSafetensors } from './safetensors';

/** An optimiser: state that is tensors and numbers. */
export interface HasOptimizerState {
  stateDict(): Record<string, Tensor | JsonValue>;
  loadStateDict(state: Record<string, Tensor | JsonValue>): unknown;
}

/** Something with a small state of its own, such as a `DataLoader` or a `Generator`. */
export interface Resumable {
  /** Plain data: what JSON can hold, and NaN and infinities. */
  state(): unknown;
  restore(state: never): void;
}

/** What a checkpoint is made of. */
export interface CheckpointParts {
  model: HasStateDict;
  optimizer?: HasOptimizerState;
  /** Where training stands; what it counts is up to the loop. */
  epoch: number;
  loader?: Resumable;
  /** For tensors that are drawn without a generator of their own: `defaultGenerator` of `@cotangent/tensor`. */
  rng?: Resumable;
  /** Any other plain data worth keeping: history, best loss, options. NaN and infinities survive. */
  extra?: unknown;
  /** Any other tensors worth keeping, by name: the best weights so far, running averages of them. */
  tensors?: Record<string, Tensor>;
}

/** What a checkpoint is loaded into. Parts that are left out are not touched. */
export type CheckpointTargets = Partial<Pick<CheckpointParts, 'model' | 'optimizer' | 'loader' | 'rng'>>;

/** What a checkpoint says beside the states it restores. */
export interface CheckpointInfo {
  epoch: number;
  /** Undefined when none was given. */
  extra: JsonValue | undefined;
  /** Empty when none were given. */
  tensors: Record<string, Tensor>;
}

const FORMAT = 'cotangent-checkpoint';
const VERSION = 1;

type State = {
  epoch: number;
  /** The entries of the optimiser's state that are no tensors; null without an optimiser. */
  optimizer: { [key: string]: JsonValue } | null;
  loader?: JsonValue;
  rng?: JsonValue;
  extra?: JsonValue;
};

/**
 * Writes a checkpoint. The old file is replaced only when the new one is complete.
 *
 * @throws FileError when the file cannot be written, ArgumentError when a state is not plain data.
 * @example
 * ```ts
 * import { loadCheckpoint, saveCheckpoint } from '@cotangent/io';
 * import { Linear } from '@cotangent/layers';
 * import { Adam } from '@cotangent/optimizers';
 * const model = new Linear(4, 2);
 * const optimizer = new Adam(model.parameters());
 * await saveCheckpoint('run.safetensors', { model, optimizer, epoch: 3, extra: { best: 0.98 } });
 * const { epoch, extra } = await loadCheckpoint('run.safetensors', { model, optimizer }); // 3, { best: 0.98 }
 * ```
 */
export async function saveCheckpoint(path: string | URL, parts: CheckpointParts): Promise<void> {
  await saveFile(path, await encodeCheckpoint(parts));
}

/**
 * Reads a checkpoint into the objects of a run: all of them, or none when one of them refuses its state.
 *
 * @throws FileError when the file is missing, truncated, corrupt or no checkpoint; StateError when it does not fit the
 * model, or lacks the state of something given here. Whatever had been loaded by then has its old state again.
 */
export async function loadCheckpoint(path: string | URL, targets: CheckpointTargets): Promise<CheckpointInfo> {
  return decodeCheckpoint(await readFile(path), targets, String(path));
}

/** As `saveCheckpoint`, to bytes: for browsers. */
export async function encodeCheckpoint(parts: CheckpointParts): Promise<Uint8Array> {
  const { model, optimizer, epoch, loader, rng, extra } = parts;
  const tensors: Record<string, Tensor> = {};
  for (const [key, value] of Object.entries(parts.tensors ?? {})) tensors[`extra.${key}`] = value;
  for (const [key, value] of Object.entries(model.stateDict())) tensors[`model.${key}`] = value;
  const numbers: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(optimizer?.stateDict() ?? {})) {
    if (value instanceof Tensor) tensors[`optimizer.${key}`] = value;
    else numbers[key] = value;
  }
  const state = { epoch, optimizer: optimizer ? numbers : null, loader: loader?.state(), rng: rng?.state(), extra };
  const metadata = { format: FORMAT, version: String(VERSION), state: stringify(state, 'saveCheckpoint: state') };
  return saveSafetensors(tensors, metadata, { checksum: true });
}

/** As `loadCheckpoint`, from bytes. `name` is what errors call them. */
export async function decodeCheckpoint(bytes: Uint8Array, targets: CheckpointTargets, name = 'checkpoint'): Promise<CheckpointInfo> {
  const { tensors, metadata } = loadSafetensors(bytes, name);
  const state = readState(metadata, name);
  if (!hasChecksum(bytes)) {
    throw new FileError(`${name}: the checksum at byte 8 is missing. The file is corrupt, or another tool has rewritten it.`);
  }
  const { model, optimizer, loader, rng } = targets;
  const missing = [
    optimizer && state.optimizer === null ? 'optimizer' : '',
    loader && state.loader === undefined ? 'loader' : '',
    rng && state.rng === undefined ? 'rng' : '',
  ].filter(Boolean);
  if (missing.length > 0) {
    throw new StateError(`${name}: has no state for ${missing.join(', ')}. Leave it out here, or pass it to saveCheckpoint as well.`);
  }
  // The model first: its names and shapes are the likeliest misfit.
  await allOrNone([
    model && dictStep(model, under('model.', tensors)),
    optimizer && dictStep(optimizer, { ...state.optimizer, ...under('optimizer.', tensors) }),
    loader && placeStep(loader, state.loader),
    rng && placeStep(rng, state.rng),
  ]);
  return { epoch: state.epoch, extra: state.extra, tensors: under('extra.', tensors) };
}

/** Loads one object; gives back how to put its old state back. */
type Step = () => (() => unknown) | Promise<() => unknown>;

function dictStep<S>(target: { stateDict(): S; loadStateDict(state: S): unknown }, state: S): Step {
  return async () => {
    const before = target.stateDict();
    await target.loadStateDict(state);
    return () => target.loadStateDict(before);
  };
}

function placeStep(target: Resumable, state: unknown): Step {
  return () => {
    const before = target.state();
    target.restore(state as never);
    return () => {
      target.restore(before as never);
    };
  };
}

/** A run with the weights of one checkpoint and the momenta of another would train on without a word, so it is all or nothing. */
async function allOrNone(steps: readonly (Step | undefined)[]): Promise<void> {
  const undo: (() => unknown)[] = [];
  try {
    for (const step of steps) if (step) undo.unshift(await step());
  } catch (error) {
    for (const back of undo) await back();
    throw error;
  }
}

function readState(metadata: Record<string, string>, name: string): State {
  const { format, version, state: text } = metadata;
  if (format !== FORMAT) {
    const found = format === undefined ? 'none' : `'${format}'`;
    throw new FileError(`${name}: not a checkpoint. Expected metadata format '${FORMAT}', found ${found}.`);
  }
  if (Number(version) > VERSION) {
    throw new FileError(`${name}: a checkpoint of version ${version}; this release reads up to version ${VERSION}. Update @cotangent/io.`);
  }
  let state: Partial<State> | null;
  try {
    state = parse(text ?? '') as Partial<State> | null;
  } catch (cause) {
    throw new FileError(`${name}: the checkpoint's state is not valid JSON. The file is corrupt.`, { cause });
  }
  if (typeof state !== 'object' || typeof state?.epoch !== 'number' || typeof state.optimizer !== 'object') {
    throw new FileError(`${name}: the checkpoint's state lacks epoch or optimizer. The file is corrupt.`);
  }
  return state as State;
}

function under(prefix: string, tensors: Record<string, Tensor>): Record<string, Tensor> {
  const entries = Object.entries(tensors).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
