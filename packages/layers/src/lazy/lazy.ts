/** A layer that is made at its first call, when it sees its input. */
import { ArgumentError, full, StateError, type Tensor } from '@cotangent/tensor';
import { describe } from '../check';
import { Module, type Layer } from '../module';
import { isDeferred, Unbuilt } from './deferred';

/**
 * Stands for a layer whose sizes depend on its input: the first call makes it, and from then on this is that layer, with the same
 * keys in the state dict. `LazyLinear`, `LazyConv2d` and the others are made of it, and a layer of your own can be.
 *
 * Before the first call there are no parameters, so `parameters()`, and with it an optimiser, `stateDict` and `loadStateDict` are
 * refused. Call the model once on a batch, or let `summary(model, inputShape)` do it, which computes nothing. Under `compile` the
 * first call must come before.
 *
 * @example
 * ```ts
 * import { Lazy, LayerNorm, summary } from '@cotangent/layers';
 * const norm = new Lazy((x) => new LayerNorm(x.shape.at(-1)!));
 * summary(norm, [1, 12]);
 * console.log(norm.layer.weight!.shape); // [12]
 * ```
 */
export class Lazy<M extends Layer> extends Module {
  readonly #make: (x: Tensor) => M;
  readonly #repr: string;
  #layer: M | undefined;

  /**
   * @param make gives the layer for the first input, of which it should look at shape and dtype only.
   * @param repr what is printed in the parentheses before the first call. Default nothing.
   */
  constructor(make: (x: Tensor) => M, repr = '') {
    super();
    if (typeof make !== 'function') throw new ArgumentError(`Lazy: got ${describe(make)}; expected a function that makes a layer for an input.`);
    this.#make = make;
    this.#repr = repr;
  }

  /** Whether the first call has been. */
  get isBuilt(): boolean {
    return this.#layer !== undefined;
  }

  /** The layer. @throws StateError before the first call. */
  get layer(): M {
    this.checkBuilt('');
    return this.#layer!;
  }

  override extraRepr(): string {
    return this.#layer ? this.#layer.extraRepr() : this.#repr;
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return this.#layer ? Object.entries(this.#layer) : [];
  }

  protected override checkBuilt(path: string): void {
    if (this.#layer) return;
    const name = `${path === '' ? '' : `${path}: `}${this.constructor.name}(${this.#repr})`;
    throw new StateError(
      `${name} has no parameters before its first call, which shows it the shape of its input. Call the model once on a batch, or ` +
        'summary(model, inputShape), before an optimizer is made and before a state dict is taken or loaded.',
    );
  }

  forward(x: Tensor, ...rest: readonly unknown[]): Tensor {
    const layer = (this.#layer ??= this.#build(x));
    layer.training = this.training;
    // The method itself: hooks, paths and summaries see this module and not a second one inside.
    const { forward } = Object.getPrototypeOf(layer) as { forward: (...inputs: readonly unknown[]) => Tensor };
    return forward.call(layer, x, ...rest);
  }

  #build(x: Tensor): M {
    if (isDeferred()) {
      const { shape, dtype } = x;
      throw new Unbuilt(() => (this.#layer ??= this.#make(full(shape, 0, { dtype }))));
    }
    try {
      return this.#make(x);
    } catch (cause) {
      if (!(cause instanceof ArgumentError) || !cause.message.startsWith('compile:')) throw cause;
      throw new StateError(
        `${this.constructor.name}(${this.#repr}): the first call makes the parameters, and it is inside compile, where none can be made. ` +
          'Call the model once before, or summary(model, inputShape).',
        { cause },
      );
    }
  }
}
