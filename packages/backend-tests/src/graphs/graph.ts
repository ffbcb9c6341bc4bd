/** A recorded computation as data: it can be run on any backend, in either precision, and printed as code. */
import { parameter, tensor, type DType, type Shape, type Tensor } from '@cotangent/tensor';
import { track } from '@cotangent/autodiff';
import { sequence } from '../numbers';
import { callFunction, type FunctionName } from './functions';

/** The value of an input (first) or of a step. */
export class Ref {
  constructor(readonly value: number) {}
}

/** Stands for the floating-point type that the graph runs in. */
export const FLOAT = Symbol('float');

export type Argument = Ref | typeof FLOAT | number | string | boolean | readonly Argument[] | { readonly [key: string]: Argument };

export interface GraphInput {
  readonly shape: Shape;
  readonly dtype: DType | typeof FLOAT;
  readonly elements: readonly number[];
  /** A parameter, or a tensor that gradients are recorded for. */
  readonly kind: 'parameter' | 'tensor';
}

export interface GraphStep {
  readonly fn: FunctionName;
  readonly args: readonly Argument[];
  /** The shape that the result must have. */
  readonly shape: Shape;
  readonly dtype: DType | typeof FLOAT;
  /** Whether the value is read as soon as it is recorded, which cuts the computation into several plans. */
  readonly read: boolean;
}

export class RandomGraph {
  constructor(
    readonly seed: number,
    readonly inputs: readonly GraphInput[],
    readonly steps: readonly GraphStep[],
  ) {}

  /** The values that nothing else uses. */
  get outputs(): number[] {
    const used = new Set<number>();
    for (const { args } of this.steps) for (const ref of refsIn(args)) used.add(ref);
    return this.steps.map((_, i) => this.inputs.length + i).filter((value) => !used.has(value));
  }

  /** The same graph with every floating-point input moved by about one unit in the last place of a float32. */
  perturbed(): RandomGraph {
    const random = sequence(`perturbed ${this.seed}`);
    const move = (x: number): number => x * (1 + (random() < 0.5 ? 2 ** -23 : -(2 ** -23)));
    const inputs = this.inputs.map((input) => (input.dtype === FLOAT ? { ...input, elements: input.elements.map(move) } : input));
    return new RandomGraph(this.seed, inputs, this.steps);
  }

  /** Records the graph. Returns all values, inputs first. */
  async record(float: 'float32' | 'float64'): Promise<Tensor[]> {
    const dtypeOf = (dtype: DType | typeof FLOAT): DType => (dtype === FLOAT ? float : dtype);
    const values = this.inputs.map(({ shape, dtype, elements, kind }) => {
      const data = tensor([...elements], { shape, dtype: dtypeOf(dtype) });
      return dtype !== FLOAT ? data : kind === 'parameter' ? parameter(data) : track(data);
    });
    for (const step of this.steps) {
      const value = callFunction(step.fn, step.args.map((arg) => resolve(arg, values, float)));
      if (value.shape.join() !== step.shape.join() || value.dtype !== dtypeOf(step.dtype)) {
        throw new Error(`${step.fn} gave ${value.dtype} [${value.shape.join()}] instead of ${dtypeOf(step.dtype)} [${step.shape.join()}]`);
      }
      if (step.read) await value.data();
      values.push(value);
    }
    return values;
  }

  /** The graph as code; with `value` given, only what that value needs. */
  toString(value?: number): string {
    const needed = value === undefined ? undefined : this.ancestors(value);
    const lines = this.inputs.map(({ shape, dtype, elements, kind }, i) => {
      const data = `tensor([${elements.join(', ')}], { shape: [${shape.join(', ')}], dtype: ${show(dtype)} })`;
      return `const v${i} = ${dtype !== FLOAT ? data : kind === 'parameter' ? `parameter(${data})` : `track(${data})`};`;
    });
    for (const { fn, args, shape, read } of this.steps) {
      const k = lines.length;
      lines.push(`const v${k} = ${fn}(${args.map(show).join(', ')}); // [${shape.join(', ')}]${read ? `\nawait v${k}.data();` : ''}`);
    }
    return lines.filter((_, i) => needed?.has(i) ?? true).join('\n');
  }

  private ancestors(value: number): Set<number> {
    const found = new Set([value]);
    for (const k of found) {
      if (k >= this.inputs.length) for (const ref of refsIn(this.steps[k - this.inputs.length]!.args)) found.add(ref);
    }
    return found;
  }
}

function refsIn(arg: Argument): number[] {
  if (arg instanceof Ref) return [arg.value];
  if (Array.isArray(arg)) return (arg as readonly Argument[]).flatMap(refsIn);
  return typeof arg === 'object' ? Object.values(arg).flatMap(refsIn) : [];
}

function resolve(arg: Argument, values: readonly Tensor[], float: DType): unknown {
  if (arg instanceof Ref) return values[arg.value];
  if (arg === FLOAT) return float;
  if (Array.isArray(arg)) return (arg as readonly Argument[]).map((x) => resolve(x, values, float));
  if (typeof arg !== 'object') return arg;
  return Object.fromEntries(Object.entries(arg).map(([key, x]) => [key, resolve(x, values, float)]));
}

function show(arg: Argument): string {
  if (arg instanceof Ref) return `v${arg.value}`;
  if (arg === FLOAT) return "'float32'";
  if (typeof arg === 'string') return `'${arg}'`;
  if (Array.isArray(arg)) return `[${(arg as readonly Argument[]).map(show).join(', ')}]`;
  if (typeof arg !== 'object') return String(arg);
  return `{ ${Object.entries(arg).map(([key, x]) => `${key}: ${show(x)}`).join(', ')} }`;
}
