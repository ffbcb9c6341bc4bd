/** What is measured. Every workload is built anew for each backend, and says how much work one run is. */
import { backward } from '@cotangent/autodiff';
import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, crossEntropy, type Layer } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { conv2d, gelu, manualSeed, matmul, maxPool2d, parameter, rand, randint, randn, softmax, sum, type Tensor } from '@cotangent/tensor';

export interface Run {
  /** Does the work once and waits for it. */
  readonly once: () => Promise<void>;
  /** Floating-point operations of one run; absent for work bound by memory. */
  readonly flops?: number;
  /** Bytes read and written at least; for work bound by memory. */
  readonly bytes?: number;
}

export interface Workload {
  readonly name: string;
  /** Backends it makes sense on. */
  readonly backends: readonly ('cpu' | 'wasm')[];
  build(): Promise<Run>;
}

const BOTH = ['cpu', 'wasm'] as const;

/** The tensor with its elements computed, so that making them is not part of the measurement. */
async function ready(x: Tensor): Promise<Tensor> {
  const p = parameter(x);
  await p.data();
  return p.detach();
}

/** Reads one element of a result: the whole result is computed, but little is copied. */
async function finish(x: Tensor): Promise<void> {
  await x.reshape(-1).index(0).item();
}

function product(n: number, backends: readonly ('cpu' | 'wasm')[]): Workload {
  return {
    name: `matmul ${n}`,
    backends,
    build: async () => {
      const [a, b] = [await ready(randn([n, n])), await ready(randn([n, n]))];
      return { once: () => finish(matmul(a, b)), flops: 2 * n ** 3 };
    },
  };
}

function convolution(name: string, input: readonly number[], weight: readonly number[], padding: number): Workload {
  return {
    name,
    backends: BOTH,
    build: async () => {
      const x = await ready(randn(input));
      const w = parameter(randn(weight));
      const forward = 2 * input[0]! * input[2]! * input[3]! * weight.reduce((p, n) => p * n, 1);
      return {
        once: async () => {
          const grads = backward(conv2d(x, w, undefined, { padding }).square().sum());
          await finish(grads.get(w) as Tensor);
        },
        flops: 2 * forward, // forward and weight gradient; x wants none
      };
    },
  };
}

function training(name: string, model: () => Layer, input: readonly number[], classes: number, flops: number): Workload {
  return {
    name,
    backends: BOTH,
    build: async () => {
      const net = model();
      const optimizer = new Adam(net.parameters(), { lr: 1e-3 });
      const x = await ready(rand(input));
      const y = await ready(randint(0, classes, [input[0]!]));
      return {
        once: async () => {
          const loss = crossEntropy(net.forward(x), y);
          optimizer.step(backward(loss));
          await loss.item();
        },
        flops,
      };
    },
  };
}

function lenet(): Layer {
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }), new ReLU(), new MaxPool2d(2), new Conv2d(6, 16, 5), new ReLU(), new MaxPool2d(2), new Flatten(),
    new Linear(400, 120), new ReLU(), new Linear(120, 84), new ReLU(), new Linear(84, 10),
  );
}

export const WORKLOADS: readonly Workload[] = [
  product(256, BOTH),
  product(512, BOTH),
  product(1024, ['wasm']),
  convolution('conv 3x3 [8,16,28,28] -> 32, fwd + dW', [8, 16, 28, 28], [32, 16, 3, 3], 1),
  {
    name: 'gelu 1 M',
    backends: BOTH,
    build: async () => {
      const x = await ready(randn([2 ** 20]));
      return { once: () => finish(gelu(x)), bytes: 8 * 2 ** 20 };
    },
  },
  {
    name: 'sum of rows [1024, 1024]',
    backends: BOTH,
    build: async () => {
      const x = await ready(randn([1024, 1024]));
      return { once: () => finish(sum(x, { dim: 1 })), bytes: 4 * 2 ** 20 };
    },
  },
  {
    name: 'softmax [1024, 1024]',
    backends: BOTH,
    build: async () => {
      const x = await ready(randn([1024, 1024]));
      return { once: () => finish(softmax(x, { dim: 1 })), bytes: 8 * 2 ** 20 };
    },
  },
  {
    name: 'max pool 2x2 [8,16,56,56]',
    backends: BOTH,
    build: async () => {
      const x = await ready(randn([8, 16, 56, 56]));
      return { once: () => finish(maxPool2d(x, 2)), bytes: 4 * 8 * 16 * 56 * 56 * 1.25 };
    },
  },
  training('step: MLP 8-32-32-10, batch 32, Adam', () => new Sequential(new Linear(8, 32), new ReLU(), new Linear(32, 32), new ReLU(), new Linear(32, 10)), [32, 8], 10, 6 * 32 * (8 * 32 + 32 * 32 + 320)),
  training(
    'step: MLP 784-512-256-10, batch 128, Adam',
    () => new Sequential(new Linear(784, 512), new ReLU(), new Linear(512, 256), new ReLU(), new Linear(256, 10)),
    [128, 784],
    10,
    308e6,
  ),
  training('step: LeNet-5 28x28, batch 64, Adam', lenet, [64, 1, 28, 28], 10, 6 * 64 * (117_600 + 240_000 + 48_000 + 10_080 + 840)),
  training(
    'step: conv 16 + batch norm, 16x16, batch 32, Adam',
    () => new Sequential(new Conv2d(3, 16, 3, { padding: 1 }), new BatchNorm2d(16), new ReLU(), new Flatten(), new Linear(4096, 10)),
    [32, 3, 16, 16],
    10,
    6 * 32 * (110_592 + 40_960),
  ),
];

/** Restarts randomness, so that every backend sees the same data. */
export function restart(): void {
  manualSeed(1);
}
