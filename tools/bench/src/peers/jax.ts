/**
 * jax-js on its wasm or webgpu backend, as the comparison runs it: under `jit`, except for convolutions, which its own eager mode runs
 * several times faster.
 */
import type { Installation } from './installed';
import { layerNorm, lenet, lstm, mlp, transformerBlock } from './jax-nets';
import type { Jax, JaxArray, JaxArrays } from './jax-types';
import type { Adapter, Elements, Inputs, Runner, Task } from './task';

export async function jaxJs(installed: Installation, device: 'wasm' | 'webgpu' = 'wasm'): Promise<Adapter> {
  const jax = await installed.load<Jax>('@jax-js/jax');
  await jax.init(device);
  jax.defaultDevice(device);
  return { version: installed.version('@jax-js/jax'), threads: 1, build: async (task, inputs) => build(jax, task, inputs) };
}

function build(jax: Jax, task: Task, inputs: Inputs): Runner {
  const { kind, settings } = task;
  const { numpy, nn } = jax;
  switch (kind) {
    case 'matmul': {
      const turned = (x: JaxArray, isTransposed: boolean): JaxArray => (isTransposed ? x.transpose() : x);
      const [ofA, ofB] = [settings['transposeA'] === 1, settings['transposeB'] === 1];
      return results(jax, arrays(jax, inputs), ({ a, b }) => ({ y: numpy.matmul(turned(a!, ofA), turned(b!, ofB)) }));
    }
    case 'convolution':
    case 'convolution-gradients':
      return results(jax, arrays(jax, inputs), (all) => convolution(jax, task, all), false);
    case 'chain':
      return results(jax, arrays(jax, inputs), ({ x }) => ({ y: nn.gelu(x!.mul(1.5).add(0.25)).mul(0.75) }));
    case 'sum':
      return results(jax, arrays(jax, inputs), ({ x }) => ({ y: x!.sum(settings['axis']) }));
    case 'softmax':
      return results(jax, arrays(jax, inputs), ({ x }) => ({ y: nn.softmax(x!, -1) }));
    case 'layer-norm':
      return results(jax, arrays(jax, inputs), ({ x, g, b }) => ({ y: layerNorm(jax, x!, g!, b!) }));
    case 'mlp-step':
      return training(jax, inputs, 10, mlp);
    case 'lenet-step':
      return training(jax, inputs, 10, lenet);
    case 'lstm-step':
      return training(jax, inputs, inputs['wo']!.shape[1]!, lstm);
    case 'block-step':
      return training(jax, inputs, inputs['x']!.shape[2]!, (_, weights, x) =>
        rows(transformerBlock(jax, settings['heads']!, { ...weights, x })));
    case 'adam':
      return update(jax, inputs);
    case 'block':
      return results(jax, arrays(jax, inputs), (all) => ({ y: transformerBlock(jax, settings['heads']!, all) }));
    case 'block-gradients':
      return results(jax, arrays(jax, inputs), (all) => blockGradients(jax, settings['heads']!, all));
    case 'adds':
      return adds(settings['count']!, arrays(jax, inputs));
  }
}

function array({ numpy }: Jax, { data, shape }: Elements): JaxArray {
  return numpy.array(data, { shape });
}

function arrays(jax: Jax, inputs: Inputs): JaxArrays {
  return Object.fromEntries(Object.entries(inputs).map(([name, elements]) => [name, array(jax, elements)]));
}

async function readAll(found: JaxArrays): Promise<Record<string, Float32Array>> {
  const read: Record<string, Float32Array> = {};
  for (const [name, x] of Object.entries(found)) read[name] = await x.data();
  return read;
}

function results(jax: Jax, given: JaxArrays, fn: (all: JaxArrays) => JaxArrays, isJit = true): Runner {
  const compiled = isJit ? jax.jit(fn) : fn;
  const once = async (): Promise<JaxArrays> => {
    const found = compiled(jax.tree.ref(given));
    await jax.blockUntilReady(found);
    return found;
  };
  return {
    run: async () => {
      jax.tree.dispose(await once());
    },
    queue: () => {
      jax.tree.dispose(compiled(jax.tree.ref(given)));
    },
    outputs: async () => readAll(await once()),
    dispose: () => {
      jax.tree.dispose(given);
    },
  };
}

function convolution(jax: Jax, { kind, settings }: Task, { x, w, dy }: JaxArrays): JaxArrays {
  const { padding, stride, groups } = settings as { padding: number; stride: number; groups: number };
  const apply = (image: JaxArray, filter: JaxArray): JaxArray => {
    const border = [padding, padding];
    return jax.lax.convGeneralDilated(image, filter, [stride, stride], [border, border], { featureGroupCount: groups });
  };
  if (kind === 'convolution') return { y: apply(x!, w!) };
  const [y, pullBack] = jax.vjp(apply, [x!, w!]);
  const [dx, dw] = pullBack(dy!) as [JaxArray, JaxArray];
  pullBack.dispose?.();
  return { y, dx, dw };
}

