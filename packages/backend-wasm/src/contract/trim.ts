/**
 * Contractions that would add up many zeros from beyond an edge, split into ones that leave them out.
 *
 * The input gradient of a convolution without padding reads the gradient of the output far outside: with a kernel of 5 and 10
 * outputs, each of the 14 rows is computed from 5 rows, of which 1 to 5 exist. Rows of the result that see the same rows of the
 * operand are put together, so that each is computed from those alone; that saves 29 % here.
 */
import type { Access, ContractKernel } from '@cotangent/tensor';
import { substitute, type Problem } from './phases';

/** The share of the work that must be saved, and how many multiplications a group must have at least. */
const WORTH = 0.15;
const LEAST = 100_000;
const MOST_GROUPS = 16;

/** Neighbouring values of a label with the values of another label at which the operand exists. */
interface Group {
  readonly from: number;
  to: number;
  readonly low: number;
  readonly high: number;
}

/** Problems that add up to the given one; `covered` says whether they write every element of the output. */
export function trim(kernel: ContractKernel, problem: Problem): { readonly problems: readonly Problem[]; readonly covered: boolean } {
  const whole = { problems: [problem], covered: true };
  const pairs = [
    ...problem.accessA.map((access, axis) => ({ access, size: kernel.a.shape[axis]! })),
    ...problem.accessB.map((access, axis) => ({ access, size: kernel.b.shape[axis]! })),
  ];
  for (const { access, size } of pairs) {
    const found = split(problem, access, size);
    if (found !== undefined) return found;
  }
  return whole;
}

function split(problem: Problem, access: Access, size: number): { problems: Problem[]; covered: boolean } | undefined {
  const { sizes, kept, outStrides } = problem;
  if (access.divisor !== 1 || access.label < 0 || access.label2 < 0) return undefined;
  const terms = [{ label: access.label, scale: access.scale }, { label: access.label2, scale: access.scale2 }];
  const outer = terms.find(({ label }) => kept[label]!);
  const inner = terms.find(({ label }) => !kept[label]!);
  // The innermost axis of the output stays whole: tiles want its elements to be neighbours.
  if (outer === undefined || inner === undefined || inner.scale === 0 || outStrides[outer.label] === 1) return undefined;
  const groups = groupsOf(sizes[outer.label]!, sizes[inner.label]!, (o, k) => {
    const at = outer.scale * o + inner.scale * k + access.offset;
    return at >= 0 && at < size;
  });
  const used = groups.reduce((sum, { from, to, low, high }) => sum + (to - from) * (high - low), 0);
  const work = sizes.reduce((a, b) => a * b, 1);
  const share = used / (sizes[outer.label]! * sizes[inner.label]!);
  const filled = groups.filter(({ low, high }) => high > low);
  if (share > 1 - WORTH || filled.length > MOST_GROUPS || filled.length === 0 || (work * share) / filled.length < LEAST) return undefined;
  const problems = filled.map(({ from, to, low, high }) => {
    const rows = cut(substitute(problem, outer.label, 1, from), outer.label, to - from);
    return cut(substitute(rows, inner.label, 1, low), inner.label, high - low);
  });
  return { problems, covered: filled.length === groups.length };
}

/** Groups the values of the outer label; the values of the inner one at which something is there are neighbours. */
function groupsOf(outer: number, inner: number, exists: (o: number, k: number) => boolean): Group[] {
  const groups: Group[] = [];
  for (let o = 0; o < outer; o++) {
    let low = 0;
    while (low < inner && !exists(o, low)) low++;
    let high = low;
    while (high < inner && exists(o, high)) high++;
    const last = groups.at(-1);
    if (last?.low === low && last.high === high) last.to = o + 1;
    else groups.push({ from: o, to: o + 1, low, high });
  }
  return groups;
}

/** The first `count` values of a label. */
function cut(problem: Problem, label: number, count: number): Problem {
  return { ...problem, sizes: problem.sizes.map((n, l) => (l === label ? count : n)) };
}
