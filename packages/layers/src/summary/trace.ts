/**
 * What happens in a forward pass: which layers are called with what, where their inputs come from, and what that costs.
 *
 * Responsible for: recording a model without computing anything, and finding the way from each layer's output to the next
 * layer's input in the recorded graph. Not responsible for showing it: see summary.ts and model-graph.ts.
 */
import {
  ArgumentError, full, isTensor, sizeOf, type ContractAttrs, type DType, type Node, type Parameter, type Shape, type Tensor,
} from '@cotangent/tensor';
import { describe } from '../check';
import { observeCalls } from '../hooks/observe';
import { Unbuilt } from '../lazy/deferred';
import { Module } from '../module';
import { tensorsIn } from '../structure';
import { dryRun } from './dry-run';
import { fieldOf, inputField, throughWindow, windowOf, type Field } from './field';

/** A shape or a tensor for each input of the model. */
export type SummaryInput = Shape | Tensor | readonly (Shape | Tensor)[];

/** A call of a layer, an input, an output, or an op that brings several of them together. */
export interface Vertex {
  readonly kind: 'input' | 'layer' | 'op' | 'output';
  /** The module, of layers. */
  readonly module: Module | undefined;
  /** Path of the module, name of the op. */
  readonly name: string;
  /** Shape of the first tensor it gives. */
  readonly shape: Shape | undefined;
  readonly from: readonly Vertex[];
  readonly receptiveField: readonly number[] | undefined;
  /** Products of contractions in it; undefined where a loop hides them. */
  readonly multiplyAdds: number | undefined;
}

export interface Trace {
  /** In the order of calls; inputs first, outputs last. Modules that only call others are there when they hold parameters. */
  readonly vertices: readonly Vertex[];
  /** Products of all contractions, also of those outside of layers; undefined where a loop hides them. */
  readonly multiplyAdds: number | undefined;
}

/** What is known of a node that depends on the model's input. */
interface Known {
  readonly vertex: Vertex;
  readonly field: Field | undefined;
}

/** Names of ops as users write them. */
const OP_NAMES: Readonly<Record<string, string>> = { contract: 'matmul', max: 'maximum', min: 'minimum', repeat: 'scan' };

class Tracer {
  readonly vertices: Vertex[] = [];
  private readonly known = new Map<Node, Known | undefined>();
  /** Multiply-adds, and loops that may hide more of them, met since the start. */
  private products = 0;
  private loops = 0;

  get multiplyAdds(): number | undefined {
    return this.loops > 0 ? undefined : this.products;
  }

  input(tensor: Tensor, name: string): void {
    const field = inputField(tensor.ndim);
    const vertex = this.add({ kind: 'input', name, shape: tensor.shape, receptiveField: field?.size });
    this.known.set(tensor.node, { vertex, field });
  }

  call(module: Module, name: string, inputs: readonly unknown[], output: unknown): void {
    const sources = tensorsIn(inputs).flatMap((x) => this.resolve(x.node, true) ?? []);
    const outputs = tensorsIn(output);
    const before = { products: this.products, loops: this.loops };
    const inside = outputs.map((y) => this.resolve(y.node, false));
    // A layer that makes columns of windows has no places any more.
    const window = outputs[0]?.ndim === tensorsIn(inputs)[0]?.ndim ? windowOf(module) : undefined;
    const field = window ? throughWindow(sources[0]?.field, window) : inside[0]?.field;
    const vertex = this.add({
      kind: 'layer',
      module,
      name,
      shape: outputs[0]?.shape,
      from: [...new Set(sources.map((s) => s.vertex))],
      receptiveField: field?.size,
      multiplyAdds: this.loops > before.loops ? undefined : this.products - before.products,
    });
    // Modules that call others leave the ends of the way to those.
    if (module.children().length === 0) for (const y of outputs) this.known.set(y.node, { vertex, field });
  }

  output(tensor: Tensor, name: string): void {
    const source = this.resolve(tensor.node, true);
    if (source) this.add({ kind: 'output', name, shape: tensor.shape, from: [source.vertex], receptiveField: source.field?.size });
  }

  private add(vertex: Partial<Vertex> & Pick<Vertex, 'kind' | 'name' | 'shape'>): Vertex {
    const whole = { module: undefined, from: [], receptiveField: undefined, multiplyAdds: 0, ...vertex };
    this.vertices.push(whole);
    return whole;
  }

