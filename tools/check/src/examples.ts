import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { codeBlocks, docExamples, type CodeBlock } from './code-blocks';
import { output, run } from './process';
import { filesBelow, isSource, packages, root } from './workspace';

const folder = join(root, 'tools/check/.generated/examples');

/** An example as `run-examples.ts` gets it. */
export interface Example {
  /** Absolute path of the generated module. */
  readonly file: string;
  /** Where the example is written: path and line. */
  readonly source: string;
  /** False for a block marked "```ts browser": it is compiled but not run. */
  readonly runs: boolean;
}

/**
 * Compiles and runs every `@example` in the packages' sources, and every program in `docs`: a block there that imports from
 * the packages is one, another is an excerpt. Each is a module of its own; `use(cpu())` is done before it, so
 * an example needs a backend only when it is about one.
 */
export async function examples(): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const all: Example[] = [];
  const problems: string[] = [];
  const add = (short: string, path: string, name: string, { code, flags, line }: CodeBlock): void => {
    const file = join(folder, `${short}--${name.replaceAll(/[^\w]/g, '-')}--${line}.ts`);
    writeFileSync(file, code);
    all.push({ file, source: `${relative(root, path)}:${line}`, runs: !flags.includes('browser') });
  };
  for (const { short, folder: home } of packages()) {
    for (const path of filesBelow(join(home, 'src'), isSource)) {
      const found = docExamples(readFileSync(path, 'utf8'));
      problems.push(...found.problems.map((problem) => `${relative(root, path)}, ${problem}`));
      for (const block of found.blocks) add(short, path, relative(join(home, 'src'), path).replace(/\.ts$/, ''), block);
    }
  }
  for (const path of filesBelow(join(root, 'docs'), (name) => name.endsWith('.md'))) {
    const programs = codeBlocks(readFileSync(path, 'utf8')).filter(({ code }) => code.includes("from '@cotangent/"));
    for (const block of programs) add('docs', path, relative(join(root, 'docs'), path).replace(/\.md$/, ''), block);
  }
  writeFileSync(join(folder, 'examples.json'), JSON.stringify(all));
  const compilerOptions = { moduleDetection: 'force' };
  const config = { extends: '../../../../tsconfig.base.json', compilerOptions, include: ['*.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  if (all.length > 0) {
    problems.push(...(await failure(run('tsc', ['-p', folder, '--pretty', 'false'])).then((text) => located(text, all))));
    const runner = join(root, 'tools/check/src/run-examples.ts');
    problems.push(
      ...(await failure(output(process.execPath, ['--import', join(root, 'tools/run/ts.mjs'), runner, join(folder, 'examples.json')]))),
    );
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${all.length} examples`;
}

/** The message of a rejection, or nothing. */
async function failure(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Puts the place in the sources for the generated file that a compiler message names. */
function located(messages: readonly string[], all: readonly Example[]): string[] {
  return messages.map((message) => {
    let text = message;
    for (const { file, source } of all) text = text.replaceAll(`${relative(root, file)}(`, `example at ${source} (`);
    return text;
  });
}
