import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { page, parseFeatures, testsIn } from './features';
import { PAGE, currentPage } from './repository';

const LIST = '# a remark\n\n## Things\nZ01 layers: One thing.\nZ02 tensor: Another thing.\n';
/** In pieces, so that this file carries no ids itself. */
const ids = (...names: string[]): string => `[${names.join(' ')}]`;

describe('the list of features', () => {
  it('has a line for each, under headings', () => {
    expect(parseFeatures(LIST)).toEqual([
      {
        title: 'Things',
        features: [
          { id: 'Z01', package: 'layers', line: 'One thing.' },
          { id: 'Z02', package: 'tensor', line: 'Another thing.' },
        ],
      },
    ]);
  });

  it('refuses lines that say nothing and ids that occur twice', () => {
    expect(() => parseFeatures('## Things\nZ1 thing')).toThrow("line 2: expected 'id package: sentence', got 'Z1 thing'");
    expect(() => parseFeatures(`${LIST}Z01 io: Again.\n`)).toThrow('Z01 occurs twice');
  });
});

describe('the page', () => {
  const source = `it('does one thing ${ids('Z01')}', () => {});\nit.each([1])("does %i ${ids('Z01', 'Z02')}", () => {});\nit('is [1 2] long', f);`;

  it('names the first test of each feature and counts the others', () => {
    const text = page(parseFeatures(LIST), testsIn('packages/x/src/a.test.ts', source));
    expect(text).toContain('2 of 2 are shown');
    expect(text).toContain('| Z01 | One thing. | layers | shown | [does one thing](../packages/x/src/a.test.ts) and 1 more |');
    expect(text).toContain('| Z02 | Another thing. | tensor | shown | [does %i](../packages/x/src/a.test.ts) |');
  });

  it('says what is open', () => {
    expect(page(parseFeatures(LIST), [])).toContain('| Z02 | Another thing. | tensor | open |  |');
  });

  it('refuses ids that nobody knows', () => {
    const tests = testsIn('a.test.ts', `it('does ${ids('Z09')}', f)`);
    expect(() => page(parseFeatures(LIST), tests)).toThrow('Z09 in a.test.ts: does');
  });
});

describe('docs/features.md', () => {
  it('is what the list and the tests give; pnpm features writes it anew', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(currentPage());
  });
});