  /** What a node depends on. Where several ways meet, and `joins`, the op that brings them together becomes a vertex. */
  private resolve(root: Node, joins: boolean): Known | undefined {
    const stack = [root];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      // Weights are where the way ends, also those whose initial values are not computed yet.
      const inputs = node.variable ? [] : node.inputs;
      const waiting = this.known.has(node) ? [] : inputs.filter((input) => !this.known.has(input));
      if (waiting.length > 0) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      if (!this.known.has(node)) this.known.set(node, this.derive(node, inputs, joins));
    }
    return this.known.get(root);
  }

  private derive(node: Node, inputs: readonly Node[], joins: boolean): Known | undefined {
    const sources = inputs.flatMap((input) => this.known.get(input) ?? []);
    if (sources.length === 0) return undefined;
    if (node.op === 'contract') this.products += sizeOf((node.attrs as ContractAttrs).sizes);
    if (node.op === 'repeat') this.loops++;
    const field = fieldOf(node, sources.map((s) => s.field));
    const from = [...new Set(sources.map((s) => s.vertex))];
    if (from.length === 1 || !joins) return { vertex: from[0]!, field };
    const vertex = this.add({ kind: 'op', name: OP_NAMES[node.op] ?? node.op, shape: node.shape, from, receptiveField: field?.size });
    return { vertex, field };
  }
}

/**
 * Records a forward pass of the model in evaluation.
 *
 * @param caller the function that users called, for messages.
 * @throws ArgumentError when the model cannot take the input; the cause says why.
 */
export function traceModel(caller: string, model: Module, input: SummaryInput, dtype: DType): Trace {
  if (!((model as unknown) instanceof Module)) throw new ArgumentError(`${caller}: the model is ${describe(model)}; expected a Module.`);
  const given = inputList(caller, input);
  return dryRun(model, () => {
    const tracer = new Tracer();
    const inputs = given.map((x) => (isTensor(x) ? x : full(x, 0, { dtype })));
    for (const x of inputs) tracer.input(x, 'input');
    const result = observeCalls(
      (module, args, output) => {
        const name = model.namedModules().find(([, part]) => part === module)?.[0];
        if (name === undefined || (module.children().length > 0 && ownParameters(module).length === 0)) return;
        tracer.call(module, name, args, output);
      },
      () => run(caller, model, inputs),
    );
    const outputs = outputList(result);
    for (const [name, tensor] of outputs) tracer.output(tensor, outputs.length === 1 ? 'output' : `output ${name}`);
    return { vertices: tracer.vertices, multiplyAdds: tracer.multiplyAdds };
  });
}

/** Parameters in the fields of the module itself. */
export function ownParameters(module: Module): Parameter[] {
  const below = new Set(module.children().flatMap((child) => child.namedParameters().map(([, p]) => p)));
  return module.namedParameters().flatMap(([, p]) => (below.has(p) ? [] : [p]));
}

function run(caller: string, model: Module, inputs: readonly Tensor[]): unknown {
  try {
    return (model as unknown as { forward(...inputs: readonly Tensor[]): unknown }).forward(...inputs);
  } catch (cause) {
    if (cause instanceof Unbuilt) throw cause;
    const shapes = inputs.map((x) => `[${x.shape.join(', ')}]`).join(', ');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`${caller}: ${model.constructor.name} cannot take an input of shape ${shapes}. ${reason}`, { cause });
  }
}

/** The tensors of a result with their keys. */
function outputList(result: unknown): [string, Tensor][] {
  if (typeof result !== 'object' || result === null || isTensor(result)) return tensorsIn(result).map((t) => ['', t]);
  return Object.entries(result).flatMap(([key, value]) => tensorsIn(value).map((t): [string, Tensor] => [key, t]));
}

function inputList(caller: string, input: SummaryInput): (Shape | Tensor)[] {
  const isShape = (x: unknown): x is Shape => Array.isArray(x) && x.every((n) => Number.isInteger(n) && n >= 0);
  if (isTensor(input) || (isShape(input) && input.length > 0)) return [input];
  const list = input as readonly (Shape | Tensor)[];
  if (!Array.isArray(list) || list.length === 0 || !list.every((x) => isTensor(x) || isShape(x))) {
    throw new ArgumentError(
      `${caller}: the input must be a shape such as [1, 3, 32, 32], a tensor, or an array of these, one for each input.`,
    );
  }
  return [...list];
}
