import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function fuzz(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', './tools/run/ts.mjs', main, ...args], { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('the command', () => {
  it('examines graphs in worker processes and ends with the counts', async () => {
    const { code, stdout } = await fuzz('6', '--seed', '20', '--jobs', '2');
    expect(stdout).toBe('6 passed, 0 failed\n');
    expect(code).toBe(0);
  });

  it('takes single graphs, backends and switches', async () => {
    const { code, stdout } = await fuzz('--only', '3,5', '--backend', 'cpu', '--switches', 'maps,donate', '--jobs', '1');
    expect(stdout).toBe('2 passed, 0 failed\n');
    expect(code).toBe(0);
  });

  it('says how it is called, without a stack', async () => {
    const { code, stderr } = await fuzz('5', '--loud');
    expect(stderr).toContain('Usage: pnpm fuzz <n>');
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
  });
});
