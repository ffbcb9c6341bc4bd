import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isFirefox, Waits } from './waits';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function counting(): { submit: () => void; count: number } {
  const queue = {
    count: 0,
    submit: () => {
      queue.count++;
    },
  };
  return queue;
}

it('submits nothing now and then for as long as anything waits, also when that fails', async () => {
  const queue = counting();
  const waits = new Waits(queue, true);
  let finish = (_: string): void => undefined;
  let fail = (_: Error): void => undefined;
  const first = waits.until(new Promise<string>((resolve) => (finish = resolve)));
  const second = waits.until(new Promise<string>((_, reject) => (fail = reject)));
  await vi.advanceTimersByTimeAsync(20);
  expect(queue.count).toBe(5);
  finish('done');
  expect(await first).toBe('done');
  await vi.advanceTimersByTimeAsync(20);
  expect(queue.count).toBe(10);
  fail(new Error('lost'));
  await expect(second).rejects.toThrow('lost');
  await vi.advanceTimersByTimeAsync(1000);
  expect([queue.count, vi.getTimerCount()]).toEqual([10, 0]);
});

it('leaves other browsers alone', async () => {
  const queue = counting();
  const wait = new Waits(queue, false).until(new Promise((resolve) => setTimeout(resolve, 500)));
  await vi.advanceTimersByTimeAsync(1000);
  await wait;
  expect(queue.count).toBe(0);
});

it('knows Firefox by its name', () => {
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0' });
  expect(isFirefox()).toBe(true);
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36' });
  expect(isFirefox()).toBe(false);
  vi.stubGlobal('navigator', undefined);
  expect(isFirefox()).toBe(false);
});
