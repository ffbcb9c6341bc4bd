/** The four kinds of net that training is tested with, so small that a step takes less than 10 MFLOP. They give logits. */
import {
  Conv2d, Flatten, LayerNorm, Linear, LSTM, MaxPool2d, Module, ReLU, Sequential,
} from '@cotangent/layers';
import { gelu, manualSeed, softmax, tensor, type Tensor } from '@cotangent/tensor';
import { noise } from './backends';

export interface Net extends Module {
  forward(x: Tensor): Tensor;
}

export interface NetCase {
  readonly name: string;
  /** The same parameters in every call. */
  readonly make: () => Net;
  /** Shape of a batch. */
  readonly input: readonly number[];
  /** How many examples that is. */
  readonly batch: number;
  readonly classes: number;
}

/** A perceptron of three layers. */
export function mlp(): Sequential {
  return new Sequential(new Linear(8, 32), new ReLU(), new Linear(32, 32), new ReLU(), new Linear(32, 10));
}

export function lenet(): Sequential {
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }), new ReLU(), new MaxPool2d(2),
    new Conv2d(6, 16, 5), new ReLU(), new MaxPool2d(2), new Flatten(),
    new Linear(400, 120), new ReLU(), new Linear(120, 84), new ReLU(), new Linear(84, 10),
  );
}

/** Classifies a sequence [time, batch, 6] by what is left after its last step. */
class SequenceClassifier extends Module {
  readonly lstm = new LSTM(6, 12);
  readonly head = new Linear(12, 5);

  forward(x: Tensor): Tensor {
    const [outputs] = this.lstm.forward(x);
    return this.head.forward(outputs.index(-1));
  }
}

/** Attention of two heads and a perceptron, each behind a norm and beside a residual; the mean over time is classified. */
class BlockClassifier extends Module {
  readonly before = new LayerNorm([16]);
  readonly project = new Linear(16, 48);
  readonly out = new Linear(16, 16);
  readonly between = new LayerNorm([16]);
  readonly expand = new Linear(16, 32);
  readonly reduce = new Linear(32, 16);
  readonly head = new Linear(16, 5);

  forward(x: Tensor): Tensor {
    const attended = x.add(this.out.forward(this.attend(this.project.forward(this.before.forward(x)))));
    const y = attended.add(this.reduce.forward(gelu(this.expand.forward(this.between.forward(attended)))));
    return this.head.forward(y.mean({ dim: 1 }));
  }

  private attend(projected: Tensor): Tensor {
    const [batch, time] = projected.shape as readonly [number, number, number];
    const parts = projected.reshape(batch, time, 3, 2, 8).permute(2, 0, 3, 1, 4);
    const [query, key, value] = [parts.index(0), parts.index(1), parts.index(2)];
    const weights = softmax(query.matmul(key.transpose()).div(Math.sqrt(8)), { dim: -1 });
    return weights.matmul(value).permute(0, 2, 1, 3).reshape(batch, time, 16);
  }
}

function seeded(make: () => Net): () => Net {
  return () => {
    manualSeed(1);
    return make();
  };
}

export const NETS: readonly NetCase[] = [
  { name: 'a perceptron', make: seeded(mlp), input: [32, 8], batch: 32, classes: 10 },
  { name: 'LeNet', make: seeded(lenet), input: [2, 1, 28, 28], batch: 2, classes: 10 },
  { name: 'an LSTM', make: seeded(() => new SequenceClassifier()), input: [8, 4, 6], batch: 4, classes: 5 },
  { name: 'a transformer block', make: seeded(() => new BlockClassifier()), input: [3, 6, 16], batch: 3, classes: 5 },
];

/** The same batch in every call: noise, and the classes one after another. */
export function batchOf({ input, batch, classes }: NetCase): { readonly x: Tensor; readonly y: Tensor } {
  const x = tensor(noise(input.reduce((a, b) => a * b)), { shape: input });
  return { x, y: tensor(Int32Array.from({ length: batch }, (_, i) => i % classes)) };
}
