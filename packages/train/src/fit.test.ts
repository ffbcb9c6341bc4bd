import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { accuracy, confusionMatrix, crossEntropy, Dropout, Linear, mseLoss, Sequential } from '@cotangent/layers';
import { Adam, exponentialLR, SGD } from '@cotangent/optimizers';
import { ArgumentError, currentBackend, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit, sumOf, TrainingError, type Callback, type Progress, type ProgressState } from './index';
import { batch, bits, line, meanProduct, perceptron, spiralLoader, xor } from './testing/problems';

beforeAll(async () => {
  await use(cpu());
});

describe('fit', () => {
  it('learns exclusive or [R01]', async () => {
    const model = perceptron([2, 8, 2]);
    const optimizer = new Adam(model.parameters(), { lr: 0.05 });
    const history = await fit(model, { train: xor('classes'), loss: crossEntropy, optimizer, epochs: 120, metrics: { accuracy } });
    expect(history.stopped).toBe('finished');
    expect(history.epochs.length).toBe(120);
    expect(history.epochs.at(-1)!.loss).toBeLessThan(0.05);
    expect(history.epochs.at(-1)!.metrics['accuracy']).toBe(1);
  });

  it('learns exclusive or as a regression with momentum', async () => {
    const model = perceptron([2, 8, 1]);
    const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const history = await fit(model, { train: xor('numbers'), loss: mseLoss, optimizer, epochs: 300 });
    expect(history.epochs.at(-1)!.loss).toBeLessThan(0.01);
  });

  it('tells three spirals apart [R01]', async () => {
    const model = perceptron([2, 32, 3]);
    const optimizer = new Adam(model.parameters(), { lr: 0.03 });
    const history = await fit(model, {
      train: spiralLoader(40, 30),
      validation: spiralLoader(25, 75),
      loss: crossEntropy,
      optimizer,
      epochs: 100,
      metrics: [accuracy],
    });
    const { metrics, validation } = history.epochs.at(-1)!;
    expect(metrics['accuracy']).toBeGreaterThan(0.97);
    expect(validation!.metrics['accuracy']).toBeGreaterThan(0.95);
  }, 60_000);

  it('weighs the loss by batch size, so a short last batch counts less', async () => {
    const model = line(2);
    const optimizer = new SGD(model.parameters(), { lr: 0 });
    const history = await fit(model, {
      train: [batch(1, 2, 3), batch(10)],
      loss: meanProduct,
      optimizer,
      epochs: 1,
      metrics: { first: (output) => output.mean() },
    });
    expect(history.epochs[0]!.loss).toBe((2 * (1 + 2 + 3) + 20) / 4);
    expect(history.epochs[0]!.metrics['first']).toBe(8);
  });

  it('calls callbacks in their order and with the numbers of the moment [R32]', async () => {
    const calls: string[] = [];
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0.5 });
    const named = (name: string): Callback => ({
      onFitStart: ({ epochs }) => void calls.push(`${name} start ${epochs}`),
      onEpochStart: ({ epoch }) => void calls.push(`${name} epoch ${epoch}`),
      onBatchEnd: async ({ epoch, batch: b, batches, loss, meanLoss, step }) => {
        await Promise.resolve();
        calls.push(`${name} batch ${epoch}.${b}/${batches} step ${step} ${loss} ${meanLoss}`);
      },
      onEpochEnd: ({ record }) => void calls.push(`${name} end ${record.epoch} ${record.loss} ${record.validation!.loss}`),
      onFitEnd: ({ history }) => void calls.push(`${name} stop ${history.stopped}`),
    });
    await fit(model, {
      train: [batch(1), batch(1)],
      validation: [batch(2)],
      loss: meanProduct,
      optimizer,
      epochs: 1,
      callbacks: [named('a'), { onEpochStart: () => void calls.push('b') }],
    });
    expect(calls).toEqual([
      'a start 1', 'a epoch 1', 'b', 'a batch 1.1/2 step 1 1 1', 'a batch 1.2/2 step 2 0.5 0.75', 'a end 1 0.75 0', 'a stop finished',
    ]);
  });

  it('stops when a callback says so', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0 });
    const options = { train: [batch(1), batch(1)], loss: meanProduct, optimizer, epochs: 9 };
    const early = await fit(model, { ...options, callbacks: [{ onEpochEnd: ({ epoch, stop }) => { if (epoch === 2) stop(); } }] });
    expect([early.stopped, early.epochs.length]).toEqual(['callback', 2]);
    const broken = await fit(model, { ...options, callbacks: [{ onBatchEnd: ({ step, stop }) => { if (step === 3) stop(); } }] });
    expect([broken.stopped, broken.epochs.length]).toEqual(['callback', 1]);
  });

  it('follows a schedule by epoch or by update, and records the rate', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 1 });
    const options = { train: [batch(1), batch(1)], loss: meanProduct, optimizer, epochs: 3 };
    const schedule = exponentialLR({ gamma: 0.5 });
    expect((await fit(model, { ...options, schedule })).epochs.map(({ lr }) => lr)).toEqual([1, 0.5, 0.25]);
    optimizer.lr = 1;
    const perStep = await fit(model, { ...options, schedule: { schedule, every: 'step' } });
    expect(perStep.epochs.map(({ lr }) => lr)).toEqual([2 ** -1, 2 ** -3, 2 ** -5]);
  });

  it('adds up gradients of several batches as if they were one, short ones included [O27]', async () => {
    const run = async (train: ReturnType<typeof batch>[], accumulate: number): Promise<number> => {
      const model = line(1);
      const optimizer = new SGD(model.parameters(), { lr: 0.25, momentum: 0.5 });
      const loss = (output: Tensor, target: Tensor): Tensor => output.sub(target).square().mean();
      await fit(model, { train, loss, optimizer, epochs: 2, accumulate });
      return model.weight.item();
    };
    const pieces = [batch(1, 2), batch(0.5), batch(-1, 0.25), batch(2)];
    const whole = await run([batch(1, 2, 0.5), batch(-1, 0.25, 2)], 1);
    expect(await run(pieces, 2)).toBeCloseTo(whole, 6);
    expect(await run([batch(1, 2), batch(0.5), batch(-1), batch(0.25, 2)], 2)).toBeCloseTo(whole, 6);
    const three = await run([batch(1, 2, 0.5, -1, 0.25), batch(2)], 1);
    expect(await run([batch(1, 2), batch(0.5), batch(-1, 0.25), batch(2)], 3)).toBeCloseTo(three, 6);
  });

  it('limits gradients by norm, by value and by both [O16 O27]', async () => {
    const moved = async (gradientClip: number | { norm?: number; value?: number }): Promise<number> => {
      const model = line(0);
      const optimizer = new SGD(model.parameters(), { lr: 1 });
      await fit(model, { train: [batch(100)], loss: meanProduct, optimizer, epochs: 1, gradientClip });
      return model.weight.item();
    };
    expect(await moved(0.5)).toBeCloseTo(-0.5, 5);
    expect(await moved({ value: 3 })).toBe(-3);
    expect(await moved({ value: 3, norm: 2 })).toBeCloseTo(-2, 5);
  });

  it('takes input and target of a batch from where select says', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0 });
    const train = [{ image: tensor([[3]]), label: tensor([[2]]) }];
    const options = { loss: meanProduct, optimizer, epochs: 1 };
    const history = await fit(model, { ...options, train, select: ({ image, label }) => ({ x: image, y: label }) });
    expect(history.epochs[0]!.loss).toBe(6);
    const failed = fit(model, { ...options, train: train as never });
    await expect(failed).rejects.toThrow(/a batch has image, label; expected x and y/);
  });

  it('trains in training mode, validates in evaluation mode and leaves every part in the mode it had', async () => {
    const model = new Sequential(new Linear(1, 1), new Dropout(0.5), new Linear(1, 1));
    model.at(1)!.eval();
    const seen: string[] = [];
    const modes = (): string => model.modules().map((part) => (part.training ? 't' : 'e')).join('');
    const loss = (output: Tensor, target: Tensor): Tensor => {
      seen.push(modes());
      return output.mul(target).mean();
    };
    const optimizer = new SGD(model.parameters(), { lr: 0 });
    await fit(model, { train: [batch(1)], validation: [batch(1)], loss, optimizer, epochs: 1 });
    expect(seen).toEqual(['ttet', 'eeee']);
    expect(modes()).toBe('ttet');
    model.eval();
    await fit(model, { train: [batch(1)], loss, optimizer, epochs: 1 });
    expect([seen.at(-1), modes()]).toEqual(['tttt', 'eeee']);
  });

  it('leaves frozen layers bit for bit', async () => {
    const model = perceptron([2, 4, 2]);
    model.at(0)!.freeze();
    const before = await bits(model.stateDict());
    const optimizer = new Adam(model.parameters(), { lr: 0.1 });
    await fit(model, { train: xor('classes'), loss: crossEntropy, optimizer, epochs: 3 });
    const after = await bits(model.stateDict());
    expect(after['0.weight']).toEqual(before['0.weight']);
    expect(after['2.weight']).not.toEqual(before['2.weight']);
  });

  it('gives the numbers of a loop written by hand', async () => {
    const byHand = perceptron([2, 8, 2]);
    const optimizer = new Adam(byHand.parameters(), { lr: 0.05 });
    const losses: number[] = [];
    for (let epoch = 0; epoch < 5; epoch++) {
      for (const { x, y } of xor('classes')) {
        const loss = crossEntropy(byHand.forward(x), y);
        optimizer.step(backward(loss));
        losses.push(await loss.item());
      }
    }
    const model = perceptron([2, 8, 2]);
    const history = await fit(model, {
      train: xor('classes'), loss: crossEntropy, optimizer: new Adam(model.parameters(), { lr: 0.05 }), epochs: 5, metrics: { accuracy },
    });
    expect(history.epochs.map(({ loss }) => loss)).toEqual(losses);
    expect(await bits(model.stateDict())).toEqual(await bits(byHand.stateDict()));
  });

  it('adds up metrics that are counts', async () => {
    const model = perceptron([2, 8, 2]);
    const confusion = sumOf((scores: Tensor, target: Tensor) => confusionMatrix(scores, target));
    const [all] = xor('classes');
    const halves = [0, 2].map((start) => ({ x: all!.x.index([start, start + 2]), y: all!.y.index([start, start + 2]) }));
    const optimizer = new Adam(model.parameters(), { lr: 0.05 });
    const data = { train: halves, validation: halves };
    const history = await fit(model, { ...data, loss: crossEntropy, optimizer, epochs: 150, metrics: { confusion } });
    expect(history.epochs.at(-1)!.metrics['confusion']).toEqual([[2, 0], [0, 2]]);
    expect(history.epochs.at(-1)!.validation!.metrics['confusion']).toEqual([[2, 0], [0, 2]]);
  });

  it('reports progress with rate, time left and a line per epoch', async () => {
    const states: ProgressState[] = [];
    const lines: (string | undefined)[] = [];
    const progress: Progress = { update: (state) => states.push(state), end: (line) => lines.push(line) };
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0.5 });
    await fit(model, { train: [batch(1, 1, 1), batch(1)], validation: [batch(1)], loss: meanProduct, optimizer, epochs: 1, progress });
    expect(states.map(({ label, batch: b, batches, samples, loss }) => [label, b, batches, samples, loss])).toEqual([
      ['epoch 1/1', 1, 2, 3, 1],
      ['epoch 1/1', 2, 2, 4, 0.875],
    ]);
    expect(states[0]!.rate).toBeGreaterThan(0);
    expect(states[0]!.eta).toBeGreaterThan(0);
    expect(states[1]!.eta).toBe(0);
    expect(lines.length).toBe(1); // validation has no line of its own
    expect(lines[0]).toMatch(/^epoch 1\/1 {2}loss 0\.8750 {2}validation loss 0\.0000 {2}lr 0\.5 {2}\d+\.\d s$/);
  });

  it('compiles nothing new after the first epochs, whatever the schedule does', async () => {
    const model = perceptron([2, 8, 3]);
    const backend = currentBackend();
    const compiled: number[] = [];
    await fit(model, {
      train: spiralLoader(30, 16),
      validation: spiralLoader(10, 16),
      loss: crossEntropy,
      optimizer: new Adam(model.parameters(), { lr: 0.05 }),
      epochs: 8,
      metrics: { accuracy },
      schedule: { schedule: exponentialLR({ gamma: 0.99 }), every: 'step' },
      gradientClip: 1,
      earlyStopping: { patience: 8 },
      callbacks: [{ onEpochEnd: () => void compiled.push(backend.stats().compiled) }],
    });
    expect(new Set(compiled.slice(2)).size).toBe(1);
  });

  it('lets timers run while it trains', async () => {
    const model = perceptron([2, 64, 3]);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const optimizer = new SGD(model.parameters(), { lr: 0.01 });
    const start = performance.now();
    await fit(model, {
      train: spiralLoader(100, 10), loss: crossEntropy, optimizer, epochs: 1000,
      callbacks: [{ onBatchEnd: ({ stop }) => { if (performance.now() - start > 300) stop(); } }],
    });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });
});

