import { use, manualSeed } from '@cotangent/tensor';
import { backward } from '@cotangent/autodiff';
import { Adam, oneCycleLR, Scheduler } from '@cotangent/optimizers';
import { crossEntropy } from '@cotangent/layers';
import { DataLoader, randomShift } from '@cotangent/data';
import { makeBackend } from './src/backend.ts';
import { LeNet5 } from './src/model.ts';
import { loadDigits } from './src/data.ts';
const [backend, seeds, epochs, lr, px, bs, pct, data] = process.argv.slice(2);
await use(await makeBackend(backend as 'cpu'));
const accs: number[] = [];
for (const s of seeds!.split(',').map(Number)) {
  const t0 = performance.now();
  manualSeed(s);
  const d = await loadDigits(data, s);
  const model = new LeNet5();
  const E = Number(epochs);
  const loader = new DataLoader(d.train, { batchSize: Number(bs), shuffle: true, seed: s, transform: ({ x, y }, r) => ({ x: randomShift(x, Number(px), r, d.paper), y }) });
  const opt = new Adam(model.parameters(), { lr: Number(lr) });
  const sch = new Scheduler(opt, oneCycleLR({ maxLr: Number(lr), totalSteps: E * loader.length, pctStart: Number(pct) }));
  const test = async (part: any) => { let ok = 0; for await (const { x, y } of new DataLoader(part, { batchSize: 200 })) { const p = await model.forward(x).data(); const l = await y.data(); for (let i = 0; i < l.length; i++) { let b = 0; for (let k = 1; k < 10; k++) if (p[i*10+k]! > p[i*10+b]!) b = k; if (b === l[i]) ok++; } } return 100 * ok / part.length; };
  for (let e = 0; e < E; e++) {
    let n = 0; let first = 0; const te = performance.now();
    for await (const { x, y } of loader as any) {
      const loss = crossEntropy(model.forward(x), y);
      opt.step(backward(loss)); sch.step();
      if (n++ % 20 === 0) { const v = await loss.item(); if (e === 0 && n === 1) first = v as number; }
    }
    if (e < 2 || data) console.log('epoch', e, 'ms/step', ((performance.now() - te) / n).toFixed(2), data ? await test(d.test) : '');
  }
  const a = await test(d.test); accs.push(a);
  console.log(backend, 'seed', s, 'dev', (await test(d.dev)).toFixed(2), 'test', a.toFixed(2), 'train', (await test(d.train)).toFixed(2), ((performance.now() - t0) / 1000).toFixed(1), 's');
}
console.log('MEAN', (accs.reduce((a, b) => a + b) / accs.length).toFixed(3), process.argv.slice(2).join(' '));
