/** Watching the resident set of this process over a long run. */

export const MB = 2 ** 20;

/** The resident set at every tenth of a run; the first tenth is warm-up. */
export class Tenths {
  private readonly seen: number[] = [];

  constructor(private readonly steps: number) {}

  /** Notes and returns the resident set in bytes after `done` steps, at the end of every tenth; undefined elsewhere. */
  at(done: number): number | undefined {
    if (Math.floor((done * 10) / this.steps) === Math.floor(((done - 1) * 10) / this.steps)) return undefined;
    const rss = process.memoryUsage.rss();
    this.seen.push(rss);
    return rss;
  }

  /** By how many bytes the largest of the second half exceeds the largest from the second to the fifth tenth. */
  growth(): number {
    return Math.max(...this.seen.slice(5)) - Math.max(...this.seen.slice(1, 5));
  }
}

/** Prints the last line, and sets the exit code when the limit is passed. */
export function verdict(isKept: boolean, text: string): void {
  console.log(`${isKept ? 'FLAT' : 'GROWS'}: ${text}`);
  if (!isKept) process.exitCode = 1;
}
