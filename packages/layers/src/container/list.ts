/** Numbered containers: modules or parameters whose keys are their positions. */
import { ArgumentError, isTensor, Parameter, type Parameter as Trained } from '@cotangent/tensor';
import { describe } from '../check';
import { checkModule, Module } from '../module';

/** What the two lists have in common. */
abstract class List<T extends Module | Trained> extends Module {
  readonly #items: T[] = [];

  constructor(items: Iterable<T>) {
    super();
    this.push(...items);
  }

  /** Throws unless `item` is of the kind that the list holds. */
  protected abstract check(place: string, item: T): void;

  /** Number of items. */
  get length(): number {
    return this.#items.length;
  }

  /** The item at a position; negative counts from the end. */
  at(index: number): T | undefined {
    return this.#items.at(index);
  }

  /** Adds items at the end and returns the list. */
  push(...items: readonly T[]): this {
    items.forEach((item, i) => this.check(`${this.constructor.name}: item ${this.length + i}`, item));
    this.#items.push(...items);
    return this;
  }

  /** The results of a function for every item and its position. */
  map<R>(fn: (item: T, index: number) => R): R[] {
    return this.#items.map((item, index) => fn(item, index));
  }

  /** The items in order. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.#items);
  }

  /** A list is not called: its owner says what its items do. */
  forward(): never {
    throw new ArgumentError(
      `${this.constructor.name}: a list has no forward. Call its items, or use Sequential for modules that follow each other.`,
    );
  }
}

/**
 * Modules in a list, under the keys '0.weight', '1.weight', ... An array in a field does the same; this one can be passed around
 * as a module and grows with `push`.
 *
 * @example
 * ```ts
 * import { Linear, Module, ModuleList } from '@cotangent/layers';
 * import { ones, type Tensor } from '@cotangent/tensor';
 * class Deep extends Module {
 *   layers = new ModuleList(Array.from({ length: 3 }, () => new Linear(8, 8)));
 *   forward(x: Tensor): Tensor {
 *     for (const layer of this.layers) x = layer.forward(x).relu();
 *     return x;
 *   }
 * }
 * const deep = new Deep();
 * console.log(Object.keys(deep.stateDict())[2], deep.forward(ones([1, 8])).shape); // layers.1.weight [1, 8]
 * ```
 */
export class ModuleList<M extends Module = Module> extends List<M> {
  /** @param modules the first items. Default: none. */
  constructor(modules: Iterable<M> = []) {
    super(modules);
  }

  protected check(place: string, item: M): void {
    checkModule(place, item);
  }
}

/**
 * Parameters in a list, under the keys '0', '1', ...
 *
 * @example
 * ```ts
 * import { ParameterList } from '@cotangent/layers';
 * import { parameter, zeros } from '@cotangent/tensor';
 * const scales = new ParameterList([parameter(zeros([2])), parameter(zeros([3]))]);
 * console.log(Object.keys(scales.stateDict())); // ['0', '1']
 * ```
 */
export class ParameterList extends List<Trained> {
  /** @param parameters the first items. Default: none. */
  constructor(parameters: Iterable<Trained> = []) {
    super(parameters);
  }

  protected check(place: string, item: Trained): void {
    checkParameter(place, item);
  }
}

/** Throws ArgumentError unless `value` is a parameter. */
export function checkParameter(place: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && isTensor(value) && value instanceof Parameter) return;
  throw new ArgumentError(`${place} is ${describe(value)}; expected a parameter: parameter(tensor).`);
}
