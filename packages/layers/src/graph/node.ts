/** The parts of a functional graph: inputs, and what layers make of them. */
import { ArgumentError, checkShape, full, readOptions, type DType, type Shape, type Tensor } from '@cotangent/tensor';
import { describe } from '../check';
import { observeCalls } from '../hooks/observe';
import { checkModule, Module } from '../module';
import { mapTensors } from '../structure';
import { dryRun } from '../summary/dry-run';

/** Anything with a `forward`: a module, seen by its inputs and output. */
export interface Callable<A extends readonly unknown[], R> {
  forward(...inputs: A): R;
}

/** A value of a functional graph before there is one: what `input` and `layer` give, and layers are applied to. */
export class GraphNode<T = unknown> {
  /**
   * @param apply what computes the value; undefined for inputs.
   * @param module the module that is called, if it is one.
   * @param sample a value of the same structure, shapes and dtypes, for a batch of two.
   */
  constructor(
    readonly apply: ((...inputs: unknown[]) => T) | undefined,
    readonly module: Module | undefined,
    readonly name: string | undefined,
    readonly inputs: readonly GraphNode[],
    readonly sample: T,
  ) {}
}

/** A node for each argument. */
export type NodesOf<A extends readonly unknown[]> = { [K in keyof A]: GraphNode<A[K]> };

/**
 * A place where a tensor enters a functional graph; see `Graph`.
 *
 * @param shape the shape of one sample, without the batch. The sizes are for checking the layers when the graph is made: at a call
 *   others are taken where the layers take them.
 * @param options dtype: default float32; int32 for indices.
 */
export function input(shape: Shape, options: { readonly dtype?: DType } = {}): GraphNode<Tensor> {
  readOptions('input', options, ['dtype']);
  checkShape('input', shape);
  const { dtype = 'float32' } = options;
  // Two samples: with one, a function that forgets the batch might still look right.
  const sample = dryRun(undefined, () => full([2, ...shape], 0, { dtype }));
  return new GraphNode<Tensor>(undefined, undefined, undefined, [], sample);
}

/**
 * Applies a module, or a function without parameters, to nodes of a functional graph; see `Graph`. The same module may be applied
 * in several places: it is one layer with one set of parameters. What does not fit is refused here, at the line that applies it.
 *
 * @param name how the module is called in keys, if the first argument is a string; by default after its class, 'conv2d', 'conv2d_1', ...
 */
export function layer<A extends readonly unknown[], R>(module: Callable<A, R> | ((...inputs: A) => R), ...inputs: NodesOf<A>): GraphNode<R>;
export function layer<A extends readonly unknown[], R>(
  name: string,
  module: Callable<A, R> | ((...inputs: A) => R),
  ...inputs: NodesOf<A>
): GraphNode<R>;
export function layer(...args: readonly unknown[]): GraphNode {
  const named = typeof args[0] === 'string';
  const name = named ? (args[0] as string) : undefined;
  const [part, ...inputs] = named ? args.slice(1) : args;
  if (name === '' || name?.includes('.')) throw new ArgumentError(`layer: the name '${name}' is empty or has a dot in it, which separates the parts of keys.`);
  inputs.forEach((node, i) => {
    if (!(node instanceof GraphNode)) {
      throw new ArgumentError(`layer: input ${i} is ${describe(node)}; expected what input(...) or layer(...) gave.`);
    }
  });
  const nodes = inputs as readonly GraphNode[];
  const isModule = typeof part === 'object';
  if (isModule) checkModule('layer: the first argument', part);
  else if (typeof part !== 'function' || part.prototype instanceof Module) {
    throw new ArgumentError(`layer: got ${describe(part)}; expected a module, such as new Linear(4, 2), or a function of tensors.`);
  }
  const apply = isModule
    ? (...values: unknown[]): unknown => (part as unknown as Callable<unknown[], unknown>).forward(...values)
    : (part as (...values: unknown[]) => unknown);
  const sample = dryRun(isModule ? part : undefined, () => {
    const call = (): unknown => apply(...nodes.map((node) => node.sample));
    const value = isModule ? call() : observeCalls(refuseModule, call);
    return mapTensors(value, ({ shape, dtype }) => full(shape, 0, { dtype }));
  });
  return new GraphNode(apply, isModule ? part : undefined, name, nodes, sample);
}

function refuseModule(module: Module): never {
  throw new ArgumentError(
    `layer: the function calls a ${module.constructor.name}, whose parameters the graph would not find. Apply it with a layer(...) of its own.`,
  );
}
