/**
 * A process of the comparison that runs tasks on one JavaScript library: `node host.mjs <library> <threads> <folder of the peers>`.
 * Started and led by the program that measures; see protocol.ts.
 */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { adapterOf, type Library } from './adapters';
import { checkedOutputs } from './checked';
import { inputsOf, writeArrays } from './inputs';
import { Installation } from './installed';
import type { Answers, Command, Failure } from './protocol';
import type { Adapter, Runner } from './task';

const [library, threads, folder] = process.argv.slice(2) as [Library, string, string];

let adapter: Adapter | undefined;
let current: Runner | undefined;
let estimate = 0;

function runner(): Runner {
  if (!current) throw new Error('no task was prepared');
  return current;
}

async function timed(fn: () => unknown): Promise<number> {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}

async function prepare(command: Extract<Command, { name: 'prepare' }>): Promise<Answers['prepare']> {
  const { task, outputs, warmMs, slowMs } = command;
  drop();
  const inputs = inputsOf(task);
  const start = performance.now();
  const built = await adapter!.build(task, inputs);
  if (typeof built === 'string') return { unsupported: built };
  current = built;
  let firstMs: number | undefined;
  const found = await checkedOutputs(task, async () => {
    const results = await built.outputs();
    firstMs ??= performance.now() - start;
    return results;
  });
  writeArrays(outputs, found);
  estimate = firstMs!;
  const warming = performance.now();
  while (estimate < slowMs) {
    estimate = await timed(() => built.run());
    if (performance.now() - warming > warmMs) break;
  }
  return { firstMs: firstMs!, estimateMs: estimate };
}

async function measure(ms: number): Promise<Answers['measure']> {
  const { run } = runner();
  // The clock is not fine enough for runs much shorter than a millisecond.
  const repeats = estimate < 1 ? Math.ceil(1 / Math.max(estimate, 1e-4)) : 1;
  const samples: number[] = [];
  const start = performance.now();
  do {
    const took = await timed(async () => {
      for (let i = 0; i < repeats; i++) await run();
    });
    samples.push(took / repeats);
  } while (performance.now() - start < ms);
  estimate = samples.at(-1)!;
  return { samples };
}

async function repeat(runs: number, budgetMs: number): Promise<Answers['repeat']> {
  const start = performance.now();
  let done = 0;
  for (; done < runs && performance.now() - start < budgetMs; done++) await runner().run();
  return { runs: done, peakBytes: peakBytes() };
}

/** The most memory this process had at once. What `resourceUsage` says begins, on Linux, with the memory of the parent. */
function peakBytes(): number {
  const status = '/proc/self/status';
  const found = existsSync(status) ? /VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8')) : null;
  return (found ? Number(found[1]) : process.resourceUsage().maxRSS) * 1024;
}

function drop(): object {
  current?.dispose?.();
  current = undefined;
  globalThis.gc?.();
  return {};
}

async function answer(command: Command): Promise<Answers[Command['name']]> {
  switch (command.name) {
    case 'init': {
      adapter = await adapterOf(library, Number(threads), new Installation(folder));
      return { version: adapter.version, threads: adapter.threads };
    }
    case 'prepare':
      return prepare(command);
    case 'measure':
      return measure(command.ms);
    case 'repeat':
      return repeat(command.runs, command.budgetMs);
    case 'drop':
      return drop();
    case 'exit':
      return process.exit(0);
  }
}

function say(reply: object): void {
  writeSync(3, `${JSON.stringify(reply)}\n`);
}

function failure(error: unknown): Failure {
  return { error: (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300) };
}

function die(error: unknown): void {
  say(failure(error));
  process.exit(1);
}

process.on('uncaughtException', die);
process.on('unhandledRejection', die);
for await (const line of createInterface({ input: process.stdin })) {
  say(await answer(JSON.parse(line) as Command).catch(failure));
}
process.exit(0);
