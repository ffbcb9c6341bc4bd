/**
 * A training step of an MLP with relu, cross entropy and Adam, written by hand as loops over Float32Arrays: what a program
 * without any framework would run. It is the peer of the framework's step in `pnpm bench`.
 */

/** One layer: weights [out, in], biases [out]. */
export interface StraightLayer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

interface Adapted {
  readonly value: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Adapted;
  readonly bias: Adapted;
  /** What the layer gives, after relu except for the last one: [batch, out]. */
  readonly result: Float32Array;
  /** The gradient of the loss by `result`. */
  readonly slope: Float32Array;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export class StraightMlp {
  private readonly layers: readonly Layer[];
  private steps = 0;

  /** The layers' arrays are copied. */
  constructor(
    layers: readonly StraightLayer[],
    private readonly batch: number,
    private readonly lr = 1e-3,
  ) {
    this.layers = layers.map(({ weight, bias }) => {
      const outputs = bias.length;
      const [result, slope] = [new Float32Array(batch * outputs), new Float32Array(batch * outputs)];
      return { inputs: weight.length / outputs, outputs, weight: adapted(weight), bias: adapted(bias), result, slope };
    });
  }

  /**
   * Trains on one batch.
   *
   * @param x [batch, in].
   * @param y the class of each row.
   * @returns the mean cross entropy before the update.
   */
  step(x: Float32Array, y: Int32Array): number {
    const { layers, batch } = this;
    layers.forEach((layer, l) => {
      forward(layer, l === 0 ? x : layers[l - 1]!.result, batch, l < layers.length - 1);
    });
    const loss = crossEntropy(layers.at(-1)!, y, batch);
    for (let l = layers.length - 1; l >= 0; l--) {
      const below = layers[l - 1];
      weightGradient(layers[l]!, below ? below.result : x, batch);
      if (below) inputGradient(layers[l]!, below, batch);
    }
    this.steps++;
    const stepSize = this.lr / (1 - BETA1 ** this.steps);
    const root = Math.sqrt(1 - BETA2 ** this.steps);
    for (const { weight, bias } of layers) {
      update(weight, stepSize, root);
      update(bias, stepSize, root);
    }
    return loss;
  }
}

function adapted(value: Float32Array): Adapted {
  const { length } = value;
  return { value: value.slice(), gradient: new Float32Array(length), mean: new Float32Array(length), square: new Float32Array(length) };
}

function forward({ inputs, outputs, weight, bias, result }: Layer, x: Float32Array, batch: number, isHidden: boolean): void {
  const [w, b] = [weight.value, bias.value];
  for (let i = 0; i < batch; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = b[o]!;
      for (let k = 0; k < inputs; k++) sum += x[i * inputs + k]! * w[o * inputs + k]!;
      result[i * outputs + o] = isHidden && sum < 0 ? 0 : sum;
    }
  }
}

function crossEntropy({ outputs, result, slope }: Layer, y: Int32Array, batch: number): number {
  let loss = 0;
  for (let i = 0; i < batch; i++) {
    const at = i * outputs;
    let largest = -Infinity;
    for (let o = 0; o < outputs; o++) largest = Math.max(largest, result[at + o]!);
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += slope[at + o] = Math.exp(result[at + o]! - largest);
    for (let o = 0; o < outputs; o++) slope[at + o]! /= sum * batch;
    slope[at + y[i]!]! -= 1 / batch;
    loss += Math.log(sum) + largest - result[at + y[i]!]!;
  }
  return loss / batch;
}

function weightGradient({ inputs, outputs, weight, bias, slope }: Layer, x: Float32Array, batch: number): void {
  const [dw, db] = [weight.gradient.fill(0), bias.gradient.fill(0)];
  for (let i = 0; i < batch; i++) {
    for (let o = 0; o < outputs; o++) {
      const g = slope[i * outputs + o]!;
      db[o]! += g;
      for (let k = 0; k < inputs; k++) dw[o * inputs + k]! += g * x[i * inputs + k]!;
    }
  }
}

function inputGradient({ inputs, outputs, weight, slope }: Layer, below: Layer, batch: number): void {
  const w = weight.value;
  const into = below.slope.fill(0);
  for (let i = 0; i < batch; i++) {
    for (let o = 0; o < outputs; o++) {
      const g = slope[i * outputs + o]!;
      for (let k = 0; k < inputs; k++) into[i * inputs + k]! += g * w[o * inputs + k]!;
    }
  }
  for (let k = 0; k < into.length; k++) if (below.result[k]! <= 0) into[k] = 0;
}

function update({ value, gradient, mean, square }: Adapted, stepSize: number, root: number): void {
  for (let k = 0; k < value.length; k++) {
    const g = gradient[k]!;
    const m = (mean[k] = BETA1 * mean[k]! + (1 - BETA1) * g);
    const v = (square[k] = BETA2 * square[k]! + (1 - BETA2) * g * g);
    value[k]! -= (stepSize * m) / (Math.sqrt(v) / root + EPSILON);
  }
}
