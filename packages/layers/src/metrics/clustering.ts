/** How good clusters are, beside true classes or by themselves. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { checkPositive } from '../check';
import { read, readPair, sumOf, type MetricInput, type Values } from './read';

/** How often each pair of labels occurs. */
interface Contingency {
  readonly total: number;
  readonly cells: readonly (readonly [row: number, column: number, count: number])[];
  readonly rows: Float64Array;
  readonly columns: Float64Array;
}

async function contingency(metric: string, labels: MetricInput, target: MetricInput): Promise<Contingency> {
  const [a, b] = await readPair(metric, labels, target);
  if (a.shape.length !== 1) throw new ShapeError(`${metric}: the labels have shape ${show(a.shape)}; expected [samples].`);
  const number = (values: Float64Array): Map<number, number> => new Map([...new Set(values)].map((label, i) => [label, i]));
  const [truth, found] = [number(b.data), number(a.data)];
  const counts = new Map<number, number>();
  const [rows, columns] = [new Float64Array(truth.size), new Float64Array(found.size)];
  b.data.forEach((label, i) => {
    const [row, column] = [truth.get(label)!, found.get(a.data[i]!)!];
    rows[row]! += 1;
    columns[column]! += 1;
    const cell = row * found.size + column;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  });
  const cells = [...counts].map(([cell, count]) => [Math.floor(cell / found.size), cell % found.size, count] as const);
  return { total: b.data.length, cells, rows, columns };
}

function pairs(count: number): number {
  return (count * (count - 1)) / 2;
}

/**
 * The Rand index adjusted for chance: 1 for the same clusters whatever their names, about 0 for random ones. Hubert and Arabie, 1985.
 *
 * @param labels clusters [samples].
 * @param target true classes [samples].
 * @example
 * ```ts
 * import { adjustedRand } from '@cotangent/layers';
 * console.log(await adjustedRand([1, 1, 0, 0], [0, 0, 1, 1])); // 1
 * ```
 */
export async function adjustedRand(labels: MetricInput, target: MetricInput): Promise<number> {
  const { total, cells, rows, columns } = await contingency('adjustedRand', labels, target);
  const together = sumOf(cells.map(([, , count]) => pairs(count)));
  const [inRows, inColumns] = [sumOf(rows.map(pairs)), sumOf(columns.map(pairs))];
  const chance = total < 2 ? 0 : (inRows * inColumns) / pairs(total);
  const best = (inRows + inColumns) / 2;
  return best === chance ? 1 : (together - chance) / (best - chance);
}

/** Entropy of counts in nats. */
function entropy(counts: Float64Array): number {
  const total = sumOf(counts);
  return -sumOf(counts.map((count) => (count / total) * Math.log(count / total)));
}

function mutual({ total, cells, rows, columns }: Contingency): number {
  const terms = cells.map(([row, column, count]) => (count / total) * Math.log((count * total) / (rows[row]! * columns[column]!)));
  return Math.max(0, sumOf(terms));
}

/**
 * Mutual information of clusters and classes in nats.
 *
 * @example
 * ```ts
 * import { mutualInformation } from '@cotangent/layers';
 * console.log(await mutualInformation([1, 1, 0, 0], [0, 0, 1, 1])); // ln 2 = 0.6931...
 * ```
 */
export async function mutualInformation(labels: MetricInput, target: MetricInput): Promise<number> {
  return mutual(await contingency('mutualInformation', labels, target));
}

/**
 * Mutual information divided by the mean of the entropies of clusters and classes: from 0 to 1.
 *
 * @param options mean: of the entropies, default 'arithmetic'.
 * @returns 1 where there is one cluster and one class.
 * @example
 * ```ts
 * import { normalizedMutualInformation } from '@cotangent/layers';
 * console.log(await normalizedMutualInformation([1, 1, 0, 0], [0, 0, 1, 1])); // 1
 * ```
 */
