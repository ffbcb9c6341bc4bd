/** Compiled training steps give the bits that plain ones give. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { backward, GradientAccumulator } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { BatchNorm1d, crossEntropy, Dropout, Linear, LSTM, Module, ReLU, Sequential } from '@cotangent/layers';
import { Adam, clipGradNorm, Scheduler, SGD, stepLR } from '@cotangent/optimizers';
import {
  compile, Generator, keep, manualSeed, noGrad, rand, randint, randn, use, variable, zeros, type Backend, type Tensor,
} from '../index';

const BATCH = 12;

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Equal batches of random data, the last one short. */
function batches(count: number): Batch[] {
  const generator = new Generator(99);
  return Array.from({ length: count }, (_, i) => {
    const n = i === count - 1 ? 5 : BATCH;
    return { x: randn([n, 8], { generator }), y: randint(0, 4, [n], { generator }) };
  });
}

const mlp = (): Sequential => new Sequential(new Linear(8, 16), new ReLU(), new Linear(16, 16), new ReLU(), new Linear(16, 4));

class Noisy extends Module {
  first = new Linear(8, 16);
  norm = new BatchNorm1d(16);
  drop = new Dropout(0.3);
  last = new Linear(16, 4);
  forward(x: Tensor): Tensor {
    return this.last.forward(this.drop.forward(this.norm.forward(this.first.forward(x)).relu()));
  }
}

type Wrap = <A extends unknown[], R>(fn: (...args: A) => R) => (...args: A) => R;
type Task = (wrap: Wrap) => AsyncGenerator<Tensor>;

/** All numbers a task gives, with everything seeded alike. */
async function numbers(task: Task, wrap: Wrap): Promise<number[][]> {
  manualSeed(17);
  const all: number[][] = [];
  for await (const t of task(wrap)) all.push([...(await t.data())]);
  all.push([...(await rand([3]).data())]); // as many draws have been made
  return all;
}

function* stateOf(...parts: { stateDict(): Record<string, unknown> }[]): Generator_<Tensor> {
  for (const part of parts) for (const value of Object.values(part.stateDict())) if (isValue(value)) yield value;
}
type Generator_<T> = globalThis.Generator<T>;
const isValue = (x: unknown): x is Tensor => typeof x === 'object' && x !== null && 'node' in x;

