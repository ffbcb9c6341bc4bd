/** The table of a model: layers, output shapes, parameters, and on request what they cost and see. */
import { readOptions, sizeOf, type DType, type Parameter, type Shape, type Tensor } from '@cotangent/tensor';
import type { Module } from '../module';
import { formatTable } from './table';
import { ownParameters, traceModel, type SummaryInput } from './trace';

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
  /** Products of its contractions (dense layers, convolutions) for the given input; undefined for layers with a loop inside. */
  readonly multiplyAdds: number | undefined;
  /**
   * How many places of the input one place of the output can depend on, per spatial axis. Undefined without spatial axes, and where
   * something on the way sees all places or is not a convolution, a pooling, or element by element.
   */
  readonly receptiveField: readonly number[] | undefined;
}

/** Columns that are printed on request. */
export type SummaryColumn = 'multiplyAdds' | 'receptiveField';

export interface SummaryOptions {
  /** Columns of the printed table beside output shape, activations and parameters. Default none; the rows have all. */
  readonly columns?: readonly SummaryColumn[];
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
  /** Products of all contractions, functions between layers included; undefined when there are loops. */
  readonly multiplyAdds: number | undefined;
  toString(): string;
}

/**
 * Lists every layer with the shape of its output and the number of its parameters, by recording the model on an input of the
 * given shape. Nothing is computed, and neither random numbers nor running statistics change. Layers appear as in evaluation; lazy
 * layers are made.
 *
 * @param input the shape of the input, batch first, or the input itself; an array of several for several inputs.
 * @throws ArgumentError when the model cannot take the input; the cause says why.
 * @example
 * ```ts
 * import { Conv2d, MaxPool2d, ReLU, Sequential, summary } from '@cotangent/layers';
 * const model = new Sequential(new Conv2d(3, 8, 3), new ReLU(), new MaxPool2d(2), new Conv2d(8, 16, 3));
 * console.log(String(summary(model, [1, 3, 32, 32]))); // a table, and: 1392 parameters, ...
 * console.log(summary(model, [1, 3, 32, 32]).rows.at(-1)!.receptiveField); // [8, 8]
 * ```
 */
export function summary(model: Module, input: SummaryInput, options: SummaryOptions = {}): Summary {
  const { dtype = 'float32', columns = [] } = readOptions('summary', options, ['columns', 'dtype']);
  const trace = traceModel('summary', model, input, dtype);
  const counted = new Set<Parameter>();
  const rows: SummaryRow[] = [];
  const listed = new Set<Module>();
  for (const vertex of trace.vertices) {
    if (vertex.kind === 'op' || vertex.kind === 'output') continue;
    const { name, module, shape, multiplyAdds, receptiveField } = vertex;
    if (module) listed.add(module);
    const kind = module ? module.constructor.name : 'Input';
    const activations = shape ? sizeOf(shape.slice(1)) : 0;
    const parameters = module ? countOwn(module, counted) : 0;
    rows.push({ name, kind, outputShape: shape, activations, parameters, multiplyAdds, receptiveField });
  }
  for (const [name, module] of model.namedModules()) {
    if (listed.has(module) || ownParameters(module).length === 0) continue;
    const parameters = countOwn(module, counted);
    const nothing = { outputShape: undefined, activations: 0, multiplyAdds: 0, receptiveField: undefined };
    rows.push({ name, kind: module.constructor.name, parameters, ...nothing });
  }
  const all = model.namedParameters().map(([, p]) => p);
  const count = (list: readonly Tensor[]): number => list.reduce((n, t) => n + t.size, 0);
  const totals = {
    parameters: count(all),
    trainable: count(all.filter((p) => p.requiresGrad)),
    frozen: count(all.filter((p) => !p.requiresGrad)),
    buffers: count(model.namedBuffers().map(([, b]) => b)),
    multiplyAdds: trace.multiplyAdds,
  };
  return { rows, ...totals, toString: () => formatTable(model.constructor.name, rows, totals, columns) };
}

/** Elements of the module's own parameters that were not counted before. */
function countOwn(module: Module, counted: Set<Parameter>): number {
  let elements = 0;
  for (const p of ownParameters(module)) {
    if (!counted.has(p)) elements += p.size;
    counted.add(p);
  }
  return elements;
}
