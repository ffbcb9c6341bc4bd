/**
 * Image arrays on the host: the last two axes are height and width, whatever comes before them is left alone.
 */
import { ArgumentError, ShapeError } from '@cotangent/tensor';
import { allocateLike, checkNdArray, type NdArray } from './ndarray';
import type { SeededRandom } from './random';

/**
 * Resizes images by bilinear interpolation between pixel centres (PyTorch's `interpolate` with `mode: 'bilinear'`,
 * `align_corners: false`). Making images much smaller skips pixels; average first if that matters.
 *
 * @param images `[..., height, width]`, for example `[1797, 8, 8]`.
 * @param size `[height, width]` of the result.
 * @returns float32 `[..., size[0], size[1]]`.
 * @throws ShapeError when there are no two axes or an image is empty, ArgumentError for a wrong size.
 * @example
 * ```ts
 * import { resizeBilinear } from '@cotangent/data';
 * const larger = resizeBilinear({ data: Float32Array.of(0, 1, 2, 3), shape: [2, 2] }, [4, 4]);
 * console.log(larger.shape, larger.data[5]); // [4, 4], 0.75
 * ```
 */
export function resizeBilinear(images: NdArray, size: readonly [number, number]): NdArray<Float32Array> {
  const { height, width, count } = extents('resizeBilinear', images);
  const [outHeight, outWidth] = size;
  if (![outHeight, outWidth].every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw new ArgumentError(`resizeBilinear: size is [${size.join(', ')}], expected [height, width], two whole numbers of at least 1.`);
  }
  const rows = taps(height, outHeight);
  const columns = taps(width, outWidth);
  const source = images.data;
  const data = new Float32Array(count * outHeight * outWidth);
  let out = 0;
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < outHeight; y++) {
      const upper = (image * height + rows.low[y]!) * width;
      const lower = (image * height + rows.high[y]!) * width;
      const down = rows.weight[y]!;
      for (let x = 0; x < outWidth; x++) {
        const left = columns.low[x]!;
        const right = columns.high[x]!;
        const across = columns.weight[x]!;
        const top = source[upper + left]! * (1 - across) + source[upper + right]! * across;
        const bottom = source[lower + left]! * (1 - across) + source[lower + right]! * across;
        data[out++] = top * (1 - down) + bottom * down;
      }
    }
  }
  return { data, shape: [...images.shape.slice(0, -2), outHeight, outWidth] };
}

/**
 * Moves an image by whole pixels: `dy` down and `dx` to the right, negative numbers the other way.
 *
 * @param image `[..., height, width]`; all leading axes move together.
 * @param fill what comes in at the border. Default 0.
 * @throws ShapeError when there are no two axes.
 * @example
 * ```ts
 * import { shift } from '@cotangent/data';
 * console.log(shift({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, 1, 0).data); // 0 0 1 2
 * ```
 */
export function shift<A extends NdArray>(image: A, dy: number, dx: number, fill = 0): A {
  const { height, width, count } = extents('shift', image);
  if (!Number.isInteger(dy) || !Number.isInteger(dx)) {
    throw new ArgumentError(`shift: dy is ${dy} and dx is ${dx}, expected whole numbers of pixels.`);
  }
  const data = allocateLike(image.data, image.data.length).fill(fill);
  const left = Math.max(0, dx);
  const right = Math.min(width, width + dx);
  for (let row = 0; row < count * height; row++) {
    const from = (row % height) - dy;
    if (from < 0 || from >= height || right <= left) continue;
    const source = (row - dy) * width;
    data.set(image.data.subarray(source + left - dx, source + right - dx), row * width + left);
  }
  return { ...image, data };
}

/**
 * Moves an image by up to `pixels` in each direction, every distance equally likely. Meant for a loader's `transform`.
 *
 * @throws ArgumentError when `pixels` is not a whole number of at least 0.
 * @example
 * ```ts
 * import { DataLoader, arrayDataset, randomShift } from '@cotangent/data';
 * const images = arrayDataset({ x: { data: new Float32Array(4 * 64), shape: [4, 1, 8, 8] } });
 * const loader = new DataLoader(images, { transform: ({ x }, random) => ({ x: randomShift(x, 1, random) }) });
 * ```
 */
export function randomShift<A extends NdArray>(image: A, pixels: number, random: SeededRandom, fill = 0): A {
  if (!Number.isInteger(pixels) || pixels < 0) {
    throw new ArgumentError(`randomShift: pixels is ${pixels}, expected a whole number of at least 0.`);
  }
  return shift(image, random.integer(-pixels, pixels + 1), random.integer(-pixels, pixels + 1), fill);
}

/** For every output pixel the two input pixels around its centre and how much of the second there is in it. */
function taps(size: number, outSize: number): { low: Uint32Array; high: Uint32Array; weight: Float64Array } {
  const low = new Uint32Array(outSize);
  const high = new Uint32Array(outSize);
  const weight = new Float64Array(outSize);
  for (let i = 0; i < outSize; i++) {
    const centre = Math.max(0, ((i + 0.5) * size) / outSize - 0.5);
    low[i] = Math.min(size - 1, Math.floor(centre));
    high[i] = Math.min(size - 1, low[i]! + 1);
    weight[i] = centre - low[i]!;
  }
  return { low, high, weight };
}

function extents(where: string, images: NdArray): { height: number; width: number; count: number } {
  checkNdArray(where, images);
  if (images.data instanceof Uint16Array) {
    throw new ArgumentError(`${where}: float16 bits cannot be interpolated. Convert them to a Float32Array first.`);
  }
  const [height, width] = images.shape.slice(-2);
  if (height === undefined || width === undefined || height * width === 0) {
    throw new ShapeError(`${where}: shape is [${images.shape.join(', ')}], expected [..., height, width] with at least one pixel.`);
  }
  return { height, width, count: images.data.length / (height * width) };
}
