/** A recorded computation as data: it can be run on any backend, in either precision, and printed as code. */
import { Generator, keep, parameter, tensor, variable, type DType, type Shape, type Tensor } from '@cotangent/tensor';
import { track } from '@cotangent/autodiff';
import { sequence } from '../numbers';
import { callFunction, SUMMING, type FunctionName } from './functions';

/** The value of an input (first) or of a step. */
export class Ref {
  constructor(readonly value: number) {}
}

/** A generator with this seed, made once for a run, so that every run draws the same numbers. */
export class Seeded {
  constructor(readonly seed: number) {}
}

/** Stands for the floating-point type that the graph runs in. */
export const FLOAT = Symbol('float');

export type Argument = Ref | Seeded | typeof FLOAT | number | string | boolean | readonly Argument[] | { readonly [key: string]: Argument };

/** The precision that a graph runs in. */
export type Float = 'float32' | 'float64';

/** The generator with a seed; one for the whole run. */
export type Generators = (seed: number) => Generator;

export function newGenerators(): Generators {
  const made = new Map<number, Generator>();
  return (seed) => {
    if (!made.has(seed)) made.set(seed, new Generator(seed));
    return made.get(seed)!;
  };
}

interface Context {
  readonly float: Float;
  readonly generators: Generators;
}

export interface GraphInput {
  readonly shape: Shape;
  readonly dtype: DType | typeof FLOAT;
  readonly elements: readonly number[];
  /** A parameter, a variable without gradient, or a tensor that gradients are recorded for. */
  readonly kind: 'parameter' | 'variable' | 'tensor';
}

export interface GraphStep {
  readonly fn: FunctionName;
  readonly args: readonly Argument[];
  /** The shape that the result must have. */
  readonly shape: Shape;
  readonly dtype: DType | typeof FLOAT;
  /** Whether the value is read as soon as it is recorded, which cuts the computation into several plans. */
  readonly read: boolean;
  /** Whether it is given to `keep`. */
  readonly keep: boolean;
  /** Whether it is compared although later steps use it. */
  readonly output: boolean;
}

/** The update of a parameter from its gradient. */
export const RULES = ['sgd', 'momentum', 'adam'] as const;

/**
 * What is done with the values of a graph.
 * - gradients: the outputs are read, and the gradients of their weighted mean, of first or second order (0: none); `apart` takes the
 *   gradients of every output by themselves.
 * - training: all steps are recorded `trips` times; after each the parameters are replaced. What was not read by then is kept.
 */
export type Course =
  | { readonly kind: 'gradients'; readonly order: 0 | 1 | 2; readonly readFirst: boolean; readonly apart: boolean }
  | {
      readonly kind: 'training';
      readonly rule: (typeof RULES)[number];
      readonly trips: number;
      /** Assign all parameters at once or one by one, or record updates that the next read computes. */
      readonly by: 'assignAll' | 'assign' | 'update';
      /** The outputs are read before the parameters change, or kept and read after. */
      readonly readFirst: boolean;
    };

export class RandomGraph {
  constructor(
    readonly seed: number,
    readonly inputs: readonly GraphInput[],
    readonly steps: readonly GraphStep[],
    readonly course: Course,
    /** Whether inputs hold NaN, infinities, negative zeros, and very small and very large numbers. */
    readonly special = false,
  ) {}

  /** A copy with some parts replaced. */
  with(parts: Partial<Pick<RandomGraph, 'inputs' | 'steps' | 'course'>>): RandomGraph {
    const { inputs = this.inputs, steps = this.steps, course = this.course } = parts;
    return new RandomGraph(this.seed, inputs, steps, course, this.special);
  }

  /** The values that nothing else uses, and those marked as outputs. */
  get outputs(): number[] {
    const used = new Set<number>();
    for (const { args } of this.steps) for (const ref of refsIn(args)) used.add(ref);
    const all = this.steps.map((_, i) => this.inputs.length + i);
    return all.filter((value, i) => this.steps[i]!.output || !used.has(value));
  }

