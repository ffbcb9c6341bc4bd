import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPages, type Page, type PageResult } from './browser';

const DONE = "document.body.dataset.state === 'done' && { text: document.body.innerText }";
const EXAMPLES = 'node_modules/cotangent/examples';

/** The examples of packages/cotangent, with what a trained net answers there. */
const examples: readonly Page[] = [
  { name: `${EXAMPLES}/one-file.html`, ended: DONE, problem: xorProblem },
  { name: `${EXAMPLES}/import-map.html`, ended: DONE, problem: digitsProblem },
];

/**
 * Opens pages that import the installed packages' files as they are, from a plain file server: the examples of the package
 * `cotangent`, and a page that tries what the one file must do besides. Returns undefined when there is no chromium on PATH.
 *
 * @param project a folder with the packages in its node_modules.
 */
export async function noBuildPages(project: string): Promise<PageResult[] | undefined> {
  const plain = await runPages(project, examples, false);
  writeFileSync(join(project, 'one-file-probe.html'), PROBE);
  const isolated = await runPages(project, [{ name: 'one-file-probe.html', problem: probeProblem }]);
  return plain && isolated && [...plain, ...isolated];
}

/** The page shows a row for each of the four inputs: a, b, and a number close to a xor b. */
export function xorProblem(text: string): string | undefined {
  const rows = [...text.matchAll(/^([01])\s+([01])\s+([\d.]+)$/gm)].map(([, a, b, answer]) => [Number(a) ^ Number(b), Number(answer)]);
  const right = rows.filter(([wanted, answer]) => Math.abs(wanted! - answer!) < 0.1).length;
  return rows.length === 4 && right === 4 ? undefined : `XOR was not learnt. The page says:\n${text}`;
}

/** The page shows the share of unseen digits that are recognised, and ten answers. */
export function digitsProblem(text: string): string | undefined {
  const share = Number(/([\d.]+) % of/.exec(text)?.[1] ?? 0);
  const answers = text.match(/^\d$/gm)?.length ?? 0;
  return share >= 90 && answers === 10 ? undefined : `the digits were not learnt. The page says:\n${text}`;
}

const NO_ADAPTER = 'this Chromium has no WebGPU adapter';

/** Where WebGPU is not demanded, a browser without it is named and passes. */
function probeProblem(text: string): string | undefined {
  if (text !== NO_ADAPTER || process.env['REQUIRE_WEBGPU'] === '1') return text === '' ? undefined : text;
  console.log(`${NO_ADAPTER}: the one file was not tried with it`);
  return undefined;
}

/**
 * Importing the file leaves the page as it was and loads nothing else; classes keep their names through the minifier; threads,
 * which get their code as text, and shaders work. Chromium's software driver stands in for a GPU.
 */
const PROBE = `<!doctype html>
<meta charset="utf-8">
<title>what the one file must do</title>
<script type="module">
  const check = (fact, text) => { if (!fact) throw new Error(text); };
  const globals = () => Reflect.ownKeys(globalThis).map(String).sort().join();
  const warnings = [];
  console.warn = (...words) => warnings.push(words.join(' '));
  try {
    const before = globals();
    const { Linear, Sequential, ones, use, wasm, webgpu } = await import('./node_modules/cotangent/dist/cotangent.min.js');
    check(globals() === before, 'the import changed the globals');
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.endsWith('/favicon.ico'));
    check(loaded.length === 1, 'the import loaded more than the one file: ' + loaded);
    const model = String(new Sequential(new Linear(1, 1)));
    check(model.startsWith('Sequential(') && model.includes('Linear('), 'classes lost their names: ' + model);
    const product = async (backend) => {
      await use(backend);
      return ones([256, 256]).matmul(ones([256, 256])).sum().item();
    };
    check(await product(wasm({ threads: 2 })) === 256 ** 3, 'wrong product on wasm with threads');
    check(warnings.length === 0, 'wasm with threads warned: ' + warnings);
    const adapter = await navigator.gpu?.requestAdapter();
    if (adapter) check(await product(webgpu()) === 256 ** 3, 'wrong product on webgpu');
    globalThis.outcome = adapter ? '' : '${NO_ADAPTER}';
  } catch (error) {
    globalThis.outcome = String(error?.stack ?? error);
  }
</script>
`;
