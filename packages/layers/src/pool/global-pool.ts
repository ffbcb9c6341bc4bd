import { readOptions, ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

export interface GlobalPoolOptions {
  /** Whether the spatial axes stay, with size 1. Default false. */
  readonly keepdim?: boolean;
}

/** What pooling over all places has in common. */
export abstract class GlobalPool extends Module {
  readonly keepdim: boolean;

  constructor(options: GlobalPoolOptions = {}) {
    super();
    this.keepdim = readOptions(this.constructor.name, options, ['keepdim']).keepdim ?? false;
  }

  override extraRepr(): string {
    return this.keepdim ? 'keepdim=true' : '';
  }

  /** The axes behind the channels; throws ShapeError when there are none. */
  protected over(kind: string, x: Tensor): { readonly dim: readonly number[]; readonly keepdim: boolean } {
    checkInput(kind, x);
    if (x.ndim < 3) throw new ShapeError(`${kind}: the input has shape ${show(x.shape)}; expected [batch, channels, ...places].`);
    return { dim: x.shape.map((_, i) => i).slice(2), keepdim: this.keepdim };
  }
}
