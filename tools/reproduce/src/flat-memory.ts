/**
 * A user's own loop over many small training steps, nothing disposed: does memory stay flat?
 *
 * `pnpm reproduce flat-memory [--backend cpu|wasm] [--steps 10000]` prints the resident set and the backend's heap at every tenth of
 * the run. The loss of every step is read and kept as a number.
 */
import { parseArgs } from 'node:util';
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { crossEntropy, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { manualSeed, tensor, use } from '@cotangent/tensor';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    steps: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
});
const steps = Number(values.steps);
const seed = Number(values.seed);
const backend = await use(values.backend === 'cpu' ? cpu() : wasm());
manualSeed(seed);

const model = new Sequential(new Linear(8, 32), new ReLU(), new Linear(32, 32), new ReLU(), new Linear(32, 10));
const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
const losses: number[] = [];
const start = performance.now();
const seen: number[] = [];
console.log(`seed ${seed}, backend ${backend.name}, ${steps} steps of an MLP 8-32-32-10, batch 32, Adam`);
for (let i = 0; i < steps; i++) {
  const x = tensor(
    Float32Array.from({ length: 256 }, (_, k) => Math.sin(i + k)),
    { shape: [32, 8] },
  );
  const y = tensor(Int32Array.from({ length: 32 }, (_, k) => (i + k) % 10));
  const loss = crossEntropy(model.forward(x), y);
  optimizer.step(backward(loss));
  losses.push(await loss.item());
  if ((i + 1) % Math.ceil(steps / 10) === 0) {
    const rss = process.memoryUsage.rss() / 2 ** 20;
    seen.push(rss);
    console.log(
      `step ${i + 1}: RSS ${rss.toFixed(1)} MB, backend heap ${(backend.stats().bytes / 2 ** 20).toFixed(2)} MB, loss ${losses[i]!.toFixed(4)}`,
    );
  }
}
const growth = Math.max(...seen.slice(5)) - Math.max(...seen.slice(1, 5));
console.log(
  `${((performance.now() - start) / steps).toFixed(3)} ms a step; RSS of the second half exceeds that of the first by ${growth.toFixed(1)} MB`,
);
