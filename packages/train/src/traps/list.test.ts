/** docs/traps.md names tests that exist, and all tests beside this one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const here = 'packages/train/src/traps/';
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The rows of all tables: what the trap is ('' where it is that of the row above), a file, and a test or a part of the project. */
const rows = read('docs/traps.md')
  .split('\n')
  .filter((line) => /^\| (?!trap )/.test(line))
  .map((line) => line.slice(2, -2).split(' | ').map((cell) => cell.replace(/^`(.*)`$/, '$1').trim()) as [trap: string, file: string, test: string]);

describe('docs/traps.md', () => {
  it('has rows, and every one names a test or the part of the project that will have it', () => {
    expect(rows.length).toBeGreaterThan(100);
    for (const row of rows) {
      expect(row).toHaveLength(3);
      const [, file, test] = row;
      if (file === '') expect(['WebGPU', 'threads', 'shared memory', 'fast convolutions', 'hyper-parameter search'].map((part) => `later: ${part}`)).toContain(test);
    }
  });

  it('names tests that exist', () => {
    const wrong = rows.filter(([, file, test]) => {
      if (file === '') return false;
      if (!existsSync(new URL(file, root))) return true;
      const text = read(file);
      return !["'", '"', '`'].some((quote) => text.includes(`(${quote}${test}${quote},`));
    });
    expect(wrong).toEqual([]);
  });

  it('names all tests about traps', () => {
    const named = new Set(rows.map(([, file, test]) => `${file}: ${test}`));
    for (const file of readdirSync(new URL(here, root))) {
      if (file === 'list.test.ts') continue;
      const titles = [...read(here + file).matchAll(/^ *(?:it|it\.each\(\w+\)|\]\))\('((?:[^'\\]|\\.)+)',/gm)].map((match) => match[1]!);
      expect(titles.length).toBeGreaterThan(10);
      for (const title of titles) expect([...named]).toContain(`${here}${file}: ${title}`);
    }
  });
});
