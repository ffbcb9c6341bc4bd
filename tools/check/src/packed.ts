import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform, build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { runPages } from './browser';
import { codeBlocks, type CodeBlock } from './code-blocks';
import { noBuildPages } from './no-build';
import { lintTarball } from './package-lint';
import { output, pnpm } from './process';
import { packages, subPaths, type Package } from './workspace';

/** A program that uses installed packages. */
interface Use {
  /** The name of its files. */
  readonly short: string;
  /** What it shows: the name of the package, or of a sub-path of it. */
  readonly name: string;
  readonly example: CodeBlock;
}

/** A package with its tarball, and the examples of its README: the first one, and the first of every sub-path. */
interface Subject extends Package {
  readonly tarball: string;
  readonly uses: readonly Use[];
}

/**
 * Packs every public package, installs the tarballs into an empty project, and uses them there as a stranger would: the first
 * "```ts" block of every README, and the first that imports each sub-path, is type-checked (bundler and nodenext resolution,
 * without @types/node), run in Node, and bundled by Vite and by esbuild; the bundles run in Chromium when it is on PATH. A block
 * marked "```ts node" needs Node and is not bundled. Pages that import the installed files as they are run too.
 */
export async function packed(): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'packed-'));
  const problems: string[] = [];
  const notes: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      notes.push(`${what}: ok`);
    } catch (error) {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  try {
    const subjects = await pack(project, problems);
    for (const { manifest, tarball, folder } of subjects) await attempt(`lint ${manifest.name}`, () => lintTarball(folder, tarball));
    await install(project, subjects);
    problems.push(...subjects.flatMap((subject) => installedProblems(project, subject)));
    const uses = subjects.flatMap((subject) => subject.uses);
    writeExamples(project, uses);
    for (const resolution of ['bundler', 'nodenext']) {
      await attempt(`tsc with ${resolution} resolution`, () => output('tsc', ['-p', `tsconfig.${resolution}.json`], { cwd: project }));
    }
    for (const use of uses) await attempt(`${use.name} in Node`, () => runInNode(project, use));
    const bundled = uses.filter(({ example }) => !example.flags.includes('node'));
    await attempt('bundle with Vite', () => bundleWithVite(project, bundled));
    await attempt('bundle with esbuild', () => bundleWithEsbuild(project, bundled));
    for (const bundler of ['vite', 'esbuild']) {
      const built = bundled.filter(({ short }) => existsSync(join(project, 'out', bundler, `${short}.html`)));
      const pages = built.map(({ short }) => ({ name: `${short}.html` }));
      const results = await runPages(join(project, 'out', bundler), pages);
      if (results === undefined) notes.push(`bundles of ${bundler}: built but not run, no chromium on PATH`);
      for (const { page, error } of results ?? []) {
        if (error === undefined) notes.push(`${page} by ${bundler} in Chromium: ok`);
        else problems.push(`${page} by ${bundler} in Chromium: ${error}`);
      }
    }
    const noBuild = await noBuildPages(project);
    if (noBuild === undefined) notes.push('pages without a build step: left out, no chromium on PATH');
    for (const { page, error } of noBuild ?? []) {
      if (error === undefined) notes.push(`${page} in Chromium, without a build step: ok`);
      else problems.push(`${page} in Chromium, without a build step: ${error}`);
    }
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
  if (problems.length > 0) throw new Error([...notes, ...problems].join('\n'));
  return notes.join('\n');
}

async function pack(project: string, problems: string[]): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const home of packages()) {
    if (home.manifest.private === true) continue;
    const uses = usesOf(home, problems);
    const destination = join(project, 'tarballs', home.short);
    mkdirSync(destination, { recursive: true });
    await pnpm(['pack', '--pack-destination', destination], { cwd: home.folder });
    const tarball = readdirSync(destination).find((file) => file.endsWith('.tgz'));
    if (tarball === undefined) throw new Error(`pnpm pack wrote no tarball for ${home.manifest.name}`);
    subjects.push({ ...home, tarball: join(destination, tarball), uses });
  }
  return subjects;
}

