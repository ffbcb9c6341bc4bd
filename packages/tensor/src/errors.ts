/**
 * Errors that users can catch by class or by `code`. Every message says what was given, what was expected and how to
 * fix it; `cause` carries the error underneath, when there is one.
 */
export class CotangentError extends Error {
  /** Stable machine-readable name, such as `ERR_SHAPE`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Shapes that do not fit an operation. */
export class ShapeError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_SHAPE', message, options);
  }
}

/** Element types that do not fit an operation, or that a backend cannot hold. */
export class DTypeError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_DTYPE', message, options);
  }
}

/** An axis or an index outside its range. */
export class IndexError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_INDEX', message, options);
  }
}

/** An argument that is neither a shape, a dtype nor an index but still wrong. */
export class ArgumentError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_ARGUMENT', message, options);
  }
}

/** No backend, the wrong backend, or a backend that failed. */
export class BackendError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_BACKEND', message, options);
  }
}

/** A value that was never read and whose parameters have been updated since. */
export class StaleValueError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_STALE', message, options);
  }
}

/** A gradient that cannot be computed as asked. */
export class GradientError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_GRADIENT', message, options);
  }
}

/** A file or byte sequence that is damaged, truncated or not what it claims to be. */
export class FileError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_FILE', message, options);
  }
}

/** A state dict that does not fit a module. */
export class StateError extends CotangentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_STATE', message, options);
  }
}

/** What `numericsCheck` knows about the op that made the first NaN or infinity. */
export interface NumericsFinding {
  /** The op; undefined when the number was in the data that a plan started from. */
  readonly op: string | undefined;
  /** The shape of the result, and the place of the first such element in it. */
  readonly shape: readonly number[];
  readonly element: readonly number[];
  readonly value: number;
  /** The numbers it was computed from; undefined for ops that are not element-wise. */
  readonly inputs: readonly number[] | undefined;
  /** 'file:line:column' of the user's code that called the op; for the op of a gradient, that asked for the gradient. */
  readonly at: string | undefined;
  /** For the op of a gradient: the op whose gradient it belongs to, and the line that called that. */
  readonly gradientOf: { readonly op: string; readonly at: string | undefined } | undefined;
}

/** A NaN or an infinity found by `numericsCheck`. */
export class NumericsError extends CotangentError {
  readonly finding: NumericsFinding;

  constructor(message: string, finding: NumericsFinding, options?: { cause?: unknown }) {
    super('ERR_NUMERICS', message, options);
    this.finding = finding;
  }
}
