/**
 * Makes the programs of the comparison as a user would have them: our packages as published, one file each, and plain JavaScript
 * around them. Running the sources directly would charge us with the transformation of TypeScript.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const PACKAGES = ['tensor', 'autodiff', 'layers', 'optimizers', 'backend-cpu', 'backend-wasm'];

export interface Programs {
  readonly host: string;
  readonly cold: string;
}

/** @param root the repository. @param folder where the programs go. */
export async function bundle(root: string, folder: string): Promise<Programs> {
  const common = {
    bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['@cotangent/*'], logLevel: 'warning',
  } satisfies BuildOptions;
  await Promise.all(
    PACKAGES.map(async (name) => {
      const to = join(folder, 'node_modules', '@cotangent', name);
      mkdirSync(to, { recursive: true });
      writeFileSync(join(to, 'package.json'), JSON.stringify({ name: `@cotangent/${name}`, type: 'module', exports: './index.js' }));
      await build({ ...common, entryPoints: [join(root, 'packages', name, 'src/index.ts')], outfile: join(to, 'index.js') });
    }),
  );
  const entries = ['host', 'cold'].map((name) => join(root, 'tools/bench/src/peers', `${name}.ts`));
  await build({ ...common, entryPoints: entries, outdir: folder, splitting: true, outExtension: { '.js': '.mjs' } });
  return { host: join(folder, 'host.mjs'), cold: join(folder, 'cold.mjs') };
}
