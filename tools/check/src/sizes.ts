import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { packages, root, subPaths, type Manifest } from './workspace';

const here = fileURLToPath(new URL('.', import.meta.url));

/** A program whose bundle must stay small. */
interface Budget {
  readonly name: string;
  /** File in ./bundles. */
  readonly entry: string;
  /** Kilobytes (1,000 bytes) after minify and gzip. */
  readonly limit: number;
  /** Backend packages the bundle may contain. */
  readonly backends: readonly string[];
}

/** Slightly above what the bundles weigh, so that growth is noticed. The aim for a training step is 40 kB on every backend. */
const budgets: readonly Budget[] = [
  { name: 'MLP training step on wasm', entry: 'mlp-wasm.ts', limit: 110, backends: ['backend-wasm'] },
  { name: 'MLP training step on cpu', entry: 'mlp-cpu.ts', limit: 62, backends: ['backend-cpu'] },
  { name: 'MLP training step on webgpu', entry: 'mlp-webgpu.ts', limit: 76, backends: ['backend-webgpu'] },
];

/** Kilobytes after gzip of the one file for pages, which nobody bundles again. */
const ONE_FILE_LIMIT = 240;

/** Bundles the built packages (dist, as a user's bundler sees them) and compares with the budgets. */
export async function sizes(): Promise<string> {
  const lines: string[] = [];
  const problems: string[] = [];
  for (const { name, entry, limit, backends } of budgets) {
    const bundle = await bundled({ entryPoints: [join(here, 'bundles', entry)] });
    const kilobytes = bundle.gzip / 1000;
    lines.push(row(name, kilobytes, `of ${limit} kB: ${shares(bundle.bytesByPackage)}`));
    if (kilobytes > limit) problems.push(`${name}: ${kilobytes.toFixed(1)} kB gzip, the budget is ${limit} kB`);
    problems.push(...foreignBackends(name, bundle.bytesByPackage, backends));
  }
  const oneFile = compressed(readFileSync(join(root, 'packages/cotangent/dist/cotangent.min.js'))) / 1000;
  lines.push(row('cotangent.min.js', oneFile, `of ${ONE_FILE_LIMIT} kB: the one file for pages`));
  if (oneFile > ONE_FILE_LIMIT) problems.push(`cotangent.min.js: ${oneFile.toFixed(1)} kB gzip, the budget is ${ONE_FILE_LIMIT} kB`);
  for (const { short, manifest } of packages()) {
    if (manifest.private === true) continue;
    const bundle = await bundled({ stdin: { contents: `export * from '${manifest.name}';`, resolveDir: here } });
    lines.push(row(`all of ${short}`, bundle.gzip / 1000, shares(bundle.bytesByPackage)));
    problems.push(...foreignBackends(short, bundle.bytesByPackage, [short, ...dependencies(manifest)]));
    for (const name of subPaths(manifest)) {
      const part = await bundled({ stdin: { contents: `export * from '${name}';`, resolveDir: here } });
      lines.push(row(`all of ${name.replace('@cotangent/', '')}`, part.gzip / 1000, shares(part.bytesByPackage)));
    }
  }
  if (problems.length > 0) throw new Error([...lines, ...problems].join('\n'));
  return lines.join('\n');
}

/** A sentence for every backend in a bundle that nobody asked for. */
export function foreignBackends(name: string, bytesByPackage: ReadonlyMap<string, number>, wanted: readonly string[]): string[] {
  return [...bytesByPackage.keys()]
    .filter((found) => found.startsWith('backend-') && !wanted.includes(found))
    .map((found) => `${name}: the bundle contains ${found}, which it does not import`);
}

/** The short names of the packages that a package brings along. */
function dependencies(manifest: Manifest): string[] {
  return Object.keys(manifest.dependencies ?? {}).map((name) => name.replace('@cotangent/', ''));
}

/** The short name of the package that a bundled file belongs to. */
export function packageOf(path: string): string {
  return /(?:^|\/)packages\/([^/]+)\//.exec(path)?.[1] ?? 'own';
}

interface Bundle {
  readonly gzip: number;
  readonly bytesByPackage: ReadonlyMap<string, number>;
}

async function bundled(input: { entryPoints?: string[]; stdin?: { contents: string; resolveDir: string } }): Promise<Bundle> {
  const result = await build({
    ...input,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    absWorkingDir: root,
    outdir: join(root, 'dist'),
    loader: { '.bin': 'file', '.gz': 'file' },
    logLevel: 'silent',
    // The sources of this repository are type-checked with the source condition; users get dist.
    tsconfigRaw: {},
  });
  const output = Object.values(result.metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
  const bytesByPackage = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const name = packageOf(path);
    if (bytesInOutput > 0) bytesByPackage.set(name, (bytesByPackage.get(name) ?? 0) + bytesInOutput);
  }
  const code = result.outputFiles.find(({ path }) => path.endsWith('.js'));
  return { gzip: code === undefined ? 0 : compressed(code.contents), bytesByPackage };
}

function compressed(contents: Uint8Array): number {
  return gzipSync(contents, { level: 9 }).length;
}

function row(name: string, kilobytes: number, rest: string): string {
  return `${name.padEnd(28)} ${kilobytes.toFixed(1).padStart(6)} kB gzip  ${rest}`;
}

/** Minified bytes per package, the biggest first. */
function shares(bytesByPackage: ReadonlyMap<string, number>): string {
  const sorted = [...bytesByPackage].sort(([, a], [, b]) => b - a);
  return sorted.map(([name, bytes]) => `${name} ${(bytes / 1000).toFixed(1)}`).join(', ') + ' (minified)';
}