describe('an AbortSignal', () => {
  it('ends training after the current update', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0.5 });
    const controller = new AbortController();
    const abort: Callback = { onBatchEnd: ({ step }) => { if (step === 3) controller.abort(); } };
    const train = [batch(1), batch(1)];
    const history = await fit(model, { train, loss: meanProduct, optimizer, epochs: 5, signal: controller.signal, callbacks: [abort] });
    expect([history.stopped, history.epochs.length]).toEqual(['aborted', 1]);
    expect(await model.weight.item()).toBe(1 - 3 * 0.5);
  });

  it('given before the start leaves everything as it is', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0.5 });
    const history = await fit(model, { train: [batch(1)], loss: meanProduct, optimizer, epochs: 5, signal: AbortSignal.abort() });
    expect([history.stopped, history.epochs.length, await model.weight.item()]).toEqual(['aborted', 0, 1]);
  });

  it('from a timer arrives during training', async () => {
    const model = perceptron([2, 8, 3]);
    const optimizer = new SGD(model.parameters(), { lr: 0.01 });
    const history = await fit(model, {
      train: spiralLoader(), loss: crossEntropy, optimizer, epochs: 1_000_000, signal: AbortSignal.timeout(150),
    });
    expect(history.stopped).toBe('aborted');
  });

  it('waits for the batches of one update', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 0.5 });
    const controller = new AbortController();
    const batches: number[] = [];
    const abort: Callback = { onBatchEnd: ({ batch: b }) => { batches.push(b); controller.abort(); } };
    const options = { loss: meanProduct, optimizer, epochs: 5, signal: controller.signal, callbacks: [abort], accumulate: 2 };
    await fit(model, { ...options, train: [batch(1), batch(1), batch(1)] });
    expect(batches).toEqual([1, 2]);
    expect(await model.weight.item()).toBe(0.5);
  });
});

