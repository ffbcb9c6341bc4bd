import { CotangentError } from '@cotangent/tensor';

/** Training that cannot go on: a loss that is no number any more. */
export class TrainingError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_TRAINING', message, options);
  }
}
