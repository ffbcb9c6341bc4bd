/**
 * Ops of this folder as custom ops: one function on the elements of one matrix in double precision, run for every matrix of a
 * batch. An op with several results packs them in one row, which costs nothing to take apart again.
 */
import { concat, custom, narrow, reshape, sizeOf, type HostArray, type Shape, type Tensor, type VjpFunction } from '@cotangent/tensor';
import { LinAlgError } from '../errors';
import { sizesOf, type Matrices } from '../arguments';
import { largest } from './matrix';

/** What a kernel may say of the matrix it works on. */
export interface Place extends Matrices {
  /** Ends the computation with an error that names the matrix. */
  readonly fail: (problem: string) => never;
}

export interface MatrixOp<Options> {
  readonly name: string;
  /** The shape of the result of one matrix. */
  shape(sizes: Matrices, options: Options): Shape;
  /** Row-major elements of the result of the matrices at one place of the batch, one for each input. */
  forward(matrices: readonly Float64Array[], place: Place, options: Options): ArrayLike<number>;
  readonly vjp?: (options: Options) => VjpFunction;
}

/** Records the op; `options` are undefined where it has none. */
export type MatrixFunction<Options = undefined> = (inputs: readonly Tensor[], options: Options) => Tensor;

/** A function of tensors whose leading axes are equal; the sizes given to the kernel are those of the first. */
export function matrixOp<Options = undefined>(definition: MatrixOp<Options>): MatrixFunction<Options> {
  const { name, vjp } = definition;
  const op = custom<{ readonly own: Options }>({
    name,
    shape: ([first], { own }) => [...first!.slice(0, -2), ...definition.shape(sizesOf(first!), own)],
    forward: (inputs, output, { own }) => {
      const { shape } = inputs[0]!;
      const count = sizeOf(shape.slice(0, -2));
      const size = count === 0 ? 0 : output.data.length / count;
      for (let batch = 0; batch < count; batch++) {
        const fail = (problem: string): never => {
          throw new LinAlgError(name, shape, batch, problem);
        };
        const place = { ...sizesOf(shape), fail };
        output.data.set(definition.forward(inputs.map((input) => matrixAt(input, batch)), place, own), batch * size);
      }
    },
    vjp: vjp && (({ own }) => vjp(own)),
  });
  return (inputs, options) => op(inputs, { own: options });
}

/** A copy of one matrix. */
function matrixAt({ data, shape }: HostArray, batch: number): Float64Array {
  const { rows, columns } = sizesOf(shape);
  return Float64Array.from(data.subarray(batch * rows * columns, (batch + 1) * rows * columns));
}

/** Fails for a matrix with NaN or an infinity, which iterations do not get past. */
export function checkFinite(matrix: Float64Array, place: Place): void {
  if (!Number.isFinite(largest(matrix))) place.fail('holds NaN or an infinity; expected finite elements.');
}

/** Several results in one row. */
export function packed(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    out.set(part, start);
    start += part.length;
  }
  return out;
}

/** The size of a row that holds results of these shapes. */
export function packedSize(shapes: readonly Shape[]): number {
  return shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** Takes rows apart into results of these shapes. */
export function unpack(rows: Tensor, shapes: readonly Shape[]): Tensor[] {
  const batch = rows.shape.slice(0, -1);
  let start = 0;
  return shapes.map((shape) => {
    const part = reshape(narrow(rows, -1, start, sizeOf(shape)), [...batch, ...shape]);
    start += sizeOf(shape);
    return part;
  });
}

/** The opposite of `unpack`. */
export function pack(parts: readonly Tensor[], batch: Shape): Tensor {
  return concat(parts.map((part) => reshape(part, [...batch, sizeOf(part.shape.slice(batch.length))])), -1);
}
