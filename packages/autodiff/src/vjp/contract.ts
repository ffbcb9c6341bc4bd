/**
 * The gradient of a contraction is a contraction.
 *
 * For out = sum of a * b the gradient of a is the sum of grad * b over everything but a's axes. An axis of a that is read
 * plainly keeps its label. An axis read at (s i + t j + c) / d gets a new label x, and i is eliminated by solving
 * x d = s i + t j + c, so that i is read at (d x - t j - c) / s wherever else it occurs. That form is of the same kind, so
 * gradients of gradients stay contractions: a convolution, its input gradient and its weight gradient are one op.
 */
import { contract, expand, GradientError, reshape, type Access, type ContractAttrs, type Shape, type Tensor } from '@cotangent/tensor';
import type { Vjp } from './rule';

export const contractRule: Vjp<'contract'> = (grad, { inputs, attrs, needs }) => {
  const [a, b] = inputs as readonly [Tensor, Tensor];
  const { accessA, accessB } = attrs;
  return [
    needs[0] ? operandGradient(grad, a.shape, accessA, b, accessB, attrs) : undefined,
    needs[1] ? operandGradient(grad, b.shape, accessB, a, accessA, attrs) : undefined,
  ];
};

function isPlain(access: Access): boolean {
  return access.label2 < 0 && access.scale === 1 && access.offset === 0 && access.divisor === 1;
}

/**
 * Every label must be read once by the operand, and labels that are solved for only plainly by the other one. All
 * products, convolutions and their gradients are of this form; anything else would need a third label in an access.
 */
function checkSolvable(access: readonly Access[], other: readonly Access[]): void {
  const labels = access.flatMap((x) => (x.label2 < 0 ? [x.label] : [x.label, x.label2]));
  const solved = new Set(access.filter((x) => !isPlain(x)).map((x) => x.label));
  const twice = new Set(labels).size < labels.length;
  if (twice || labels.includes(-1) || other.some((x) => !isPlain(x) && (solved.has(x.label) || solved.has(x.label2)))) {
    throw new GradientError(
      'contract: this access pattern has no gradient rule: an operand reads a label twice or an axis at a fixed place, or both ' +
        'operands read a label through a window. Take a diagonal, a slice or a copy of an operand first.',
    );
  }
}

function operandGradient(
  grad: Tensor,
  shape: Shape,
  access: readonly Access[],
  other: Tensor,
  otherAccess: readonly Access[],
  { sizes, out }: ContractAttrs,
): Tensor {
  checkSolvable(access, otherAccess);
  const solved = new Map<number, Access>();
  const allSizes = [...sizes];
  const labels = access.map((axis, d) => {
    if (isPlain(axis)) return axis.label;
    const label = allSizes.push(shape[d]!) - 1;
    const sign = Math.sign(axis.scale);
    solved.set(axis.label, {
      label,
      scale: sign * axis.divisor,
      label2: axis.label2,
      scale2: axis.label2 < 0 ? 0 : -sign * axis.scale2,
      offset: axis.offset === 0 ? 0 : -sign * axis.offset,
      divisor: sign * axis.scale,
    });
    return label;
  });
  const plainAt = (label: number): Access =>
    solved.get(label) ?? { label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 };
  const accessG = out.map(plainAt);
  const accessO = otherAccess.map((axis) => (isPlain(axis) ? plainAt(axis.label) : axis));
  const used = new Set([...accessG, ...accessO].flatMap((x) => (x.label2 < 0 ? [x.label] : [x.label, x.label2])));
  // Labels summed over this operand alone: the gradient repeats along them.
  const present = labels.filter((label) => used.has(label));
  const numbers = new Map([...used].sort((x, y) => x - y).map((label, i) => [label, i]));
  const renumber = (x: Access): Access => ({ ...x, label: numbers.get(x.label)!, label2: x.label2 < 0 ? -1 : numbers.get(x.label2)! });
  const result = contract(grad, other, {
    sizes: [...numbers.keys()].map((label) => allSizes[label]!),
    accessA: accessG.map(renumber),
    accessB: accessO.map(renumber),
    out: present.map((label) => numbers.get(label)!),
  });
  if (present.length === labels.length) return result;
  return expand(reshape(result, labels.map((label, d) => (used.has(label) ? shape[d]! : 1))), shape);
}
