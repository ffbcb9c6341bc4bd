/**
 * ONNX Runtime Web on its wasm provider, as the comparison runs it: a model per task, with weights inside and data as inputs. A
 * run includes handing data over and getting results back, which its interface does not avoid on this provider.
 */
import type { Installation } from './installed';
import { floats, integers, onnxModel, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor } from './onnx';
import type { Adapter, Inputs, Runner, Task } from './task';

interface OrtTensor {
  readonly data: Float32Array;
}

interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

interface Ort {
  readonly env: { logLevel: string; readonly versions: { readonly web: string }; readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
}

const NO_TRAINING = 'inference only: no gradients';

export async function ortWeb(installed: Installation, threads: number): Promise<Adapter> {
  const ort = await installed.load<Ort>('onnxruntime-web');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return {
    version: ort.env.versions.web,
    threads,
    build: async (task, inputs) => {
      const described = graphOf(task, inputs);
      return described === undefined ? NO_TRAINING : runner(ort, task, inputs, described);
    },
  };
}

/** What goes in at every run, what comes out, and the steps in between; all other inputs of the task are constants. */
interface Described {
  readonly fed: readonly string[];
  readonly shape: readonly number[];
  readonly nodes: readonly OnnxNode[];
  readonly constants?: Readonly<Record<string, OnnxTensor>>;
}

function op(name: string, inputs: readonly string[], output: string, attributes?: Readonly<Record<string, OnnxAttribute>>): OnnxNode {
  return { op: name, inputs, outputs: [output], ...(attributes ? { attributes } : {}) };
}

function graphOf({ kind, settings }: Task, inputs: Inputs): Described | undefined {
  const shape = inputs['x']?.shape ?? [];
  switch (kind) {
    case 'matmul':
      return product(settings, inputs);
    case 'convolution':
      return convolution(settings, inputs);
    case 'chain':
      return {
        fed: ['x'], shape,
        nodes: [
          op('Mul', ['x', 'factor'], 'scaled'), op('Add', ['scaled', 'term'], 'shifted'),
          op('Gelu', ['shifted'], 'bent', { approximate: 'tanh' }), op('Mul', ['bent', 'last'], 'y'),
        ],
        constants: { factor: floats([1.5], []), term: floats([0.25], []), last: floats([0.75], []) },
      };
    case 'sum':
      return {
        fed: ['x'], shape: [shape[1 - settings['axis']!]!],
        nodes: [op('ReduceSum', ['x', 'axes'], 'y', { keepdims: 0 })], constants: { axes: integers([settings['axis']!]) },
      };
    case 'softmax':
      return { fed: ['x'], shape, nodes: [op('Softmax', ['x'], 'y', { axis: -1 })] };
    case 'layer-norm':
      return { fed: ['x'], shape, nodes: [norm('x', 'g', 'b', 'y')] };
    case 'block':
      return block(settings['heads']!, inputs);
    case 'adds':
      return { fed: ['x', 'one'], shape, nodes: [op('Add', ['x', 'one'], 'y')] };
    default:
      return undefined;
  }
}

function norm(x: string, scale: string, shift: string, output: string): OnnxNode {
  return op('LayerNormalization', [x, scale, shift], output, { axis: -1, epsilon: { float: 1e-5 } });
}

function product(settings: Task['settings'], { a, b }: Inputs): Described {
  const { transposeA = 0, transposeB = 0 } = settings;
  const rows = a!.shape.at(transposeA ? -1 : -2)!;
  const columns = b!.shape.at(transposeB ? -2 : -1)!;
  const flags = { transA: transposeA, transB: transposeB };
  const isPlain = transposeA === 0 && transposeB === 0;
  return {
    fed: ['a', 'b'], shape: [...a!.shape.slice(0, -2), rows, columns],
    nodes: [isPlain ? op('MatMul', ['a', 'b'], 'y') : op('Gemm', ['a', 'b'], 'y', flags)],
  };
}

function convolution(settings: Task['settings'], { x, w }: Inputs): Described {
  const { padding, stride, groups } = settings as { padding: number; stride: number; groups: number };
  const kernel = w!.shape.slice(2);
  const spatial = kernel.map((size, i) => Math.floor((x!.shape[i + 2]! + 2 * padding - size) / stride) + 1);
  const attributes = { pads: [padding, padding, padding, padding], group: groups, kernel_shape: kernel, strides: [stride, stride] };
  return { fed: ['x'], shape: [x!.shape[0]!, w!.shape[0]!, ...spatial], nodes: [op('Conv', ['x', 'w'], 'y', attributes)] };
}

function block(heads: number, { x }: Inputs): Described {
  const [batch, time, depth] = x!.shape as readonly [number, number, number];
  const linear = (input: string, weight: string, bias: string, output: string): OnnxNode[] => [
    op('MatMul', [input, weight], `${output}-product`), op('Add', [`${output}-product`, bias], output),
  ];
  const parts = ['query', 'key', 'value'];
  return {
    fed: ['x'], shape: x!.shape,
    nodes: [
      norm('x', 'l1g', 'l1b', 'before'), ...linear('before', 'wqkv', 'bqkv', 'projected'),
      op('Reshape', ['projected', 'five'], 'split'), op('Transpose', ['split'], 'turned', { perm: [2, 0, 3, 1, 4] }),
      { op: 'Split', inputs: ['turned'], outputs: parts.map((part) => `${part}-5`), attributes: { axis: 0, num_outputs: 3 } },
      ...parts.map((part) => op('Squeeze', [`${part}-5`, 'first'], part)),
      op('Transpose', ['key'], 'key-turned', { perm: [0, 1, 3, 2] }), op('MatMul', ['query', 'key-turned'], 'scores'),
      op('Mul', ['scores', 'scale'], 'scaled'), op('Softmax', ['scaled'], 'weights', { axis: -1 }),
      op('MatMul', ['weights', 'value'], 'mixed'), op('Transpose', ['mixed'], 'back', { perm: [0, 2, 1, 3] }),
      op('Reshape', ['back', 'three'], 'attended'), ...linear('attended', 'wo', 'bo', 'out'), op('Add', ['x', 'out'], 'middle'),
      norm('middle', 'l2g', 'l2b', 'between'), ...linear('between', 'w1', 'b1', 'expanded'),
      op('Gelu', ['expanded'], 'bent', { approximate: 'tanh' }), ...linear('bent', 'w2', 'b2', 'reduced'),
      op('Add', ['middle', 'reduced'], 'y'),
    ],
    constants: {
      five: integers([batch, time, 3, heads, depth / heads]), three: integers([batch, time, depth]), first: integers([0]),
      scale: floats([1 / Math.sqrt(depth / heads)], []),
    },
  };
}

async function runner(ort: Ort, task: Task, inputs: Inputs, { fed, shape, nodes, constants = {} }: Described): Promise<Runner> {
  const float = (name: string): OnnxTensor => ({ shape: inputs[name]!.shape, data: inputs[name]!.data as Float32Array });
  const weights = Object.keys(inputs).filter((name) => !fed.includes(name));
  const graph: OnnxGraph = {
    nodes,
    inputs: Object.fromEntries(fed.map((name) => [name, inputs[name]!.shape])),
    outputs: { y: shape },
    constants: { ...Object.fromEntries(weights.map((name) => [name, float(name)])), ...constants },
  };
  const session = await ort.InferenceSession.create(onnxModel(graph), { executionProviders: ['wasm'] });
  const fedTensor = (name: string): OrtTensor => new ort.Tensor('float32', inputs[name]!.data as Float32Array, inputs[name]!.shape);
  const feeds = Object.fromEntries(fed.map((name) => [name, fedTensor(name)]));
  // Ops one by one exist only as models of one op: the additions are as many runs.
  const count = task.settings['count'] ?? 1;
  const once = async (): Promise<Float32Array> => {
    let y = (await session.run(feeds))['y']!;
    for (let i = 1; i < count; i++) y = (await session.run({ ...feeds, x: y }))['y']!;
    return y.data;
  };
  return {
    run: async () => {
      await once();
    },
    outputs: async () => ({ y: await once() }),
    dispose: () => void session.release(),
  };
}
