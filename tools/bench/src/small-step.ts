/** A training step so small that everything but arithmetic counts: plain, compiled, unfused, and by hand. */
import { backward } from '@cotangent/autodiff';
import { crossEntropy, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { compile, rand, randint, type Tensor } from '@cotangent/tensor';
import { BOTH, ready, UNFUSED, type Cells, type Seen, type Workload } from './run';
import { StraightMlp, type StraightLayer } from './straight-mlp';

const BATCH = 32;
const NAME = 'step: MLP 8-32-32-10, batch 32, Adam';
const STRAIGHT = `${NAME}: straight JS loops`;
const UNFUSED_NAME = `${NAME}: plain, unfused`;
const FLOPS = 6 * BATCH * (8 * 32 + 32 * 32 + 320);

export function tinyMlp(): Sequential {
  return new Sequential(new Linear(8, 32), new ReLU(), new Linear(32, 32), new ReLU(), new Linear(32, 10));
}

/** The same network with the same weights, by hand. */
export async function straightCopy(model: Sequential, batch: number): Promise<StraightMlp> {
  const arrays = await Promise.all([...model.parameters()].map(async (p) => (await p.data()) as Float32Array));
  const layers: StraightLayer[] = [];
  for (let i = 0; i < arrays.length; i += 2) layers.push({ weight: arrays[i]!, bias: arrays[i + 1]! });
  return new StraightMlp(layers, batch);
}

function uniform(length: number): Float32Array {
  return Float32Array.from({ length }, () => Math.random() - 0.5);
}

function step(kind: 'plain' | 'compiled' | 'plain, unfused', limit?: number): Workload {
  const isUnfused = kind === 'plain, unfused';
  return {
    name: `${NAME}: ${kind}`,
    places: BOTH,
    needs: isUnfused ? [STRAIGHT] : [STRAIGHT, UNFUSED_NAME],
    build: async () => {
      const model = tinyMlp();
      const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
      const x = await ready(rand([BATCH, 8]));
      const y = await ready(randint(0, 10, [BATCH]));
      const train = (input: Tensor, target: Tensor): Tensor => {
        const loss = crossEntropy(model.forward(input), target);
        optimizer.step(backward(loss));
        return loss;
      };
      const run = kind === 'compiled' ? compile(train) : train;
      return {
        once: () => void run(x, y).itemSync(),
        ...(isUnfused ? { planner: UNFUSED } : {}),
        report: (ms: number, seen: Seen): Cells => {
          const ratios = [{ to: 'straight JS', ratio: ms / seen.ms(STRAIGHT) }];
          if (!isUnfused) ratios.push({ to: 'unfused', ratio: ms / seen.ms(UNFUSED_NAME) });
          return { value: ms, unit: 'ms', ratios, ...(limit === undefined ? {} : { limit: { most: limit } }) };
        },
      };
    },
  };
}

const straight: Workload = {
  name: STRAIGHT,
  places: ['js'],
  build: () => {
    const sizes = [8, 32, 32, 10];
    const layers = sizes.slice(1).map((outputs, l) => ({ weight: uniform(outputs * sizes[l]!), bias: uniform(outputs) }));
    const mlp = new StraightMlp(layers, BATCH);
    const x = uniform(BATCH * 8);
    const y = Int32Array.from({ length: BATCH }, (_, i) => i % 10);
    return Promise.resolve({
      once: () => {
        if (!(mlp.step(x, y) < 100)) throw new Error('The loss is wrong.');
      },
      report: (ms: number, seen: Seen): Cells => ({
        value: ms, unit: 'ms', ratios: [{ to: 'roof', ratio: FLOPS / (ms * 1e6) / seen.gflops }],
      }),
    });
  },
};

export const SMALL_STEP: readonly Workload[] = [straight, step('plain', 0.4), step('compiled', 0.15), step('plain, unfused')];
