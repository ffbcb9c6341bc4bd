import {
  bernoulli, cast, div, maxPool2d, mul, pad, readOptions, ShapeError, show, sub, sum, type Generator, type Tensor,
} from '@cotangent/tensor';
import { checkInput, checkProbability, checkWhole } from '../check';
import { Module } from '../module';
import { channelMask, DROPOUT_FUNCTION_OPTIONS, DROPOUT_OPTIONS, type DropoutFunctionOptions, type DropoutOptions } from './mask';

/** Keeps the divisor away from 0 when everything is dropped. */
const EPSILON = 1e-6;

/**
 * Dropout of square blocks of feature maps: in training blocks of blockSize x blockSize neighbours become 0, about a share p of all
 * elements, and the rest is multiplied by the share that is left; else the input is returned as it is.
 *
 * @param x [batch, channels, height, width] or [channels, height, width].
 * @param options p: default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1] or the size is not whole; ShapeError when the block does not fit the image.
 * @example
 * ```ts
 * import { dropBlock2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(dropBlock2d(ones([8, 16, 14, 14]), 3, { p: 0.1 }).shape); // [8, 16, 14, 14]
 * ```
 */
export function dropBlock2d(x: Tensor, blockSize: number, options: DropoutFunctionOptions = {}): Tensor {
  const { p = 0.5, training = true, generator } = readOptions('dropBlock2d', options, DROPOUT_FUNCTION_OPTIONS);
  checkProbability('dropBlock2d', 'p', p);
  checkWhole('dropBlock2d', 'blockSize', blockSize, 1);
  checkInput('dropBlock2d', x);
  const channels = channelMask('dropBlock2d', x, 2).slice(0, -2);
  const [height, width] = x.shape.slice(-2) as [number, number];
  if (blockSize > height || blockSize > width) {
    throw new ShapeError(`dropBlock2d: a block of ${blockSize} x ${blockSize} does not fit the input of shape ${show(x.shape)}.`);
  }
  if (!training || p === 0) return x;
  // Where a block may begin, and how often one has to begin for a share p to be covered.
  const [rows, columns] = [height - blockSize + 1, width - blockSize + 1];
  const rate = Math.min(1, (p * height * width) / (blockSize * blockSize * rows * columns));
  const starts = cast(bernoulli(rate, [...channels, rows, columns], { generator }), x.dtype);
  const margin = blockSize - 1;
  const dropped = maxPool2d(pad(starts, [margin, margin, margin, margin]), blockSize, { stride: 1 });
  const kept = sub(1, dropped);
  return mul(mul(x, kept), div(kept.size, sum(kept).add(EPSILON)));
}

/**
 * Dropout for convolutions: whole blocks of a feature map are dropped, because single elements could be guessed from their neighbours.
 * Ghiasi et al., "DropBlock: A regularization method for convolutional networks", 2018.
 *
 * @example
 * ```ts
 * import { DropBlock2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new DropBlock2d(0.1, 3).forward(ones([8, 16, 14, 14])).shape); // [8, 16, 14, 14]
 * ```
 */
export class DropBlock2d extends Module {
  readonly p: number;
  readonly blockSize: number;
  readonly generator: Generator | undefined;

  /** @param p the share of elements that is dropped. */
  constructor(p: number, blockSize: number, options: DropoutOptions = {}) {
    super();
    this.p = checkProbability('DropBlock2d', 'p', p);
    this.blockSize = checkWhole('DropBlock2d', 'blockSize', blockSize, 1);
    this.generator = readOptions('DropBlock2d', options, DROPOUT_OPTIONS).generator;
  }

  override extraRepr(): string {
    return `p=${this.p}, blockSize=${this.blockSize}`;
  }

  forward(x: Tensor): Tensor {
    return dropBlock2d(x, this.blockSize, this);
  }
}
