import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { dispatch } from './dispatch';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

test('a known name runs its file and hides the name from its arguments', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'dispatch-')), 'program.mjs');
  writeFileSync(file, 'globalThis.dispatched = true;');
  const args = ['node', 'app.ts', 'hello', '--fast'];
  await dispatch('app', new Map([['hello', file]]), args);
  expect((globalThis as { dispatched?: boolean }).dispatched).toBe(true);
  expect(args).toEqual(['node', file, '--fast']);
});

test('an unknown name fails and lists the known ones', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await dispatch('app', new Map([['hello', 'x.mjs']]), ['node', 'app.ts', 'nothing']);
  expect(process.exitCode).toBe(1);
  expect(error.mock.calls[0]?.[0]).toContain("there is no 'nothing'");
  expect(error.mock.calls[0]?.[0]).toContain('hello');
});

test('a missing name fails', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await dispatch('app', new Map(), ['node', 'app.ts']);
  expect(process.exitCode).toBe(1);
  expect(error.mock.calls[0]?.[0]).toContain('a name is missing');
});
