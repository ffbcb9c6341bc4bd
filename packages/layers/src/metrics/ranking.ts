/** How good orders are: discounted cumulative gain. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { average, checkSamples, readPair, readWeights, type MetricInput, type SampleWeights } from './read';

export interface RankingOptions extends SampleWeights {
  /** How many of the highest scores count. Default: all. */
  readonly k?: number;
  /** Whether scores never tie, so that equal ones may stand in any order. Default false: equal scores share their gain. */
  readonly ignoreTies?: boolean;
}

export interface DcgOptions extends RankingOptions {
  /** Base of the logarithm. Default 2. */
  readonly logBase?: number;
}

/**
 * Discounted cumulative gain: relevance divided by log2(1 + rank), summed over each row in the order of falling scores, and averaged over
 * rows. The gain is the relevance itself. Jarvelin and Kekalainen, 2002.
 *
 * @param score what the order is made from, [samples, items] or one row [items].
 * @param relevance true relevance of the items, of the same shape.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { dcgScore } from '@cotangent/layers';
 * console.log(await dcgScore([0.9, 0.1, 0.5], [3, 2, 0])); // 3 + 0 / log2(3) + 2 / log2(4) = 4
 * ```
 */
export async function dcgScore(score: MetricInput, relevance: MetricInput, options: DcgOptions = {}): Promise<number> {
  const { logBase = 2 } = readOptions('dcgScore', options, ['logBase', 'k', 'ignoreTies', 'sampleWeight']);
  if (!(logBase > 1)) throw new ArgumentError(`dcgScore: logBase is ${logBase}; expected a number above 1.`);
  const { rows, weights, k } = await rankings('dcgScore', score, relevance, options);
  return average(rows.map(([s, r]) => gainOf(s, r, k, options.ignoreTies ?? false) * Math.log2(logBase)), weights);
}

/**
 * `dcgScore` of each row divided by that of the best order: from 0 to 1; 0 for a row without anything relevant.
 *
 * @param score what the order is made from, [samples, items] or one row [items].
 * @param relevance true relevance of the items, not negative, of the same shape.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { ndcgScore } from '@cotangent/layers';
 * console.log(await ndcgScore([0.9, 0.1, 0.5], [3, 2, 0])); // 4 / (3 + 2 / log2(3)) = 0.9385...
 * ```
 */
export async function ndcgScore(score: MetricInput, relevance: MetricInput, options: RankingOptions = {}): Promise<number> {
  readOptions('ndcgScore', options, ['k', 'ignoreTies', 'sampleWeight']);
  const { rows, weights, k } = await rankings('ndcgScore', score, relevance, options);
  const negative = rows.flatMap(([, r]) => [...r]).find((value) => value < 0);
  if (negative !== undefined) throw new ArgumentError(`ndcgScore: the relevance has an element ${negative}; expected numbers >= 0.`);
  const shares = rows.map(([s, r]) => {
    const best = gainOf(r, r, k, true);
    return best === 0 ? 0 : gainOf(s, r, k, options.ignoreTies ?? false) / best;
  });
  return average(shares, weights);
}

interface Rankings {
  readonly rows: readonly (readonly [score: Float64Array, relevance: Float64Array])[];
  readonly weights: Float64Array | undefined;
  readonly k: number;
}

async function rankings(metric: string, score: MetricInput, relevance: MetricInput, options: RankingOptions): Promise<Rankings> {
  const [s, r] = await readPair(metric, score, relevance);
  checkSamples(metric, s);
  const width = s.shape.at(-1) ?? 1;
  if (s.shape.length > 2) throw new ShapeError(`${metric}: the score has shape ${show(s.shape)}; expected [samples, items] or [items].`);
  const count = s.data.length / width;
  const row = (data: Float64Array, i: number): Float64Array => data.subarray(i * width, (i + 1) * width);
  return {
    rows: Array.from({ length: count }, (_, i) => [row(s.data, i), row(r.data, i)] as const),
    weights: await readWeights(metric, options.sampleWeight, count),
    k: options.k === undefined ? width : checkWhole(metric, 'k', options.k, 1),
  };
}

/** The gain of one row with logarithms of base 2. Items of equal score each get the mean of their relevances. */
function gainOf(score: Float64Array, relevance: Float64Array, k: number, ignoreTies: boolean): number {
  const order = Array.from(score.keys()).sort((a, b) => score[b]! - score[a]!);
  let gain = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (!ignoreTies && end < order.length && score[order[end]!] === score[order[start]!]) end++;
    const tied = order.slice(start, end);
    const mean = tied.reduce((sum, i) => sum + relevance[i]!, 0) / tied.length;
    for (let rank = start; rank < Math.min(end, k); rank++) gain += mean / Math.log2(rank + 2);
    start = end;
  }
  return gain;
}
