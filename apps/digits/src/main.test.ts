import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digits-'));
});
afterEach(() => rm(folder, { recursive: true }));

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the program as `pnpm start` does; interrupts it when it has printed `interruptAt`. */
function start(args: readonly string[], interruptAt?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', './tools/run/ts.mjs', 'apps/digits/src/main.ts', ...args], { cwd: root });
    const ended: Ended = { code: null, out: '', err: '' };
    let interrupted = false;
    child.stdout.on('data', (text: Buffer) => {
      ended.out += text.toString();
      if (interrupted || interruptAt === undefined || !ended.out.includes(interruptAt)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    child.stderr.on('data', (text: Buffer) => (ended.err += text.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...ended, code }));
  });
}

describe('pnpm start', () => {
  it('explains itself', async () => {
    const { code, out } = await start(['--help']);
    expect(code).toBe(0);
    for (const option of ['--data', '--backend', '--epochs', '--seed', '--resume', '--out']) expect(out).toContain(option);
  });

  it('says what is wrong with an option, without a stack', async () => {
    const { code, out, err } = await start(['--backend', 'gpu']);
    expect([code, out, err]).toEqual([1, '', 'error: --backend gpu: there is no such backend; expected cpu or wasm.\n']);
    const missing = await start(['--data', join(folder, 'nowhere'), '--backend', 'cpu']);
    expect(missing.code).toBe(1);
    expect(missing.err).toMatch(/^error: --data .*nowhere: there is no such folder\.\n$/);
  });

  it('saves when Ctrl-C is pressed, and goes on with --resume', async () => {
    const args = ['--backend', 'cpu', '--epochs', '1', '--out', join(folder, 'run')];
    const first = await start(args, 'LeNet-5, 1 epoch');
    expect(first.code).toBe(130);
    expect(first.err).toContain('interrupted');
    expect(first.out).not.toContain('test accuracy');
    expect(first.out).toContain(`pnpm start --resume --backend cpu --epochs 1 --seed 1 --out ${join(folder, 'run')}`);
    const second = await start([...args, '--resume']);
    expect(second.err).toBe('');
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/^test accuracy \d+\.\d %$/m);
    expect(second.out).not.toContain('softmax regression, 1 epoch\nepoch'); // that part was finished before
  });
});
