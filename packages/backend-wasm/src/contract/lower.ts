/**
 * Contractions: brings operands that are read outside their bounds into bordered copies, so that what remains are products of
 * operands with a stride for every label (multiply.ts).
 */
import type { Access, ContractKernel, Operand } from '@cotangent/tensor';
import { withBorder } from '../border';
import { fillLaunches } from '../codegen/copy';
import { depthwiseLaunches } from '../depthwise/lower';
import type { LowerOptions, Scratch } from '../lower';
import type { Launch } from '../params';
import { winogradLaunches } from '../winograd/lower';
import { multiply, type Linear } from './multiply';
import { phases, problemOf } from './phases';
import { trim } from './trim';

export function contractLaunches(kernel: ContractKernel, scratch: Scratch, options: LowerOptions): Launch[] {
  const { exact = false, isFixed } = options;
  const { sizes, out, output } = kernel;
  const outShape = out.map((label) => sizes[label]!);
  if (outShape.includes(0)) return [];
  const zero = fillLaunches(output.dtype, { slot: output.slot, offset: 0 }, outShape.reduce((a, b) => a * b, 1), 0);
  if (sizes.includes(0)) return zero;

  const whole = problemOf(kernel);
  const fast = exact ? undefined : winogradLaunches(kernel, whole, scratch);
  if (fast !== undefined) return fast;
  const phased = phases(whole);
  const direct = phased.problems.map((problem) => depthwiseLaunches(kernel, problem));
  if (!direct.includes(undefined)) return [...(phased.covered ? [] : zero), ...(direct as Launch[][]).flat()];
  const trimmed = phased.problems.map((problem) => trim(kernel, problem));
  const problems = trimmed.flatMap((x) => x.problems);
  const covered = phased.covered && trimmed.every((x) => x.covered);
  const sizesOf = problems.map((problem) => problem.sizes);
  const a = readable(kernel.a, problems.map((problem) => problem.accessA), sizesOf, scratch);
  const b = readable(kernel.b, problems.map((problem) => problem.accessB), sizesOf, scratch);
  if (a === undefined || b === undefined) return zero;
  return [
    ...(covered ? [] : zero),
    ...a.launches,
    ...b.launches,
    ...problems.flatMap((problem, i) => {
      const labels = problem.sizes.length;
      return multiply(problem, linear(a, i, labels), linear(b, i, labels), output, scratch, isFixed);
    }),
  ];
}

/** An operand that may be read at every coordinate that its accesses (one list for each problem) reach, times their divisors. */
interface Readable {
  readonly operand: Operand;
  readonly accesses: readonly (readonly Access[])[];
  readonly launches: Launch[];
}

/** The same access with a divisor that is a multiple of its own. */
function withDivisor(access: Access, divisor: number): Access {
  if (access.divisor === divisor) return access;
  const factor = divisor / access.divisor;
  return { ...access, scale: access.scale * factor, scale2: access.scale2 * factor, offset: access.offset * factor, divisor };
}

/** Smallest and largest coordinate (times the divisor) that an access reaches. */
function reach({ label, scale, label2, scale2, offset }: Access, sizes: readonly number[]): [number, number] {
  let [low, high] = [offset, offset];
  for (const [l, s] of [[label, scale], [label2, scale2]] as const) {
    if (l < 0) continue;
    const end = s * (sizes[l]! - 1);
    low += Math.min(0, end);
    high += Math.max(0, end);
  }
  return [low, high];
}

/**
 * The operand itself, or a copy with a border of zeros and zeros between its elements, as the accesses of all problems need it.
 * Undefined when every element read lies outside.
 */
function readable(
  operand: Operand,
  given: readonly (readonly Access[])[],
  sizes: readonly (readonly number[])[],
  scratch: Scratch,
): Readable | undefined {
  // Divisors of one axis are equal, or 1 where the division could be carried out.
  const spacing = operand.shape.map((_, i) => Math.max(...given.map((list) => list[i]!.divisor)));
  const accesses = given.map((list) => list.map((access, i) => withDivisor(access, spacing[i]!)));
  const spans = operand.shape.map((n, i) => (n === 0 ? 0 : (n - 1) * spacing[i]! + 1));
  const low: number[] = [];
  const high: number[] = [];
  for (const [i, span] of spans.entries()) {
    const reaches = accesses.map((list, k) => reach(list[i]!, sizes[k]!));
    const [least, most] = [Math.min(...reaches.map(([l]) => l)), Math.max(...reaches.map(([, h]) => h))];
    if (most < 0 || least >= span) return undefined;
    low.push(Math.max(0, -least));
    high.push(Math.max(0, most - (span - 1)));
  }
  const plain = operand.shape.map((_, i) => spacing[i] === 1 && low[i] === 0 && high[i] === 0);
  if (!plain.includes(false)) return { operand, accesses, launches: [] };
  // Axes that repeat one element stay that way: the copy holds it once.
  const repeats = operand.strides.map((s, i) => s === 0 && plain[i]!);
  const shape = operand.shape.map((n, i) => (repeats[i] ? 1 : n));
  const copy = withBorder({ ...operand, shape }, { low, high, spacing }, 0, scratch);
  const strides = copy.operand.strides.map((s, i) => (repeats[i] ? 0 : s));
  return { operand: { ...copy.operand, strides }, accesses, launches: copy.launches };
}

function linear({ operand, accesses }: Readable, problem: number, labels: number): Linear {
  const strides = new Array<number>(labels).fill(0);
  let base = operand.offset;
  accesses[problem]!.forEach(({ label, scale, label2, scale2, offset }, i) => {
    const stride = operand.strides[i]!;
    base += offset * stride;
    if (label >= 0) strides[label]! += scale * stride;
    if (label2 >= 0) strides[label2]! += scale2 * stride;
  });
  return { slot: operand.slot, base, strides };
}
