import { readIdx } from '@cotangent/data';
import { decodeCheckpoint, encodeCheckpoint, encodeSafetensors, loadSafetensors, readFile } from '@cotangent/io';
import { Linear } from '@cotangent/layers';
import { SGD } from '@cotangent/optimizers';
import { zeros } from '@cotangent/tensor';
import type { Section } from '../section';

/** A file with one tensor of 2 x 2 numbers and a checksum. */
const weights = encodeSafetensors({ weight: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } }, {}, { checksum: true });

/** A checkpoint of a model without an optimiser. */
function checkpoint(): Promise<Uint8Array> {
  const model = new Linear(2, 2);
  model.loadStateDict({ weight: zeros([2, 2]), bias: zeros([2]) });
  return encodeCheckpoint({ model, epoch: 3 });
}

/** The same bytes with one bit of the last byte turned over. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** Three labels in the IDX format. */
const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1);

export const files: readonly Section[] = [
  {
    title: 'Damaged files: safetensors',
    cases: [
      () => loadSafetensors(weights.slice(0, 5), 'model.safetensors'),
      () => loadSafetensors(weights.slice(0, 40), 'model.safetensors'),
      () => loadSafetensors(weights.slice(0, -3), 'model.safetensors'),
      () => loadSafetensors(flipped(weights), 'model.safetensors'),
      () => loadSafetensors(Uint8Array.of(...weights, 0), 'model.safetensors'),
      () => loadSafetensors(new TextEncoder().encode('GIF89a, which is a picture'), 'picture.gif'),
      () => readFile('no-such-file.safetensors'),
    ],
  },
  {
    title: 'Damaged files: IDX',
    cases: [
      () => readIdx(labels.slice(0, 3), 'labels.idx'),
      () => readIdx(labels.slice(0, 6), 'labels.idx'),
      () => readIdx(labels.slice(0, 10), 'labels.idx'),
      () => readIdx(Uint8Array.of(...labels, 0), 'labels.idx'),
      () => readIdx(Uint8Array.of(0, 0, 7, 1), 'labels.idx'),
      () => readIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), 'labels.idx.gz'),
      () => readIdx(new TextEncoder().encode('label\n7\n'), 'labels.csv'),
    ],
  },
  {
    title: 'Damaged files: checkpoints',
    cases: [
      async () => decodeCheckpoint((await checkpoint()).slice(0, -1), {}, 'run.safetensors'),
      async () => decodeCheckpoint(flipped(await checkpoint()), {}, 'run.safetensors'),
      () => decodeCheckpoint(weights, {}, 'model.safetensors'),
      async () => {
        const optimizer = new SGD(new Linear(2, 2).parameters(), { lr: 0.1 });
        await decodeCheckpoint(await checkpoint(), { optimizer }, 'run.safetensors');
      },
      async () => decodeCheckpoint(await checkpoint(), { model: new Linear(2, 3) }, 'run.safetensors'),
    ],
  },
];
