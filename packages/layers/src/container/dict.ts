/** Named containers: modules or parameters whose keys are given. */
import { ArgumentError, type Parameter } from '@cotangent/tensor';
import { checkModule, Module } from '../module';
import { checkParameter } from './list';

/** What the two dicts have in common. */
abstract class Dict<T extends Module | Parameter> extends Module {
  readonly #items = new Map<string, T>();

  constructor(items: Readonly<Record<string, T>>) {
    super();
    for (const [key, item] of Object.entries(items)) this.set(key, item);
  }

  /** Throws unless `item` is of the kind that the dict holds. */
  protected abstract check(place: string, item: T): void;

  /** Number of items. */
  get size(): number {
    return this.#items.size;
  }

  /** The item of a key. */
  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  /** Adds an item, or replaces that of the same key, and returns the dict. */
  set(key: string, item: T): this {
    const kind = this.constructor.name;
    if (key === '' || key.includes('.')) throw new ArgumentError(`${kind}: the key '${key}' is empty or has a dot in it, which separates the parts of keys.`);
    this.check(`${kind}: item '${key}'`, item);
    this.#items.set(key, item);
    return this;
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  /** Takes an item out; true if there was one. */
  delete(key: string): boolean {
    return this.#items.delete(key);
  }

  keys(): IterableIterator<string> {
    return this.#items.keys();
  }

  values(): IterableIterator<T> {
    return this.#items.values();
  }

  /** Keys and items, in the order in which they were added. */
  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#items.entries();
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return this.#items;
  }

  /** A dict is not called: its owner says what its items do. */
  forward(): never {
    throw new ArgumentError(`${this.constructor.name}: a dict has no forward. Call its items.`);
  }
}

/**
 * Modules under names, for choosing one at run time. A plain object in a field does the same; this one can be passed around as a
 * module and changed with `set` and `delete`.
 *
 * @example
 * ```ts
 * import { ModuleDict, ReLU, Tanh, type Layer } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const activations = new ModuleDict<Layer>({ relu: new ReLU(), tanh: new Tanh() });
 * console.log(await activations.get('relu')!.forward(tensor([-1, 1])).array()); // [0, 1]
 * ```
 */
export class ModuleDict<M extends Module = Module> extends Dict<M> {
  /** @param modules the first items. Default: none. */
  constructor(modules: Readonly<Record<string, M>> = {}) {
    super(modules);
  }

  protected check(place: string, item: M): void {
    checkModule(place, item);
  }
}

/**
 * Parameters under names.
 *
 * @example
 * ```ts
 * import { ParameterDict } from '@cotangent/layers';
 * import { parameter, zeros } from '@cotangent/tensor';
 * console.log(Object.keys(new ParameterDict({ shift: parameter(zeros([2])) }).stateDict())); // ['shift']
 * ```
 */
export class ParameterDict extends Dict<Parameter> {
  /** @param parameters the first items. Default: none. */
  constructor(parameters: Readonly<Record<string, Parameter>> = {}) {
    super(parameters);
  }

  protected check(place: string, item: Parameter): void {
    checkParameter(place, item);
  }
}
