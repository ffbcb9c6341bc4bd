/** Pictures in and out: RGBA bytes, ImageData and canvas elements as tensors [channels, height, width]. */
import { ArgumentError, ShapeError } from './errors';
import { tensor } from './ops/create';
import { cast } from './ops/convert';
import { round } from './ops/elementary';
import { clamp, div, mul } from './ops/math';
import { narrow, permute } from './ops/movement';
import { show } from './shape';
import type { Tensor } from './tensor';

/** What an ImageData object looks like; raw RGBA bytes with their size will do. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, 4 bytes a pixel: red, green, blue, alpha. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A canvas, or anything with a 2-d context that can hand out pixels. */
export interface CanvasLike {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): RgbaImage } | null;
}

export interface FromImageOptions {
  /** 1 grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601), 3 RGB (default) or 4 RGBA. */
  readonly channels?: 1 | 3 | 4;
}

/**
 * A picture as float32 [channels, height, width] with values from 0 to 1.
 *
 * @throws ArgumentError when the data does not have width * height * 4 bytes.
 * @example
 * ```ts
 * import { fromImage } from '@cotangent/tensor';
 * const red = { width: 1, height: 1, data: Uint8Array.of(255, 0, 0, 255) };
 * console.log(await fromImage(red).array()); // [[[1]], [[0]], [[0]]]
 * ```
 */
export function fromImage(image: RgbaImage | CanvasLike, options: FromImageOptions = {}): Tensor {
  const { channels = 3 } = options;
  const { width, height, data } = 'getContext' in image ? pixelsOf(image) : image;
  if (data.length !== width * height * 4) {
    throw new ArgumentError(`fromImage: ${width} x ${height} RGBA pixels need ${width * height * 4} bytes, but the data has ${data.length}.`);
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length).slice();
  const planes = permute(tensor(bytes, { shape: [height, width, 4] }), [2, 0, 1]);
  const values = div(cast(planes, 'float32'), 255);
  if (channels === 4) return values;
  const rgb = narrow(values, 0, 0, 3);
  if (channels === 3) return rgb;
  return mul(rgb, tensor([0.299, 0.587, 0.114], { shape: [3, 1, 1] })).sum({ dim: 0, keepdim: true });
}

function pixelsOf(canvas: CanvasLike): RgbaImage {
  const context = canvas.getContext('2d');
  if (!context) throw new ArgumentError('fromImage: the canvas has no 2-d context (it may have a WebGL one); draw it onto another canvas first.');
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * A tensor [channels, height, width] (1, 3 or 4 channels) or [height, width] with values from 0 to 1 as RGBA bytes, ready
 * for `new ImageData(data, width, height)`. Values outside are clipped.
 *
 * @throws ShapeError for any other shape.
 * @example
 * ```ts
 * import { ones, toImage } from '@cotangent/tensor';
 * console.log((await toImage(ones([1, 1, 1]))).data); // Uint8ClampedArray [255, 255, 255, 255]
 * ```
 */
export async function toImage(x: Tensor): Promise<{ width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }> {
  const [channels, height, width] = x.ndim === 2 ? [1, ...x.shape] : x.shape;
  if ((x.ndim !== 3 && x.ndim !== 2) || ![1, 3, 4].includes(channels!)) {
    throw new ShapeError(`toImage: got shape ${show(x.shape)}; expected [height, width] or [channels, height, width] with 1, 3 or 4 channels.`);
  }
  const source = await cast(round(mul(clamp(cast(x, 'float32'), { min: 0, max: 1 }), 255)), 'uint8').data();
  const plane = height! * width!;
  const data = new Uint8ClampedArray(4 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = source[channels === 1 ? i : c * plane + i]!;
    data[4 * i + 3] = channels === 4 ? source[3 * plane + i]! : 255;
  }
  return { width: width!, height: height!, data };
}
