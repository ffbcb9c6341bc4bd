/** The page of this repository. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findTests, page, parseFeatures } from './features';

/** Where the page is kept. */
export const PAGE = new URL('../../../docs/features.md', import.meta.url);

/** The page as it should be now. */
export function currentPage(): string {
  const list = readFileSync(new URL('../features.txt', import.meta.url), 'utf8');
  return page(parseFeatures(list), findTests(fileURLToPath(new URL('../../../', import.meta.url)), ['packages', 'apps', 'tools']));
}
