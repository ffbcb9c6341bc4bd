import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright';
import { findChromium, SOFTWARE_WEBGPU } from '../../chromium';

/** A page and how to tell that it is right. */
export interface Page {
  /** Path below the folder that is served. */
  readonly name: string;
  /** Expression of the page: false until it is through, then `{ text }`. Default: what it set `globalThis.outcome` to. */
  readonly ended?: string;
  /** What is wrong with the text; undefined when nothing is. Default: the text itself, unless it is empty. */
  readonly problem?: (text: string) => string | undefined;
}

/** How a page ended. */
export interface PageResult {
  readonly page: string;
  /** Undefined when the page ran to its end, was right, and nothing was reported on the console. */
  readonly error: string | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
const OUTCOME = 'globalThis.outcome !== undefined && { text: globalThis.outcome }';
const LIMIT_MS = 60_000;

/**
 * Opens each page of a folder in headless Chromium and waits until it is through. Returns undefined when there is no chromium
 * on PATH.
 *
 * @param isolated whether the server sends the headers with which a page may share memory; without them it is as plain as a
 * file server can be.
 */
export async function runPages(folder: string, pages: readonly Page[], isolated = true): Promise<PageResult[] | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const server = await serve(folder, isolated);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...SOFTWARE_WEBGPU] });
  try {
    const { port } = server.address() as AddressInfo;
    const results: PageResult[] = [];
    for (const { name, ended = OUTCOME, problem = (text: string) => (text === '' ? undefined : text) } of pages) {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(`console: ${message.text()}`);
      });
      page.on('requestfailed', (request) => errors.push(`request failed: ${request.url()}`));
      await page.goto(`http://127.0.0.1:${port}/${name}`);
      try {
        const outcome = await page.waitForFunction(ended, undefined, { timeout: LIMIT_MS });
        const { text } = (await outcome.jsonValue()) as { text: string };
        const wrong = problem(text);
        if (wrong !== undefined) errors.unshift(wrong);
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

/** What makes a page cross-origin isolated, so that shared memory works. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

function serve(folder: string, isolated: boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0]!));
    try {
      const body = readFileSync(join(folder, path));
      response.writeHead(200, {
        'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
        ...(isolated ? ISOLATION : {}),
      });
      response.end(body);
    } catch {
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
