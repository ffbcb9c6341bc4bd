import { expect, it } from 'vitest';
import { Sequencer } from './sequencer';

it('tasks run at once until one waits, then in order; failures go to their own handler', async () => {
  const queue = new Sequencer();
  const log: string[] = [];
  const note = (text: string) => () => {
    log.push(text);
    return undefined;
  };
  const failed = (error: unknown): void => {
    log.push(`failed: ${String(error)}`);
  };
  let open = (): void => {};
  queue.add(note('a'), failed);
  queue.add(() => new Promise<void>((resolve) => (open = resolve)), failed);
  queue.add(note('b'), failed);
  queue.add(() => Promise.reject(new Error('c')), failed);
  queue.add(() => {
    throw new Error('d');
  }, failed);
  expect(log).toEqual(['a']);
  open();
  await new Promise<void>((resolve) => {
    queue.add(() => {
      resolve();
      return undefined;
    }, failed);
  });
  expect(log).toEqual(['a', 'b', 'failed: Error: c', 'failed: Error: d']);
  await new Promise((resolve) => setTimeout(resolve));
  queue.add(note('e'), failed);
  expect(log.at(-1)).toBe('e');
});
