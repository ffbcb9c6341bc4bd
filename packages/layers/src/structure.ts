/** Looking into what modules take and give: tensors, alone or in arrays and plain objects. */
import { isTensor, type Tensor } from '@cotangent/tensor';

/** Every tensor in a value, in order. */
export function tensorsIn(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTensors(value, (tensor) => {
    found.push(tensor);
    return tensor;
  });
  return found;
}

/** The value with every tensor in it replaced; arrays and plain objects are copied, everything else stays. */
export function mapTensors(value: unknown, replace: (tensor: Tensor) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isTensor(value)) return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, replace));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTensors(item, replace)]));
}

/** Whether an object is one of braces, not of a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
