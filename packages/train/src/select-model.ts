import { ArgumentError, readOptions } from '@cotangent/tensor';

/** A limit that a model must keep to be chosen at all. */
export interface Requirement<C> {
  readonly of: (candidate: C) => number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface SelectOptions<C> {
  /** The figure that shall be as high as possible; for one that shall be low give its negative. */
  readonly maximise: (candidate: C) => number;
  /** Figures that only have to be good enough. Default: none. */
  readonly satisfy?: readonly Requirement<C>[];
}

/**
 * The best of some models by one optimising metric, among those that keep the limits of all satisficing metrics: the most accurate one
 * that answers within 100 ms. A weighted sum such as accuracy - 0.5 * runtime is a metric too, and is maximised, though it is often
 * called a cost. Of equal ones the first is chosen; a figure of NaN never is.
 *
 * @returns undefined where no model keeps all limits.
 * @throws ArgumentError for a requirement without limits.
 * @example
 * ```ts
 * import { selectModel } from '@cotangent/train';
 * const models = [{ name: 'A', accuracy: 0.9, ms: 80 }, { name: 'B', accuracy: 0.92, ms: 95 }, { name: 'C', accuracy: 0.95, ms: 1500 }];
 * const best = selectModel(models, { maximise: (m) => m.accuracy, satisfy: [{ of: (m) => m.ms, atMost: 100 }] });
 * console.log(best?.name); // B
 * ```
 */
export function selectModel<C>(candidates: readonly C[], options: SelectOptions<C>): C | undefined {
  const { maximise, satisfy = [] } = readOptions('selectModel', options, ['maximise', 'satisfy']);
  if (satisfy.some(({ atMost, atLeast }) => atMost === undefined && atLeast === undefined)) {
    throw new ArgumentError('selectModel: a requirement has no limit; give atMost, atLeast or both.');
  }
  const keeps = (candidate: C): boolean =>
    satisfy.every(({ of, atMost = Infinity, atLeast = -Infinity }) => of(candidate) <= atMost && of(candidate) >= atLeast);
  let best: C | undefined;
  let highest = -Infinity;
  for (const candidate of candidates) {
    const value = maximise(candidate);
    if (Number.isNaN(value) || !keeps(candidate)) continue;
    if (best !== undefined && value <= highest) continue;
    best = candidate;
    highest = value;
  }
  return best;
}
