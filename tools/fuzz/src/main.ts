/**
 * `pnpm fuzz <n> [--seed first] [--only seed,seed] [--backend cpu,wasm] [--switches maps,rows] [--jobs n] [--stop n]`: n random
 * graphs, values and gradients. Each runs fused and unfused, in float64 on cpu and in float32 on every backend, once more with
 * one switch of the planner off (the switches take turns), and on the backends against each other.
 *
 * A failing graph is shrunk and printed as code. The last line is `N passed, N failed`. Exit code 0 when all passed, 1 when any
 * failed, 2 when the call is wrong.
 */
import { readOptions, UsageError } from './options';
import { runPool } from './pool';

async function main(): Promise<number> {
  const { seeds, jobs, stop, ...examine } = readOptions(process.argv.slice(2));
  const start = performance.now();
  let [passed, failed] = [0, 0];
  await runPool({
    seeds,
    jobs,
    examine,
    onResult: (seed, problem) => {
      if (problem === undefined) passed++;
      else {
        failed++;
        console.log(`${problem}\n\nAgain: pnpm fuzz --only ${seed}\n`);
      }
      if ((passed + failed) % 1000 === 0) console.log(`${passed + failed} graphs, ${failed} failed, ${((performance.now() - start) / 1000).toFixed(0)} s`);
      return failed < stop;
    },
  });
  if (passed + failed < seeds.length) console.log(`stopped after ${failed} failures (--stop), ${seeds.length - passed - failed} graphs left`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
}
