/** Following bad numbers (NaN, perhaps infinities) through the kernels of one run to where they were made. */
import type { TypedArray } from '../dtype';
import type { Node } from '../graph/node';
import type { Kernel, MapKernel } from '../plan/kernel';
import { operandsOf, readsOf, writesOf } from '../plan/kernel-slots';
import type { Instruction } from '../plan/scalar';
import type { PlanRun } from '../runtime/watch';
import { sizeOf } from '../shape';
import { elementOf, findElement, numberAt, placeOf, someElement } from './elements';
import { opsOf } from './origin';

/** Where bad numbers come from. */
export interface Source {
  /** `made`: by an op from good numbers; `literal`: a JavaScript number given to an op; `data`: elements the plan started from. */
  readonly kind: 'made' | 'literal' | 'data';
  /** Rises in the order in which ops were recorded; -1 for data. */
  readonly rank: number;
  readonly op: string | undefined;
  /** The op's node or the data's; undefined where a replayed plan has no graph. */
  readonly node: Node | undefined;
  readonly shape: readonly number[];
  readonly element: readonly number[];
  readonly value: number;
  readonly inputs: readonly number[] | undefined;
  /** For ops that are not element-wise: whether infinities went in. */
  readonly infinite: boolean;
}

type Read = (slot: number) => TypedArray;

/**
 * One run. `observe` is told of every kernel; a slot that holds bad numbers is noted with where they come from. Numbers that
 * a later `where` throws away are so never blamed: only sources of what was asked for count.
 */
export class Search {
  private readonly sources = new Map<number, Source>();
  private started = false;

  /** `earlier` knows the sources of bad numbers in the results of earlier runs. */
  constructor(
    private readonly run: PlanRun,
    private readonly bad: (x: number) => boolean,
    private readonly earlier: WeakMap<Node, Source>,
  ) {}

  observe(at: number, read: Read): void {
    const { plan } = this.run.entry;
    if (!this.started) this.start(read);
    const kernel = plan.kernels[at]!;
    for (const slot of new Set(writesOf(kernel))) {
      const { dtype } = plan.slots[slot]!;
      const data = read(slot);
      const first = findElement(data, dtype, this.bad);
      if (first >= 0) this.sources.set(slot, this.sourceOf(at, slot, data, first, read));
    }
  }

  /** The first source of bad numbers in what was asked for. Sources of all results are noted for later runs. */
  finish(): Source | undefined {
    const { entry, recorded } = this.run;
    let first: Source | undefined;
    entry.results.forEach(({ from, index }, i) => {
      if (from === 'leaf') return;
      const source = this.sources.get(entry.plan.outputs[index]!.slot);
      if (!source) return;
      const target = recorded?.targets[i];
      if (target) this.earlier.set(target.node, source);
      if (!target?.saved && (!first || source.rank < first.rank)) first = source;
    });
    return first;
  }

  private start(read: Read): void {
    this.started = true;
    const { entry, recorded } = this.run;
    entry.plan.inputs.forEach((slot, i) => {
      const { dtype, length } = entry.plan.slots[slot]!;
      const data = read(slot);
      const at = findElement(data, dtype, this.bad);
      if (at < 0) return;
      const node = recorded?.graph.leaves[entry.inputs[i]!];
      const shape = node?.shape ?? [length];
      const known = node && this.earlier.get(node);
      const found = { shape, element: placeOf(at, shape), value: numberAt(data, at, dtype) };
      this.sources.set(slot, known ?? { kind: 'data', rank: -1, op: undefined, node, ...found, inputs: undefined, infinite: false });
    });
  }

  private sourceOf(at: number, slot: number, data: TypedArray, first: number, read: Read): Source {
    const { plan } = this.run.entry;
    const kernel = plan.kernels[at]!;
    return kernel.kind === 'map' ? this.elementSource(at, kernel, slot, data, first, read) : this.wholeSource(at, kernel, slot, data, first, read);
  }

  /** Element-wise: an element is made here when nothing bad went into it. */
  private elementSource(at: number, kernel: MapKernel, slot: number, data: TypedArray, first: number, read: Read): Source {
    const { dtype } = this.run.entry.plan.slots[slot]!;
    const literal = kernel.constants.some(this.bad);
    let passed: Source | undefined;
    for (let element = first; element >= 0; element = findElement(data, dtype, this.bad, element + 1)) {
      const loaded = kernel.inputs.map((operand) => elementOf(operand, read(operand.slot), element));
      const sources = loaded.flatMap((x, i) => (this.bad(x) ? (this.sources.get(kernel.inputs[i]!.slot) ?? []) : []));
      if (sources.length === 0 && !literal) return this.found('made', at, slot, data, element, argumentsOf(kernel, slot, loaded), false);
      for (const source of sources) if (!passed || source.rank < passed.rank) passed = source;
    }
    return passed ?? this.found('literal', at, slot, data, first, undefined, false);
  }

  /** Other kernels: bad numbers are made here when none of their inputs shows any. */
  private wholeSource(at: number, kernel: Kernel, slot: number, data: TypedArray, first: number, read: Read): Source {
    const shows = (test: (x: number) => boolean): number[] =>
      kernel.kind === 'repeat'
        ? readsOf(kernel).filter((input) => findElement(read(input), this.run.entry.plan.slots[input]!.dtype, test) >= 0)
        : operandsOf(kernel).flatMap((operand) => (someElement(operand, read(operand.slot), test) ? [operand.slot] : []));
    const passed = shows(this.bad).flatMap((input) => this.sources.get(input) ?? []);
    if (passed.length > 0) return passed.reduce((a, b) => (b.rank < a.rank ? b : a));
    const infinite = shows((x) => x === Infinity || x === -Infinity).length > 0;
    return this.found('made', at, slot, data, first, undefined, infinite);
  }

  private found(
    kind: Source['kind'], at: number, slot: number, data: TypedArray, first: number, inputs: readonly number[] | undefined, infinite: boolean,
  ): Source {
    const { entry, recorded } = this.run;
    const { dtype, length } = entry.plan.slots[slot]!;
    const nodes = recorded ? entry.origins[at]!.map((place) => recorded.graph.order[place]!) : [];
    const node = nodes[nodes.length - 1];
    const shape = node && sizeOf(node.shape) === length ? node.shape : [length];
    const op = node ? undefined : opsOf(entry, recorded?.graph)[at]!.join(' + ');
    const element = placeOf(first, shape);
    return { kind, rank: node?.id ?? at, op, node, shape, element, value: numberAt(data, first, dtype), inputs, infinite };
  }
}

/** The numbers the last op of a kernel works on, given those that the kernel loads. */
function argumentsOf({ body, constants, outputs }: MapKernel, slot: number, loaded: readonly number[]): readonly number[] {
  const behindCasts = (at: number): Instruction => {
    const step = body[at]!;
    return step.op === 'cast' ? behindCasts(step.args[0]) : step;
  };
  const last = behindCasts(outputs.find((output) => output.slot === slot)!.value);
  const args = 'args' in last ? last.args.map(behindCasts) : [last];
  const valueOf = (step: Instruction): number | undefined =>
    step.op === 'load' ? loaded[step.input]! : step.op === 'const' ? constants[step.constant]! : undefined;
  const known = args.map(valueOf);
  return known.every((x) => x !== undefined) ? known : loaded;
}
