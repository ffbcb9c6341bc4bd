/** Layers that stand beside each other and get the same input. */
import { ArgumentError, concat, normalizeAxis, readOptions, ShapeError, show, type Shape, type Tensor } from '@cotangent/tensor';
import { checkModule, Module, type Layer } from '../module';

/** What the parallel layers have in common: branches under the keys '0', '1', ... */
abstract class Branches extends Module {
  readonly #branches: readonly Layer[];

  /** @param branches modules that take one tensor and give one. An identity among them passes the input on. */
  constructor(branches: readonly Layer[]) {
    super();
    const kind = new.target.name;
    if (!Array.isArray(branches) || branches.length === 0) throw new ArgumentError(`${kind}: give an array of at least one layer.`);
    branches.forEach((branch, i) => checkModule(`${kind}: branch ${i}`, branch));
    this.#branches = branches;
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.#branches);
  }

  /** What every branch makes of the input. */
  protected outputs(x: Tensor): Tensor[] {
    return this.#branches.map((branch) => branch.forward(x));
  }
}

/**
 * Layers side by side on the same input; the result is the array of their outputs.
 *
 * @example
 * ```ts
 * import { Linear, Parallel } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const [mean, spread] = new Parallel([new Linear(8, 2), new Linear(8, 2)]).forward(ones([1, 8]));
 * console.log(mean!.shape, spread!.shape); // [1, 2] [1, 2]
 * ```
 */
export class Parallel extends Branches {
  forward(x: Tensor): Tensor[] {
    return this.outputs(x);
  }
}

/**
 * Layers side by side on the same input, whose outputs are joined along one axis; by default along the channels, as in an
 * inception block (Szegedy et al., "Going Deeper with Convolutions", 2015).
 *
 * @example
 * ```ts
 * import { Concat, Conv2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const block = new Concat([new Conv2d(3, 4, 1), new Conv2d(3, 8, 3, { padding: 1 }), new Conv2d(3, 2, 5, { padding: 2 })]);
 * console.log(block.forward(ones([1, 3, 28, 28])).shape); // [1, 14, 28, 28]
 * ```
 */
export class Concat extends Branches {
  readonly dim: number;

  /** @param options dim: the axis to join along. Default 1. */
  constructor(branches: readonly Layer[], options: { readonly dim?: number } = {}) {
    super(branches);
    this.dim = readOptions('Concat', options, ['dim']).dim ?? 1;
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  forward(x: Tensor): Tensor {
    const outputs = this.outputs(x);
    const shapes = outputs.map((y) => y.shape);
    const axis = normalizeAxis('Concat', this.dim, shapes[0]!.length);
    const besides = (shape: Shape): string => show(shape.map((n, i) => (i === axis ? -1 : n)));
    if (shapes.some((shape) => besides(shape) !== besides(shapes[0]!))) {
      throw new ShapeError(
        `Concat: the outputs of the branches have shapes ${shapes.map(show).join(', ')}; they may differ along dim ${this.dim} only. ` +
          'Give the branches paddings and strides that keep the other sizes equal.',
      );
    }
    return concat(outputs, axis);
  }
}

/**
 * Layers side by side on the same input, whose outputs are added.
 *
 * @example
 * ```ts
 * import { Add, Identity, Linear } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Add([new Linear(4, 4), new Identity()]).forward(ones([1, 4])).shape); // [1, 4]
 * ```
 */
export class Add extends Branches {
  forward(x: Tensor): Tensor {
    const outputs = this.outputs(x);
    const [first] = outputs;
    if (outputs.some((y) => show(y.shape) !== show(first!.shape))) {
      throw new ShapeError(
        `Add: the outputs of the branches have shapes ${outputs.map((y) => show(y.shape)).join(', ')}; they must be equal to be added.`,
      );
    }
    return outputs.reduce((sum, y) => sum.add(y));
  }
}
