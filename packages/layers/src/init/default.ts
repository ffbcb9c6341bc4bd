/** How `Linear` and the convolutions start, as in PyTorch. */
import { parameter, uniform, type Parameter, type Shape } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';
import { fans } from './fans';
import { fanInUniform } from './kaiming';

/** A weight and, on request, a bias of `features` elements, both uniform in [-b, b), b = 1 / sqrt(fanIn) of the weight. */
export function defaultParameters(
  shape: Shape,
  features: number,
  options: FactoryOptions & { readonly bias?: boolean },
): { weight: Parameter; bias: Parameter | undefined } {
  const { dtype, generator, bias = true } = options;
  const weight = parameter(fanInUniform(shape, { dtype, generator }));
  const { fanIn } = fans(shape);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return { weight, bias: bias ? parameter(uniform([features], -bound, bound, { dtype, generator })) : undefined };
}
