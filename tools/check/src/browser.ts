import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright';
import { findChromium } from '../../chromium';

/** How a page ended. */
export interface PageResult {
  readonly page: string;
  /** Undefined when the page's example ran to its end. */
  readonly error: string | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
const LIMIT_MS = 60_000;

/**
 * Opens each page of a folder in headless Chromium and waits until it sets `globalThis.outcome` ('' for success). Returns
 * undefined when there is no chromium on PATH.
 */
export async function runPages(folder: string, pages: readonly string[]): Promise<PageResult[] | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const server = await serve(folder);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const { port } = server.address() as AddressInfo;
    const results: PageResult[] = [];
    for (const name of pages) {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
      page.on('requestfailed', (request) => errors.push(`request failed: ${request.url()}`));
      await page.goto(`http://127.0.0.1:${port}/${name}`);
      try {
        const ended = 'globalThis.outcome !== undefined && { text: globalThis.outcome }';
        const outcome = await page.waitForFunction(ended, undefined, { timeout: LIMIT_MS });
        const { text } = (await outcome.jsonValue()) as { text: string };
        if (text !== '') errors.unshift(text);
      } catch {
        errors.push(`not done after ${LIMIT_MS / 1000} s`);
      }
      results.push({ page: name, error: errors.length > 0 ? errors.join('\n') : undefined });
      await page.close();
    }
    return results;
  } finally {
    await browser.close();
    server.close();
  }
}

/** A file server for a cross-origin isolated page, so that shared memory works. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0]!));
    try {
      const body = readFileSync(join(folder, path));
      response.writeHead(200, {
        'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
      response.end(body);
    } catch {
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
