/** What the worker holds: data, backend, network, and whether it is training. */
import { DataLoader } from '@cotangent/data';
import { use, type Backend } from '@cotangent/tensor';
import { BACKENDS, describeBackend } from './backend';
import { loadData, vary, type DigitsData } from './data';
import { decodeModel, encodeModel } from './model-file';
import type { BackendName, Figures, Report, Request, Source } from './protocol';
import { Trainer } from './trainer';

/** Images per step, and passes over the data until training ends by itself; more change nothing that can be seen. */
const BATCH = { 'built-in': 32, mnist: 64 };
const EPOCHS = { 'built-in': 60, mnist: 3 };
/** Steps from one measurement of the accuracy to the next. */
const MEASURE_EVERY = 25;
/** Losses are sent together, at most so often: the page draws no faster. */
const SEND_MS = 40;
/** Steps whose median is shown. */
const RECENT = 50;

export class Session {
  #source: Source = 'built-in';
  #data!: DigitsData;
  #loader!: DataLoader<Parameters<typeof vary>[0]>;
  #backend!: Backend;
  #backendName!: BackendName;
  #trainer!: Trainer;
  /** Whether all of the above is there: the first backend that is tried may not start. */
  #ready = false;
  #seed = 1;
  #steps = 0;
  /** Epochs finished, and when training ends by itself. */
  #epoch = 0;
  #end = 0;
  #recent: number[] = [];
  #wanted = false;
  /** Resolves when training has come to its end. */
  #running: Promise<void> | undefined;

  constructor(private readonly send: (report: Report) => void) {}

  /** Does what is asked and reports. Never rejects: what went wrong is a report too. */
  async handle(request: Request): Promise<void> {
    try {
      await this.#perform(request);
    } catch (error) {
      this.send({ kind: 'failed', during: request.kind, message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #perform(request: Request): Promise<void> {
    if (!this.#ready && request.kind !== 'start' && request.kind !== 'switch') throw new Error('There is no network yet.');
    switch (request.kind) {
      case 'start':
        this.#source = request.source;
        return this.#begin(request.backend);
      case 'train':
        this.#train();
        return;
      case 'pause':
        return this.#halt();
      case 'reset':
        await this.#halt();
        this.#trainer = new Trainer(this.#data, ++this.#seed);
        [this.#steps, this.#epoch] = [0, 0];
        this.send({ kind: 'renewed' });
        return;
      case 'switch':
        return this.#ready ? this.#switch(request.backend) : this.#begin(request.backend);
      case 'read':
        this.send({ kind: 'answer', probabilities: await this.#trainer.read(request.image) });
        return;
      case 'save':
        this.send({ kind: 'saved', bytes: await encodeModel(this.#trainer.model) });
        return;
      case 'load': {
        await this.#halt();
        decodeModel(request.bytes, request.name, this.#trainer.model);
        this.send({ kind: 'loaded', name: request.name, accuracy: await this.#trainer.accuracy() });
      }
    }
  }

  /** Loads data and backend, and makes the first network. Can be repeated with another backend when it failed. */
  async #begin(name: BackendName): Promise<void> {
    this.#data = await loadData(this.#source);
    this.#loader = new DataLoader(this.#data.train, { batchSize: BATCH[this.#source], shuffle: true, dropLast: true, transform: vary });
    await this.#useBackend(name);
    this.#trainer = new Trainer(this.#data, this.#seed);
    this.#ready = true;
    this.send({ kind: 'ready', description: this.#data.description, parameters: this.#parameters(), figures: this.#figures() });
  }

  async #useBackend(name: BackendName): Promise<void> {
    const old = this.#backend as Backend | undefined;
    this.#backend = await use(BACKENDS[name].make());
    this.#backendName = name;
    this.#recent = [];
    old?.dispose();
  }

  /** Goes on with the same weights on another backend. */
  async #switch(name: BackendName): Promise<void> {
    const wasTraining = this.#wanted;
    await this.#halt();
    try {
      const state = await this.#trainer.state();
      await this.#useBackend(name);
      this.#trainer = new Trainer(this.#data, this.#seed);
      await this.#trainer.restore(state);
      this.send({ kind: 'switched', figures: this.#figures() });
    } finally {
      if (wasTraining) this.#train();
    }
  }

  #train(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.send({ kind: 'training', on: true });
    this.#running = this.#run()
      .catch((error: unknown) => {
        this.send({ kind: 'failed', during: 'train', message: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        this.#wanted = false;
        this.send({ kind: 'training', on: false });
      });
  }

  /** Ends training after the step in hand. */
  async #halt(): Promise<void> {
    this.#wanted = false;
    await this.#running;
  }

  async #run(): Promise<void> {
    let losses: number[] = [];
    let sent = performance.now();
    const flush = (): void => {
      if (losses.length > 0) this.send({ kind: 'losses', epoch: Math.min(this.#epoch + 1, this.#end), losses, figures: this.#figures() });
      losses = [];
      sent = performance.now();
    };
    this.#end = this.#epoch + EPOCHS[this.#source];
    while (this.#goesOn() && this.#epoch < this.#end) {
      let finished = true;
      for await (const { x, y } of this.#loader) {
        const started = performance.now();
        losses.push(await this.#trainer.step(x, y, this.#steps));
        this.#recent = [...this.#recent.slice(1 - RECENT), performance.now() - started];
        this.#steps++;
        if (this.#steps % MEASURE_EVERY === 0) {
          flush();
          this.send({ kind: 'accuracy', step: this.#steps, accuracy: await this.#trainer.accuracy() });
        }
        if (performance.now() - sent > SEND_MS) flush();
        await turn();
        finished = this.#goesOn();
        if (!finished) break;
      }
      if (finished) this.#epoch++;
    }
    flush();
    this.send({ kind: 'accuracy', step: this.#steps, accuracy: await this.#trainer.accuracy() });
  }

  /** Asked anew after every wait, which is when it changes. */
  #goesOn(): boolean {
    return this.#wanted;
  }

  #parameters(): number {
    return this.#trainer.model.parameters().reduce((sum, { size }) => sum + size, 0);
  }

  #figures(): Figures {
    const sorted = [...this.#recent].sort((a, b) => a - b);
    return {
      backend: this.#backendName,
      stepMs: sorted[sorted.length >> 1],
      bytes: this.#backend.stats().bytes,
      who: describeBackend(this.#backend),
    };
  }
}

/** Gives way to messages that wait: a drawing is read between two steps. A message channel has no minimum delay, unlike a timer. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
