/** How many kernels training steps take: what the planner is for. */
import { describe, expect, it } from 'vitest';
import { backward, Gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { BatchNorm2d, LayerNorm, crossEntropy, type Layer } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import {
  logSoftmax, noGrad, parameter, softmax, tensor, use, type Backend, type Tensor,
} from '@cotangent/tensor';
import { lenet, mlp } from './testing/nets';

const BACKENDS: readonly (readonly [string, () => Backend])[] = [['cpu', cpu], ['wasm', wasm]];

describe.each(BACKENDS)('kernels of one plan on %s', (_, make) => {
  /** Kernels that the second call of `step` runs; the first one also initialises. */
  async function count(step: () => unknown): Promise<number> {
    const backend = make();
    await use(backend);
    await step();
    const before = backend.stats().kernels;
    await step();
    return backend.stats().kernels - before;
  }

  function training(make: () => Layer, input: readonly number[]): () => void {
    let step: (() => void) | undefined;
    return () => {
      (step ??= first())();
    };
    function first(): () => void {
      const model = make();
      const optimizer = new Adam(model.parameters());
      const x = known(input);
      const y = tensor(new Int32Array(input[0]!).fill(3));
      return () => optimizer.step(backward(crossEntropy(model.forward(x), y)));
    }
  }

  const known = (shape: readonly number[]): Tensor => {
    const length = shape.reduce((a, b) => a * b);
    return tensor(Float32Array.from({ length }, (_, i) => Math.sin(i)), { shape });
  };

  it('a step of a three-layer perceptron with Adam takes at most 18', async () => {
    expect(await count(training(mlp, [32, 8]))).toBeLessThanOrEqual(18);
  });

  it('a step of LeNet with Adam takes at most 36', async () => {
    expect(await count(training(lenet, [2, 1, 28, 28]))).toBeLessThanOrEqual(36);
  });

  it('Adam updates 30 tensors in one', async () => {
    let step: (() => void) | undefined;
    const adam = (): (() => void) => {
      const parameters = Array.from({ length: 30 }, (_, i) => parameter(known([i + 1, 7])));
      const optimizer = new Adam(parameters);
      const gradients = new Gradients(parameters.map((p) => [p, known(p.shape)] as const));
      return () => optimizer.step(gradients);
    };
    expect(await count(() => (step ??= adam())())).toBe(1);
  });

  it.each<[string, () => Tensor]>([
    ['softmax', () => softmax(known([4, 10]), { dim: 1 })],
    ['log-softmax', () => logSoftmax(known([4, 10]), { dim: 1 })],
    ['softmax along the first axis', () => softmax(known([4, 10]), { dim: 0 })],
    ['a mean and a variance', () => { const x = known([4, 10]); return x.variance({ dim: 1 }).add(x.mean({ dim: 1 })); }],
    ['a matrix product with bias, ReLU and residual', () => known([4, 6]).matmul(known([6, 5])).add(known([5])).relu().add(known([4, 5]))],
    ['a chain of element-wise ops', () => known([50]).mul(2).add(1).exp().tanh().sub(3)],
    ['a sum of products', () => known([50]).mul(known([50])).square().sum()],
    ['a sum followed by arithmetic', () => known([5, 10]).sum({ dim: 1 }).div(10).sqrt()],
  ])('%s is one', async (_, make) => {
    expect(await count(() => make().data())).toBe(1);
  });

  it('normalisation is one, statistics and all', async () => {
    const forward = (layer: Layer, input: readonly number[]) => (): Promise<unknown> => noGrad(() => layer.forward(known(input))).data();
    expect(await count(forward(new LayerNorm([10]), [4, 10]))).toBe(1);
    expect(await count(forward(new BatchNorm2d(3).eval(), [4, 3, 5, 5]))).toBe(1);
    // The running statistics are variables: their update is a kernel of its own.
    expect(await count(forward(new BatchNorm2d(3), [4, 3, 5, 5]))).toBe(2);
  });
});
