import { defineConfig } from 'tsup';

/**
 * The build of every package: one ES module per entry with its declarations. Sibling packages stay external. `treeshake` stays
 * off: it writes a poorer source map, and `"sideEffects": false` is what lets a user's bundler drop the unused part. White space
 * and comments go, since a program that imports packages as they are waits for the engine to read them (a fifth less at start);
 * names stay, for stack traces.
 *
 * @param external packages that stay imports beside the siblings: the package itself, where sub-paths of it import the rest by name.
 * @param apart imports of the main entry that are entries themselves and stay imports, with the files that they become.
 */
export function packageBuild(
  entry: string[] = ['src/index.ts'],
  external: string[] = [],
  apart: Readonly<Record<string, string>> = {},
): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    external,
    format: ['esm'],
    splitting: false, // entries share other packages, not chunks
    target: 'es2022',
    sourcemap: true,
    clean: true,
    dts: true,
    esbuildPlugins: [
      {
        name: 'apart',
        setup: (build) => {
          build.onResolve({ filter: /^\./ }, ({ path, importer }) => {
            const file = importer.endsWith('src/index.ts') ? apart[path] : undefined;
            return file === undefined ? undefined : { path: file, external: true };
          });
        },
      },
    ],
    esbuildOptions: (options) => {
      options.minifyWhitespace = true;
      options.minifySyntax = true;
    },
  });
}
