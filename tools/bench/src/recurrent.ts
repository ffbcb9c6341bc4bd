/** Training steps of an LSTM classifier: planning, replaying, and sequences of ever new lengths. */
import { performance } from 'node:perf_hooks';
import { backward } from '@cotangent/autodiff';
import { crossEntropy, Linear, LSTM } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { compile, memory, randint, randn, tensor, type Backend, type Tensor } from '@cotangent/tensor';
import { inBackend, kernelTime } from './inside';
import { BOTH, ready, type Cells, type Place, type Seen, type Workload } from './run';
import { median } from './statistics';

const [BATCH, STEPS, INPUT, HIDDEN, CLASSES] = [32, 64, 64, 128, 64] as const;
const NAME = `LSTM ${INPUT}-${HIDDEN}-${CLASSES}, batch ${BATCH}, ${STEPS} steps, Adam`;
/** Forward and both gradients of the two products of each step. */
const FLOPS = 6 * BATCH * STEPS * 4 * HIDDEN * (INPUT + HIDDEN);
const LENGTHS = 100;

/** The step on [time, batch, input] with one class per sequence, read from the last output. */
function classifier(): (x: Tensor, y: Tensor) => Tensor {
  const lstm = new LSTM(INPUT, HIDDEN);
  const head = new Linear(HIDDEN, CLASSES);
  const optimizer = new Adam([...lstm.parameters(), ...head.parameters()], { lr: 1e-3 });
  return (x, y) => {
    const [outputs] = lstm.forward(x);
    const loss = crossEntropy(head.forward(outputs.index(-1)), y);
    optimizer.step(backward(loss));
    return loss;
  };
}

const firstStep: Workload = {
  name: `plan: ${NAME}`,
  places: BOTH,
  build: async (backend) => {
    const step = classifier();
    const [x, y] = [await ready(randn([STEPS, BATCH, INPUT])), await ready(randint(0, CLASSES, [BATCH]))];
    const run = (): { ms: number; backend: number } => inBackend(backend!, () => void step(x, y).itemSync());
    const first = run();
    const replays = Array.from({ length: 5 }, run);
    const replay = median(replays.map(({ ms }) => ms));
    const own = first.ms - first.backend - median(replays.map((r) => r.ms - r.backend));
    const ms = first.ms - replay;
    return {
      ms,
      report: () => ({
        value: ms,
        unit: 'ms',
        ratios: [{ to: 'replay', ratio: ms / replay }],
        limit: { most: 300 },
        note: `the first step less a replay; ${own.toFixed(0)} ms of it recording and planning`,
      }),
    };
  },
};

function replay(kind: 'plain' | 'compiled'): Workload {
  return {
    name: `step: ${NAME}: ${kind}`,
    places: BOTH,
    build: async (backend) => {
      const step = kind === 'compiled' ? compile(classifier()) : classifier();
      const [x, y] = [await ready(randn([STEPS, BATCH, INPUT])), await ready(randint(0, CLASSES, [BATCH]))];
      const run = (): void => void step(x, y).itemSync();
      const kernels: number[] = [];
      return {
        once: () => {
          const start = performance.now();
          run();
          const ms = performance.now() - start;
          kernels.push(kernelTime(backend!, run));
          return ms;
        },
        report: (ms: number, seen: Seen): Cells => {
          // The last half: the first calls ran before the kernels were optimised.
          const inKernels = median(kernels.slice(kernels.length >> 1));
          return {
            value: ms / inKernels,
            unit: 'x kernels',
            ratios: [{ to: 'roof', ratio: FLOPS / (ms * 1e6) / seen.gflops }],
            limit: { most: 1.3 },
            note: `kernels ${inKernels.toFixed(1)} ms`,
          };
        },
      };
    },
  };
}

/** Planning does not depend on the batch; a small one keeps slow backends from computing for minutes. */
function newLengths(place: Place, batch: number): Workload {
  return {
    name: `plan: LSTM ${INPUT}-${HIDDEN}-${CLASSES}, batch ${batch}, a new length`,
    places: [place],
    build: async (backend) => {
      const step = classifier();
      const lengths = shuffled(Array.from({ length: LENGTHS + 10 }, (_, i) => 8 + i));
      const costs: { readonly ms: number; readonly own: number }[] = [];
      let plans = 0;
      for (const length of lengths) {
        const run = (): { ms: number; own: number } => planning(backend!, step, length, batch);
        const [first, again] = [run(), run()];
        costs.push({ ms: first.ms - again.ms, own: first.own - again.own });
        plans = Math.max(plans, memory().plans);
      }
      const counted = costs.slice(-LENGTHS); // those before warmed up
      const ms = median(counted.map((cost) => cost.ms));
      const own = median(counted.map((cost) => cost.own));
      const worst = Math.max(...counted.map((cost) => cost.own));
      return {
        ms,
        report: () => ({
          value: ms,
          unit: 'ms',
          limit: { most: 5 },
          note: `median of ${LENGTHS}; ${own.toFixed(2)} recording and planning (at most ${worst.toFixed(2)}); at most ${plans} plans cached`,
        }),
      };
    },
  };
}

/** A step on new tensors. */
function planning(backend: Backend, step: (x: Tensor, y: Tensor) => Tensor, length: number, batch: number): { ms: number; own: number } {
  const elements = Float32Array.from({ length: length * batch * INPUT }, (_, k) => Math.sin(length + k));
  const x = tensor(elements, { shape: [length, batch, INPUT] });
  const y = tensor(Int32Array.from({ length: batch }, (_, i) => i % CLASSES));
  const { ms, backend: inside } = inBackend(backend, () => void step(x, y).itemSync());
  return { ms, own: ms - inside };
}

function shuffled(list: readonly number[]): number[] {
  const result = [...list];
  let state = 1;
  for (let i = result.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

export const RECURRENT: readonly Workload[] = [
  firstStep, replay('plain'), replay('compiled'), newLengths('wasm', BATCH), newLengths('cpu', 4),
];
