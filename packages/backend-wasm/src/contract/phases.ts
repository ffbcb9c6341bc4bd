/**
 * Contractions whose accesses divide, split into ones that do not.
 *
 * The gradient of a convolution of stride s reads its operand at (h + p - k d) / s and only where that is whole. For each
 * remainder of h modulo s the k that count form a sequence of their own, so the contraction falls into s dense ones that
 * together do the work once, instead of s times over zeros.
 */
import type { Access, ContractKernel } from '@cotangent/tensor';
import { contiguousStrides } from '../codegen/nest';

/** A contraction whose result may be spread over the output. */
export interface Problem {
  readonly sizes: readonly number[];
  /** Labels that the output has. */
  readonly kept: readonly boolean[];
  readonly accessA: readonly Access[];
  readonly accessB: readonly Access[];
  /** Place in the output, in elements: outBase + sum of index[label] * outStrides[label]. */
  readonly outBase: number;
  readonly outStrides: readonly number[];
}

/** With more phases than this the operand is spread out with zeros instead. */
const MOST_PHASES = 64;

export function problemOf({ sizes, accessA, accessB, out }: ContractKernel): Problem {
  const outStrides = new Array<number>(sizes.length).fill(0);
  contiguousStrides(out.map((label) => sizes[label]!)).forEach((stride, i) => (outStrides[out[i]!] = stride));
  return {
    sizes,
    kept: sizes.map((_, label) => out.includes(label)),
    accessA: accessA.map(simplified),
    accessB: accessB.map(simplified),
    outBase: 0,
    outStrides,
  };
}

/** An access without a common factor of its divisor, and without scales of labels that are not there. */
function simplified(access: Access): Access {
  const { label, label2, offset, divisor } = access;
  const scale = label < 0 ? 0 : access.scale;
  const scale2 = label2 < 0 ? 0 : access.scale2;
  const whole = [scale, scale2, offset].every((x) => x % divisor === 0) ? divisor : 1;
  return { label, label2, scale: scale / whole, scale2: scale2 / whole, offset: offset / whole, divisor: divisor / whole };
}

/** Problems that add up to the given one; `covered` says whether they write every element of the output. */
export function phases(problem: Problem): { readonly problems: readonly Problem[]; readonly covered: boolean } {
  let problems: readonly Problem[] = [problem];
  let covered = true;
  for (;;) {
    const next = problems.map(split);
    if (next.every((x) => x === undefined)) return { problems, covered };
    const flat = next.flatMap((x, i) => x?.problems ?? [problems[i]!]);
    // No phase has anything to add: one problem is kept, which then finds nothing but zeros.
    if (flat.length === 0 || flat.length > MOST_PHASES) return { problems, covered };
    covered &&= next.every((x) => x?.covered ?? true);
    problems = flat;
  }
}

/** Splits along one access that divides; undefined when there is none that can be split. */
function split(problem: Problem): { problems: Problem[]; covered: boolean } | undefined {
  const { sizes, kept } = problem;
  for (const { label, scale, label2, scale2, offset, divisor } of [...problem.accessA, ...problem.accessB]) {
    if (divisor === 1) continue;
    const terms = [{ label, scale }, { label: label2, scale: scale2 }].filter((term) => term.label >= 0);
    const outer = terms.find((term) => kept[term.label]!);
    const inner = terms.find((term) => term !== outer);
    if (outer === undefined || (inner !== undefined && (kept[inner.label]! || inner.label === outer.label))) continue;
    const outerStep = divisor / gcd(divisor, outer.scale);
    const innerStep = inner === undefined ? 1 : divisor / gcd(divisor, inner.scale);
    const problems: Problem[] = [];
    let covered = true;
    for (let r = 0; r < Math.min(outerStep, sizes[outer.label]!); r++) {
      const first = firstWhole(offset + outer.scale * r, inner?.scale ?? 0, divisor);
      if (first === undefined || (inner !== undefined && first >= sizes[inner.label]!)) {
        covered = false;
        continue;
      }
      const phase = substitute(problem, outer.label, outerStep, r);
      problems.push(inner === undefined ? phase : substitute(phase, inner.label, innerStep, first));
    }
    return { problems, covered };
  }
  return undefined;
}

function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** The smallest k >= 0 with (start + scale * k) divisible; undefined if there is none. */
function firstWhole(start: number, scale: number, divisor: number): number | undefined {
  for (let k = 0; k < divisor; k++) if ((start + scale * k) % divisor === 0) return k;
  return undefined;
}

/** The part of a problem in which a label takes the values step * i + first. */
export function substitute(problem: Problem, label: number, step: number, first: number): Problem {
  const rewrite = (access: Access): Access => {
    let { scale, scale2, offset } = access;
    if (access.label === label) {
      offset += scale * first;
      scale *= step;
    }
    if (access.label2 === label) {
      offset += scale2 * first;
      scale2 *= step;
    }
    return simplified({ ...access, scale, scale2, offset });
  };
  return {
    ...problem,
    sizes: problem.sizes.map((n, l) => (l === label ? Math.ceil((n - first) / step) : n)),
    accessA: problem.accessA.map(rewrite),
    accessB: problem.accessB.map(rewrite),
    outBase: problem.outBase + first * problem.outStrides[label]!,
    outStrides: problem.outStrides.map((s, l) => (l === label ? s * step : s)),
  };
}
