import type { Tensor } from '@cotangent/tensor';
import { ArgumentError } from '@cotangent/tensor';
import { checkModule, Module, type Layer } from '../module';

/**
 * Layers one after another: each gets the output of the one before. Keys are positions ('0.weight', '2.bias'), as in PyTorch,
 * or the names given.
 *
 * @example
 * ```ts
 * import { Linear, ReLU, Sequential } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const mlp = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
 * console.log(mlp.forward(ones([32, 784])).shape); // [32, 10]
 * const named = new Sequential({ hidden: new Linear(784, 128), relu: new ReLU(), out: new Linear(128, 10) });
 * console.log(Object.keys(named.stateDict())); // hidden.weight, hidden.bias, out.weight, out.bias
 * ```
 */
export class Sequential extends Module {
  readonly #layers: ReadonlyMap<string, Layer>;

  /** @param layers modules that take one tensor and give one, or one object of them whose keys become names. */
  constructor(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = layers;
    const named = layers.length === 1 && typeof first === 'object' && Object.getPrototypeOf(first) === Object.prototype;
    const entries = Object.entries(named ? first : layers) as [string, Layer][];
    for (const [name, layer] of entries) {
      checkModule(`Sequential: layer ${name}`, layer);
      if (name.includes('.')) throw new ArgumentError(`Sequential: the name '${name}' contains a dot, which separates the parts of keys.`);
    }
    this.#layers = new Map(entries);
  }

  /** Number of layers. */
  get length(): number {
    return this.#layers.size;
  }

  /** The layer at a position; negative counts from the end. */
  at(index: number): Layer | undefined {
    return [...this.#layers.values()].at(index);
  }

  /** The layers in order. */
  [Symbol.iterator](): IterableIterator<Layer> {
    return this.#layers.values();
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return this.#layers;
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.#layers.values()) y = layer.forward(y);
    return y;
  }
}
