/** Models put together from layers and their connections, instead of written as a class. */
import { ArgumentError, type Tensor } from '@cotangent/tensor';
import { describe } from '../check';
import { Module } from '../module';
import { GraphNode } from './node';

/** One input or several. */
export type GraphInputs = GraphNode<Tensor> | readonly GraphNode<Tensor>[];

/** One output, or several in an array or an object. */
export type GraphOutputs = GraphNode | readonly GraphNode[] | Readonly<Record<string, GraphNode>>;

/** The arguments of `forward`: a tensor for every input. */
export type GraphArguments<I extends GraphInputs> = I extends readonly GraphNode<Tensor>[]
  ? { -readonly [K in keyof I]: Tensor }
  : [x: Tensor];

/** The result of `forward`: a value for every output. */
export type GraphResult<O extends GraphOutputs> = O extends GraphNode<infer T>
  ? T
  : { -readonly [K in keyof O]: O[K] extends GraphNode<infer T> ? T : never };

/**
 * A model given by its inputs, its outputs and the layers between them, as in Keras' functional API: `input` makes a place for a
 * tensor, `layer` applies a module or a function, and the graph is a module like any other. It may branch, join, have several
 * inputs and outputs, and use a layer in several places.
 *
 * State: every module under its name, in the order of first use from the inputs on.
 *
 * @example
 * ```ts
 * import { Conv2d, Flatten, Graph, input, layer, Linear } from '@cotangent/layers';
 * import { concat, ones } from '@cotangent/tensor';
 *
 * const image = input([1, 8, 8]);
 * const size = input([2]);
 * const seen = layer(new Flatten(), layer(new Conv2d(1, 4, 3), image));
 * const both = layer((a, b) => concat([a, b], 1), seen, size);
 * const model = new Graph({
 *   inputs: [image, size],
 *   outputs: { kind: layer('kind', new Linear(146, 10), both), price: layer('price', new Linear(146, 1), both) },
 * });
 * const { kind, price } = model.forward(ones([5, 1, 8, 8]), ones([5, 2]));
 * console.log(kind.shape, price.shape); // [5, 10] [5, 1]
 * console.log(Object.keys(model.stateDict())[0]); // conv2d.weight
 * ```
 */
export class Graph<const I extends GraphInputs, const O extends GraphOutputs> extends Module {
  readonly #inputs: readonly GraphNode[];
  readonly #outputs: O;
  /** Every node after those it is made of. */
  readonly #order: readonly GraphNode[];
  readonly #modules: ReadonlyMap<string, Module>;

  constructor(ends: { readonly inputs: I; readonly outputs: O }) {
    super();
    const inputs: readonly GraphNode[] = ends.inputs instanceof GraphNode ? [ends.inputs] : ends.inputs;
    inputs.forEach((node, i) => {
      if (!(node instanceof GraphNode) || node.apply) {
        throw new ArgumentError(`Graph: input ${i} is ${node instanceof GraphNode ? 'made by layer(...)' : describe(node)}; expected what input(...) gave.`);
      }
    });
    this.#inputs = inputs;
    this.#outputs = ends.outputs;
    const outputs = ends.outputs instanceof GraphNode ? [['', ends.outputs] as const] : Object.entries(ends.outputs);
    this.#order = ordered(outputs, new Set(inputs));
    this.#modules = namedModules(this.#order);
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return this.#modules;
  }

  forward(...inputs: GraphArguments<I>): GraphResult<O> {
    if (inputs.length !== this.#inputs.length) {
      throw new ArgumentError(`Graph: got ${inputs.length} inputs; expected ${this.#inputs.length}, in the order in which the graph lists them.`);
    }
    const values = new Map<GraphNode, unknown>(this.#inputs.map((node, i) => [node, inputs[i]]));
    for (const node of this.#order) {
      if (node.apply) values.set(node, node.apply(...node.inputs.map((from) => values.get(from))));
    }
    const outputs = this.#outputs;
    if (outputs instanceof GraphNode) return values.get(outputs) as GraphResult<O>;
    if (Array.isArray(outputs)) return outputs.map((node: GraphNode) => values.get(node)) as GraphResult<O>;
    return Object.fromEntries(Object.entries(outputs).map(([key, node]) => [key, values.get(node)])) as GraphResult<O>;
  }
}

/** All nodes that the outputs are made of, inputs first. Iterative: graphs may be deeper than the stack. */
function ordered(outputs: readonly (readonly [string, unknown])[], inputs: ReadonlySet<GraphNode>): GraphNode[] {
  if (outputs.length === 0) throw new ArgumentError('Graph: there are no outputs; give a node, or an array or object of nodes.');
  const order: GraphNode[] = [];
  const done = new Set<GraphNode>();
  for (const [key, output] of outputs) {
    const what = `output${key === '' ? '' : ` '${key}'`}`;
    if (!(output instanceof GraphNode)) throw new ArgumentError(`Graph: ${what} is ${describe(output)}; expected what layer(...) gave.`);
    const stack: GraphNode[] = [output];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const waiting = done.has(node) ? [] : node.inputs.filter((from) => !done.has(from));
      if (waiting.length > 0) {
        stack.push(...waiting.reverse());
        continue;
      }
      stack.pop();
      if (done.has(node)) continue;
      if (!node.apply && !inputs.has(node)) throw new ArgumentError(`Graph: ${what} depends on an input that is not in the list of inputs; add it.`);
      done.add(node);
      order.push(node);
    }
  }
  return order;
}

/** Every module once, by the name it was given or one made from its class. */
function namedModules(order: readonly GraphNode[]): Map<string, Module> {
  const given = new Map<Module, string>();
  for (const { module, name } of order) {
    if (!module || name === undefined) continue;
    const before = given.get(module);
    if (before !== undefined && before !== name) throw new ArgumentError(`Graph: one module is called '${before}' and '${name}'; give it one name.`);
    given.set(module, name);
  }
  const names = new Map<string, Module>();
  const add = (name: string, module: Module): void => {
    if (names.has(name) && names.get(name) !== module) throw new ArgumentError(`Graph: two modules have the name '${name}'; names must differ.`);
    names.set(name, module);
  };
  const taken = new Set(given.values());
  const done = new Set<Module>();
  for (const { module } of order) {
    if (!module || done.has(module)) continue;
    done.add(module);
    const kind = module.constructor.name.toLowerCase();
    let free = kind;
    for (let i = 1; taken.has(free); i++) free = `${kind}_${i}`;
    const name = given.get(module) ?? free;
    taken.add(name);
    add(name, module);
  }
  return names;
}
