/** Watching the resident set of this process over a long run. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export const MB = 2 ** 20;

/** The resident set at every tenth of a run; the first tenth is warm-up. */
export class Tenths {
  private readonly seen: number[] = [];
  private readonly live: number[] = [];

  /** `collected`: everything that nothing refers to is collected before each look, where a run is too short for its garbage to level off. */
  constructor(
    private readonly steps: number,
    private readonly collected = false,
  ) {}

  /** Notes and returns the resident set in bytes after `done` steps, at the end of every tenth; undefined elsewhere. */
  at(done: number): number | undefined {
    if (Math.floor((done * 10) / this.steps) === Math.floor(((done - 1) * 10) / this.steps)) return undefined;
    if (this.collected) collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    this.seen.push(rss);
    this.live.push(heapUsed + external);
    return rss;
  }

  /** By how many bytes the largest of the second half exceeds the largest from the second to the fifth tenth. */
  growth(): number {
    return growthOf(this.seen);
  }

  /** The same of what JavaScript holds, inside its heap and outside: exact where everything else was collected before. */
  liveGrowth(): number {
    return growthOf(this.live);
  }
}

function growthOf(tenths: readonly number[]): number {
  return Math.max(...tenths.slice(5)) - Math.max(...tenths.slice(1, 5));
}

/** A full collection. */
export function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Prints the last line, and sets the exit code when the limit is passed. */
export function verdict(isKept: boolean, text: string): void {
  console.log(`${isKept ? 'FLAT' : 'GROWS'}: ${text}`);
  if (!isKept) process.exitCode = 1;
}
