/** Arguments and results of compiled functions: nested arrays and plain objects with tensors as leaves. */
import { isTensor, type Tensor } from '../tensor';
import { Variable } from '../variable';

/** Marks in a list of values that no argument can contain. */
export const TENSOR = Symbol('tensor');
const ARRAY = Symbol('array');
const OBJECT = Symbol('object');
const END = Symbol('end');

/**
 * Appends what the recording depends on to `key`, and the tensors to `tensors`: the structure, the shape, dtype and
 * requires-grad flag of every tensor, and all else as it is. Variables count as what they are, not as tensors.
 */
export function flatten(value: unknown, key: unknown[], tensors: Tensor[]): void {
  if (typeof value !== 'object' || value === null) {
    key.push(value);
  } else if (isInput(value)) {
    const { shape, dtype, requiresGrad } = value.node;
    key.push(TENSOR, dtype, requiresGrad, shape.length);
    for (let i = 0; i < shape.length; i++) key.push(shape[i]);
    tensors.push(value);
  } else if (Array.isArray(value)) {
    key.push(ARRAY, value.length);
    for (const item of value as unknown[]) flatten(item, key, tensors);
  } else if (isPlain(value)) {
    key.push(OBJECT);
    for (const name of Object.keys(value)) {
      key.push(name);
      flatten((value as Record<string, unknown>)[name], key, tensors);
    }
    key.push(END);
  } else {
    key.push(value);
  }
}

/** The same structure with `change` applied to every tensor; `change` gets what else there is too, and may give it back. */
export function mapTensors(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, change));
  if (typeof value === 'object' && value !== null && !isTensor(value) && isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTensors(item, change)]));
  }
  return change(value);
}

/** Whether an argument is an input of the recording: a tensor that is no variable. */
export function isInput(value: unknown): value is Tensor {
  return isTensor(value) && !(value instanceof Variable);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
