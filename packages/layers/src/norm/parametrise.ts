/** Weights that are computed from other fields at every forward pass, in a layer that knows nothing of it. */
import { ArgumentError, Parameter, parameter, type Tensor } from '@cotangent/tensor';
import type { Module } from '../module';

type Fields = Record<string, unknown>;

interface Computed {
  /** The object whose property the weight is. */
  readonly holder: Fields;
  /** The value of the weight as its fields are now. */
  readonly value: () => Tensor;
  /** Called before every forward pass. */
  readonly before?: () => void;
  /** Names of the fields that stand in the state instead of the weight. */
  readonly fields: readonly string[];
  /** What makes the weight so, for messages. */
  readonly op: string;
  /** The value during a forward pass, which may read it several times. */
  current?: Tensor;
}

interface Parametrised {
  readonly weights: Map<string, Computed>;
  /** The layer's own property `forward` as it was. */
  readonly forward: PropertyDescriptor;
}

const parametrised = /* @__PURE__ */ new WeakMap<Module, Parametrised>();

/** The layer, or the plain object in one of its fields, that has the property `name`: recurrent layers keep their weights in one. */
function holderOf(layer: Module, name: string): Fields {
  const own = layer as unknown as Fields;
  if (name in own) return own;
  const inside = (value: unknown): value is Fields =>
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && Object.hasOwn(value, name);
  return Object.values(own).find(inside) ?? own;
}

/** The parameter `name` of a layer; throws ArgumentError when there is none, or when it is computed already. */
export function ownWeight(op: string, layer: Module, name: string): Parameter {
  const by = parametrised.get(layer)?.weights.get(name)?.op;
  if (by) throw new ArgumentError(`${op}: '${name}' of ${layer.constructor.name} is computed by ${by} already.`);
  const weight = holderOf(layer, name)[name];
  if (!(weight instanceof Parameter)) throw new ArgumentError(`${op}: ${layer.constructor.name} has no parameter '${name}'.`);
  return weight;
}

/** Puts `fields` in the place of the parameter `name`, which becomes a value computed from them. */
export function parametrise(
  op: string,
  layer: Module,
  name: string,
  fields: Readonly<Fields>,
  value: () => Tensor,
  before?: () => void,
): void {
  const holder = holderOf(layer, name);
  const computed: Computed = { op, holder, value, before, fields: Object.keys(fields) };
  Reflect.deleteProperty(holder, name);
  Object.assign(holder, fields);
  // Not enumerable, so that the state has the fields only.
  Object.defineProperty(holder, name, { configurable: true, enumerable: false, get: () => computed.current ?? value() });
  const known = parametrised.get(layer);
  if (known) {
    known.weights.set(name, computed);
    return;
  }
  const weights = new Map([[name, computed]]);
  const own = Object.getOwnPropertyDescriptor(layer, 'forward')!;
  parametrised.set(layer, { weights, forward: own });
  const forward = own.value as (...inputs: unknown[]) => unknown;
  const computing = (...inputs: unknown[]): unknown => {
    for (const weight of weights.values()) {
      weight.before?.();
      weight.current = weight.value();
    }
    try {
      return forward(...inputs);
    } finally {
      for (const weight of weights.values()) weight.current = undefined;
    }
  };
  Object.defineProperty(layer, 'forward', { ...own, value: computing });
}

/** Makes the weight `name`, computed by `op`, a parameter again, with the value of now. */
export function settleWeight(op: string, layer: Module, name: string): void {
  const known = parametrised.get(layer);
  const computed = known?.weights.get(name);
  if (!known || computed?.op !== op) throw new ArgumentError(`${op}: '${name}' of ${layer.constructor.name} is not computed by it.`);
  const weight = parameter(computed.value().detach());
  for (const field of [name, ...computed.fields]) Reflect.deleteProperty(computed.holder, field);
  computed.holder[name] = weight;
  known.weights.delete(name);
  if (known.weights.size > 0) return;
  Object.defineProperty(layer, 'forward', known.forward);
  parametrised.delete(layer);
}
