import { defineConfig } from 'rolldown';

/** Errors, summaries and `String(model)` say what a class is called; functions lose nothing with their names. */
const keepNames = { class: true, function: false };

/**
 * The one file for pages: everything that the package re-exports, with nothing left to resolve. Not by tsup, as the rest of the
 * build: esbuild keeps all names or none, and the calls it keeps names with do not exist in a worker, which gets its code as text.
 */
export default defineConfig({
  input: 'src/index.ts',
  platform: 'browser',
  resolve: { conditionNames: ['@cotangent/source'] },
  transform: { target: 'es2022' },
  output: {
    file: 'dist/cotangent.min.js',
    format: 'esm',
    sourcemap: true,
    minify: { mangle: { keepNames }, compress: { target: 'es2022', keepNames } },
  },
});
