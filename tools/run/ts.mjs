// Runs the repository's TypeScript sources in Node: `node --import ./tools/run/ts.mjs file.ts`.
//
// Types are stripped by esbuild, imports may leave out the extension, and `@cotangent/*` resolves to its source. The usual
// runners are not used because they switch on esbuild's `keepNames`, whose injected helper breaks functions that are
// stringified and sent to a worker.
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./hooks.mjs', import.meta.url);