export async function normalizedMutualInformation(
  labels: MetricInput,
  target: MetricInput,
  options: { readonly mean?: 'arithmetic' | 'geometric' | 'min' | 'max' } = {},
): Promise<number> {
  const { mean = 'arithmetic' } = readOptions('normalizedMutualInformation', options, ['mean']);
  const table = await contingency('normalizedMutualInformation', labels, target);
  if (table.rows.length <= 1 && table.columns.length <= 1) return 1;
  const shared = mutual(table);
  if (shared <= 2 ** -52) return 0;
  const [a, b] = [entropy(table.rows), entropy(table.columns)];
  const means = { arithmetic: (a + b) / 2, geometric: Math.sqrt(a * b), min: Math.min(a, b), max: Math.max(a, b) };
  if (!Object.hasOwn(means, mean)) {
    throw new ArgumentError(`normalizedMutualInformation: mean is '${mean}'; expected 'arithmetic', 'geometric', 'min' or 'max'.`);
  }
  return shared / means[mean];
}

/** Homogeneity, completeness and their weighted harmonic mean. */
export interface Homogeneity {
  /** How far each cluster holds members of one class only. */
  readonly homogeneity: number;
  /** How far all members of a class are in one cluster. */
  readonly completeness: number;
  /** (1 + beta) homogeneity completeness / (beta homogeneity + completeness). */
  readonly vMeasure: number;
}

/**
 * Homogeneity, completeness and V-measure. Rosenberg and Hirschberg, 2007.
 *
 * @param options beta: how much more completeness counts than homogeneity. Default 1.
 * @example
 * ```ts
 * import { homogeneityCompleteness } from '@cotangent/layers';
 * console.log(await homogeneityCompleteness([0, 1, 2, 2], [0, 0, 1, 1])); // 1, 0.6666..., 0.8
 * ```
 */
export async function homogeneityCompleteness(
  labels: MetricInput,
  target: MetricInput,
  options: { readonly beta?: number } = {},
): Promise<Homogeneity> {
  const beta = checkPositive('homogeneityCompleteness', 'beta', readOptions('homogeneityCompleteness', options, ['beta']).beta ?? 1);
  const table = await contingency('homogeneityCompleteness', labels, target);
  const shared = mutual(table);
  const share = (counts: Float64Array): number => (counts.length <= 1 ? 1 : shared / entropy(counts));
  const [homogeneity, completeness] = [share(table.rows), share(table.columns)];
  const below = beta * homogeneity + completeness;
  return { homogeneity, completeness, vMeasure: below === 0 ? 0 : ((1 + beta) * homogeneity * completeness) / below };
}

/** Points and the members of each cluster. */
interface Clusters {
  readonly points: readonly Float64Array[];
  readonly members: readonly (readonly number[])[];
  readonly clusterOf: readonly number[];
}

async function clustersOf(metric: string, x: MetricInput, labels: MetricInput): Promise<Clusters> {
  const [values, names] = [await read(metric, 'input', x), await read(metric, 'labels', labels)];
  const [rows = 0, width = 0] = values.shape;
  if (values.shape.length !== 2 || names.shape.length !== 1 || names.data.length !== rows) {
    throw new ShapeError(
      `${metric}: the points have shape ${show(values.shape)} and the labels ${show(names.shape)}; ` +
        'expected [samples, features] and [samples].',
    );
  }
  const found = [...new Set(names.data)];
  if (found.length < 2 || found.length >= rows) {
    throw new ArgumentError(`${metric}: there are ${found.length} clusters of ${rows} points; expected 2 to ${rows - 1}.`);
  }
  const clusterOf = Array.from(names.data, (name) => found.indexOf(name));
  return {
    points: rowList(values, width),
    members: found.map((_, c) => clusterOf.flatMap((cluster, i) => (cluster === c ? [i] : []))),
    clusterOf,
  };
}

function rowList({ data }: Values, width: number): Float64Array[] {
  return Array.from({ length: data.length / Math.max(width, 1) }, (_, i) => data.subarray(i * width, (i + 1) * width));
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, d) => sum + (value - b[d]!) ** 2, 0));
}