function usesOf({ short, folder, manifest }: Package, problems: string[]): Use[] {
  const readme = join(folder, 'README.md');
  const blocks = existsSync(readme) ? codeBlocks(readFileSync(readme, 'utf8')) : [];
  const uses: Use[] = [];
  if (blocks[0]) uses.push({ short, name: manifest.name, example: blocks[0] });
  else problems.push(`packages/${short}/README.md: no example (a \`\`\`ts block)`);
  for (const name of subPaths(manifest)) {
    const example = blocks.find(({ code }) => code.includes(`from '${name}'`));
    if (example) uses.push({ short: `${short}-${name.slice(manifest.name.length + 1)}`, name, example });
    else problems.push(`packages/${short}/README.md: no example that imports ${name}`);
  }
  return uses;
}

/** npm, not pnpm: a user's project, and one that must not see this workspace. */
async function install(project: string, subjects: readonly Subject[]): Promise<void> {
  const dependencies = Object.fromEntries(subjects.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  // The versions are not published: every mention of a package, however deep, means its tarball.
  const overrides = Object.fromEntries(subjects.map(({ manifest }) => [manifest.name, `$${manifest.name}`]));
  const manifest = { name: 'stranger', private: true, type: 'module', dependencies, overrides };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, null, 2));
  await output('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--offline'], { cwd: project });
}

/** What a published package.json must not contain, and files it must. */
function installedProblems(project: string, { manifest }: Subject): string[] {
  const home = join(project, 'node_modules', manifest.name);
  const text = readFileSync(join(home, 'package.json'), 'utf8');
  const problems = ['@cotangent/source', 'workspace:', 'catalog:']
    .filter((word) => text.includes(word))
    .map((word) => `${manifest.name}: the packed package.json contains '${word}'`);
  const entries = ['', ...subPaths(manifest).map((name) => name.slice(manifest.name.length + 1) + '/')];
  for (const file of ['README.md', 'LICENSE', ...entries.flatMap((entry) => [`dist/${entry}index.js`, `dist/${entry}index.d.ts`])]) {
    if (!existsSync(join(home, file))) problems.push(`${manifest.name}: the tarball lacks ${file}`);
  }
  return problems;
}

function writeExamples(project: string, uses: readonly Use[]): void {
  mkdirSync(join(project, 'src'));
  mkdirSync(join(project, 'pages'));
  for (const { short, example } of uses) {
    writeFileSync(join(project, 'src', `${short}.ts`), example.code);
    // The page tells the world outside when the example is through: `outcome` is '' or the error.
    const page = [
      'declare const globalThis: { outcome?: string };',
      `import('../src/${short}').then(`,
      "  () => { globalThis.outcome = ''; },",
      '  (error) => { globalThis.outcome = String(error?.stack ?? error); },',
      ');',
    ];
    writeFileSync(join(project, 'pages', `${short}.ts`), page.join('\n'));
  }
  for (const [resolution, module] of [['bundler', 'esnext'], ['nodenext', 'nodenext']]) {
    const compilerOptions = {
      target: 'es2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
      module,
      moduleResolution: resolution,
      moduleDetection: 'force',
      strict: true,
      noEmit: true,
    };
    writeFileSync(join(project, `tsconfig.${resolution}.json`), JSON.stringify({ compilerOptions, include: ['src'] }));
  }
}

async function runInNode(project: string, { short, example }: Use): Promise<void> {
  const { code } = await transform(example.code, { loader: 'ts', format: 'esm', target: 'node20' });
  const file = join(project, `${short}.mjs`);
  writeFileSync(file, code);
  await output(process.execPath, [file], { cwd: project, timeout: 120_000 });
}

async function bundleWithVite(project: string, uses: readonly Use[]): Promise<void> {
  const input = uses.map(({ short }) => {
    const page = join(project, `${short}.html`);
    writeFileSync(page, html(`/pages/${short}.ts`));
    return page;
  });
  const outDir = join(project, 'out/vite');
  await vite({ root: project, configFile: false, logLevel: 'error', build: { outDir, rollupOptions: { input } } });
}

async function bundleWithEsbuild(project: string, uses: readonly Use[]): Promise<void> {
  const outdir = join(project, 'out/esbuild');
  await esbuild({
    entryPoints: uses.map(({ short }) => join(project, 'pages', `${short}.ts`)),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    absWorkingDir: project,
    logLevel: 'silent',
  });
  for (const { short } of uses) writeFileSync(join(outdir, `${short}.html`), html(`./${short}.js`));
}

function html(script: string): string {
  return `<!doctype html>\n<meta charset="utf-8">\n<title>example</title>\n<script type="module" src="${script}"></script>\n`;
}

