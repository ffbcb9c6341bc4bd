import { interpolate, readOptions, show, type InterpolateMode, type InterpolateOptions, type Tensor } from '@cotangent/tensor';
import { Module } from '../module';

export type UpsampleOptions = Omit<InterpolateOptions, 'antialias'>;

/**
 * [batch, channels, ...places] with more places (or fewer) along its one to three spatial axes: by default every place repeated, the
 * opposite of pooling; or interpolated. A convolution after it is the usual alternative to a transposed convolution.
 *
 * @example
 * ```ts
 * import { Upsample } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Upsample({ scaleFactor: 2 }).forward(ones([1, 3, 8, 8])).shape); // [1, 3, 16, 16]
 * console.log(new Upsample({ size: [10, 12], mode: 'bilinear' }).forward(ones([1, 3, 8, 8])).shape); // [1, 3, 10, 12]
 * ```
 */
export class Upsample extends Module {
  readonly size: number | readonly number[] | undefined;
  readonly scaleFactor: number | readonly number[] | undefined;
  readonly mode: InterpolateMode;
  readonly alignCorners: boolean;
  readonly recomputeScaleFactor: boolean;

  /** @param options as those of `interpolate`: size or scaleFactor, and the mode. They are checked with the first input. */
  constructor(options: UpsampleOptions) {
    super();
    this.size = readOptions('Upsample', options, ['mode', 'size', 'scaleFactor', 'alignCorners', 'recomputeScaleFactor']).size;
    this.scaleFactor = options.scaleFactor;
    this.mode = options.mode ?? 'nearest';
    this.alignCorners = options.alignCorners ?? false;
    this.recomputeScaleFactor = options.recomputeScaleFactor ?? false;
  }

  override extraRepr(): string {
    const text = (value: number | readonly number[]): string => (typeof value === 'number' ? String(value) : show(value));
    const target = this.size === undefined ? `scaleFactor=${text(this.scaleFactor!)}` : `size=${text(this.size)}`;
    return `${target}, mode=${this.mode}${this.alignCorners ? ', alignCorners=true' : ''}`;
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this);
  }
}