function centroid(points: readonly Float64Array[]): Float64Array {
  return points[0]!.map((_, d) => sumOf(points.map((point) => point[d]!)) / points.length);
}

/**
 * The mean silhouette (b - a) / max(a, b): a is a point's mean distance to its own cluster, b to the nearest other one. From -1 to 1;
 * 0 for a point that is alone. Rousseeuw, 1987. Takes time quadratic in the number of points.
 *
 * @param x points [samples, features], with Euclidean distances.
 * @param labels clusters [samples].
 * @throws ArgumentError for fewer than two clusters or as many as points; ShapeError for what does not fit.
 * @example
 * ```ts
 * import { silhouetteScore } from '@cotangent/layers';
 * console.log(await silhouetteScore([[0], [1], [10], [11]], [0, 0, 1, 1])); // 0.8997...
 * ```
 */
export async function silhouetteScore(x: MetricInput, labels: MetricInput): Promise<number> {
  const { points, members, clusterOf } = await clustersOf('silhouetteScore', x, labels);
  const scores = points.map((point, i) => {
    const own = clusterOf[i]!;
    if (members[own]!.length === 1) return 0;
    const means = members.map((list, c) => sumOf(list.map((j) => distance(point, points[j]!))) / (list.length - Number(c === own)));
    const near = Math.min(...means.filter((_, c) => c !== own));
    return near === means[own] ? 0 : (near - means[own]!) / Math.max(near, means[own]!);
  });
  return sumOf(scores) / scores.length;
}

/**
 * The Davies-Bouldin index: how wide clusters are beside their distance, for each cluster from the neighbour it overlaps most. Lower is
 * better. Davies and Bouldin, 1979.
 *
 * @param x points [samples, features].
 * @param labels clusters [samples].
 * @throws ArgumentError for fewer than two clusters or as many as points; ShapeError for what does not fit.
 * @example
 * ```ts
 * import { daviesBouldin } from '@cotangent/layers';
 * console.log(await daviesBouldin([[0], [1], [10], [11]], [0, 0, 1, 1])); // 0.1
 * ```
 */
export async function daviesBouldin(x: MetricInput, labels: MetricInput): Promise<number> {
  const { points, members } = await clustersOf('daviesBouldin', x, labels);
  const centers = members.map((list) => centroid(list.map((i) => points[i]!)));
  const widths = members.map((list, c) => sumOf(list.map((i) => distance(points[i]!, centers[c]!))) / list.length);
  const worst = centers.map((center, c) => {
    const overlaps = centers.flatMap((other, d) => (d === c ? [] : [overlap(widths[c]! + widths[d]!, distance(center, other))]));
    return Math.max(...overlaps);
  });
  return sumOf(worst) / worst.length;
}

/** Clusters around one point do not count as overlapping. */
function overlap(width: number, apart: number): number {
  return apart === 0 ? 0 : width / apart;
}

/**
 * The Calinski-Harabasz index: variance between clusters over variance within them. Higher is better. Calinski and Harabasz, 1974.
 *
 * @param x points [samples, features].
 * @param labels clusters [samples].
 * @returns 1 where all points of each cluster are the same.
 * @throws ArgumentError for fewer than two clusters or as many as points; ShapeError for what does not fit.
 * @example
 * ```ts
 * import { calinskiHarabasz } from '@cotangent/layers';
 * console.log(await calinskiHarabasz([[0], [1], [10], [11]], [0, 0, 1, 1])); // 200
 * ```
 */
export async function calinskiHarabasz(x: MetricInput, labels: MetricInput): Promise<number> {
  const { points, members } = await clustersOf('calinskiHarabasz', x, labels);
  const center = centroid(points);
  let [between, within] = [0, 0];
  for (const list of members) {
    const own = list.map((i) => points[i]!);
    const middle = centroid(own);
    between += own.length * distance(middle, center) ** 2;
    within += sumOf(own.map((point) => distance(point, middle) ** 2));
  }
  const clusters = members.length;
  return within === 0 ? 1 : (between * (points.length - clusters)) / (within * (clusters - 1));
}
