/**
 * The part of jax-js that the comparison uses; the library is not installed where types are checked. Every function and method
 * consumes its arrays: one that is used again is handed over as `.ref`.
 */

export interface JaxArray {
  readonly shape: readonly number[];
  readonly ref: JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray): JaxArray;
  sum(axis?: number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  transpose(order?: readonly number[]): JaxArray;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}

export type JaxArrays = Readonly<Record<string, JaxArray>>;

export type JaxFunction<A extends unknown[], R> = ((...args: A) => R) & { dispose?(): void };

export interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
  jit<A extends unknown[], R>(fn: (...args: A) => R): JaxFunction<A, R>;
  vjp(fn: (...inputs: JaxArray[]) => JaxArray, inputs: readonly JaxArray[]): [JaxArray, JaxFunction<[JaxArray], JaxArray[]>];
  valueAndGrad(fn: (weights: JaxArrays, x: JaxArray, targets: JaxArray) => JaxArray): (
    weights: JaxArrays, x: JaxArray, targets: JaxArray,
  ) => [JaxArray, JaxArrays];
  blockUntilReady(tree: unknown): Promise<unknown>;
  readonly tree: {
    ref<T>(tree: T): T;
    dispose(tree: unknown): void;
    map(fn: (...leaves: JaxArray[]) => JaxArray, ...trees: JaxArrays[]): JaxArrays;
  };
  readonly numpy: {
    array(data: ArrayLike<number> | number, options?: { readonly shape: readonly number[] }): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    zerosLike(x: JaxArray): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    split(x: JaxArray, parts: number, axis: number): JaxArray[];
    concatenate(list: readonly JaxArray[], axis: number): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
    readonly max: unknown;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    gelu(x: JaxArray): JaxArray;
    sigmoid(x: JaxArray): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    standardize(x: JaxArray, axis: number, options: { readonly epsilon: number }): JaxArray;
  };
  readonly lax: {
    convGeneralDilated(
      x: JaxArray, filter: JaxArray, strides: readonly number[], padding: 'VALID' | readonly (readonly number[])[],
      options?: { readonly featureGroupCount: number },
    ): JaxArray;
    reduceWindow(x: JaxArray, reduction: unknown, size: readonly number[], strides: readonly number[]): JaxArray;
  };
}
