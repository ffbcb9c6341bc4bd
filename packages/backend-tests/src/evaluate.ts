/** Computing many tensors at once on a given backend. */
import { keep, use, type Backend, type DType, type Shape, type Tensor, type TypedArray } from '@cotangent/tensor';

/** A computed tensor. */
export interface Value {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** Records what `build` returns and computes all of it in one plan. */
export async function evaluate(backend: Backend, build: () => readonly Tensor[]): Promise<Value[]> {
  await use(backend);
  const results = build();
  for (const result of results) keep(result);
  const values: Value[] = [];
  for (const result of results) values.push({ shape: result.shape, dtype: result.dtype, data: await result.data() });
  return values;
}

/** As `evaluate`, in one plan for each tensor: slower, but an error belongs to one of them. */
export async function evaluateEach(backend: Backend, builders: readonly (() => Tensor)[]): Promise<(Value | Error)[]> {
  const values: (Value | Error)[] = [];
  for (const build of builders) {
    try {
      values.push((await evaluate(backend, () => [build()]))[0]!);
    } catch (error) {
      values.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return values;
}
