/** The digits, divided into what is trained on and what the accuracy is measured on. */
import { arrayDataset, loadIdx, split, subset, type Arrays, type Dataset, type NdArray, type SeededRandom } from '@cotangent/data';
import { digits } from '@cotangent/datasets';
import { drawnDigits } from './drawn';
import { MNIST_FILES, MNIST_PATH } from './mnist-files';
import type { Source } from './protocol';
import { warp } from './warp';

/** x: an image [1, side, side] of numbers from 0 to `ink`; y: its digit. */
export type Sample = Arrays<'x' | 'y'>;

export interface DigitsData {
  /** What they are, in a line. */
  readonly description: string;
  readonly side: number;
  /** The number that stands for full ink. */
  readonly ink: number;
  readonly train: Dataset<Sample>;
  readonly test: Dataset<Sample>;
}

/** Images of each digit that a program draws: a fifth of what is trained on. */
const DRAWN_EACH = 36;

/** Enough for a curve, and few enough to be read again and again. */
const MNIST_TESTS = 2000;

export async function loadData(source: Source): Promise<DigitsData> {
  return source === 'mnist' ? mnist() : builtIn();
}

function builtIn(): DigitsData {
  const { data, shape, target } = digits();
  const all = labelled({ data, shape }, target);
  const [written, test] = split(all, [0.8, 0.2], { seed: 1, stratify: target });
  const drawn = drawnDigits(DRAWN_EACH, 8, 16, 1);
  const train = joined(written, labelled({ data: drawn.data, shape: [drawn.target.length, 8, 8] }, drawn.target));
  const description =
    `${written.length.toLocaleString('en')} digits of 8 × 8 pixels (UCI, 1998) and ${drawn.target.length} drawn by a program, ` +
    `${test.length} others for the test`;
  return { description, side: 8, ink: 16, train, test };
}

async function mnist(): Promise<DigitsData> {
  const arrays = await Promise.all(MNIST_FILES.map((name) => loadIdx(new URL(MNIST_PATH + name, location.href))));
  const train = labelled(arrays[0]!, arrays[1]!.data);
  const tests = labelled(arrays[2]!, arrays[3]!.data);
  const test = subset(tests, Array.from({ length: Math.min(MNIST_TESTS, tests.length) }, (_, i) => i));
  const description = `MNIST: ${train.length.toLocaleString('en')} digits of 28 × 28 pixels, ${test.length.toLocaleString('en')} others for the test`;
  return { description, side: 28, ink: 255, train, test };
}

/** One data set after the other. */
function joined(first: Dataset<Sample>, second: Dataset<Sample>): Dataset<Sample> {
  return { length: first.length + second.length, get: (i) => (i < first.length ? first.get(i) : second.get(i - first.length)) };
}

function labelled({ data, shape: [count, height, width] }: NdArray, labels: ArrayLike<number>): Dataset<Sample> {
  return arrayDataset({
    x: { data, shape: [count!, 1, height!, width!] },
    y: { data: Int32Array.from(labels), shape: [count!] },
  });
}

/** A training image, slanted, squeezed and moved a little: people who visit a page write in other ways than those of the data. */
export function vary({ x, y }: Sample, random: SeededRandom): Sample {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const pixels = x.shape[1]! / 8;
  const data = warp(x.data, x.shape[1]!, {
    width: between(0.45, 1.1),
    height: between(0.9, 1.05),
    slant: between(-0.3, 0.3),
    dx: between(-0.5, 0.5) * pixels,
    dy: between(-0.4, 0.4) * pixels,
  });
  return { x: { data, shape: x.shape }, y };
}
