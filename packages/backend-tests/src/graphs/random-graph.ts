/**
 * Random graphs of 5 to 30 steps.
 *
 * Values stay between about -8 and 8. Ops that jump (comparisons, rounding, sorting) are applied only to values that are
 * the same in every precision, since a rounding error before a jump would be a difference without a fault.
 */
import { sizeOf, type DType, type Shape } from '@cotangent/tensor';
import { sequence } from '../numbers';
import type { FunctionName } from './functions';
import { FLOAT, RandomGraph, Ref, type Argument, type GraphInput, type GraphStep } from './graph';
import { MOVES } from './moves';

const MOST_ELEMENTS = 240;

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

/** The state of one generation; the moves in moves.ts use it to choose operands and to add steps. */
export class Builder {
  readonly random: () => number;
  private readonly inputs: GraphInput[] = [];
  private readonly steps: { step: Omit<GraphStep, 'args'>; args: readonly Argument[]; ref: Ref }[] = [];
  private readonly known: Known[] = [];

  constructor(private readonly seed: number) {
    this.random = sequence(`graph ${seed}`);
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
    return Array.from({ length: rank }, () => this.pick([1, 2, 2, 3, 3, 4, 5, 7]));
  }

  /** A known value that satisfies `test`; recent ones are preferred. */
  find(test: (value: Known) => boolean): Known | undefined {
    const fitting = this.known.filter(test);
    const recent = fitting.slice(-4);
    return this.random() < 0.7 ? this.pickFrom(recent) : this.pickFrom(fitting);
  }

  private pickFrom(list: readonly Known[]): Known | undefined {
    return list.length === 0 ? undefined : this.pick(list);
  }

  /** A new floating-point input. */
  float(shape: Shape): Known {
    const elements = Array.from({ length: sizeOf(shape) }, () => Math.fround(4 * this.random() - 2));
    const kind = this.random() < 0.5 ? 'parameter' : 'tensor';
    return this.input({ shape, dtype: FLOAT, elements, kind }, 2);
  }

  /** A new input of whole numbers in [low, high). */
  integers(shape: Shape, low: number, high: number, dtype: DType = 'int32'): Known {
    const elements = Array.from({ length: sizeOf(shape) }, () => this.whole(low, high));
    return this.input({ shape, dtype, elements, kind: 'tensor' }, Math.max(Math.abs(low), Math.abs(high)));
  }

  private input(input: GraphInput, bound: number): Known {
    const value: Known = { ref: new Ref(this.inputs.push(input) - 1), shape: input.shape, dtype: input.dtype, bound, exact: true };
    this.known.push(value);
    return value;
  }

  /** Adds a step unless its result is too big. Large floating-point numbers are scaled down by a power of two. */
  add(fn: FunctionName, args: readonly Argument[], result: NewValue): Known | undefined {
    const { shape, dtype = FLOAT, bound = 1, exact = dtype !== FLOAT } = result;
    if (sizeOf(shape) > MOST_ELEMENTS || shape.length > 6) return undefined;
    const ref = new Ref(NaN);
    this.steps.push({ step: { fn, shape, dtype, read: this.random() < 0.06 }, args, ref });
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
    const renumber = (arg: Argument): Argument => {
      if (arg instanceof Ref) return new Ref(numbers.get(arg) ?? arg.value);
      if (Array.isArray(arg)) return (arg as readonly Argument[]).map(renumber);
      if (typeof arg !== 'object') return arg;
      return Object.fromEntries(Object.entries(arg).map(([key, x]) => [key, renumber(x)]));
    };
    return new RandomGraph(this.seed, this.inputs, this.steps.map(({ step, args }) => ({ ...step, args: args.map(renumber) })));
  }
}

/**
 * The random graph with the given number; the same number gives the same graph.
 *
 * @example
 * ```ts
 * import { randomGraph } from '@cotangent/backend-tests';
 * console.log(String(randomGraph(1)));
 * ```
 */
export function randomGraph(seed: number): RandomGraph {
  const builder = new Builder(seed);
  builder.float(builder.shape());
  builder.float(builder.shape(2));
  if (builder.random() < 0.5) builder.integers(builder.shape(), -20, 20);
  const length = builder.whole(5, 31);
  while (builder.size < length) builder.pick(MOVES)(builder);
  return builder.finish();
}
