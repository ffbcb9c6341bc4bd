/** The server of the page: Vite's, with the headers that threads need, and the MNIST files if there are any. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type Plugin, type ViteDevServer } from 'vite';
import { MNIST_FILES, MNIST_PATH } from './mnist-files';

export interface ServerOptions {
  /** A folder with the four MNIST files, plain or with .gz at the end. Default: the digits that ship with the package. */
  readonly data?: string | undefined;
  /** Default: the first that is free from 5173 on. */
  readonly port?: number | undefined;
  /** Serve other machines too. They have no threads and no WebGPU: browsers trust http only on the machine itself. */
  readonly host?: boolean | undefined;
  /** Load the page again when a file changes. */
  readonly watch: boolean;
}

/**
 * Starts the server.
 *
 * @throws Error when the folder or one of its files is missing.
 */
export async function startServer({ data, port, host = false, watch }: ServerOptions): Promise<ViteDevServer> {
  const files = data === undefined ? undefined : findMnist(data);
  const server = await createServer({
    root: fileURLToPath(new URL('..', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    clearScreen: false,
    // The packages of the repository as they stand in their sources: nothing to build first, nothing to bundle ahead.
    resolve: { conditions: ['@cotangent/source', 'module', 'browser', 'development|production'] },
    optimizeDeps: { noDiscovery: true, include: [] },
    worker: { format: 'es' },
    plugins: files === undefined ? [] : [mnistPlugin(files)],
    server: {
      port,
      host: host ? true : 'localhost',
      // Ready before the first visitor comes.
      warmup: { clientFiles: ['./src/page.ts', './src/worker.ts'] },
      ...(watch ? {} : { watch: null }),
      // Shared memory, hence threads, needs a cross-origin isolated page.
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    },
  });
  return server.listen();
}

/** The path of each file by its name. */
function findMnist(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new Error(`--data ${folder}: there is no such folder.`);
  const found = new Map<string, string>();
  for (const name of MNIST_FILES) {
    const path = [name, `${name}.gz`].map((file) => join(folder, file)).find((file) => existsSync(file));
    if (path !== undefined) found.set(name, path);
  }
  const missing = MNIST_FILES.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new Error(
      `--data ${folder}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. ` +
        `Expected the four MNIST files ${MNIST_FILES.join(', ')}, plain or with .gz at the end.`,
    );
  }
  return found;
}

/** Serves the files as they are (the page unpacks them), and tells the page that they are there. */
function mnistPlugin(files: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'mnist',
    transformIndexHtml: (html) => html.replace('data-source="built-in"', 'data-source="mnist"'),
    configureServer: ({ middlewares }) => {
      middlewares.use((request, response, next) => {
        const path = request.url?.startsWith(MNIST_PATH) ? files.get(request.url.slice(MNIST_PATH.length)) : undefined;
        if (path === undefined) {
          next();
          return;
        }
        response.setHeader('Content-Type', 'application/octet-stream');
        createReadStream(path).pipe(response);
      });
    },
  };
}
