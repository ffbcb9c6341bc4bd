// `pnpm check [step...]`: everything a change must satisfy besides the tests. All steps run, also after a failure; the exit
// code is 1 when one failed. With names, only those steps run.
import { examples } from './examples';
import { packed } from './packed';
import { declared } from './declared';
import { pnpm, run } from './process';
import { sizes } from './sizes';
import { style } from './style';
import type { Step } from './step';

const steps: readonly Step[] = [
  { name: 'types', what: 'tsc over packages, apps, tools and tests', run: () => run('tsc', ['-p', '.']) },
  { name: 'lint', what: 'eslint with type information', run: () => run('eslint', ['--max-warnings', '0', '.']) },
  { name: 'style', what: 'line length, white space, line ends', run: style },
  { name: 'deps', what: 'who may import whom', run: deps },
  { name: 'declared', what: 'package.json names what the sources import', run: declared },
  { name: 'examples', what: 'every @example in the sources compiles and runs', run: examples },
  { name: 'build', what: 'turbo run build', run: build },
  { name: 'sizes', what: 'bundle budgets, and no backend that was not asked for', run: sizes },
  { name: 'packed', what: 'package lint, and README code and pages without a build step from the packed tarballs', run: packed },
];

function deps(): Promise<undefined> {
  return run('depcruise', ['--config', '.dependency-cruiser.mjs', 'packages', 'apps', 'tools']);
}

async function build(): Promise<undefined> {
  await pnpm(['run', 'build']);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`pnpm check: no step '${unknown.join("', '")}'. Steps: ${steps.map((step) => step.name).join(', ')}`);
  process.exit(1);
}

const results: { name: string; ok: boolean; seconds: number }[] = [];
for (const step of steps) {
  if (wanted.length > 0 && !wanted.includes(step.name)) continue;
  console.log(`\n== ${step.name}: ${step.what}`);
  const start = performance.now();
  let ok = true;
  try {
    const note = await step.run();
    if (note !== undefined && note !== '') console.log(note);
  } catch (error) {
    ok = false;
    console.log(error instanceof Error ? error.message : String(error));
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(`-- ${step.name} ${ok ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`);
  results.push({ name: step.name, ok, seconds });
}

console.log('\nstep       result   seconds');
for (const { name, ok, seconds } of results) {
  console.log(`${name.padEnd(10)} ${(ok ? 'ok' : 'FAILED').padEnd(8)} ${seconds.toFixed(1).padStart(7)}`);
}
const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
console.log(failed.length === 0 ? 'check: all steps ok' : `check: FAILED: ${failed.join(', ')}`);
// Servers and workers of a failed step must not keep the command alive.
process.exit(failed.length === 0 ? 0 : 1);
