import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterrupt } from './interrupt';

describe('onInterrupt', () => {
  const setUp = (): { calls: string[]; press: (at: number) => void; forget: () => void; listeners: () => number } => {
    const source = new EventEmitter();
    const calls: string[] = [];
    let time = 0;
    const forget = onInterrupt({ first: () => calls.push('first'), second: () => calls.push('second') }, source, () => time);
    const press = (at: number): void => {
      time = at;
      source.emit('SIGINT');
    };
    return { calls, press, forget, listeners: () => source.listenerCount('SIGINT') };
  };

  it('tells the first press from the second', () => {
    const { calls, press } = setUp();
    press(0);
    expect(calls).toEqual(['first']);
    press(1000);
    expect(calls).toEqual(['first', 'second']);
  });

  it('takes a signal that arrives twice for one press', () => {
    const { calls, press } = setUp();
    press(0);
    press(3);
    expect(calls).toEqual(['first']);
  });

  it('listens no longer when it is told so', () => {
    const { forget, listeners } = setUp();
    expect(listeners()).toBe(1);
    forget();
    expect(listeners()).toBe(0);
  });
});
