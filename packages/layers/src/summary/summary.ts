/** The table of a model: layers, output shapes, parameters. */
import { ArgumentError, full, isTensor, sizeOf, Tensor, type DType, type Parameter, type Shape } from '@cotangent/tensor';
import { describe } from '../check';
import { Module } from '../module';
import { dryRun } from './dry-run';
import { formatTable } from './table';

/** One call of a layer, or a module with parameters that was never called. */
export interface SummaryRow {
  /** Key of the module, such as 'fc.0'; '' for the model itself; 'input' rows have kind 'Input'. */
  readonly name: string;
  /** Class of the module. */
  readonly kind: string;
  /** Shape of the output (the first tensor of several); undefined when the module was not called. */
  readonly outputShape: Shape | undefined;
  /** Elements of the output per sample: the product of all sizes but the first. */
  readonly activations: number;
  /** Elements of the parameters the module itself holds; those counted in an earlier row are not counted again. */
  readonly parameters: number;
}

export interface SummaryOptions {
  /** Element type of inputs given as shapes. Default float32; int32 for indices. */
  readonly dtype?: DType;
}

/** What `summary` found; `toString()` gives the table. */
export interface Summary {
  /** Inputs, then layers in the order in which they were called. */
  readonly rows: readonly SummaryRow[];
  /** Elements of all parameters, shared ones once. */
  readonly parameters: number;
  readonly trainable: number;
  readonly frozen: number;
  /** Elements of buffers, such as running statistics. */
  readonly buffers: number;
  toString(): string;
}

/** A shape or a tensor for each input of the model. */
export type SummaryInput = Shape | Tensor | readonly (Shape | Tensor)[];

/**
 * Lists every layer with the shape of its output and the number of its parameters, by recording the model on an input of the
 * given shape. Nothing is computed, and neither random numbers nor running statistics change. Layers appear as in evaluation.
 *
 * @param input the shape of the input, batch first, or the input itself; an array of several for several inputs.
 * @throws ArgumentError when the model cannot take the input; the cause says why.
 * @example
 * ```ts
 * import { Linear, ReLU, Sequential, summary } from '@cotangent/layers';
 * const model = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
 * console.log(String(summary(model, [1, 784]))); // a table, and: 101770 parameters, ...
 * ```
 */
export function summary(model: Module, input: SummaryInput, options: SummaryOptions = {}): Summary {
  if (!((model as unknown) instanceof Module)) throw new ArgumentError(`summary: the model is ${describe(model)}; expected a Module.`);
  const { dtype = 'float32' } = options;
  const counted = new Set<Parameter>();
  const rows: SummaryRow[] = [];
  dryRun(model, () => {
    const inputs = inputList(input).map((x) => (isTensor(x) ? x : full(x, 0, { dtype })));
    for (const { shape } of inputs) {
      rows.push({ name: 'input', kind: 'Input', outputShape: shape, activations: perSample(shape), parameters: 0 });
    }
    rows.push(...calls(model, inputs, counted));
  });
  const all = model.namedParameters().map(([, p]) => p);
  const count = (list: readonly Tensor[]): number => list.reduce((n, t) => n + t.size, 0);
  const totals = {
    parameters: count(all),
    trainable: count(all.filter((p) => p.requiresGrad)),
    frozen: count(all.filter((p) => !p.requiresGrad)),
    buffers: count(model.namedBuffers().map(([, b]) => b)),
  };
  return { rows, ...totals, toString: () => formatTable(model.constructor.name, rows, totals) };
}

/** Runs the model with every module reporting its calls. */
function calls(model: Module, inputs: readonly Tensor[], counted: Set<Parameter>): SummaryRow[] {
  const rows: SummaryRow[] = [];
  const listed = new Set<Module>();
  const undo: (() => void)[] = [];
  const modules = model.namedModules();
  for (const [name, module] of modules) {
    const before = Object.getOwnPropertyDescriptor(module, 'forward');
    const forward = module.forward.bind(module) as (...args: unknown[]) => unknown;
    const reporting = (...args: unknown[]): unknown => {
      const output = forward(...args);
      if (module.children().length === 0 || ownParameters(module).length > 0) {
        listed.add(module);
        rows.push(row(name, module, output, counted));
      }
      return output;
    };
    Object.defineProperty(module, 'forward', { value: reporting, configurable: true, enumerable: false, writable: true });
    undo.push(() => {
      if (before) Object.defineProperty(module, 'forward', before);
      else delete (module as { forward?: unknown }).forward;
    });
  }
  try {
    (model.forward as (...args: unknown[]) => unknown)(...inputs);
  } catch (cause) {
    const shapes = inputs.map((x) => `[${x.shape.join(', ')}]`).join(', ');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`summary: ${model.constructor.name} cannot take an input of shape ${shapes}. ${reason}`, { cause });
  } finally {
    for (const restore of undo) restore();
  }
  for (const [name, module] of modules) {
    if (!listed.has(module) && ownParameters(module).length > 0) rows.push(row(name, module, undefined, counted));
  }
  return rows;
}

function row(name: string, module: Module, output: unknown, counted: Set<Parameter>): SummaryRow {
  let parameters = 0;
  for (const p of ownParameters(module)) {
    if (!counted.has(p)) parameters += p.size;
    counted.add(p);
  }
  const outputShape = firstTensor(output)?.shape;
  return { name, kind: module.constructor.name, outputShape, activations: outputShape ? perSample(outputShape) : 0, parameters };
}

/** Parameters in the fields of the module itself. */
function ownParameters(module: Module): Parameter[] {
  const below = new Set(module.children().flatMap((child) => child.namedParameters().map(([, p]) => p)));
  return module.namedParameters().flatMap(([, p]) => (below.has(p) ? [] : [p]));
}

function firstTensor(value: unknown): Tensor | undefined {
  if (value instanceof Tensor) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const item of Object.values(value)) {
    const found = firstTensor(item);
    if (found) return found;
  }
  return undefined;
}

function perSample(shape: Shape): number {
  return sizeOf(shape.slice(1));
}

function inputList(input: SummaryInput): (Shape | Tensor)[] {
  const isShape = (x: unknown): x is Shape => Array.isArray(x) && x.every((n) => Number.isInteger(n) && n >= 0);
  if (isTensor(input) || (isShape(input) && input.length > 0)) return [input];
  const list = input as readonly (Shape | Tensor)[];
  if (!Array.isArray(list) || list.length === 0 || !list.every((x) => isTensor(x) || isShape(x))) {
    throw new ArgumentError(
      'summary: the input must be a shape such as [1, 3, 32, 32], a tensor, or an array of these, one for each input.',
    );
  }
  return [...list];
}
