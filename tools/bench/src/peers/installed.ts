/** The libraries compared with, which are installed apart from the workspace. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What to type when they are missing. */
export const INSTALL = 'pnpm --dir tools/bench/peers install --ignore-workspace --frozen-lockfile';

export class Installation {
  /** @param folder tools/bench/peers. */
  constructor(private readonly folder: string) {}

  /** @throws Error that names the command when the libraries are not installed. */
  check(): void {
    if (existsSync(join(this.folder, 'node_modules'))) return;
    throw new Error(`The libraries to compare with are not installed. Run: ${INSTALL}`);
  }

  /** The module of a library, of which the caller says what it uses. */
  async load<T>(name: string): Promise<T> {
    this.check();
    const { load } = (await import(pathToFileURL(join(this.folder, 'load.mjs')).href)) as { readonly load: (name: string) => Promise<T> };
    return load(name);
  }

  version(name: string): string {
    const manifest = JSON.parse(readFileSync(join(this.folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
    return manifest.version;
  }
}
