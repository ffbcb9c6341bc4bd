/**
 * Sequences of ever new lengths: does the plan cache stay bounded, memory flat, and what does planning a new length cost?
 *
 * `pnpm reproduce lengths [--lengths 500] [--batch 32] [--compiled] [--backend wasm|cpu] [--seed 1]` trains an LSTM (input 64,
 * hidden 128, 64 classes) on lengths 1, 2, 3, ... in random order, two steps each on new tensors. What the first step takes beyond
 * the second is planning; the part inside the backend is compiling kernels that it has not seen, and running on memory not yet
 * touched. The resident set is that after a full collection.
 */
import { parseArgs } from 'node:util';
import { backward } from '@cotangent/autodiff';
import { crossEntropy, Linear, LSTM } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { compile, Generator, manualSeed, memory, randperm, tensor, use, type Tensor } from '@cotangent/tensor';
import { backendNamed, wholeNumber } from './shared/options';
import { MB, Tenths, verdict } from './shared/rss';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    lengths: { type: 'string', default: '500' },
    batch: { type: 'string', default: '32' },
    compiled: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
const count = wholeNumber('lengths', values.lengths, 10);
const batch = wholeNumber('batch', values.batch, 1);
const seed = wholeNumber('seed', values.seed, 0);
const backend = await use(backendNamed(values.backend));
manualSeed(seed);

const MAX_PLANS = 64;
const [INPUT, HIDDEN, CLASSES] = [64, 128, 64];
/** Plans and arenas differ by length, so the resident set moves with the lengths drawn last. */
const ALLOWED = 8 * MB;

const lstm = new LSTM(INPUT, HIDDEN);
const head = new Linear(HIDDEN, CLASSES);
const optimizer = new Adam([...lstm.parameters(), ...head.parameters()], { lr: 1e-3 });
function train(x: Tensor, y: Tensor): Tensor {
  const [outputs] = lstm.forward(x);
  const loss = crossEntropy(head.forward(outputs.index(-1)), y);
  optimizer.step(backward(loss));
  return loss;
}
// Every length is a recording of its own: that is what is looked at, so no warning and no check.
const step = values.compiled ? compile(train, { check: false }) : train;

/** Milliseconds inside the backend so far. */
let inside = 0;
const run = backend.run.bind(backend);
backend.run = (plan, inputs) => {
  const start = performance.now();
  const outputs = run(plan, inputs);
  inside += performance.now() - start;
  return outputs;
};

interface Cost {
  readonly all: number;
  readonly own: number;
}

/** A step on sequences of this length. */
function timed(length: number): Cost {
  const elements = Float32Array.from({ length: length * batch * INPUT }, (_, k) => Math.sin(length + k));
  const x = tensor(elements, { shape: [length, batch, INPUT] });
  const y = tensor(Int32Array.from({ length: batch }, (_, i) => i % CLASSES));
  const [start, before] = [performance.now(), inside];
  const loss = step(x, y).itemSync();
  if (!Number.isFinite(loss)) throw new Error(`The loss is ${loss}.`);
  const all = performance.now() - start;
  return { all, own: all - (inside - before) };
}

const order = (await randperm(count, { generator: new Generator(seed) }).data()) as Int32Array;
const tenths = new Tenths(count, true);
const costs: Cost[] = [];
let plans = 0;
console.log(`${count} lengths from 1 to ${count}, LSTM ${INPUT}-${HIDDEN}-${CLASSES}, batch ${batch}; ${backend.name}, seed ${seed}`);
for (let i = 0; i < count; i++) {
  const length = order[i]! + 1;
  const [first, second] = [timed(length), timed(length)];
  costs.push({ all: first.all - second.all, own: first.own - second.own });
  plans = Math.max(plans, memory().plans);
  const rss = tenths.at(i + 1);
  if (rss !== undefined) console.log(`${i + 1} lengths: RSS ${(rss / MB).toFixed(1)} MB; ${String(memory())}`);
}

const warm = costs.slice(Math.floor(count / 10));
function spread(part: keyof Cost): string {
  const sorted = warm.map((cost) => cost[part]).sort((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1]!.toFixed(2)} ms, largest ${sorted.at(-1)!.toFixed(2)} ms`;
}
console.log(`a new length, after the first tenth: recording and planning ${spread('own')}; with the backend ${spread('all')}`);
const growth = tenths.growth();
verdict(plans <= MAX_PLANS, `at most ${plans} plans cached (allowed ${MAX_PLANS})`);
verdict(growth <= ALLOWED, `RSS of the second half exceeds that before it by ${(growth / MB).toFixed(2)} MB (allowed ${ALLOWED / MB})`);
