/** `pnpm start`: the command-line program. */
import { CotangentError } from '@cotangent/tensor';
import { onInterrupt } from './interrupt';
import { HELP, readOptions } from './options';
import { runDigits } from './run';
import { terminalOf } from './terminal';

/** What a shell reports for a program that was stopped with Ctrl-C. */
const INTERRUPTED = 130;

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === 'help') {
      process.stdout.write(HELP);
      return 0;
    }
    const interrupt = new AbortController();
    const forget = onInterrupt({
      first: () => {
        process.stderr.write('\ninterrupted: finishing this batch and saving; Ctrl-C again stops at once\n');
        interrupt.abort();
      },
      second: () => process.exit(INTERRUPTED),
    });
    const result = await runDigits(options, terminalOf(process.stdout, process.env), { signal: interrupt.signal });
    forget();
    return result === undefined ? INTERRUPTED : 0;
  } catch (error) {
    // Errors of the framework say what to do about them; where they were thrown helps nobody here.
    process.stderr.write(error instanceof CotangentError ? `error: ${error.message}\n` : `${String((error as Error).stack ?? error)}\n`);
    return 1;
  }
}

process.exitCode = await main();
