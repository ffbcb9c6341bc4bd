/** Small problems for the tests of this package. */
import { arrayDataset, DataLoader } from '@cotangent/data';
import { Linear, Sequential, Tanh } from '@cotangent/layers';
import { manualSeed, tensor, type Tensor } from '@cotangent/tensor';
import type { Sample } from '../batches';

/** Points of three spiral arms in the plane, interleaved. */
export function spiral(perArm: number): { points: Float32Array; arms: Int32Array; count: number } {
  const count = 3 * perArm;
  const points = new Float32Array(count * 2);
  const arms = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const arm = i % 3;
    const radius = (Math.floor(i / 3) + 1) / perArm;
    const angle = (arm * 2 * Math.PI) / 3 + 4 * radius + 0.1 * Math.sin(17 * i);
    points.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    arms[i] = arm;
  }
  return { points, arms, count };
}

/** The spirals in shuffled batches; the last one is short. */
export function spiralLoader(perArm = 30, batchSize = 16, seed = 3) {
  const { points, arms, count } = spiral(perArm);
  const data = arrayDataset({ x: { data: points, shape: [count, 2] }, y: { data: arms, shape: [count] } });
  return new DataLoader(data, { batchSize, shuffle: true, seed });
}

/** All batches of an epoch. */
export async function batchesOf<B>(loader: AsyncIterable<B>): Promise<B[]> {
  const batches: B[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

/** A perceptron with one hidden layer, the same for the same seed. */
export function perceptron(sizes: readonly [number, number, number], seed = 1): Sequential {
  manualSeed(seed);
  return new Sequential(new Linear(sizes[0], sizes[1]), new Tanh(), new Linear(sizes[1], sizes[2]));
}

/** A model w * x with w given, for batches of given x; the loss is the mean of w * x * y, where y is 1. */
export function line(w: number): Linear {
  const model = new Linear(1, 1, { bias: false });
  model.weight.assign(tensor([[w]]));
  return model;
}

export function batch(...values: number[]): Sample {
  return { x: tensor(values.map((v) => [v])), y: tensor(values.map(() => [1])) };
}

export function meanProduct(output: Tensor, target: Tensor): Tensor {
  return output.mul(target).mean();
}

/** The four points of exclusive or, with classes or with numbers as targets. */
export function xor(targets: 'classes' | 'numbers'): Sample[] {
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
  return [{ x, y: targets === 'classes' ? tensor([0, 1, 1, 0], { dtype: 'int32' }) : tensor([[0], [1], [1], [0]]) }];
}

/** All values of a state dict, for comparing bit for bit. */
export async function bits(state: Readonly<Record<string, Tensor>>): Promise<Record<string, number[]>> {
  const entries = Object.entries(state).map(async ([key, value]): Promise<[string, number[]]> => [key, Array.from(await value.data())]);
  return Object.fromEntries(await Promise.all(entries));
}
