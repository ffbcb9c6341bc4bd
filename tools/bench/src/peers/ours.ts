/** Cotangent as one of the libraries compared, written as a program that uses it would be. With float64 it makes the references. */
import { Gradients, gradients, track } from '@cotangent/autodiff';
import { layerNorm } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import {
  compile, conv2d, gelu, matmul, noGrad, parameter, softmax, tensor, use, variable, zeros, type Backend, type DType, type Tensor,
} from '@cotangent/tensor';
import { blockOf, stepOf } from './ours-models';
import type { Adapter, Elements, Inputs, Runner, Task } from './task';

export interface OursOptions {
  readonly version: string;
  readonly threads: number;
  /** A backend; `exact` asks for products without Winograd's transformations. */
  readonly backend: (exact: boolean) => Backend | Promise<Backend>;
  /** Default float32. */
  readonly dtype?: DType;
  /** Waits until what was started is done; for a backend that computes apart from JavaScript. */
  readonly wait?: () => Promise<void>;
}

export function ours({ version, threads, backend, dtype = 'float32', wait }: OursOptions): Adapter {
  const backends = new Map<boolean, Promise<Backend>>();
  return {
    version,
    threads,
    build: async (task, inputs) => {
      const exact = task.settings['exact'] === 1;
      const made = backends.get(exact) ?? Promise.resolve(backend(exact));
      backends.set(exact, made);
      await use(made);
      return runner(task, inputs, { dtype, wait });
    },
  };
}

/** The elements as a tensor; classes stay integers. */
export function given({ data, shape }: Elements, dtype: DType): Tensor {
  return tensor(data, { shape, dtype: data instanceof Int32Array ? 'int32' : dtype });
}

/** The elements in the backend's own memory, as the value of a variable that was computed there. */
function held(elements: Elements, dtype: DType): Tensor {
  const x = variable(zeros(elements.shape, { dtype }));
  x.assign(given(elements, dtype).mul(1));
  return x;
}

type Manner = Required<Pick<OursOptions, 'dtype'>> & { readonly wait: OursOptions['wait'] };

function runner(task: Task, inputs: Inputs, manner: Manner): Runner {
  const { dtype } = manner;
  switch (task.kind) {
    case 'mlp-step':
    case 'lenet-step':
    case 'lstm-step':
    case 'block-step':
      return training(stepOf(task, inputs, dtype), inputs, dtype);
    case 'adam':
      return adam(inputs, manner);
    case 'adds':
      return adds(task, inputs, dtype);
    case 'block':
    case 'block-gradients':
      return block(task, inputs, manner);
    default: {
      const tensors = Object.fromEntries(Object.entries(inputs).map(([name, elements]) => [name, held(elements, dtype)]));
      return results(() => compute(task, tensors), manner);
    }
  }
}

function compute({ kind, settings }: Task, { x, w, a, b, g, dy }: Record<string, Tensor>): Record<string, Tensor> {
  const { padding, stride, groups } = settings;
  const convolve = (image: Tensor, filter: Tensor): Tensor => conv2d(image, filter, undefined, { padding, stride, groups });
  switch (kind) {
    case 'matmul': {
      const [left, right] = [settings['transposeA'] ? a!.transpose() : a!, settings['transposeB'] ? b!.transpose() : b!];
      return { y: matmul(left, right) };
    }
    case 'convolution':
      return { y: convolve(x!, w!) };
    case 'convolution-gradients': {
      const [image, filter] = [track(x!), track(w!)];
      const y = convolve(image, filter);
      const [dx, dw] = gradients(y, [image, filter], { gradOutputs: dy! });
      return { y, dx: dx!, dw: dw! };
    }
    case 'chain':
      return { y: gelu(x!.mul(1.5).add(0.25), { approximate: 'tanh' }).mul(0.75) };
    case 'sum':
      return { y: x!.sum({ dim: settings['axis']! }) };
    case 'softmax':
      return { y: softmax(x!, { dim: -1 }) };
    case 'layer-norm':
      return { y: layerNorm(x!, [x!.shape.at(-1)!], { weight: g, bias: b }) };
    default:
      throw new Error(`${kind} is not an op.`);
  }
}

/** Runs a function without arguments compiled; every result is a tensor that the program could read. */
function results(fn: () => Record<string, Tensor>, { wait }: Manner, readable: (name: string, x: Tensor) => Tensor = (_, x) => x): Runner {
  const compiled = compile(fn);
  return {
    run: () => {
      compiled();
      return wait?.();
    },
    queue: () => void compiled(),
    outputs: async () => {
      const read: Record<string, ArrayLike<number>> = {};
      for (const [name, x] of Object.entries(compiled())) read[name] = (await readable(name, x).data());
      return read;
    },
  };
}

function training(step: (x: Tensor, y: Tensor) => Tensor, inputs: Inputs, dtype: DType): Runner {
  const compiled = compile(step);
  const [x, y] = [given(inputs['x']!, dtype), given(inputs['y']!, dtype)];
  return {
    run: async () => {
      await compiled(x, y).item();
    },
    step: () => compiled(x, y),
    outputs: async () => ({ loss: [await compiled(x, y).item()] }),
  };
}

function block(task: Task, inputs: Inputs, manner: Manner): Runner {
  const { dtype } = manner;
  const model = blockOf(task, inputs, dtype);
  const x = held(inputs['x']!, dtype);
  if (task.kind === 'block') return results(() => noGrad(() => ({ y: model.forward(x) })), manner);
  const dy = held(inputs['dy']!, dtype);
  const parameters = [...model.parameters()];
  const chosen = { dwqkv: model.project.weight, dw1: model.expand.weight, dl1g: model.before.weight! };
  const backwards = (): Record<string, Tensor> => {
    const input = track(x);
    const y = model.forward(input);
    const [dx, ...rest] = gradients(y, [input, ...parameters], { gradOutputs: dy });
    const named = Object.fromEntries(rest.map((gradient, i) => [`${i}`, gradient]));
    return { y, dx: dx!, ...named };
  };
  const names = new Map(Object.entries(chosen).map(([name, parameter]) => [`${parameters.indexOf(parameter)}`, name]));
  // Layers hold their weights [out, in], the task has them [in, out].
  const { run, outputs } = results(backwards, manner, (_, gradient) => (gradient.ndim === 2 ? gradient.transpose() : gradient));
  return {
    run,
    outputs: async () => Object.fromEntries(Object.entries(await outputs()).map(([name, data]) => [names.get(name) ?? name, data])),
  };
}

/** The update of one large parameter. */
function adam({ x, g }: Inputs, { dtype, wait }: Manner): Runner {
  const weights = parameter(given(x!, dtype));
  const optimizer = new Adam([weights], { lr: 1e-3 });
  const gradient = new Gradients([[weights, held(g!, dtype)]]);
  const update = compile(() => {
    optimizer.step(gradient);
  });
  return {
    run: () => {
      update();
      return wait?.();
    },
    queue: update,
    outputs: async () => {
      update();
      return { y: await weights.data() };
    },
  };
}

/** Recorded op by op and computed when the result is read, as in a program that does not compile. */
function adds({ settings }: Task, inputs: Inputs, dtype: DType): Runner {
  const [x, one] = [given(inputs['x']!, dtype), given(inputs['one']!, dtype)];
  const run = async (): Promise<Float32Array> => {
    let y = x;
    for (let i = 0; i < settings['count']!; i++) y = y.add(one);
    return (await y.data()) as Float32Array;
  };
  return {
    run: async () => {
      await run();
    },
    outputs: async () => ({ y: await run() }),
  };
}
