import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What the program prints and its exit code. A process of its own, because the resident set of this one is the test runner's. */
async function flatMemory(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const command = ['--import', './tools/run/ts.mjs', 'tools/reproduce/src/main.ts', 'flat-memory', ...args];
  try {
    return { ...(await promisify(execFile)(process.execPath, command, { cwd: root })), code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { stdout, stderr, code };
  }
}

const STEPS = '20000';

it('20,000 plain steps with an awaited and with a synchronous read keep memory flat', { timeout: 600_000 }, async () => {
  const runs = await Promise.all([flatMemory('--steps', STEPS, '--mode', 'async'), flatMemory('--steps', STEPS, '--mode', 'sync')]);
  for (const { stdout, code } of runs) {
    expect(stdout).toMatch(/\nFLAT: the second half exceeds what was before it by -?[\d.]+ MB of live memory \(allowed 1\)/);
    expect(code).toBe(0);
    // The same at the same place of every step.
    const held = [...stdout.matchAll(/MB; (.*); loss/g)].map(([, use]) => use);
    expect(held).toHaveLength(10);
    expect(new Set(held.slice(1)).size).toBe(1);
    expect(held[9]).toContain('pending 0 ops, 0 B; kept 0 values, 0 B');
  }
});

it('2,000 kept losses hold no graph', { timeout: 300_000 }, async () => {
  const { stdout } = await flatMemory('--steps', '2000', '--kept', '2000', '--mode', 'sync');
  expect(stdout).toContain('0 hold a graph');
});

it('bad options are named', { timeout: 60_000 }, async () => {
  for (const [args, message] of [
    [['--mode', 'later'], '--mode later: expected sync or async.'],
    [['--steps', '1.5'], '--steps 1.5: expected a whole number >= 10.'],
    [['--backend', 'gpu'], '--backend gpu: expected cpu or wasm.'],
  ] as const) {
    const { stderr, code } = await flatMemory(...args);
    expect(stderr).toContain(message);
    expect(code).not.toBe(0);
  }
});
