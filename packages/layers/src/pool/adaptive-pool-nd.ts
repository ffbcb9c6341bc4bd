import { ArgumentError, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/** One size for all axes, or one per axis, where null keeps the input's. */
export type AdaptiveSize = number | readonly (number | null)[];

/** What pooling to a given size has in common. */
export abstract class AdaptivePoolNd extends Module {
  readonly outputSize: readonly (number | null)[];

  protected constructor(
    private readonly kind: string,
    rank: number,
    private readonly pool: (x: Tensor, size: readonly (number | null)[]) => Tensor,
    outputSize: AdaptiveSize,
  ) {
    super();
    const sizes: readonly (number | null)[] = typeof outputSize === 'number' ? new Array<number>(rank).fill(outputSize) : [...outputSize];
    if (sizes.length !== rank || !sizes.every((n) => n === null || (Number.isInteger(n) && n >= 1))) {
      throw new ArgumentError(
        `${kind}: outputSize is ${JSON.stringify(outputSize)}; expected a whole number >= 1, or a list of ${rank} of them or null.`,
      );
    }
    this.outputSize = Object.freeze(sizes);
  }

  override extraRepr(): string {
    return `outputSize=[${this.outputSize.join(', ')}]`;
  }

  protected check(x: Tensor): void {
    checkInput(this.kind, x);
  }

  forward(x: Tensor): Tensor {
    this.check(x);
    return this.pool(x, this.outputSize);
  }
}
