import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, without a slash at the end. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** The part of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  /** Entry points: '.', and sub-paths such as './linalg'. */
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace. */
export interface Package {
  /** Folder name under packages/. */
  readonly short: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** All packages under packages/, sorted by name; the private ones too. */
export function packages(): Package[] {
  const parent = join(root, 'packages');
  return readdirSync(parent)
    .sort()
    .map((short) => ({ short, folder: join(parent, short) }))
    .filter(({ folder }) => existsSync(join(folder, 'package.json')))
    .map(({ short, folder }) => ({ short, folder, manifest: readManifest(folder) }));
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The names by which a package is imported besides its own: `@cotangent/tensor/linalg`. */
export function subPaths({ name, exports = {} }: Manifest): string[] {
  return Object.keys(exports)
    .filter((entry) => entry !== '.')
    .map((entry) => name + entry.slice(1));
}

const skipped = new Set(['node_modules', 'dist', 'coverage', '.generated', '.git', '.turbo']);

/** All files below a folder whose path passes the filter; generated folders are left out. */
export function filesBelow(folder: string, wanted: (path: string) => boolean): string[] {
  const found: string[] = [];
  if (!existsSync(folder)) return found;
  for (const name of readdirSync(folder).sort()) {
    if (skipped.has(name)) continue;
    const path = join(folder, name);
    const stats = statSync(path);
    if (stats.isDirectory()) found.push(...filesBelow(path, wanted));
    else if (wanted(path)) found.push(path);
  }
  return found;
}

/** True for a source file that is published, false for tests. */
export function isSource(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.d.ts') && !path.includes('/testing/');
}
