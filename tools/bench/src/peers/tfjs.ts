/** TensorFlow.js, on its JavaScript or its wasm backend, as the comparison runs it. Its images are [batch, height, width, channels]. */
import type { Installation } from './installed';
import { lenet, lstm, mlp, transformerBlock, type NetSettings } from './tfjs-nets';
import type { Tf, TfTensor, TfTensors, TfVariable } from './tfjs-types';
import type { Adapter, Elements, Inputs, Runner, Task } from './task';

export async function tfjs(installed: Installation, backend: 'cpu' | 'wasm'): Promise<Adapter> {
  const tf = await installed.load<Tf>('@tensorflow/tfjs');
  if (backend === 'wasm') await installed.load('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend '${backend}' here.`);
  await tf.ready();
  tf.enableProdMode();
  return { version: tf.version.tfjs, threads: 1, build: async (task, inputs) => build(tf, task, inputs) };
}

/** Where the axes of an image, or of a filter, are, seen from PyTorch's order; and the way back. */
const IMAGE = { to: [0, 2, 3, 1], from: [0, 3, 1, 2] };
const FILTER = { to: [2, 3, 1, 0], from: [3, 2, 0, 1] };
/** A filter per channel is [height, width, channels, 1]. */
const CHANNEL_FILTER = { to: [2, 3, 0, 1], from: [2, 3, 0, 1] };

function build(tf: Tf, task: Task, inputs: Inputs): Runner | string {
  const { kind, settings } = task;
  const given = tensors(tf, inputs);
  switch (kind) {
    case 'matmul':
      return forward(tf, given, ({ a, b }) => tf.matMul(a!, b!, settings['transposeA'] === 1, settings['transposeB'] === 1));
    case 'convolution':
    case 'convolution-gradients':
      return convolution(tf, task, given);
    case 'chain':
      return forward(tf, given, ({ x }) => gelu(tf, x!.mul(1.5).add(0.25)).mul(0.75));
    case 'sum':
      return forward(tf, given, ({ x }) => x!.sum(settings['axis']!));
    case 'softmax':
      return forward(tf, given, ({ x }) => tf.softmax(x!));
    case 'layer-norm':
      return forward(tf, given, ({ x, g, b }) => layerNorm(x!, g!, b!));
    case 'mlp-step':
      return training(tf, given, 10, mlp);
    case 'lenet-step':
      return training(tf, channelsLast(tf, given), 10, lenet);
    case 'lstm-step':
      return training(tf, given, 64, lstm);
    case 'block':
      return forward(tf, given, (all) => transformerBlock(netSettings(tf, settings['heads']), all));
    case 'block-gradients':
      return blockGradients(tf, netSettings(tf, settings['heads']), given);
    case 'adam':
    case 'block-step':
      return 'only measured on GPUs';
    case 'adds':
      return adds(tf, settings['count']!, given);
  }
}

function netSettings(tf: Tf, heads = 1): NetSettings {
  return { tf, heads, gelu: (x) => gelu(tf, x), layerNorm };
}

function tensors(tf: Tf, inputs: Inputs): TfTensors {
  const type = ({ data }: Elements): string => (data instanceof Int32Array ? 'int32' : 'float32');
  return Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, tf.tensor(x.data, x.shape, type(x))]));
}

