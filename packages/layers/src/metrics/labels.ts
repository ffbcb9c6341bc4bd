/** Predicted and true classes as numbers, the set of classes, and how often each was met. */
import { ArgumentError, isTensor, ShapeError, show } from '@cotangent/tensor';
import { predictions } from './predictions';
import { checkSame, checkSamples, read, readWeights, type MetricInput, type SampleWeights, type Values } from './read';

export interface LabelOptions extends SampleWeights {
  /** The classes to look at, in this order. Default: those that occur among predicted or true ones, ascending. */
  readonly labels?: readonly number[];
}

/** Classes of samples, and the factor of each. */
export interface Classified {
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** Reads classes. Scores [samples, classes] are taken to the class with the highest; of equal ones the first counts. */
export async function classified(metric: string, input: MetricInput, target: MetricInput, options: SampleWeights): Promise<Classified> {
  const classes = isTensor(input) && isTensor(target) ? predictions(metric, input, target) : undefined;
  const actual = await read(metric, 'target', classes?.actual ?? target);
  const predicted = bestClasses(await read(metric, 'input', classes?.predicted ?? input), actual);
  checkSame(metric, predicted, actual);
  checkSamples(metric, actual);
  return {
    predicted: predicted.data,
    actual: actual.data,
    weights: await readWeights(metric, options.sampleWeight, actual.data.length),
  };
}

/** The column with the highest score of each row, where rows of scores stand against a list of classes. */
function bestClasses(input: Values, actual: Values): Values {
  const [rows = 0, columns = 0] = input.shape;
  if (input.shape.length !== 2 || actual.shape.length !== 1 || columns === 0) return input;
  const best = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = input.data.subarray(i * columns, (i + 1) * columns);
    best[i] = row.reduce((top, score, c) => (score > row[top]! ? c : top), 0);
  }
  return { shape: [rows], data: best };
}

/** The labels asked for, or those that occur. @throws ArgumentError when none is left or one is given twice. */
export function labelSet(metric: string, lists: readonly ArrayLike<number>[], labels?: readonly number[]): readonly number[] {
  if (labels) {
    if (labels.length === 0 || new Set(labels).size !== labels.length) {
      throw new ArgumentError(`${metric}: labels are ${show(labels)}; expected at least one, each once.`);
    }
    return labels;
  }
  const found = new Set<number>();
  for (const list of lists) for (let i = 0; i < list.length; i++) found.add(list[i]!);
  return [...found].sort((a, b) => a - b);
}

/** Position of each label. */
export function positions(labels: readonly number[]): ReadonlyMap<number, number> {
  return new Map(labels.map((label, i) => [label, i]));
}

/** Sums of weights [labels, labels]: row = true class, column = predicted class. Samples with another class are left out. */
export function countPairs(labels: readonly number[], { predicted, actual, weights }: Classified): Float64Array {
  const at = positions(labels);
  const counts = new Float64Array(labels.length ** 2);
  actual.forEach((label, i) => {
    const [row, column] = [at.get(label), at.get(predicted[i]!)];
    if (row !== undefined && column !== undefined) counts[row * labels.length + column]! += weights?.[i] ?? 1;
  });
  return counts;
}

/** For each label or sample: how often it was right, predicted, true. */
export interface Hits {
  readonly hits: Float64Array;
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
}

/** Counts for each label, one against the rest. */
export function countLabels(labels: readonly number[], { predicted, actual, weights }: Classified): Hits {
  const at = positions(labels);
  const counts = noHits(labels.length);
  actual.forEach((label, i) => {
    const weight = weights?.[i] ?? 1;
    const [t, p] = [at.get(label), at.get(predicted[i]!)];
    if (t !== undefined) counts.actual[t]! += weight;
    if (p !== undefined) counts.predicted[p]! += weight;
    if (t !== undefined && t === p) counts.hits[t]! += weight;
  });
  return counts;
}

/** Counts of sets of labels, given as rows of 0 and 1: for each label, or for each sample. */
export async function countSets(
  metric: string,
  input: MetricInput,
  target: MetricInput,
  options: LabelOptions & { readonly by: 'label' | 'sample' },
): Promise<Hits & { readonly weights: Float64Array | undefined }> {
  const [a, b] = [await read(metric, 'input', input), await read(metric, 'target', target)];
  checkSame(metric, a, b);
  const [rows = 0, columns = 0] = a.shape;
  if (a.shape.length !== 2 || rows * columns === 0) {
    throw new ShapeError(`${metric}: the input has shape ${show(a.shape)}; expected [samples, labels] with 1 for each label that applies.`);
  }
  const wrong = [...a.data, ...b.data].find((value) => value !== 0 && value !== 1);
  if (wrong !== undefined) throw new ArgumentError(`${metric}: there is an element ${wrong} among sets of labels; expected 0 or 1.`);
  const used = options.labels ?? Array.from({ length: columns }, (_, c) => c);
  const outside = used.find((label) => !Number.isInteger(label) || label < 0 || label >= columns);
  if (outside !== undefined) throw new ArgumentError(`${metric}: label ${outside} is no column; expected 0 to ${columns - 1}.`);
  const weights = await readWeights(metric, options.sampleWeight, rows);
  const counts = noHits(options.by === 'label' ? used.length : rows);
  for (let row = 0; row < rows; row++) {
    used.forEach((column, c) => {
      const slot = options.by === 'label' ? c : row;
      const weight = options.by === 'label' ? (weights?.[row] ?? 1) : 1;
      const [p, t] = [a.data[row * columns + column]!, b.data[row * columns + column]!];
      counts.predicted[slot]! += weight * p;
      counts.actual[slot]! += weight * t;
      counts.hits[slot]! += weight * p * t;
    });
  }
  return { ...counts, weights: options.by === 'sample' ? weights : undefined };
}

function noHits(length: number): Hits {
  return { hits: new Float64Array(length), predicted: new Float64Array(length), actual: new Float64Array(length) };
}
