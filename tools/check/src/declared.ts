import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesBelow, isSource, packages, root, type Manifest } from './workspace';

const SCOPE = '@cotangent/';
const TENSOR = '@cotangent/tensor';

/** The packages of the scope that a source text imports or re-exports, also by a sub-path. */
export function importedPackages(source: string): string[] {
  const found = new Set<string>();
  // An import statement starts its line; in a comment or a string it does not.
  const statements = /^(?:import|export|\} from)\b[^'"`;]*?['"](@cotangent\/[a-z-]+)(?:\/[a-z-]+)?['"]/gm;
  const calls = /\bimport\(\s*['"](@cotangent\/[a-z-]+)(?:\/[a-z-]+)?['"]\s*\)/g;
  for (const match of source.matchAll(statements)) found.add(match[1]!);
  for (const match of source.matchAll(calls)) found.add(match[1]!);
  return [...found].sort();
}

/** What is wrong with a package.json, given what the sources of the package import. */
export function manifestProblems(manifest: Manifest, imported: readonly string[]): string[] {
  const problems: string[] = [];
  const runtime = { ...manifest.dependencies, ...manifest.peerDependencies };
  for (const name of imported) {
    if (!(name in runtime)) problems.push(`imports ${name}, which is neither in dependencies nor in peerDependencies`);
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (name === TENSOR) problems.push(`${TENSOR} must be a peerDependency, so that a program holds one copy`);
    else if (!name.startsWith(SCOPE)) problems.push(`depends on ${name}; the packages have no run-time dependencies`);
    else if (!imported.includes(name)) problems.push(`names ${name} in dependencies but does not import it`);
  }
  return problems;
}

/** Compares every package's imports with its package.json, where the source condition hides a missing entry. */
export function declared(): undefined {
  const problems: string[] = [];
  for (const { folder, manifest } of packages()) {
    const sources = filesBelow(join(folder, 'src'), isSource);
    const imported = new Set(sources.flatMap((file) => importedPackages(readFileSync(file, 'utf8'))));
    imported.delete(manifest.name);
    for (const problem of manifestProblems(manifest, [...imported])) problems.push(`${relative(root, folder)}/package.json: ${problem}`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
