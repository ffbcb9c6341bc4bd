// `pnpm app <name>`: runs apps/<name>/src/main.ts.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dispatch } from './dispatch';

const apps = fileURLToPath(new URL('../../../apps/', import.meta.url));
const programs = new Map(
  readdirSync(apps)
    .map((name) => [name, `${apps}${name}/src/main.ts`] as const)
    .filter(([, file]) => existsSync(file)),
);
await dispatch('app', programs);
