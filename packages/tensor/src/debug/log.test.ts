import { cpu } from '@cotangent/backend-cpu';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { debug, tensor, use, type Backend } from '../index';

let printed: string[];
const print = (text: string): void => void printed.push(text);

beforeEach(async () => {
  printed = [];
  await use(cpu());
});

afterEach(() => {
  debug({});
});

const compute = (): unknown => tensor([1, 2]).mul(3).dataSync();

describe('debug', () => {
  it('prints a line for every plan, new or not', () => {
    debug({ plan: true, print });
    compute();
    compute();
    expect(printed).toHaveLength(2);
    expect(printed[0]).toMatch(/^plan 1, new: 1 kernel, 16 B, [\d.]+ ms$/);
    expect(printed[1]).toMatch(/^plan 1, run 2: 1 kernel, 16 B, [\d.]+ ms$/);
  });

  it('prints the kernels of new plans only', () => {
    debug({ kernels: true, print });
    compute();
    compute();
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/^plan 1\n#  kernel .*\n0  map +mul/);
  });

  it('prints how long each kernel took [B15]', () => {
    debug({ time: true, print });
    compute();
    expect(printed[0]).toMatch(/^plan 1, new/);
    expect(printed[1]).toMatch(/^#  kernel .*GFLOP\/s  GB\/s\n0  map +mul .* % /);
  });

  it('says so where kernels cannot be timed', async () => {
    await use(withoutObserving());
    debug({ time: true, print });
    compute();
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/cannot time kernels\)$/);
  });

  it('takes the words of the environment variable', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(print);
    debug('express:*, plan');
    compute();
    debug('planner,express:*');
    compute();
    log.mockRestore();
    expect(printed).toHaveLength(1);
  });

  it('replaces what was asked for before, and stops', () => {
    debug({ plan: true, print });
    debug({ plan: true, print });
    compute();
    expect(printed).toHaveLength(1);
    debug();
    compute();
    expect(printed).toHaveLength(1);
  });
});

function withoutObserving(): Backend {
  const backend = cpu();
  return new Proxy(backend, {
    get: (target, name) => {
      if (name === 'runObserved') return undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('the environment variable DEBUG', () => {
  /** A program of its own: the variable is read when it first chooses a backend. */
  async function programWith(words: string): Promise<void> {
    vi.stubEnv('DEBUG', words);
    vi.resetModules();
    const log = vi.spyOn(console, 'error').mockImplementation(print);
    try {
      const core = await import('../index');
      const { cpu: make } = await import('@cotangent/backend-cpu');
      await core.use(make());
      core.tensor([1, 2]).mul(3).dataSync();
      core.debug({});
    } finally {
      log.mockRestore();
      vi.unstubAllEnvs();
    }
  }

  it('switches printing on', async () => {
    await programWith('express:*,plan');
    expect(printed).toEqual([expect.stringMatching(/^plan 1, new/)]);
  });

  it('is left to other programs when none of its words is ours', async () => {
    await programWith('planner,express:*');
    expect(printed).toEqual([]);
  });
});
