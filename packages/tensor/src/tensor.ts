/**
 * Tensor: an immutable handle on a node of the recorded graph.
 *
 * Methods record; nothing is computed until a value is read. About forty methods cover what reads well as a chain;
 * everything else is a function.
 */
import type { Backend } from './backend';
import { fromHalf, type DType, type TypedArray } from './dtype';
import { ArgumentError, BackendError } from './errors';
import type { Node } from './graph/node';
import { bufferNode, record } from './graph/record';
import { format } from './print';
import { realise } from './runtime/flush';
import { state } from './runtime/state';
import { show, sizeOf, type Shape } from './shape';
import * as activation from './ops/activation';
import * as compare from './ops/compare';
import * as convert from './ops/convert';
import * as elementary from './ops/elementary';
import * as identity from './ops/identity';
import * as indexing from './ops/indexing';
import * as math from './ops/math';
import * as movement from './ops/movement';
import * as product from './ops/product';
import * as reduce from './ops/reduce';
import type { IndexSpec } from './ops/indexing';
import type { TensorLike } from './ops/operand';

/** Nested arrays of numbers as deep as the tensor has axes; a plain number for a scalar. */
export type NestedArray = number | NestedArray[];

const BRAND = Symbol.for('@cotangent/tensor');

export class Tensor {
  /** The recorded node. Read-only outside this package. */
  node: Node;
  readonly [BRAND] = true;

  constructor(node: Node) {
    this.node = node;
  }

  /** Sizes of the axes; [] for a scalar. */
  get shape(): Shape {
    return this.node.shape;
  }