const tasks: Record<string, Task> = {
  'an MLP with Adam, short last batch': async function* (wrap) {
    const model = mlp();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    const step = wrap(({ x, y }: Batch) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return { loss };
    });
    for (let epoch = 0; epoch < 3; epoch++) for (const batch of batches(4)) yield step(batch).loss;
    yield* stateOf(model, optimizer);
  },
  'dropout and batch normalisation': async function* (wrap) {
    const model = new Noisy();
    const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    for (const { x, y } of batches(6)) yield step(x, y);
    yield* stateOf(model, optimizer);
  },
  'model.eval() between calls': async function* (wrap) {
    const model = new Noisy();
    const optimizer = new Adam(model.parameters());
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    const predict = wrap((x: Tensor) => model.forward(x));
    for (const { x, y } of batches(5)) {
      yield step(x, y);
      model.eval();
      yield noGrad(() => predict(x));
      yield step(x, y); // in evaluation mode: no draws, statistics as they are
      model.train();
      yield predict(x);
    }
    yield* stateOf(model, optimizer);
  },
  'gradients accumulated over batches in one step, and clipped': async function* (wrap) {
    const model = mlp();
    const optimizer = new Adam(model.parameters());
    const step = wrap((parts: readonly Batch[]) => {
      const total = new GradientAccumulator();
      const losses = parts.map(({ x, y }) => {
        const loss = crossEntropy(model.forward(x), y);
        total.accumulate(backward(loss));
        return loss;
      });
      const { grads, norm } = clipGradNorm(total.gradients({ mean: true }), 0.5);
      optimizer.step(grads);
      return { losses, norm };
    });
    for (let i = 0; i < 3; i++) {
      const { losses, norm } = step(batches(3));
      yield norm;
      yield* losses;
    }
    yield* stateOf(model, optimizer);
  },
  'gradients accumulated over calls': async function* (wrap) {
    const model = mlp();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const sums = model.parameters().map((p) => variable(zeros(p.shape)));
    const add = wrap(({ x, y }: Batch) => {
      const loss = crossEntropy(model.forward(x), y);
      const grads = backward(loss);
      model.parameters().forEach((p, i) => {
        sums[i]!.update(sums[i]!.add(grads.get(p) as Tensor));
      });
      return loss;
    });
    const apply = wrap(() => {
      const total = keep(sums.map((s) => s.abs().sum()).reduce((a, b) => a.add(b)));
      model.parameters().forEach((p, i) => {
        p.assign(p.sub(sums[i]!.mul(0.1)));
        sums[i]!.assign(zeros(p.shape));
      });
      return total;
    });
    for (let i = 0; i < 3; i++) {
      for (const batch of batches(3)) yield add(batch);
      yield apply();
    }
    yield* stateOf(model, optimizer);
  },
  'parameters frozen and unfrozen between calls': async function* (wrap) {
    const model = mlp();
    const head = model.children()[4]!;
    const optimizer = new Adam(model.parameters());
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    for (const [i, { x, y }] of batches(8).entries()) {
      if (i % 4 === 1) head.freeze();
      if (i % 4 === 3) head.unfreeze();
      yield step(x, y);
    }
    yield* stateOf(model, optimizer);
  },
  'a parameter frozen before the optimiser is made': async function* (wrap) {
    const model = mlp();
    const head = model.children()[4]!.freeze();
    const optimizer = new Adam(model.parameters());
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    for (const [i, { x, y }] of batches(6).entries()) {
      if (i === 2) head.unfreeze(); // the optimiser makes arrays for it while the step is recorded
      yield step(x, y);
    }
    yield* stateOf(model, optimizer);
  },
  'a learning rate that changes between calls': async function* (wrap) {
    const model = mlp();
    const optimizer = new Adam(model.parameters(), { lr: 0.1 });
    const scheduler = new Scheduler(optimizer, stepLR({ stepSize: 2, gamma: 0.5 }));
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    for (const { x, y } of batches(7)) {
      yield step(x, y);
      scheduler.step();
    }
    optimizer.lr = 0.3;
    yield step(batches(2)[0]!.x, batches(2)[0]!.y);
    yield* stateOf(model, optimizer);
  },
  'two optimisers, the second step on the new weights, a compiled part inside': async function* (wrap) {
    const [body, head] = [new Linear(8, 16), new Linear(16, 4)];
    const [first, second] = [new Adam(body.parameters()), new SGD(head.parameters(), { lr: 0.1 })];
    const forward = wrap((x: Tensor) => head.forward(body.forward(x).tanh()));
    const step = wrap((x: Tensor, y: Tensor) => {
      first.step(backward(crossEntropy(forward(x), y)));
      const loss = crossEntropy(forward(x), y);
      second.step(backward(loss));
      return [loss, crossEntropy(forward(x), y)];
    });
    for (const { x, y } of batches(5)) yield* step(x, y);
    yield* stateOf(body, head, first, second);
  },
  'a recurrent net on sequences of several lengths': async function* (wrap) {
    const [rnn, head] = [new LSTM(8, 6, { batchFirst: true }), new Linear(6, 4)];
    const optimizer = new Adam([...rnn.parameters(), ...head.parameters()]);
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(head.forward(rnn.forward(x)[0].index(null, -1)), y);
      optimizer.step(backward(loss));
      return loss;
    });
    for (const [i, { x, y }] of batches(6).entries()) {
      const n = y.size;
      yield step(x.unsqueeze(1).expand(n, 3 + (i % 2), 8), y);
    }
    yield* stateOf(rnn, head, optimizer);
  },
  'checkpoints saved and restored between calls': async function* (wrap) {
    const model = mlp();
    const optimizer = new Adam(model.parameters());
    const step = wrap((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.step(backward(loss));
      return loss;
    });
    const data = batches(6);
    for (const { x, y } of data.slice(0, 3)) yield step(x, y);
    const saved = [model.stateDict(), optimizer.stateDict()] as const;
    for (const { x, y } of data.slice(3)) yield step(x, y);
    model.loadStateDict(saved[0]);
    optimizer.loadStateDict(saved[1]);
    for (const { x, y } of data.slice(3)) yield step(x, y);
    yield* stateOf(model, optimizer);
  },
};

const backends: Record<string, () => Backend> = { cpu: () => cpu(), wasm: () => wasm() };

describe.each(Object.keys(backends))('on %s, compiled steps give the same bits as plain ones:', (name) => {
  beforeEach(async () => {
    await use(backends[name]!());
  });

  it.each(Object.keys(tasks))('%s', async (task) => {
    const warn = vi.spyOn(console, 'warn');
    const plain = await numbers(tasks[task]!, (fn) => fn);
    // Recording again at every second call must not change anything either.
    for (const check of [false, 2] as const) {
      const compiled = await numbers(tasks[task]!, (fn) => compile(fn, { check }));
      expect(compiled).toEqual(plain);
    }
    expect(plain.flat().every(Number.isFinite)).toBe(true);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
