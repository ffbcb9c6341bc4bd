/** The digits: where they come from, how they are divided, and how they become numbers a network likes. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  arrayDataset,
  collect,
  loadIdx,
  resizeBilinear,
  split,
  standardScaler,
  subset,
  type Arrays,
  type NdArray,
  type Subset,
} from '@cotangent/data';
import { digits } from '@cotangent/datasets';
import { ArgumentError, FileError } from '@cotangent/tensor';
import { CLASSES, SIDE } from './model';

/** x: an image [1, 28, 28] with mean 0 and deviation 1 over the training part; y: its digit. */
export type Sample = Arrays<'x' | 'y'>;
export type Part = Subset<Sample>;

export interface DigitsData {
  /** What they are and where they come from, in a line. */
  readonly description: string;
  readonly train: Part;
  /** Watched during training, never trained on. */
  readonly dev: Part;
  /** Looked at once, at the very end. */
  readonly test: Part;
  /** What paper is after standardising: what comes in at the border of a shifted image. */
  readonly paper: number;
}

/** All images with their labels, before they are divided. */
interface Labelled {
  readonly description: string;
  /** [n, 28, 28], 0 is paper. */
  readonly images: NdArray;
  readonly labels: Int32Array;
  /** The last of the images, if it is given which are for testing; otherwise a fifth is chosen. */
  readonly tests?: number;
}

/** Share of all images that is kept for the test, and share of the rest that is kept for watching. */
const TEST = 0.2;
const DEV = 0.1;

/**
 * Loads the digits of `folder`, or those that come with the repository, and divides them. Every part has each digit in
 * about the same share as the whole, except the test part of MNIST, which is given.
 *
 * @param limit use only so many of them, for a quick try.
 * @throws FileError when a file is missing or damaged.
 */
export async function loadDigits(folder: string | undefined, seed: number, limit = Infinity): Promise<DigitsData> {
  const { description, images, labels, tests } = folder === undefined ? builtIn() : await mnist(folder);
  const raw = arrayDataset({ x: images, y: { data: labels, shape: [labels.length] } });
  const [learning, test] =
    tests === undefined
      ? choose(labels, range(0, Math.min(limit, labels.length)), TEST, seed)
      : [range(0, Math.min(limit, labels.length - tests)), range(labels.length - tests, labels.length).slice(0, limit)];
  const [train, dev] = choose(labels, learning, DEV, seed + 1);

  // Measured on the training part only: anything else would tell it something about the test.
  const scaler = standardScaler((await collect(subset(raw, train))).x, { dim: null });
  const x = { data: scaler.transform(images).data, shape: [labels.length, 1, SIDE, SIDE] };
  const all = arrayDataset({ x, y: raw.fields.y });
  const paper = scaler.transform({ data: new Float32Array(1), shape: [1] }).data[0]!;
  return { description, train: subset(all, train), dev: subset(all, dev), test: subset(all, test), paper };
}

/** The labels of a part, in its order. */
export function labelsOf(part: Part): number[] {
  return Array.from({ length: part.length }, (_, i) => at(part, i).y.data[0]!);
}

/** An image of a part, as its 28 x 28 numbers. */
export function imageAt(part: Part, index: number): ArrayLike<number> {
  return at(part, index).x.data;
}

function at(part: Part, index: number): Sample {
  return part.get(index) as Sample; // an array in memory answers at once
}

function builtIn(): Labelled {
  const { data, shape, target } = digits();
  return {
    description:
      `${target.length} handwritten digits of 8 x 8 pixels, enlarged to ${SIDE} x ${SIDE} ` +
      '(Alpaydin and Kaynak, UCI, 1998; CC BY 4.0)',
    images: resizeBilinear({ data, shape }, [SIDE, SIDE]),
    labels: target,
  };
}

async function mnist(folder: string): Promise<Labelled> {
  const names = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new FileError(`--data ${folder}: there is no such folder.`);
  const paths = names.map((name) => [name, `${name}.gz`].map((file) => join(folder, file)).find((path) => existsSync(path)));
  const missing = names.filter((_, i) => paths[i] === undefined);
  if (missing.length > 0) {
    throw new FileError(
      `--data ${folder}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. ` +
        `Expected the four MNIST files ${names.join(', ')}, plain or with .gz at the end.`,
    );
  }
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all((paths as string[]).map((path) => loadIdx(path)));
  check(paths[0]!, paths[1]!, trainImages!, trainLabels!);
  check(paths[2]!, paths[3]!, testImages!, testLabels!);
  const [n, tests] = [trainImages!.shape[0]!, testImages!.shape[0]!];
  return {
    description: `${n + tests} images of ${SIDE} x ${SIDE} pixels from ${folder}`,
    images: { data: joined(Uint8Array, trainImages!, testImages!), shape: [n + tests, SIDE, SIDE] },
    labels: joined(Int32Array, trainLabels!, testLabels!),
    tests,
  };
}

/** Throws unless the two files are images of the right size with one label from 0 to 9 each. */
function check(imagesPath: string, labelsPath: string, images: NdArray, labels: NdArray): void {
  const [n, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== SIDE || width !== SIDE || images.dtype !== 'uint8') {
    const found = `${String(images.dtype)} of shape [${images.shape.join(', ')}]`;
    throw new FileError(`${imagesPath}: holds ${found}, expected bytes [n, ${SIDE}, ${SIDE}].`);
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== n) {
    const found = `[${labels.shape.join(', ')}]`;
    throw new FileError(`${labelsPath}: has shape ${found}, expected [${n}], one label for each image in ${imagesPath}.`);
  }
  const wrong = labels.data.findIndex((label) => !(label >= 0 && label < CLASSES));
  if (wrong !== -1) throw new FileError(`${labelsPath}: label ${wrong} is ${labels.data[wrong]}, expected 0 to ${CLASSES - 1}.`);
}

function joined<T extends Uint8Array | Int32Array>(type: new (length: number) => T, a: NdArray, b: NdArray): T {
  const all = new type(a.data.length + b.data.length);
  all.set(a.data);
  all.set(b.data, a.data.length);
  return all;
}

/** Divides indices into most of them and a share, with the labels spread evenly. */
function choose(labels: Int32Array, indices: readonly number[], share: number, seed: number): [number[], number[]] {
  const stratify = indices.map((index) => labels[index]!);
  if (indices.length < 2 * CLASSES) {
    throw new ArgumentError(`There are only ${indices.length} images; dividing them into parts takes at least ${2 * CLASSES}.`);
  }
  const positions = arrayDataset({ at: { data: Int32Array.from(indices), shape: [indices.length] } });
  const parts = split(positions, [1 - share, share], { seed, stratify });
  return [[...parts[0].indices].map((i) => indices[i]!), [...parts[1].indices].map((i) => indices[i]!)];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