  /** The values whose elements do not depend on the order in which anything is added up or multiplied. */
  get orderFree(): Set<number> {
    const free = new Set(this.inputs.keys());
    this.steps.forEach(({ fn, args }, i) => {
      if (!SUMMING.has(fn) && refsIn(args).every((ref) => free.has(ref))) free.add(this.inputs.length + i);
    });
    return free;
  }

  /** The same graph with every floating-point input moved by about one unit in the last place of `float`. */
  perturbed(float: Float = 'float32', draw = 0): RandomGraph {
    const random = sequence(`perturbed ${this.seed} ${draw}`);
    const [relative, smallest, step] = float === 'float32' ? [2 ** -23, 2 ** -126, 2 ** -149] : [2 ** -52, 2 ** -1022, 2 ** -1074];
    const move = (x: number): number => {
      const sign = random() < 0.5 ? 1 : -1;
      return x !== 0 && Math.abs(x) < smallest ? x + sign * step : x * (1 + sign * relative);
    };
    return this.with({
      inputs: this.inputs.map((input) => (input.dtype === FLOAT ? { ...input, elements: input.elements.map(move) } : input)),
    });
  }

  /** Makes the inputs. In a training no gradients are taken for tensors. */
  makeInputs(float: Float): Tensor[] {
    return this.inputs.map(({ shape, dtype, elements, kind }) => {
      const data = tensor([...elements], { shape, dtype: dtype === FLOAT ? float : dtype });
      if (kind === 'variable') return variable(data);
      if (kind === 'parameter') return parameter(data);
      return dtype === FLOAT && this.course.kind === 'gradients' ? track(data) : data;
    });
  }

  /** Records all steps. Returns all values, inputs first. */
  async record(inputs: readonly Tensor[], float: Float, generators: Generators): Promise<Tensor[]> {
    const values = [...inputs];
    for (const step of this.steps) {
      this.recordStep(step, values, { float, generators });
      if (step.read) await values.at(-1)!.data();
    }
    return values;
  }

  /** As `record`, without reads in the middle; with `checked` false the results may have other shapes than the steps say. */
  recordAll(inputs: readonly Tensor[], float: Float, generators: Generators, checked = true): Tensor[] {
    const values = [...inputs];
    for (const step of this.steps) this.recordStep(step, values, { float, generators }, checked);
    return values;
  }

  private recordStep(step: GraphStep, values: Tensor[], context: Context, checked = true): void {
    const value = callFunction(step.fn, step.args.map((arg) => resolve(arg, values, context)));
    const dtype = step.dtype === FLOAT ? context.float : step.dtype;
    if (checked && (value.shape.join() !== step.shape.join() || value.dtype !== dtype)) {
      throw new Error(`${step.fn} gave ${value.dtype} [${value.shape.join()}] instead of ${dtype} [${step.shape.join()}]`);
    }
    if (step.keep) keep(value);
    values.push(value);
  }
}

export function refsIn(arg: Argument): number[] {
  if (arg instanceof Ref) return [arg.value];
  if (arg instanceof Seeded) return [];
  if (Array.isArray(arg)) return (arg as readonly Argument[]).flatMap(refsIn);
  return typeof arg === 'object' ? Object.values(arg).flatMap(refsIn) : [];
}

/** The argument with every reference and every number in it replaced. */
export function mapArgument(arg: Argument, change: (part: Ref | number) => Argument): Argument {
  if (arg instanceof Ref || typeof arg === 'number') return change(arg);
  if (Array.isArray(arg)) return (arg as readonly Argument[]).map((x) => mapArgument(x, change));
  if (typeof arg !== 'object' || arg instanceof Seeded) return arg;
  return Object.fromEntries(Object.entries(arg).map(([key, x]) => [key, mapArgument(x, change)]));
}

function resolve(arg: Argument, values: readonly Tensor[], context: Context): unknown {
  if (arg instanceof Ref) return values[arg.value];
  if (arg instanceof Seeded) return context.generators(arg.seed);
  if (arg === FLOAT) return context.float;
  if (Array.isArray(arg)) return (arg as readonly Argument[]).map((x) => resolve(x, values, context));
  if (typeof arg !== 'object') return arg;
  return Object.fromEntries(Object.entries(arg).map(([key, x]) => [key, resolve(x, values, context)]));
}
