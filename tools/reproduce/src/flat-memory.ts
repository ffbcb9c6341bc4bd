/**
 * A user's own loop over many small training steps, nothing disposed: does memory stay flat?
 *
 * `pnpm reproduce flat-memory [--steps 10000] [--mode async|sync] [--compiled] [--kept 0] [--numbers typed|plain]
 * [--backend wasm|cpu] [--seed 1]` prints the resident set and `memory()` at every tenth of the run, and fails when memory grows.
 *
 * The loss of every step is read (`await loss.item()`, or `loss.itemSync()` with `--mode sync`) and kept as a number of 8 bytes:
 * in a typed array that exists before the loop, or in a plain one that grows. With `--kept n`, n more steps follow whose loss
 * tensors are kept in an array and not read until the end.
 */
import { parseArgs } from 'node:util';
import { backward } from '@cotangent/autodiff';
import { crossEntropy, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { compile, manualSeed, memory, tensor, use, type Tensor } from '@cotangent/tensor';
import { backendNamed, oneOf, wholeNumber } from './shared/options';
import { collect, MB, Tenths, verdict } from './shared/rss';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    steps: { type: 'string', default: '10000' },
    mode: { type: 'string', default: 'async' },
    compiled: { type: 'boolean', default: false },
    kept: { type: 'string', default: '0' },
    numbers: { type: 'string', default: 'typed' },
    seed: { type: 'string', default: '1' },
  },
});
const steps = wholeNumber('steps', values.steps, 10);
const kept = wholeNumber('kept', values.kept, 0);
const seed = wholeNumber('seed', values.seed, 0);
const mode = oneOf('mode', values.mode, ['sync', 'async']);
const numbers = oneOf('numbers', values.numbers, ['typed', 'plain']);
const { compiled } = values;
const backend = await use(backendNamed(values.backend));
manualSeed(seed);

/** What the engine may hold more of in a second half: compiled code, profiles. */
const ALLOWED = MB;
/** By how much the engine's young generation comes and goes between two looks. */
const ALLOWED_RSS = 48 * MB;
const ALLOWED_PER_LOSS = 1024;

const model = new Sequential(new Linear(8, 32), new ReLU(), new Linear(32, 32), new ReLU(), new Linear(32, 10));
const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
function train(x: Tensor, y: Tensor): Tensor {
  const loss = crossEntropy(model.forward(x), y);
  optimizer.step(backward(loss));
  return loss;
}
const step = compiled ? compile(train) : train;

/** The loss of step i, on a batch of its own. */
function lossOf(i: number): Tensor {
  const inputs = new Float32Array(256);
  const classes = new Int32Array(32);
  for (let k = 0; k < 256; k++) inputs[k] = Math.sin(i + k);
  for (let k = 0; k < 32; k++) classes[k] = (i + k) % 10;
  return step(tensor(inputs, { shape: [32, 8] }), tensor(classes));
}

console.log(
  `${steps} steps of an MLP 8-32-32-10, batch 32, Adam; ${backend.name}, ${compiled ? 'compiled' : 'plain'} step, ${mode} reads, ${numbers} array, seed ${seed}`,
);
// A large typed array is resident only where it was written to, so it is written to.
const losses: Float64Array | number[] = numbers === 'typed' ? new Float64Array(steps).fill(0) : [];
const tenths = new Tenths(steps, true);
const start = performance.now();
for (let i = 0; i < steps; i++) {
  const loss = lossOf(i);
  const number = mode === 'sync' ? loss.itemSync() : await loss.item();
  losses[i] = number;
  const rss = tenths.at(i + 1);
  if (rss !== undefined) console.log(`step ${i + 1}: RSS ${(rss / MB).toFixed(1)} MB; ${String(memory())}; loss ${number.toFixed(4)}`);
}
const milliseconds = (performance.now() - start) / steps;
const [rss, live] = [tenths.growth(), tenths.liveGrowth()];
// A plain array of doubles grows by half, and its last copies stay until they are collected.
const allowed = ALLOWED + (numbers === 'plain' ? 3 * 8 * steps : 0);

if (kept > 0) keepLosses();
verdict(
  live <= allowed && rss <= ALLOWED_RSS,
  `the second half exceeds what was before it by ${(live / MB).toFixed(2)} MB of live memory (allowed ${(allowed / MB).toFixed(0)}) and ` +
    `${(rss / MB).toFixed(1)} MB of RSS (allowed ${ALLOWED_RSS / MB}); ${milliseconds.toFixed(3)} ms a step`,
);

/** Keeps loss tensors without reading them. Each holds its number; none may hold the graph that made it. */
function keepLosses(): void {
  // Some are kept and dropped first: V8 enlarges its young generation (by up to 16 MB) once when many objects survive.
  let tensors: Tensor[] = [];
  for (let i = 0; i < Math.min(kept, 10_000); i++) tensors.push(lossOf(i));
  tensors = [];
  collect();
  const { rss: before, heapUsed, external } = process.memoryUsage();
  for (let i = 0; i < kept; i++) tensors.push(lossOf(steps + i));
  const uncollected = (process.memoryUsage.rss() - before) / kept;
  collect();
  const after = process.memoryUsage();
  const perLoss = (after.rss - before) / kept;
  const live = (after.heapUsed + after.external - heapUsed - external) / kept;
  const graphs = tensors.filter(({ node }) => node.inputs.length > 0).length;
  const isRead = tensors.every((loss) => Number.isFinite(loss.itemSync()));
  // Both: the resident set may shrink back into pages that were there already.
  const isFine = Math.max(perLoss, live) < ALLOWED_PER_LOSS && graphs === 0 && isRead;
  verdict(
    isFine,
    `${kept} kept losses: ${perLoss.toFixed(0)} bytes of RSS each (allowed ${ALLOWED_PER_LOSS}; before collecting ${uncollected.toFixed(0)}), ${live.toFixed(0)} bytes live, ` +
      `${graphs} hold a graph; ${String(memory())}`,
  );
}
