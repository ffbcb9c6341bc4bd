import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { readManifest } from './workspace';

/** Resolution modes of CommonJS; the packages are ES modules only. */
const COMMONJS = ['node10', 'node16-cjs'];

/**
 * Checks a packed package: entries exist and are what they say (publint), and the types resolve where the code does (attw).
 *
 * @throws Error with one line for each problem.
 */
export async function lintTarball(folder: string, tarball: string): Promise<void> {
  const bytes = readFileSync(tarball);
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
  const problems = messages.map((message) => {
    const text = formatMessage(message, pkg as Record<string, unknown>, { color: false });
    return `publint: ${text ?? message.code}`;
  });
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
  if (analysis.types === false) {
    problems.push(`attw: ${readManifest(folder).name} has no types`);
  } else {
    for (const problem of analysis.problems) {
      if ('resolutionKind' in problem && COMMONJS.includes(problem.resolutionKind)) continue;
      problems.push(`attw: ${JSON.stringify(problem)}`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
