import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from './workspace';

/** Where and how to run a program. */
export interface RunOptions {
  /** Working folder; default: the repository. */
  readonly cwd?: string;
  /** Milliseconds after which the program is killed; default 300,000. */
  readonly timeout?: number;
}

/**
 * Runs a program of node_modules/.bin (or of PATH) to its end.
 *
 * @throws Error with the whole output when the exit code is not 0.
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<undefined> {
  await output(program, args, options);
}

/** Like {@link run}, and returns what the program printed to stdout and stderr. */
export function output(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd = root, timeout = 300_000 } = options;
  const path = [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = Buffer.concat(chunks).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`${text.trim()}\n${program} ended with ${signal === null ? `code ${code ?? '?'}` : `signal ${signal}`}`));
    });
  });
}

/** Runs pnpm: the one that started this program, or the version that package.json names. */
export function pnpm(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const script = process.env['npm_execpath'] ?? '';
  if (/pnpm[^/\\]*\.c?js$/.test(script)) return output(process.execPath, [script, ...args], options);
  return output('npx', ['--yes', 'pnpm@10.34.9', ...args], options);
}
