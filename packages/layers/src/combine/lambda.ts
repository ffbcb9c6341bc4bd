import { ArgumentError, type Tensor } from '@cotangent/tensor';
import { describe } from '../check';
import { Module } from '../module';

/**
 * A function as a layer, for what has no parameters. A function that uses parameters or other layers belongs into a module of
 * your own: those inside a function are not found.
 *
 * @example
 * ```ts
 * import { Lambda, Linear, Sequential } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const net = new Sequential(new Lambda((x) => x.div(255)), new Linear(4, 2));
 * console.log(net.forward(ones([1, 4])).shape); // [1, 2]
 * ```
 */
export class Lambda extends Module {
  readonly #fn: (x: Tensor) => Tensor;

  constructor(fn: (x: Tensor) => Tensor) {
    super();
    if (typeof fn !== 'function' || (fn as unknown) === Module || (fn as unknown as { prototype?: unknown }).prototype instanceof Module) {
      throw new ArgumentError(`Lambda: got ${describe(fn)}; expected a function from a tensor to a tensor.`);
    }
    this.#fn = fn;
  }

  override extraRepr(): string {
    return this.#fn.name;
  }

  forward(x: Tensor): Tensor {
    return this.#fn(x);
  }
}