  get dtype(): DType {
    return this.node.dtype;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.node.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.node.shape);
  }

  /** Whether gradients are recorded through this value. */
  get requiresGrad(): boolean {
    return this.node.requiresGrad;
  }

  // Reading

  /**
   * Computes the value and copies its elements into a typed array, row by row. float16 comes as Float32Array, bool as
   * Uint8Array of 0 and 1.
   *
   * @throws BackendError when no backend is in use; StaleValueError when a parameter it depends on was updated since.
   * @example
   * ```ts
   * import { tensor } from '@cotangent/tensor';
   * console.log(await tensor([[1, 2], [3, 4]]).sum({ dim: 0 }).data()); // Float32Array [4, 6]
   * ```
   */
  async data(): Promise<TypedArray> {
    const storage = this.compute();
    const elements = storage.backend ? await storage.backend.read(storage) : storage.host!;
    return exported(elements, this.dtype);
  }

  /** As `data`, at once; throws BackendError on a backend that cannot (WebGPU). */
  dataSync(): TypedArray {
    const storage = this.compute();
    const { backend } = storage;
    if (!backend) return exported(storage.host!, this.dtype);
    if (!backend.readSync) {
      throw new BackendError(`dataSync: backend '${backend.name}' cannot read synchronously. Use await t.data(), t.array() or t.item().`);
    }
    return exported(backend.readSync(storage), this.dtype);
  }

  /** The elements as nested arrays (bool as 0 and 1). */
  async array(): Promise<NestedArray> {
    return nest(await this.data(), this.shape);
  }

  /** As `array`, at once; throws BackendError on a backend that cannot. */
  arraySync(): NestedArray {
    return nest(this.dataSync(), this.shape);
  }

  /** The only element of a tensor of size 1. */
  async item(): Promise<number> {
    this.checkSingle();
    return (await this.data())[0]!;
  }

  /** As `item`, at once; throws BackendError on a backend that cannot. */
  itemSync(): number {
    this.checkSingle();
    return this.dataSync()[0]!;
  }

  /** The same elements for use on another backend: reads them and hands them over as data. */
  async to(backend: Backend): Promise<Tensor> {
    const { storage } = this.node;
    if (storage?.backend === undefined || storage.backend === backend) return this;
    const host = (await storage.backend.read(storage)).slice();
    return new Tensor(bufferNode({ dtype: this.dtype, length: this.size, host, backend: undefined }, this.shape));
  }

  // Arithmetic, element by element with NumPy broadcasting

  add(other: TensorLike): Tensor {
    return math.add(this, other);
  }
  sub(other: TensorLike): Tensor {
    return math.sub(this, other);
  }
  mul(other: TensorLike): Tensor {
    return math.mul(this, other);
  }
  div(other: TensorLike): Tensor {
    return math.div(this, other);
  }
  pow(exponent: TensorLike): Tensor {
    return math.pow(this, exponent);
  }
  neg(): Tensor {
    return elementary.neg(this);
  }
  abs(): Tensor {
    return elementary.abs(this);
  }
  exp(): Tensor {
    return elementary.exp(this);
  }
  log(): Tensor {
    return elementary.log(this);
  }
  sqrt(): Tensor {
    return elementary.sqrt(this);
  }
  square(): Tensor {
    return math.square(this);
  }
  /** Limits every element to [min, max]; either end may be left out. */
  clamp(options: { min?: TensorLike; max?: TensorLike }): Tensor {
    return math.clamp(this, options);
  }

  // Comparisons, giving bool

  eq(other: TensorLike): Tensor {
    return compare.eq(this, other);
  }
  lt(other: TensorLike): Tensor {
    return compare.lt(this, other);
  }
  le(other: TensorLike): Tensor {
    return compare.le(this, other);
  }
  gt(other: TensorLike): Tensor {
    return compare.gt(this, other);
  }
  ge(other: TensorLike): Tensor {
    return compare.ge(this, other);
  }

  // Products

  /** Matrix product, batched over leading axes; see the function `matmul`. */
  matmul(other: Tensor): Tensor {
    return product.matmul(this, other);
  }

  // Reductions; `dim` is one axis, several, or absent for all

  sum(options?: reduce.ReduceOptions): Tensor {
    return reduce.sum(this, options);
  }
  mean(options?: reduce.ReduceOptions): Tensor {
    return reduce.mean(this, options);
  }
  /** Largest elements; the gradient is shared between ties. For indices too, see the function `max`. */
  amax(options?: reduce.ReduceOptions): Tensor {
    return reduce.amax(this, options);
  }
  /** Smallest elements; the gradient is shared between ties. */
  amin(options?: reduce.ReduceOptions): Tensor {
    return reduce.amin(this, options);
  }
  argmax(options?: reduce.ArgReduceOptions): Tensor {
    return reduce.argmax(this, options);
  }
  variance(options?: reduce.VarianceOptions): Tensor {
    return reduce.variance(this, options);
  }

  // Movement

  /** The same elements in another shape; one size may be -1. */
  reshape(...shape: readonly number[]): Tensor {
    return movement.reshape(this, shape);
  }
  /** Merges the axes from `start` to `end` (default: all of them) into one. */
  flatten(start = 0, end = -1): Tensor {
    return movement.flatten(this, start, end);
  }
  permute(...axes: readonly number[]): Tensor {
    return movement.permute(this, axes);
  }
  /** Swaps two axes; by default the last two. */
  transpose(dim0 = -2, dim1 = -1): Tensor {
    return movement.transpose(this, dim0, dim1);
  }
  expand(...shape: readonly number[]): Tensor {
    return movement.expand(this, shape);
  }
  squeeze(dim?: number | readonly number[]): Tensor {
    return movement.squeeze(this, dim);
  }
  unsqueeze(dim: number): Tensor {
    return movement.unsqueeze(this, dim);
  }
  /** NumPy indexing: integers, [start, stop, step] slices, 'newaxis', '...', index tensors; see the function `index`. */
  index(...spec: readonly IndexSpec[]): Tensor {
    return indexing.index(this, ...spec);
  }

  // Activations

  relu(): Tensor {
    return activation.relu(this);
  }
  sigmoid(): Tensor {
    return activation.sigmoid(this);
  }
  tanh(): Tensor {
    return activation.tanh(this);
  }
  softmax(options: { dim: number }): Tensor {
    return activation.softmax(this, options);
  }
  logSoftmax(options: { dim: number }): Tensor {
    return activation.logSoftmax(this, options);
  }

  // Other

  /** Converts to another dtype; float to int32 truncates and saturates. See the function `cast`. */
  cast(dtype: DType): Tensor {
    return convert.cast(this, dtype);
  }
  /** The same value, through which no gradient flows. */
  detach(): Tensor {
    return identity.stopGradient(this);
  }

  /** Shape and dtype, and the elements when they are known already; never computes anything. */
  toString(): string {
    const head = `Tensor(shape: ${show(this.shape)}, dtype: ${this.dtype}`;
    const host = this.node.storage?.host;
    if (host) return `${head})\n${format(exported(host, this.dtype), this.shape, this.dtype)}`;
    return this.node.storage ? `${head}, on ${this.node.storage.backend!.name})` : `${head}, not computed)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private compute(): NonNullable<Node['storage']> {
    if (state.tracing) return state.tracing.read(this.node);
    if (!this.node.storage) realise([this.node]);
    return this.node.storage!;
  }

  private checkSingle(): void {
    if (this.size !== 1) {
      throw new ArgumentError(`item: the tensor has shape ${show(this.shape)}; only a tensor with one element has an item. Use data() or array().`);
    }
  }
}

/** Whether `x` is a tensor. Throws BackendError when it comes from another copy of this package. */
export function isTensor(x: unknown): x is Tensor {
  if (x instanceof Tensor) return true;
  if (typeof x === 'object' && x !== null && BRAND in x) {
    throw new BackendError(
      'This tensor was made by another copy of @cotangent/tensor. Two copies or versions are installed; ' +
        "make them one (npm ls @cotangent/tensor, then npm dedupe, or your bundler's resolve.dedupe).",
    );
  }
  return false;
}

/**
 * Asks the next flush to compute this value too, so that it can be read after parameters it depends on were updated.
 *
 * @returns the same tensor.
 * @example
 * ```ts
 * import { keep, parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1, 2]));
 * const y = keep(w.mul(10));
 * w.assign(tensor([5, 6]));
 * console.log(await y.array()); // [10, 20], not an error and not [50, 60]
 * ```
 */
export function keep(value: Tensor): Tensor {
  if (!isTensor(value)) throw new ArgumentError(`keep: got ${String(value)}; expected a tensor.`);
  const { variable } = value.node;
  // Another handle on a variable gets a value of its own; the variable itself goes on to its next value.
  if (variable && variable !== (value as unknown)) value.node = record('reshape', [value.node], { shape: value.shape });
  const { node } = value;
  // A value that is known already is noted too: after an update nothing can be differentiated through it, so its graph can go.
  if (!node.storage || (node.requiresGrad && !node.variable)) state.kept.add(node);
  return value;
}

/** A copy that user code may write to; float16 bits become numbers. */
function exported(elements: TypedArray, dtype: DType): TypedArray {
  return dtype === 'float16' ? Float32Array.from(elements, fromHalf) : elements.slice();
}

function nest(data: TypedArray, shape: Shape): NestedArray {
  let at = 0;
  const build = (axis: number): NestedArray =>
    axis === shape.length ? data[at++]! : Array.from({ length: shape[axis]! }, () => build(axis + 1));
  return build(0);
}
