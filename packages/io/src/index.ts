export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  saveSafetensors,
  type RawTensor,
  type Safetensors,
  type SafetensorsOptions,
} from './safetensors';
export { readFile, saveFile } from './files';
export { loadModel, saveModel, type HasStateDict } from './model';
export {
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type CheckpointInfo,
  type CheckpointParts,
  type CheckpointTargets,
  type HasOptimizerState,
  type Resumable,
} from './checkpoint';
export type { JsonValue } from './json';