function blockGradients(jax: Jax, heads: number, { dy, ...all }: JaxArrays): JaxArrays {
  const names = Object.keys(all);
  const apply = (...values: JaxArray[]): JaxArray =>
    transformerBlock(jax, heads, Object.fromEntries(names.map((name, i) => [name, values[i]!])));
  const [y, pullBack] = jax.vjp(apply, names.map((name) => all[name]!));
  const gradients = pullBack(dy!);
  pullBack.dispose?.();
  return { y, ...Object.fromEntries(gradients.map((gradient, i) => [`d${names[i]!}`, gradient])) };
}

type Net = (jax: Jax, weights: JaxArrays, x: JaxArray) => JaxArray;

type State = readonly [weights: JaxArrays, means: JaxArrays, squares: JaxArrays];

/** Adam by hand: the package has no optimisers. `first` and `second` correct the moments. */
function moved({ numpy, tree }: Jax, [weights, means, squares]: State, gradients: JaxArrays, first: JaxArray, second: JaxArray): State {
  const nextMeans = tree.map((m, g) => m.mul(0.9).add(g.mul(0.1)), means, tree.ref(gradients));
  const nextSquares = tree.map((v, g) => v.mul(0.999).add(numpy.square(g).mul(0.001)), squares, gradients);
  const move = (w: JaxArray, m: JaxArray, v: JaxArray): JaxArray => {
    const scale = numpy.sqrt(v.mul(second.ref)).add(1e-8);
    return w.sub(m.mul(first.ref).div(scale).mul(1e-3));
  };
  const nextWeights = tree.map(move, weights, tree.ref(nextMeans), tree.ref(nextSquares));
  first.dispose();
  second.dispose();
  return [nextWeights, nextMeans, nextSquares];
}

/** What the moments are divided by after so many steps, as factors. */
function corrections({ numpy }: Jax, steps: number): readonly [JaxArray, JaxArray] {
  return [numpy.array(1 / (1 - 0.9 ** steps)), numpy.array(1 / (1 - 0.999 ** steps))];
}

function update(jax: Jax, { x, g }: Inputs): Runner {
  const { tree, numpy } = jax;
  const gradients = { x: array(jax, g!) };
  const jitted = jax.jit((state: State, given: JaxArrays, first: JaxArray, second: JaxArray) => moved(jax, state, given, first, second));
  const zeros = (): JaxArrays => tree.map((a) => numpy.zerosLike(a.ref), gradients);
  let state: State = [{ x: array(jax, x!) }, zeros(), zeros()];
  let steps = 0;
  const queue = (): void => {
    state = jitted(state, tree.ref(gradients), ...corrections(jax, ++steps));
  };
  return {
    run: async () => {
      queue();
      await jax.blockUntilReady(state);
    },
    queue,
    outputs: async () => {
      queue();
      return { y: await state[0]['x']!.ref.data() };
    },
    dispose: () => {
      tree.dispose([...state, gradients]);
    },
  };
}

/** All but the last axis as one. */
function rows(x: JaxArray): JaxArray {
  return x.reshape([x.shape.slice(0, -1).reduce((a, b) => a * b, 1), x.shape.at(-1)!]);
}

function training(jax: Jax, inputs: Inputs, classes: number, net: Net): Runner {
  const { numpy, nn, tree } = jax;
  const { x: pictures, y: labels, ...given } = inputs;
  const x = array(jax, pictures!);
  const count = labels!.data.length;
  const encoded = new Float32Array(count * classes);
  labels!.data.forEach((label, i) => (encoded[i * classes + label] = 1));
  const targets = numpy.array(encoded, { shape: [count, classes] });
  const lossOf = (weights: JaxArrays, input: JaxArray, wanted: JaxArray): JaxArray =>
    nn.logSoftmax(net(jax, weights, input)).mul(wanted).sum().mul(-1 / count);
  const jitted = jax.jit(([weights, means, squares]: State, input: JaxArray, wanted: JaxArray, first: JaxArray, second: JaxArray) => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(tree.ref(weights), input, wanted);
    const next = moved(jax, [weights, means, squares], gradients, first, second);
    return { state: next, loss };
  });
  const weights = arrays(jax, given);
  const zeros = (): JaxArrays => tree.map((w) => numpy.zerosLike(w.ref), weights);
  let state: State = [weights, zeros(), zeros()];
  let steps = 0;
  const once = async (): Promise<JaxArray> => {
    steps++;
    const next = jitted(state, x.ref, targets.ref, ...corrections(jax, steps));
    await jax.blockUntilReady(next);
    state = next.state;
    return next.loss;
  };
  return {
    run: async () => {
      await (await once()).data();
    },
    outputs: async () => ({ loss: await (await once()).data() }),
    dispose: () => {
      tree.dispose([...state, x, targets]);
      jitted.dispose?.();
    },
  };
}

/** Waits after every addition: ops that are queued without waiting cost it many times as much. */
function adds(count: number, { x, one }: JaxArrays): Runner {
  const once = async (): Promise<Float32Array> => {
    let y = x!.ref;
    for (let i = 0; i < count; i++) {
      y = y.add(one!.ref);
      await y.blockUntilReady();
    }
    return y.data();
  };
  return {
    run: async () => {
      await once();
    },
    outputs: async () => ({ y: await once() }),
  };
}
