// The module hooks behind ts.mjs; Node runs them in their own thread.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const SOURCE = '@cotangent/source';
const ENDINGS = ['.ts', '/index.ts'];

export async function resolve(specifier, context, next) {
  const withSource = { ...context, conditions: [...new Set([...context.conditions, SOURCE])] };
  if (/^\.{1,2}\//.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier, context.parentURL);
    if (!existsSync(url) || !/\.[a-z]+$/.test(specifier)) {
      for (const ending of ENDINGS) {
        const candidate = url.href + ending;
        if (existsSync(new URL(candidate))) return next(candidate, withSource);
      }
    }
  }
  return next(specifier, withSource);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: path,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