describe('a loss that is no number', () => {
  const exploding = { loss: (output: Tensor, target: Tensor): Tensor => output.sub(target).square().mean() };

  it('names epoch, batch and a learning rate that is too high', async () => {
    const model = line(1);
    const optimizer = new SGD(model.parameters(), { lr: 1e18 });
    const failed = fit(model, { ...exploding, train: [batch(2), batch(2), batch(2)], optimizer, epochs: 3 });
    await expect(failed).rejects.toThrow(TrainingError);
    await expect(failed).rejects.toThrow(/the loss became (Infinity|NaN) in epoch 1, batch [23] of 3 \(after [12] updates/);
    await expect(failed).rejects.toThrow(/learning rate 1000000000000000000\)/);
    await expect(failed).rejects.toThrow(/Likely causes:\n- The learning rate is too high\. Try 100000000000000000, or limit/);
    await expect(failed).rejects.toMatchObject({ code: 'ERR_TRAINING' });
  });

  it('in the first batch names the logarithm and the inputs, not the rate', async () => {
    const model = line(0);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const failed = fit(model, { train: [batch(2)], loss: (output) => output.log().mean().neg(), optimizer, epochs: 1 });
    await expect(failed).rejects.toThrow(/the loss became Infinity in epoch 1, batch 1 of 1 \(after 0 updates/);
    await expect(failed).rejects.toThrow(/logarithm or a division of 0/);
    await expect(failed).rejects.not.toThrow(/learning rate is too high/);
  });

  it('blames broken inputs first, and unscaled ones', async () => {
    const run = (train: ReturnType<typeof batch>[]): Promise<unknown> => {
      const model = line(1);
      return fit(model, { ...exploding, train, optimizer: new SGD(model.parameters(), { lr: 0.1 }), epochs: 99 });
    };
    await expect(run([batch(1, NaN, Infinity)])).rejects.toThrow(/Likely causes:\n- 2 of the 3 inputs of this batch are NaN or infinite/);
    await expect(run([batch(20_000)])).rejects.toThrow(/Likely causes:\n- Unscaled inputs \(the largest of this batch is 20000\)/);
  });

  it('ends with onFitEnd and the model in its old mode', async () => {
    const model = line(1);
    model.eval();
    let stopped = '';
    const callbacks: Callback[] = [{ onFitEnd: ({ history }) => { stopped = history.stopped; } }];
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    await expect(fit(model, { ...exploding, train: [batch(NaN)], optimizer, epochs: 1, callbacks })).rejects.toThrow(TrainingError);
    expect([stopped, model.training]).toEqual(['error', false]);
  });
});

describe('options', () => {
  const run = async (options: object): Promise<unknown> => {
    const model = line(1);
    const good = { train: [batch(1)], loss: meanProduct, optimizer: new SGD(model.parameters(), { lr: 0 }), epochs: 1 };
    return fit(model, { ...good, ...options });
  };
  it.each([
    ['no data', { train: undefined }, /train is no source of batches/],
    ['validation data that is none', { validation: 3 }, /validation is no source/],
    ['no loss', { loss: undefined }, /loss is no function/],
    ['no optimiser', { optimizer: undefined }, /optimizer is missing/],
    ['no epochs', { epochs: 0 }, /epochs is 0/],
    ['half a batch', { accumulate: 1.5 }, /accumulate is 1.5/],
    ['a metric without a name', { metrics: [(output: Tensor) => output.mean()] }, /metric is called ''/],
    ['a metric called loss', { metrics: { loss: accuracy } }, /called 'loss'/],
    ['a metric that is none', { metrics: { a: 3 } }, /metric a is neither/],
    ['a metric that is no scalar', { metrics: { a: (output: Tensor) => output.add(zeros([2, 1])) } }, /expected a scalar/],
    ['patience 0', { earlyStopping: { patience: 0 } }, /patience is 0/],
    ['a figure to watch without data for it', { earlyStopping: { monitor: 'validation.loss' } }, /no validation data/],
    ['an unknown figure', { earlyStopping: { monitor: 'precision' } }, /no figure 'precision' to monitor; expected one of loss/],
    ['a checkpoint without a place', { checkpoint: {} }, /either a path or a function/],
    ['resuming from nowhere', { resume: true }, /resume: true needs checkpoint/],
  ])('refuse %s', async (_, bad, message) => {
    const failed = run(bad);
    await expect(failed).rejects.toThrow(ArgumentError);
    await expect(failed).rejects.toThrow(message);
  });

  it('refuse data that is used up', async () => {
    function* once(): Generator<ReturnType<typeof batch>> {
      yield batch(1);
    }
    await expect(run({ train: once(), epochs: 2 })).rejects.toThrow(/epoch 2 had no batch\. A generator can be used once only/);
  });
});
