/**
 * Models in files: the state dict of a module as safetensors, under PyTorch's key names.
 */
import type { Tensor } from '@cotangent/tensor';
import { readFile, saveFile } from './files';
import { loadSafetensors, saveSafetensors } from './safetensors';

/** Anything with named tensors, such as a `Module`. */
export interface HasStateDict {
  stateDict(): Record<string, Tensor>;
  /** Throws a StateError when the names or shapes do not fit. */
  loadStateDict(state: Record<string, Tensor>): unknown;
}

/**
 * Writes the parameters and buffers of a module; a crash during the write leaves the old file.
 *
 * @param metadata texts to keep with them.
 * @throws FileError when the file cannot be written.
 * @example
 * ```ts
 * import { loadModel, saveModel } from '@cotangent/io';
 * import { Linear } from '@cotangent/layers';
 * await saveModel('model.safetensors', new Linear(4, 2));
 * await loadModel('model.safetensors', new Linear(4, 2));
 * ```
 */
export async function saveModel(path: string | URL, module: HasStateDict, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await saveFile(path, await saveSafetensors(module.stateDict(), metadata));
}

/**
 * Reads what `saveModel`, or PyTorch's `save_file`, has written into a module of the same structure.
 *
 * @returns the metadata of the file.
 * @throws FileError when the file is missing or damaged, StateError when it does not fit the module.
 */
export async function loadModel(path: string | URL, module: HasStateDict): Promise<Record<string, string>> {
  const { tensors, metadata } = loadSafetensors(await readFile(path), String(path));
  await module.loadStateDict(tensors);
  return metadata;
}
