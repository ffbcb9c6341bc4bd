/** Which parameters penalties and constraints are about. */
import type { Parameter } from '@cotangent/tensor';
import { Module } from '../module';

/** A model, or the parameters themselves. */
export type WeightSource = Module | Iterable<Parameter>;

export interface WeightChoice {
  /** Whether parameters with fewer than two axes (biases, scales of normalisations) count too. Default false. */
  readonly biases?: boolean;
}

export const WEIGHT_CHOICE = ['biases'] as const;

/** The parameters that are trained; without `biases` those with at least two axes. */
export function weightsOf(source: WeightSource, { biases = false }: WeightChoice): Parameter[] {
  const all = source instanceof Module ? source.parameters() : [...source];
  return all.filter((p) => p.requiresGrad && (biases || p.ndim >= 2));
}
