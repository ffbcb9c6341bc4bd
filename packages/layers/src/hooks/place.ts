/** Where in a model an error came from: the path of the layer, its class and what it was called with. */
import { CotangentError, show } from '@cotangent/tensor';
import type { Module } from '../module';
import { tensorsIn } from '../structure';

interface Place {
  /** The innermost module whose call failed. */
  readonly module: Module;
  readonly message: string;
  readonly shapes: string;
}

/** Errors on their way up through the calls of a model. */
const places = new WeakMap<CotangentError, Place>();

/**
 * Adds to the message of an error that leaves the call of `module` which layer it came from, as seen from `module`: on its way
 * up an error meets larger and larger parts of the model, and the path grows with them.
 */
export function addPlace(error: unknown, module: Module, inputs: readonly unknown[]): void {
  if (!(error instanceof CotangentError)) return;
  const place = places.get(error);
  if (!place) {
    const shapes = tensorsIn(inputs).map((x) => show(x.shape)).join(', ');
    places.set(error, { module, message: error.message, shapes });
    return;
  }
  const path = module.namedModules().find(([, part]) => part === place.module)?.[0];
  if (path === undefined || path === '') return;
  const { message, shapes } = place;
  const called = shapes === '' ? '' : `, called with ${shapes}`;
  const { message: before, stack } = error;
  error.message = `${message}\nIn ${path} (${place.module.constructor.name}) of ${module.constructor.name}${called}.`;
  // Engines write the message into the stack when the error is made.
  if (stack !== undefined) error.stack = stack.replace(before, () => error.message);
}
