import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesBelow, root } from './workspace';

const MAX_LINE = 140;

/** A text of 50 characters or more: messages are not broken up for the sake of the line. */
const LONG_TEXT = /(['"`])(?:(?!\1).){50,}/;

/** What is wrong with the white space of a text, one line each. */
export function styleProblems(text: string): string[] {
  const problems: string[] = [];
  text.split('\n').forEach((line, index) => {
    const at = `line ${index + 1}`;
    if (line.length > MAX_LINE && !LONG_TEXT.test(line)) problems.push(`${at}: ${line.length} characters, at most ${MAX_LINE}`);
    if (line.includes('\t')) problems.push(`${at}: a tab; indent with two spaces`);
    if (line.endsWith('\r')) problems.push(`${at}: ends in CR LF; use LF`);
    else if (/\s$/.test(line)) problems.push(`${at}: white space at the end`);
  });
  if (text !== '' && !text.endsWith('\n')) problems.push('no line end at the end of the file');
  return problems;
}

/** Checks the sources, not the prose and not the data. */
export function style(): string {
  const wanted = (path: string): boolean => /\.(ts|mjs|js)$/.test(path);
  const files = ['packages', 'apps', 'tools'].flatMap((folder) => filesBelow(join(root, folder), wanted));
  const problems: string[] = [];
  for (const file of files) {
    for (const problem of styleProblems(readFileSync(file, 'utf8'))) problems.push(`${relative(root, file)}: ${problem}`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${files.length} files`;
}
