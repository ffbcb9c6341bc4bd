/** The models of the comparison, made of Cotangent's layers, with the weights that a task gives. */
import { backward } from '@cotangent/autodiff';
import { Conv2d, crossEntropy, Flatten, LayerNorm, Linear, LSTM, MaxPool2d, Module, ReLU, Sequential } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { gelu, softmax, tensor, type DType, type Parameter, type Tensor } from '@cotangent/tensor';
import type { Elements, Inputs, Task } from './task';

/** One step of Adam on a batch; returns the loss. */
export type Step = (x: Tensor, y: Tensor) => Tensor;

/** Puts elements in place of the initial values. */
function fill(parameter: Parameter, { data, shape }: Elements, turned = false): void {
  const value = tensor(data, { shape, dtype: parameter.dtype });
  // Computed by the backend, so that it lives in its memory from the beginning.
  parameter.assign((turned ? value.transpose() : value).mul(1));
}

/** The task has the weights [in, out], the layer [out, in]. */
function linear(weight: Elements, bias: Elements, dtype: DType): Linear {
  const layer = new Linear(weight.shape[0]!, weight.shape[1]!, { dtype });
  fill(layer.weight, weight, true);
  fill(layer.bias!, bias);
  return layer;
}

function convolution(weight: Elements, bias: Elements, padding: number, dtype: DType): Conv2d {
  const [out, depth, size] = weight.shape as readonly [number, number, number];
  const layer = new Conv2d(depth, out, size, { padding, dtype });
  fill(layer.weight, weight);
  fill(layer.bias!, bias);
  return layer;
}

function norm(weight: Elements, bias: Elements, dtype: DType): LayerNorm {
  const layer = new LayerNorm(weight.shape, { dtype });
  fill(layer.weight!, weight);
  fill(layer.bias!, bias);
  return layer;
}

function mlp({ w0, b0, w1, b1, w2, b2 }: Inputs, dtype: DType): Sequential {
  return new Sequential(linear(w0!, b0!, dtype), new ReLU(), linear(w1!, b1!, dtype), new ReLU(), linear(w2!, b2!, dtype));
}

function lenet({ k1, c1, k2, c2, f1, g1, f2, g2, f3, g3 }: Inputs, dtype: DType): Sequential {
  return new Sequential(
    convolution(k1!, c1!, 2, dtype), new ReLU(), new MaxPool2d(2), convolution(k2!, c2!, 0, dtype), new ReLU(), new MaxPool2d(2),
    new Flatten(), linear(f1!, g1!, dtype), new ReLU(), linear(f2!, g2!, dtype), new ReLU(), linear(f3!, g3!, dtype),
  );
}

class SequenceLabeller extends Module {
  readonly lstm: LSTM;
  readonly head: Linear;

  constructor({ wx, wh, b, wo, bo }: Inputs, dtype: DType) {
    super();
    this.lstm = new LSTM(wx!.shape[0]!, wh!.shape[0]!, { dtype });
    const { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 } = this.lstm.weights;
    fill(weight_ih_l0!, wx!, true);
    fill(weight_hh_l0!, wh!, true);
    fill(bias_ih_l0!, b!);
    // The task has one bias: the second stays zero.
    bias_hh_l0!.assign(bias_hh_l0!.mul(0));
    bias_hh_l0!.requiresGrad = false;
    this.head = linear(wo!, bo!, dtype);
  }

  /** Logits of every step, [time * batch, classes]. */
  forward(x: Tensor): Tensor {
    const [outputs] = this.lstm.forward(x);
    return this.head.forward(outputs).flatten(0, 1);
  }
}

function modelOf({ kind, settings }: Task, inputs: Inputs, dtype: DType): Module & { forward(x: Tensor): Tensor } {
  if (kind === 'block-step') return new TransformerBlock(inputs, settings['heads']!, dtype);
  if (kind === 'mlp-step') return mlp(inputs, dtype);
  return kind === 'lenet-step' ? lenet(inputs, dtype) : new SequenceLabeller(inputs, dtype);
}

export function stepOf(task: Task, inputs: Inputs, dtype: DType): Step {
  const model = modelOf(task, inputs, dtype);
  const optimizer = new Adam([...model.parameters()].filter((p) => p.requiresGrad), { lr: 1e-3 });
  return (x, y) => {
    const loss = crossEntropy(model.forward(x).flatten(0, -2), y.flatten());
    optimizer.step(backward(loss));
    return loss;
  };
}

/** An encoder block that normalises first: x + attention(norm(x)), then x + mlp(norm(x)). */
export class TransformerBlock extends Module {
  readonly before: LayerNorm;
  readonly project: Linear;
  readonly out: Linear;
  readonly between: LayerNorm;
  readonly expand: Linear;
  readonly reduce: Linear;

  constructor(
    { l1g, l1b, wqkv, bqkv, wo, bo, l2g, l2b, w1, b1, w2, b2 }: Inputs,
    private readonly heads: number,
    dtype: DType,
  ) {
    super();
    this.before = norm(l1g!, l1b!, dtype);
    this.project = linear(wqkv!, bqkv!, dtype);
    this.out = linear(wo!, bo!, dtype);
    this.between = norm(l2g!, l2b!, dtype);
    this.expand = linear(w1!, b1!, dtype);
    this.reduce = linear(w2!, b2!, dtype);
  }

  forward(x: Tensor): Tensor {
    const attended = x.add(this.out.forward(this.attend(this.project.forward(this.before.forward(x)))));
    const inner = gelu(this.expand.forward(this.between.forward(attended)), { approximate: 'tanh' });
    return attended.add(this.reduce.forward(inner));
  }

  /** Attention among the steps of a sequence: [batch, time, 3 depth] to [batch, time, depth]. */
  private attend(projected: Tensor): Tensor {
    const [batch, time, width] = projected.shape as readonly [number, number, number];
    const depth = width / 3;
    const size = depth / this.heads;
    const parts = projected.reshape(batch, time, 3, this.heads, size).permute(2, 0, 3, 1, 4);
    const [query, key, value] = [parts.index(0), parts.index(1), parts.index(2)];
    const weights = softmax(query.matmul(key.transpose()).mul(1 / Math.sqrt(size)), { dim: -1 });
    return weights.matmul(value).permute(0, 2, 1, 3).reshape(batch, time, depth);
  }
}

export function blockOf({ settings }: Task, inputs: Inputs, dtype: DType): TransformerBlock {
  return new TransformerBlock(inputs, settings['heads']!, dtype);
}
