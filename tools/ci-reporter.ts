import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Ends the output of `vitest run` with one line that people and machines read alike: `N passed, N failed`. A test file that
 * cannot be loaded and an error outside any test count as failures; skipped tests are told on a line of their own.
 */
export class CiReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped++;
        else failed++;
      }
    }
    const skippedLine = skipped > 0 ? `${skipped} skipped\n` : '';
    // Written at the very end of the process: other reporters and plugins may still have something to say, and a pipe
    // must not swallow the line.
    process.once('exit', () => {
      writeSync(1, `\n${skippedLine}${passed} passed, ${failed} failed\n`);
    });
  }
}

export default CiReporter;
