/**
 * Random graphs.
 *
 * Values stay between about -8 and 8. Ops that jump (comparisons, rounding, sorting) are applied only to values that are
 * the same in every precision, since a rounding error before a jump would be a difference without a fault.
 */
import { sizeOf, type DType, type Shape } from '@cotangent/tensor';
import { sequence } from '../numbers';
import type { FunctionName } from './functions';
import { FLOAT, mapArgument, RandomGraph, Ref, RULES, type Argument, type Course, type GraphInput, type GraphStep } from './graph';
import { BLOCKS } from './blocks';
import { MOVES } from './moves';

/** A value so far, as the generator knows it. */
export interface Known {
  readonly ref: Ref;
  readonly shape: Shape;
  readonly dtype: DType | typeof FLOAT;
  /** No element is larger in magnitude (floating-point values only). */
  readonly bound: number;
  /** The same in float32 and float64. */
  readonly exact: boolean;
}

/** What a step gives. Defaults: floating-point numbers of magnitude up to 1, exact only when not floating-point. */
export interface NewValue {
  readonly shape: Shape;
  readonly dtype?: DType | typeof FLOAT;
  readonly bound?: number;
  readonly exact?: boolean;
}

export type Move = (b: Builder) => void;

/** What makes a graph hard. Drawn from the seed. */
export interface Profile {
  /** Inputs hold NaN, infinities, negative zeros, and very small and very large numbers. */
  readonly special: boolean;
  readonly course: Course;
  /** Sizes of axes to draw from. */
  readonly sizes: readonly number[];
  readonly mostElements: number;
  readonly length: number;
  /** The share of steps that are read at once, kept, or compared although they are used. */
  readonly cuts: number;
}

const ORDINARY = [1, 2, 2, 3, 3, 4, 5, 7];
const WIDE = [1, 3, 4, 8, 16, 33, 67];
const WITH_EMPTY = [0, 1, 1, 2, 3, 5];

/** Besides numbers of ordinary size. */
const SPECIAL = [
  NaN, NaN, Infinity, -Infinity, Infinity, -0, -0, 0, 0, 1, -1, 1e30, -1e30, 1e-30, 3e38, -3e38, 1e-40, -1e-40, 1e-45, -1e-45, 1e20, -88.5,
  89, 1e-38, 65520, 1e300, -1e300, 1e-310, 16777217, 2147483648, -2147483904,
];

function profileOf(random: () => number): Profile {
  const whole = (low: number, high: number): number => low + Math.floor((high - low) * random());
  const kind = random();
  const course: Course =
    kind < 0.2
      ? {
          kind: 'training',
          rule: RULES[whole(0, 3)]!,
          trips: whole(2, 5),
          by: (['assignAll', 'assignAll', 'assign', 'update'] as const)[whole(0, 4)]!,
          readFirst: random() < 0.4,
        }
      : { kind: 'gradients', order: kind < 0.27 ? 2 : 1, readFirst: random() < 0.5, apart: random() < 0.15 };
  const size = random();
  const wide = size < 0.08;
  return {
    special: random() < 0.25,
    course,
    sizes: wide ? WIDE : size < 0.16 ? WITH_EMPTY : ORDINARY,
    mostElements: wide ? 2500 : 240,
    length: course.kind === 'training' || course.order === 2 ? whole(3, 16) : whole(5, 31),
    cuts: random() < 0.5 ? 0 : 0.06,
  };
}

/** The state of one generation; the moves use it to choose operands and to add steps. */
export class Builder {
  readonly random: () => number;
  readonly profile: Profile;
  private readonly inputs: GraphInput[] = [];
  private readonly steps: { step: Omit<GraphStep, 'args'>; args: readonly Argument[]; ref: Ref }[] = [];
  private readonly known: Known[] = [];

  constructor(private readonly seed: number) {
    this.random = sequence(`graph ${seed}`);
    this.profile = profileOf(this.random);
  }

  get size(): number {
    return this.steps.length;
  }

