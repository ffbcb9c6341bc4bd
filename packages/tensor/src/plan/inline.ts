/** Which values are computed again where they are used, instead of being stored once and loaded. */
import type { Node } from '../graph/node';
import type { OpName } from '../graph/ops';
import { isElementwise } from './instructions';
import type { Lowering, Move, Resolved } from './lower';
import { contiguousView, expandView, type View } from './view';

/** Ops that cost about as much as twenty additions. */
const DEAR = new Set<OpName>([
  'exp', 'log', 'expm1', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'erf', 'erfc', 'erfinv', 'lgamma', 'polygamma',
  'pow', 'randomBits',
]);
/** A single number may take this many ops: it is computed once for a whole loop. */
const SINGLE = 40;
/** An array may take this many cheap ops. */
const CHEAP = 3;

export class Inliner {
  private readonly chains = new Map<Node, number>();
  private readonly answers = [new Map<Resolved, boolean>(), new Map<Resolved, boolean>()] as const;

  constructor(
    private readonly plan: Lowering,
    /** What is stored anyway. */
    private readonly pinned: ReadonlySet<Node>,
  ) {}

  /** Whether a reader sees one element only, everywhere; `within` an expression of which that is true it always is. */
  single({ view }: Resolved, within: boolean): boolean {
    return within || view.shape.every((n, i) => n === 1 || view.strides[i] === 0);
  }

  /** Whether readers of this view compute the value themselves. */
  inlines(use: Resolved, within: boolean): boolean {
    const answers = this.answers[within ? 1 : 0];
    let answer = answers.get(use);
    if (answer === undefined) answers.set(use, (answer = this.decide(use, this.single(use, within))));
    return answer;
  }

  private decide({ base, moves }: Resolved, single: boolean): boolean {
    const { op } = base;
    if (!this.counts(base) || op === 'randomBits' || !this.plan.options.recompute) return false;
    if (op === 'iota') return true;
    if (this.chain(base) > (single ? SINGLE : CHEAP)) return false;
    if (!single && (this.pinned.has(base) || !this.fromStored(base))) return false;
    return this.follows(base, moves, single);
  }

  /** Ops of a value down to what has to be loaded; clipped, because sharing makes it grow exponentially. */
  private chain(node: Node): number {
    const known = this.chains.get(node);
    if (known !== undefined) return known;
    // Inputs first, without recursion: chains can be thousands of nodes long.
    const stack = [node];
    while (stack.length > 0) {
      const at = stack.at(-1)!;
      const inputs = at.inputs.map((x) => this.plan.resolve(x).base).filter((x) => this.counts(x));
      const missing = inputs.filter((x) => !this.chains.has(x));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      const own = DEAR.has(at.op) ? 4 : 1;
      this.chains.set(at, Math.min(inputs.reduce((sum, x) => sum + this.chains.get(x)!, own), SINGLE + 1));
    }
    return this.chains.get(node)!;
  }

  /** Whether this plan computes the node, element by element; what is given to a part of a plan is there already. */
  private counts(node: Node): boolean {
    return isElementwise(node.op) && this.plan.computes(node);
  }

  /** Whether a whole array can be computed again from arrays that are there anyway. */
  private fromStored(node: Node): boolean {
    if (DEAR.has(node.op)) return false;
    return node.inputs.every((x) => {
      const { base } = this.plan.resolve(x);
      if (!this.plan.computes(base) || base.op === 'iota' || this.pinned.has(base)) return true;
      return this.counts(base) && this.fromStored(base);
    });
  }

  /** Whether the inputs can be seen through the moves. */
  private follows(base: Node, moves: readonly Move[], single: boolean): boolean {
    return base.inputs.every((x) => {
      const use = this.plan.resolve(x);
      const through: Move[] = [...use.moves, (view) => expandView(view, base.shape), ...moves];
      if (!seen(use.base, through)) return false;
      return !this.inlines(use, single) || this.follows(use.base, through, this.single(use, single));
    });
  }
}

/** The elements of a node as seen at the end of `moves`. */
export function seen(base: Node, moves: readonly Move[]): View | undefined {
  let view: View | undefined = contiguousView(base.shape);
  for (const move of moves) view = view && move(view);
  return view;
}
