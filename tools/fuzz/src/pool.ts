/** Worker processes that examine graphs. A worker that dies or hangs is a failure of its graph, and is replaced. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExamineOptions } from './examine';

/** A graph that takes longer, shrinking included, hangs. */
const LIMIT = 300_000;

interface Answer {
  readonly seed: number;
  readonly problem?: string;
}

export interface PoolOptions {
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly examine: ExamineOptions;
  /** Called for every graph; false stops. */
  readonly onResult: (seed: number, problem: string | undefined) => boolean;
}

/** Examines all seeds. */
export async function runPool({ seeds, jobs, examine, onResult }: PoolOptions): Promise<void> {
  const queue = [...seeds].reverse();
  const lane = async (): Promise<void> => {
    let worker: Worker | undefined;
    for (let seed = queue.pop(); seed !== undefined; seed = queue.pop()) {
      worker ??= new Worker(examine);
      const problem = await worker.examine(seed);
      if (!worker.alive) worker = undefined;
      if (!onResult(seed, problem)) queue.length = 0;
    }
    worker?.stop();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, seeds.length) }, lane));
}

class Worker {
  alive = true;
  private readonly child: ChildProcess;

  constructor(options: ExamineOptions) {
    const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
    this.child = fork(file, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  examine(seed: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const { child } = this;
      const finish = (problem: string | undefined): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(problem);
      };
      const timer = setTimeout(() => {
        this.alive = false;
        child.kill('SIGKILL');
        finish(`graph ${seed}: no answer after ${LIMIT / 1000} s; see pnpm fuzz --only ${seed} --jobs 1`);
      }, LIMIT);
      child.once('message', (answer: Answer) => finish(answer.problem));
      child.once('exit', (code, signal) => {
        this.alive = false;
        finish(`graph ${seed}: the process ended with ${signal ?? String(code)}; see pnpm fuzz --only ${seed} --jobs 1`);
      });
      child.send(seed);
    });
  }

  stop(): void {
    this.child.removeAllListeners();
    this.child.kill();
  }
}
