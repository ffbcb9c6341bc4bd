/** Errors as users see them. */
import { BackendError, CotangentError } from '@cotangent/tensor';

export function compileError(cause: unknown): CotangentError {
  if (cause instanceof CotangentError) return cause;
  return new BackendError(`wasm: compiling the kernels of a plan failed: ${String(cause)}`, { cause });
}

/** The same error with the place of the `run` call as its cause. */
export function withCause(error: unknown, called: Error): Error {
  if (error instanceof CotangentError) {
    if (error.cause !== undefined) called.cause = error.cause;
    error.cause = called;
    return error;
  }
  called.cause = error;
  const message = error instanceof Error ? error.message : String(error);
  return new BackendError(`wasm: a queued computation failed: ${message}`, { cause: called });
}
