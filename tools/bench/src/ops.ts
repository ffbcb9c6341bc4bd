/** Single ops against the roofs of the machine. */
import { backward } from '@cotangent/autodiff';
import { conv2d, gelu, matmul, maxPool2d, parameter, randn, softmax, sum, type Tensor } from '@cotangent/tensor';
import { BOTH, finish, perByte, perFlop, ready, type Place, type Workload } from './run';

function product(n: number, places: readonly Place[]): Workload {
  return {
    name: `matmul ${n}`,
    places,
    build: async () => {
      const [a, b] = [await ready(randn([n, n])), await ready(randn([n, n]))];
      return { once: () => finish(matmul(a, b)), report: perFlop(2 * n ** 3) };
    },
  };
}

function convolution(name: string, input: readonly number[], weight: readonly number[], padding: number): Workload {
  return {
    name,
    places: BOTH,
    build: async () => {
      const x = await ready(randn(input));
      const w = parameter(randn(weight));
      const forward = 2 * input[0]! * input[2]! * input[3]! * weight.reduce((p, n) => p * n, 1);
      return {
        once: async () => {
          const grads = backward(conv2d(x, w, undefined, { padding }).square().sum());
          await finish(grads.get(w) as Tensor);
        },
        report: perFlop(2 * forward), // forward and weight gradient; x wants none
      };
    },
  };
}

function streaming(name: string, shape: readonly number[], fn: (x: Tensor) => Tensor, bytes: number): Workload {
  return {
    name,
    places: BOTH,
    build: async () => {
      const x = await ready(randn(shape));
      return { once: () => finish(fn(x)), report: perByte(bytes) };
    },
  };
}

export const OPS: readonly Workload[] = [
  product(256, BOTH),
  product(512, BOTH),
  product(1024, ['wasm']),
  convolution('conv 3x3 [8,16,28,28] -> 32, fwd + dW', [8, 16, 28, 28], [32, 16, 3, 3], 1),
  streaming('gelu 1 M', [2 ** 20], (x) => gelu(x), 8 * 2 ** 20),
  streaming('sum of rows [1024, 1024]', [1024, 1024], (x) => sum(x, { dim: 1 }), 4 * 2 ** 20),
  streaming('softmax [1024, 1024]', [1024, 1024], (x) => softmax(x, { dim: 1 }), 8 * 2 ** 20),
  streaming('max pool 2x2 [8,16,56,56]', [8, 16, 56, 56], (x) => maxPool2d(x, 2), 4 * 8 * 16 * 56 * 56 * 1.25),
];