  /** A whole number in [low, high). */
  whole(low: number, high: number): number {
    return low + Math.floor((high - low) * this.random());
  }

  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length)]!;
  }

  shape(rank = this.whole(0, 5)): number[] {
    return this.anyShape(rank).map((n) => n || 2);
  }

  /** As `shape`, but axes may be empty. */
  anyShape(rank = this.whole(0, 5)): number[] {
    const shape = Array.from({ length: rank }, () => this.pick(this.profile.sizes));
    while (sizeOf(shape) > this.profile.mostElements) {
      const largest = shape.indexOf(Math.max(...shape));
      shape[largest] = shape[largest]! >> 2;
    }
    return shape;
  }

  /** A known value with elements that satisfies `test`; recent ones are preferred. */
  find(test: (value: Known) => boolean): Known | undefined {
    return this.findAny((value) => !value.shape.includes(0) && test(value));
  }

  /** As `find`, but the value may be empty. */
  findAny(test: (value: Known) => boolean): Known | undefined {
    const fitting = this.known.filter(test);
    const recent = fitting.slice(-4);
    return this.random() < 0.7 ? this.pickFrom(recent) : this.pickFrom(fitting);
  }

  private pickFrom(list: readonly Known[]): Known | undefined {
    return list.length === 0 ? undefined : this.pick(list);
  }

  /** A new floating-point input. */
  float(shape: Shape, kind: GraphInput['kind'] = this.random() < 0.5 ? 'parameter' : 'tensor'): Known {
    const isSpecial = this.profile.special && this.random() < 0.6;
    const elements = Array.from({ length: sizeOf(shape) }, () =>
      isSpecial && this.random() < 0.3 ? this.pick(SPECIAL) : Math.fround(4 * this.random() - 2));
    // A parameter is trained, and then no longer the same in every precision.
    return this.input({ shape, dtype: FLOAT, elements, kind }, 2, kind !== 'parameter' || this.profile.course.kind === 'gradients');
  }

  /** A new input of whole numbers in [low, high). */
  integers(shape: Shape, low: number, high: number, dtype: DType = 'int32'): Known {
    const elements = Array.from({ length: sizeOf(shape) }, () => this.whole(low, high));
    return this.input({ shape, dtype, elements, kind: 'tensor' }, Math.max(Math.abs(low), Math.abs(high)), true);
  }

  private input(input: GraphInput, bound: number, exact: boolean): Known {
    const value: Known = { ref: new Ref(this.inputs.push(input) - 1), shape: input.shape, dtype: input.dtype, bound, exact };
    // Variables stay with the move that updates them: what is recorded from an old value cannot be read later.
    if (input.kind !== 'variable') this.known.push(value);
    return value;
  }

  /** Adds a step unless its result is too big. Large floating-point numbers are scaled down by a power of two. */
  add(fn: FunctionName, args: readonly Argument[], result: NewValue): Known | undefined {
    const { shape, dtype = FLOAT, bound = 1, exact = dtype !== FLOAT } = result;
    if (sizeOf(shape) > this.profile.mostElements || shape.length > 6) return undefined;
    const ref = new Ref(NaN);
    const { cuts } = this.profile;
    const step: Omit<GraphStep, 'args'> = { fn, shape, dtype, read: this.random() < cuts, keep: this.random() < cuts / 2, output: this.random() < cuts };
    this.steps.push({ step, args, ref });
    const value: Known = { ref, shape, dtype, bound, exact };
    this.known.push(value);
    if (dtype !== FLOAT || bound <= 8) return value;
    const by = 2 ** -Math.ceil(Math.log2(bound / 4));
    return this.add('mul', [ref, by], { shape, bound: bound * by, exact });
  }

  /** Inputs come first, so steps are numbered when their count is known. */
  finish(): RandomGraph {
    const numbers = new Map<Ref, number>();
    this.steps.forEach(({ ref }, i) => numbers.set(ref, this.inputs.length + i));
    const renumber = (arg: Argument): Argument =>
      mapArgument(arg, (x) => (x instanceof Ref ? new Ref(numbers.get(x) ?? x.value) : x));
    const steps = this.steps.map(({ step, args }) => ({ ...step, args: args.map(renumber) }));
    return new RandomGraph(this.seed, this.inputs, steps, this.profile.course, this.profile.special);
  }
}

/**
 * The random graph with the given number; the same number gives the same graph.
 *
 * @example
 * ```ts
 * import { printGraph, randomGraph } from '@cotangent/backend-tests';
 * console.log(printGraph(randomGraph(1)));
 * ```
 */
export function randomGraph(seed: number): RandomGraph {
  const builder = new Builder(seed);
  builder.float(builder.shape(), 'parameter');
  builder.float(builder.anyShape(2));
  if (builder.random() < 0.5) builder.integers(builder.shape(), -20, 20);
  const { length } = builder.profile;
  while (builder.size < length) builder.pick(builder.random() < 0.3 ? BLOCKS : MOVES)(builder);
  return builder.finish();
}
