/** A trained network as a file: the weights under PyTorch's key names, as safetensors. */
import { loadSafetensors, saveSafetensors } from '@cotangent/io';
import { CotangentError } from '@cotangent/tensor';
import type { DigitNet } from './model';

export async function encodeModel(model: DigitNet): Promise<Uint8Array> {
  return saveSafetensors(model.stateDict(), { model: 'digits-web', side: String(model.side) });
}

/**
 * Reads a file into the network: all of it, or nothing.
 *
 * @throws ModelFileError when the file is damaged, of another kind, or of another network.
 */
export function decodeModel(bytes: Uint8Array, name: string, model: DigitNet): void {
  try {
    model.loadStateDict(loadSafetensors(bytes, name).tensors);
  } catch (cause) {
    if (!(cause instanceof CotangentError)) throw cause;
    throw new ModelFileError(name, cause, model);
  }
}

/** Says what was expected before it says what is wrong, because whoever dropped the file may know neither format nor network. */
export class ModelFileError extends Error {
  constructor(name: string, cause: CotangentError, model: DigitNet) {
    const weights = Object.entries(model.stateDict()).map(([key, { shape }]) => `${key} [${shape.join(', ')}]`);
    super(
      `${name} cannot be used. Expected a .safetensors file with the weights of this network, as “Download model” writes it: ` +
        `${weights.join(', ')}. The problem: ${cause.message}`,
      { cause },
    );
    this.name = 'ModelFileError';
  }
}
