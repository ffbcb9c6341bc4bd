/** What docs/debugging.md shows: `pnpm reproduce debugging [--backend cpu|wasm] [--html step.html]`. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { crossEntropy, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { debug, explain, manualSeed, memory, numericsCheck, randint, randn, timeline, use, type Tensor } from '@cotangent/tensor';

const { values } = parseArgs({ options: { backend: { type: 'string', default: 'wasm' }, html: { type: 'string' } } });
await use(values.backend === 'cpu' ? cpu() : wasm());
manualSeed(1);

const model = new Sequential(new Linear(8, 32), new ReLU(), new Linear(32, 32), new ReLU(), new Linear(32, 10));
const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
const step = (x: Tensor, y: Tensor): Tensor => {
  const loss = crossEntropy(model.forward(x), y);
  optimizer.step(backward(loss));
  return loss;
};
const x = randn([32, 8]);
const y = randint(0, 10, [32]);
await Promise.all([x.data(), y.data()]);
step(x, y); // the first step also initialises weights and state

console.log(`explain(() => step(x, y))\n${String(explain(() => step(x, y)))}\n`);

// Twenty steps unseen, then one to see: engines compile what runs often.
const print = (text: string): void => console.log(text);
debug({ time: true, print: () => undefined });
for (let i = 0; i < 20; i++) step(x, y);
debug({ time: true, print });
step(x, y);
debug({});

console.log(`\nmemory()\n${String(memory())}\n`);

try {
  numericsCheck(() => step(x.sub(1e30).exp().log(), y), { infinity: true });
} catch (error) {
  console.log(`numericsCheck\n${String(error)}`);
}

if (values.html !== undefined) writeFileSync(values.html, await timeline(() => step(x, y), { title: 'One step of an MLP', warmup: 20 }));
