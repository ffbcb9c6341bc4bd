// Runs generated examples one after another in one process; `examples.ts` starts it with the path of the list.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cpu } from '@cotangent/backend-cpu';
import { use } from '@cotangent/tensor';
import type { Example } from './examples';

const LIMIT_MS = 30_000;

const list = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Example[];
const scratch = mkdtempSync(join(tmpdir(), 'examples-'));
process.chdir(scratch);

let failures = 0;
const print = console.log;
for (const { file, source, runs } of list) {
  if (!runs) continue;
  const printed: string[] = [];
  console.log = (...values: unknown[]) => void printed.push(values.map(String).join(' '));
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    await use(cpu());
    await Promise.race([import(pathToFileURL(file).href), limit]);
  } catch (error) {
    failures++;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    print(`example at ${source} failed: ${text}${printed.length > 0 ? `\nit printed:\n${printed.join('\n')}` : ''}`);
  } finally {
    clearTimeout(timer);
    console.log = print;
  }
}
process.chdir(tmpdir());
rmSync(scratch, { recursive: true, force: true });
// An example may leave a worker or a timer behind.
process.exit(failures > 0 ? 1 : 0);
