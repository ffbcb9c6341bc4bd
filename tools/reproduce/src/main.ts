// `pnpm reproduce <name>`: runs the file of that name beside this one. Each file recomputes a figure that a document claims.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dispatch } from '../../run/src/dispatch';

const folder = fileURLToPath(new URL('./', import.meta.url));
const programs = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts' && !file.endsWith('.test.ts'))
    .map((file) => [file.slice(0, -'.ts'.length), folder + file]),
);
await dispatch('reproduce', programs);
