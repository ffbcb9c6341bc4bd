/**
 * The page of features: which exist, and which tests show them. A test carries ids at the end of its title, in square brackets:
 * 'keeps the mean in training [L16 E15]'.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** One line of features.txt. */
export interface Feature {
  readonly id: string;
  /** Where it is, or will be. */
  readonly package: string;
  readonly line: string;
}

/** Features under a heading. */
export interface Section {
  readonly title: string;
  readonly features: readonly Feature[];
}

/** A test that shows features. */
export interface Shown {
  /** Relative to the repository, with slashes. */
  readonly file: string;
  /** Without the ids. */
  readonly title: string;
  readonly ids: readonly string[];
}

/**
 * Reads features.txt: lines `id package: sentence` under headings `## title`; lines that start with `# ` are remarks.
 *
 * @throws Error that names a line that is none of these, and ids that occur twice.
 */
export function parseFeatures(text: string): Section[] {
  const sections: { title: string; features: Feature[] }[] = [];
  const seen = new Set<string>();
  text.split('\n').forEach((line, index) => {
    if (line === '' || line.startsWith('# ')) return;
    if (line.startsWith('## ')) {
      sections.push({ title: line.slice(3), features: [] });
      return;
    }
    const match = /^([A-Z]\d{2}) ([\w-]+): (\S.*)$/.exec(line);
    if (!match || sections.length === 0) throw new Error(`features.txt, line ${index + 1}: expected 'id package: sentence', got '${line}'.`);
    const [, id, place, sentence] = match as unknown as [string, string, string, string];
    if (seen.has(id)) throw new Error(`features.txt, line ${index + 1}: ${id} occurs twice.`);
    seen.add(id);
    sections.at(-1)!.features.push({ id, package: place, line: sentence });
  });
  return sections;
}

const TITLE = /(['"`])((?:(?!\1)[^\n])*?) \[([A-Z]\d{2}(?: [A-Z]\d{2})*)\]\1/g;

/** The tests of a source text that carry ids. */
export function testsIn(file: string, source: string): Shown[] {
  return Array.from(source.matchAll(TITLE), ([, , title, ids]) => ({ file, title: title!, ids: ids!.split(' ') }));
}

/** All tests below these folders that carry ids, by file. */
export function findTests(root: string, folders: readonly string[]): Shown[] {
  const files = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.split(sep).includes('node_modules'))
    .map((path) => join(root, folder, path)));
  return files.sort().flatMap((path) => testsIn(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')));
}

/**
 * The page.
 *
 * @throws Error when a test carries an id that is not in the list.
 */
export function page(sections: readonly Section[], tests: readonly Shown[]): string {
  const known = new Set(sections.flatMap(({ features }) => features.map(({ id }) => id)));
  const unknown = tests.flatMap(({ file, title, ids }) => ids.filter((id) => !known.has(id)).map((id) => `${id} in ${file}: ${title}`));
  if (unknown.length > 0) throw new Error(`These ids are not in features.txt:\n${unknown.join('\n')}`);
  const shown = (id: string): Shown[] => tests.filter(({ ids }) => ids.includes(id));
  const done = [...known].filter((id) => shown(id).length > 0).length;
  const lines = [
    '# Features',
    '',
    'What a course in deep learning teaches and what users of other frameworks expect, by id. A feature is *shown* when a test carries its',
    `id at the end of its title; the rest is still *open*. ${done} of ${known.size} are shown. \`pnpm features\` writes this page from`,
    '`tools/features/features.txt` and the tests; `pnpm test` fails when it is out of date.',
  ];
  for (const { title, features } of sections) {
    const states = features.map((feature) => ({ ...feature, tests: shown(feature.id) }));
    const rows = states.map((row) => `| ${row.id} | ${row.line} | ${row.package} | ${row.tests.length > 0 ? 'shown' : 'open'} | ${cell(row.tests)} |`);
    lines.push('', `## ${title}`, '', '| id | what | package | state | tests |', '|---|---|---|---|---|', ...rows);
  }
  return `${lines.join('\n')}\n`;
}

/** The first test with its title, and how many others there are. */
function cell([first, ...others]: readonly Shown[]): string {
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `[${first.title.replaceAll('|', '\\|').replace(/[[\]<>*_`]/g, '\\$&')}](../${first.file})${more}`;
}
