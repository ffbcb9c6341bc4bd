import { expect, it } from 'vitest';
import { Commands } from './commands';
import type { GpuCommandEncoder, GpuQueue } from './gpu';
import { Waits } from './waits';

/** A queue that does its work when it is told to. */
class StubQueue implements GpuQueue {
  submitted = 0;
  done = 0;
  private readonly waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  submit(): void {
    this.submitted++;
  }

  writeBuffer(): void {
    throw new Error('not expected');
  }

  onSubmittedWorkDone(): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ count: this.submitted, resolve }));
  }

  async finish(): Promise<void> {
    this.done++;
    for (const { count, resolve } of this.waiting) if (count <= this.done) resolve();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function start(): { queue: StubQueue; commands: Commands } {
  const queue = new StubQueue();
  const createCommandEncoder = (): GpuCommandEncoder => ({
    beginComputePass: () => {
      throw new Error('not expected');
    },
    copyBufferToBuffer: () => undefined, clearBuffer: () => undefined, finish: () => ({}),
  });
  return { queue, commands: new Commands({ queue, createCommandEncoder }, new Waits(queue, false)) };
}

it('a program that asks before each step never has more than three submissions under way', async () => {
  const { queue, commands } = start();
  let steps = 0;
  const program = (async () => {
    for (; steps < 100; steps++) {
      await commands.whenRoom();
      commands.encoder();
    }
  })();
  while (steps < 100) {
    await new Promise((resolve) => setTimeout(resolve));
    expect(queue.submitted - queue.done).toBe(3);
    await queue.finish();
  }
  await program;
  expect(commands.submits).toBe(100);
});

it('what a read has waited for is done, and asking again costs nothing', async () => {
  const { commands } = start();
  for (let i = 0; i < 10; i++) {
    commands.encoder();
    commands.submit();
  }
  const full = commands.whenRoom();
  expect(full).toBeInstanceOf(Promise);
  commands.finished(8);
  expect(commands.whenRoom()).toBeUndefined();
  commands.encoder();
  expect(commands.whenRoom()).toBeInstanceOf(Promise);
  commands.finished(11);
  expect(commands.whenRoom()).toBeUndefined();
});
