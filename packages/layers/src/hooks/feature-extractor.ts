/** Outputs of layers inside a model, by name. */
import { ArgumentError, type Tensor } from '@cotangent/tensor';
import { isList } from '../check';
import { checkModule, Module } from '../module';
import { tensorsIn } from '../structure';
import { observeCalls } from './observe';

/** A model that returns the outputs of layers inside of it; see `featureExtractor`. */
export class FeatureExtractor<const Name extends string = string> extends Module {
  readonly #parts: readonly (readonly [Name, Module])[];

  constructor(
    readonly model: Module,
    readonly names: readonly Name[],
  ) {
    super();
    this.#parts = names.map((name) => [name, model.getSubmodule(name)] as const);
  }

  override extraRepr(): string {
    return this.names.join(', ');
  }

  /**
   * Runs the model on its inputs.
   *
   * @returns the output of every layer under its name; the first tensor where it gives several, and that of the last call of a
   *   layer that is called several times.
   * @throws ArgumentError when the model did not call one of the layers.
   */
  forward(...inputs: readonly unknown[]): Record<Name, Tensor> {
    const outputs = new Map<Module, Tensor | undefined>();
    const model = this.model as unknown as { forward(...inputs: readonly unknown[]): unknown };
    observeCalls(
      (module, _, output) => outputs.set(module, tensorsIn(output)[0]),
      () => model.forward(...inputs),
    );
    return Object.fromEntries(
      this.#parts.map(([name, part]) => {
        const output = outputs.get(part);
        if (output) return [name, output];
        const reason = outputs.has(part) ? 'gave no tensor' : 'was not called';
        throw new ArgumentError(`featureExtractor: '${name}' (${part.constructor.name}) ${reason} in the forward pass of ${this.model.constructor.name}.`);
      }),
    ) as Record<Name, Tensor>;
  }
}

/**
 * A model that runs another one and returns the outputs of layers inside of it by name, as values through which gradients
 * flow: content and style layers of a style transfer, maps for Grad-CAM, embeddings of a classifier without its head. Nothing
 * is computed that the outputs which are read do not need.
 *
 * @param names paths of modules as `namedModules()` gives them; '' is the model itself.
 * @throws ArgumentError for a path that does not exist.
 * @example
 * ```ts
 * import { featureExtractor, Linear, ReLU, Sequential } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const net = new Sequential({ hidden: new Linear(4, 8), relu: new ReLU(), out: new Linear(8, 2) });
 * const features = featureExtractor(net, ['relu', 'out']).forward(ones([1, 4]));
 * console.log(features.relu.shape, features.out.shape); // [1, 8] [1, 2]
 * ```
 */
export function featureExtractor<const Name extends string>(model: Module, names: readonly Name[]): FeatureExtractor<Name> {
  checkModule('featureExtractor: the model', model);
  if (!isList(names) || names.length === 0) throw new ArgumentError('featureExtractor: give an array with at least one name.');
  return new FeatureExtractor(model, names);
}
