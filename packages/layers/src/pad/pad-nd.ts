import { ArgumentError, pad, ShapeError, show, type PadMode, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/** One width for all borders, or (before, after) for each spatial axis from the last one backwards, as in PyTorch. Negative cuts. */
export type Borders = number | readonly number[];

/** What the padding layers have in common. */
export abstract class PadNd extends Module {
  readonly padding: readonly number[];

  protected constructor(
    private readonly kind: string,
    private readonly rank: number,
    private readonly mode: PadMode,
    padding: Borders,
    readonly value = 0,
  ) {
    super();
    const list = typeof padding === 'number' ? new Array<number>(2 * rank).fill(padding) : [...padding];
    if (list.length !== 2 * rank || !list.every(Number.isInteger)) {
      throw new ArgumentError(
        `${kind}: padding is ${typeof padding === 'number' ? padding : show(padding)}; expected a whole number, or ${2 * rank} of them: ` +
          'before and after, from the last axis backwards.',
      );
    }
    this.padding = Object.freeze(list);
  }

  override extraRepr(): string {
    return `padding=${show(this.padding)}${this.value === 0 ? '' : `, value=${this.value}`}`;
  }

  forward(x: Tensor): Tensor {
    const { kind, rank, mode, value } = this;
    checkInput(kind, x);
    if (x.ndim !== rank + 1 && x.ndim !== rank + 2) {
      throw new ShapeError(`${kind}: the input has shape ${show(x.shape)}; expected [batch, channels, ${rank} spatial axes], or without batch.`);
    }
    return pad(x, this.padding, { mode, value });
  }
}