function gelu(tf: Tf, x: TfTensor): TfTensor {
  const inner = x.mul(x.mul(x).mul(0.044715).add(1)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(tf.tanh(inner).add(1));
}

function layerNorm(x: TfTensor, scale: TfTensor, shift: TfTensor): TfTensor {
  const centred = x.sub(x.mean(-1, true));
  return centred.mul(centred.square().mean(-1, true).add(1e-5).rsqrt()).mul(scale).add(shift);
}

function read(x: TfTensor, order?: readonly number[]): ArrayLike<number> {
  const turned = order ? x.transpose(order) : x;
  const data = turned.dataSync();
  if (turned !== x) turned.dispose();
  return data;
}

/** Runs a function of tensors to one result, which is given up right away. */
function forward(tf: Tf, given: TfTensors, fn: (all: TfTensors) => TfTensor, order?: readonly number[]): Runner {
  const once = (): TfTensor => tf.tidy(() => fn(given));
  return {
    run: () => {
      once().dispose();
    },
    outputs: async () => {
      const y = once();
      const data = read(y, order);
      y.dispose();
      return { y: data };
    },
    dispose: () => {
      tf.dispose(given);
    },
  };
}

function convolution(tf: Tf, { kind, settings }: Task, given: TfTensors): Runner {
  const { padding, stride, groups } = settings as { padding: number; stride: number; groups: number };
  const layout = groups === 1 ? FILTER : CHANNEL_FILTER;
  const [x, w] = [given['x']!.transpose(IMAGE.to), given['w']!.transpose(layout.to)];
  const apply = (image: TfTensor, filter: TfTensor): TfTensor =>
    groups === 1 ? tf.conv2d(image, filter, stride, padding) : tf.depthwiseConv2d(image, filter, stride, padding);
  if (kind === 'convolution') return forward(tf, { x, w }, (all) => apply(all['x']!, all['w']!), IMAGE.from);
  const dy = given['dy']!.transpose(IMAGE.to);
  const backward = tf.grads(apply);
  const once = (): TfTensor[] => backward([x, w], dy);
  return {
    run: () => {
      tf.dispose(once());
    },
    outputs: async () => {
      const [dx, dw] = once();
      const y = apply(x, w);
      const found = { y: read(y, IMAGE.from), dx: read(dx!, IMAGE.from), dw: read(dw!, layout.from) };
      tf.dispose([dx!, dw!, y]);
      return found;
    },
    dispose: () => {
      tf.dispose([x, w, dy]);
    },
  };
}

/** LeNet's inputs with channels last; the rows of its first linear map follow. */
function channelsLast(tf: Tf, all: TfTensors): TfTensors {
  return {
    ...all,
    x: all['x']!.transpose(IMAGE.to),
    k1: all['k1']!.transpose(FILTER.to),
    k2: all['k2']!.transpose(FILTER.to),
    f1: tf.tidy(() => all['f1']!.reshape([16, 5, 5, 120]).transpose([1, 2, 0, 3]).reshape([400, 120])),
  };
}

function training(tf: Tf, given: TfTensors, classes: number, net: (settings: NetSettings, all: TfTensors) => TfTensor): Runner {
  const { x, y, ...weights } = given;
  const targets = tf.tidy(() => tf.oneHot(y!.flatten(), classes).toFloat());
  const variables = Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, tf.variable(value)]));
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const list: TfVariable[] = Object.values(variables);
  const settings = netSettings(tf);
  const once = (): number => {
    const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(targets, net(settings, { ...variables, x: x! })), true, list)!;
    const value = loss.dataSync()[0]!;
    loss.dispose();
    return value;
  };
  return {
    run: () => void once(),
    outputs: async () => ({ loss: [once()] }),
    dispose: () => {
      tf.dispose([targets, ...list]);
      optimizer.dispose();
    },
  };
}

function blockGradients(tf: Tf, settings: NetSettings, { dy, ...all }: TfTensors): Runner {
  const names = Object.keys(all);
  const apply = (...values: TfTensor[]): TfTensor =>
    transformerBlock(settings, Object.fromEntries(names.map((name, i) => [name, values[i]!])));
  const backward = tf.grads(apply);
  const values = names.map((name) => all[name]!);
  return {
    run: () => {
      tf.dispose(backward(values, dy));
    },
    outputs: async () => {
      const gradients = backward(values, dy);
      const y = tf.tidy(() => apply(...values));
      const of = (name: string): ArrayLike<number> => read(gradients[names.indexOf(name)]!);
      const found = { y: read(y), dx: of('x'), dwqkv: of('wqkv'), dw1: of('w1'), dl1g: of('l1g') };
      tf.dispose([y, ...gradients]);
      return found;
    },
    dispose: () => {
      tf.dispose([dy!, ...values]);
    },
  };
}

function adds(tf: Tf, count: number, { x, one }: TfTensors): Runner {
  const once = (): TfTensor => {
    let y = x!.clone();
    for (let i = 0; i < count; i++) {
      const next = tf.add(y, one!);
      y.dispose();
      y = next;
    }
    return y;
  };
  const readOnce = (): ArrayLike<number> => {
    const y = once();
    const data = read(y);
    y.dispose();
    return data;
  };
  return { run: () => void readOnce(), outputs: async () => ({ y: readOnce() }) };
}
