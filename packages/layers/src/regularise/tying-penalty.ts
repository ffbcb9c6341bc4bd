import {
  add, ArgumentError, readOptions, sameShape, scalar, ShapeError, show, square, sub, sum, type Parameter, type Tensor,
} from '@cotangent/tensor';
import { Module } from '../module';
import { WEIGHT_CHOICE, type WeightChoice } from './weights-of';

/**
 * sum (a - b)^2 over pairs of weights, to be added to a loss with a factor: it pulls two layers, or two models of the same form,
 * together. A frozen side stays where it is. To make them the same altogether, give both the same parameter: b.weight = a.weight.
 *
 * @param a a parameter, or a module whose weights are paired with those of `b` by their keys; biases only with { biases: true }.
 * @throws ArgumentError when a key has no counterpart; ShapeError when the shapes of a pair differ.
 * @example
 * ```ts
 * import { Linear, tyingPenalty } from '@cotangent/layers';
 * const [a, b] = [new Linear(3, 2), new Linear(3, 2)];
 * console.log(tyingPenalty(a, b).shape); // []
 * b.weight = a.weight; // hard tying
 * console.log(await tyingPenalty(a, b).item()); // 0
 * ```
 */
export function tyingPenalty<T extends Parameter | Module>(a: T, b: T, options: WeightChoice = {}): Tensor {
  readOptions('tyingPenalty', options, WEIGHT_CHOICE);
  let total: Tensor | undefined;
  for (const [key, first, second] of pairs(a, b, options)) {
    if (!sameShape(first.shape, second.shape)) {
      throw new ShapeError(`tyingPenalty: ${key} have shapes ${show(first.shape)} and ${show(second.shape)}; they must be equal.`);
    }
    const term = sum(square(sub(first, second)));
    total = total ? add(total, term) : term;
  }
  return total ?? scalar(0);
}

function pairs(a: Parameter | Module, b: Parameter | Module, { biases = false }: WeightChoice): [string, Parameter, Parameter][] {
  if (!(a instanceof Module) || !(b instanceof Module)) return [['the parameters', a as Parameter, b as Parameter]];
  const [first, second] = [a, b].map((module) => {
    return new Map(module.namedParameters().filter(([, p]) => biases || p.ndim >= 2));
  }) as [Map<string, Parameter>, Map<string, Parameter>];
  const odd = [...first.keys(), ...second.keys()].filter((key) => !(first.has(key) && second.has(key)));
  if (odd.length > 0) throw new ArgumentError(`tyingPenalty: ${odd.join(', ')} has no counterpart in the other module; give modules of the same form.`);
  return [...first].map(([key, p]) => [`both ${key}`, p, second.get(key)!]);
}
