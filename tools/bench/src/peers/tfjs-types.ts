/** The part of TensorFlow.js that the comparison uses; the library is not installed where types are checked. */

export interface TfTensor {
  readonly shape: readonly number[];
  add(other: TfTensor | number): TfTensor;
  sub(other: TfTensor): TfTensor;
  mul(other: TfTensor | number): TfTensor;
  matMul(other: TfTensor): TfTensor;
  square(): TfTensor;
  rsqrt(): TfTensor;
  relu(): TfTensor;
  tanh(): TfTensor;
  sigmoid(): TfTensor;
  sum(axis: number): TfTensor;
  mean(axis: number, keepDims: boolean): TfTensor;
  reshape(shape: readonly number[]): TfTensor;
  transpose(order: readonly number[]): TfTensor;
  flatten(): TfTensor;
  toFloat(): TfTensor;
  maxPool(size: number, stride: number, padding: 'valid'): TfTensor;
  clone(): TfTensor;
  dataSync(): Float32Array;
  dispose(): void;
}

export type TfVariable = TfTensor;

export type TfTensors = Readonly<Record<string, TfTensor>>;

export interface TfOptimizer {
  minimize(loss: () => TfTensor, returnCost: boolean, variables: TfVariable[]): TfTensor | null;
  dispose(): void;
}

export interface Tf {
  readonly version: { readonly tfjs: string };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  enableProdMode(): void;
  tidy<T>(fn: () => T): T;
  dispose(what: TfTensors | readonly TfTensor[]): void;
  tensor(data: ArrayLike<number>, shape: readonly number[], dtype: string): TfTensor;
  zeros(shape: readonly number[]): TfTensor;
  variable(value: TfTensor): TfVariable;
  oneHot(classes: TfTensor, depth: number): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, stride: number, padding: number | 'valid'): TfTensor;
  depthwiseConv2d(x: TfTensor, filter: TfTensor, stride: number, padding: number): TfTensor;
  softmax(x: TfTensor): TfTensor;
  tanh(x: TfTensor): TfTensor;
  unstack(x: TfTensor): TfTensor[];
  split(x: TfTensor, parts: number, axis: number): TfTensor[];
  concat(list: readonly TfTensor[], axis: number): TfTensor;
  grads(fn: (...inputs: TfTensor[]) => TfTensor): (inputs: readonly TfTensor[], dy?: TfTensor) => TfTensor[];
  readonly train: { adam(lr: number, beta1: number, beta2: number, epsilon: number): TfOptimizer };
  readonly losses: { softmaxCrossEntropy(targets: TfTensor, logits: TfTensor): TfTensor };
}
