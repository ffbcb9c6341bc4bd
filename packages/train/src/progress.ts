/** How far a pass is: rate, time left, and showing both. */
import { readOptions } from '@cotangent/tensor';

/** The state of a pass over the data. */
export interface ProgressState {
  /** What is going on, such as 'epoch 2/5' or 'evaluate'. */
  readonly label: string;
  /** Batches done. */
  readonly batch: number;
  /** Batches in all, when the source knows. */
  readonly batches: number | undefined;
  /** Samples done. */
  readonly samples: number;
  /** Samples per second. */
  readonly rate: number;
  /** Seconds left, when the number of batches is known. */
  readonly eta: number | undefined;
  /** Mean loss so far; absent when there is none. */
  readonly loss: number | undefined;
}

/** Shows progress. To use a progress-bar library, write these two methods with it. */
export interface Progress {
  /** Called after every batch. */
  update(state: ProgressState): void;
  /** Called when a pass is over, or has failed; `summary` is its results in one line. */
  end(summary: string | undefined): void;
}

/** What a terminal is, as far as needed here; `process.stdout` fits. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface TerminalProgressOptions {
  /** Default: `process.stdout`, or nothing where there is none. */
  readonly stream?: TerminalStream;
  /** Least milliseconds between two drawings. Default 100. */
  readonly interval?: number;
}

/**
 * A bar with rate and time left in one line of the terminal, and a line of results after every epoch. Silent when the
 * output is no terminal, such as a file or a browser.
 *
 * @example
 * ```ts
 * import { terminalProgress } from '@cotangent/train';
 * const progress = terminalProgress();
 * progress.update({ label: 'epoch 1/2', batch: 3, batches: 4, samples: 96, rate: 960, eta: 0.5, loss: 0.25 });
 * progress.end('epoch 1/2  loss 0.2400');
 * ```
 */
export function terminalProgress(options: TerminalProgressOptions = {}): Progress {
  const { stream = standardOutput(), interval = 100 } = readOptions('terminalProgress', options, ['stream', 'interval']);
  if (!stream?.isTTY) return { update: () => undefined, end: () => undefined };
  let drawn = -Infinity;
  let open = false;
  const draw = (text: string): void => {
    stream.write(`\r\x1b[2K${text}`);
  };
  return {
    update: (state) => {
      const now = performance.now();
      if (now - drawn < interval && state.batch !== state.batches) return;
      drawn = now;
      open = true;
      draw(progressLine(state, stream.columns ?? 80));
    },
    end: (summary) => {
      if (summary !== undefined) draw(`${summary}\n`);
      else if (open) stream.write('\n');
      drawn = -Infinity;
      open = false;
    },
  };
}

/**
 * Prints one line of results per epoch.
 *
 * @param print default `console.log`.
 */
export function logProgress(print: (line: string) => void = console.log): Progress {
  return {
    update: () => undefined,
    end: (summary) => {
      if (summary !== undefined) print(summary);
    },
  };
}

/** The state in one line of at most `width` characters: label, bar, count, loss, rate, time left. */
export function progressLine(state: ProgressState, width = 80): string {
  const { label, batch, batches, loss, rate, eta } = state;
  const count = batches === undefined ? `${batch} batches` : `${batch}/${batches}`;
  const parts = [count, ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]), `${short(rate)}/s`];
  if (eta !== undefined) parts.push(`ETA ${duration(eta)}`);
  const tail = parts.join('  ');
  const room = Math.min(30, width - label.length - tail.length - 6);
  if (batches === undefined || room < 5) return `${label}  ${tail}`.slice(0, width - 1);
  const full = Math.round((room * Math.min(batch, batches)) / Math.max(1, batches));
  return `${label} [${'='.repeat(full)}${' '.repeat(room - full)}] ${tail}`;
}

/** Measures a pass and reports it. */
export class Meter {
  private readonly start = performance.now();
  private batch: number;
  private samples = 0;
  private readonly first: number;

  constructor(
    private readonly progress: Progress | undefined,
    private readonly label: string,
    private readonly batches: number | undefined,
    done = 0,
  ) {
    this.batch = done;
    this.first = done;
  }

  /** One batch of `samples` is done; `loss` is the mean so far. */
  tick(samples: number, loss?: number): void {
    this.batch++;
    this.samples += samples;
    if (!this.progress) return;
    const seconds = Math.max(1e-9, (performance.now() - this.start) / 1000);
    const perBatch = seconds / (this.batch - this.first);
    this.progress.update({
      label: this.label,
      batch: this.batch,
      batches: this.batches,
      samples: this.samples,
      rate: this.samples / seconds,
      eta: this.batches === undefined ? undefined : Math.max(0, this.batches - this.batch) * perBatch,
      loss,
    });
  }
}

/** What an option `progress` stands for. */
export function progressFor(option: boolean | Progress | undefined): Progress | undefined {
  if (option === false) return undefined;
  return option === true || option === undefined ? terminalProgress() : option;
}

function standardOutput(): TerminalStream | undefined {
  return (globalThis as { process?: { stdout?: TerminalStream } }).process?.stdout;
}

function short(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)}k` : value.toFixed(value < 10 ? 1 : 0);
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  const two = (value: number): string => String(value % 60).padStart(2, '0');
  return minutes < 60 ? `${minutes}m ${two(whole)}s` : `${Math.floor(minutes / 60)}h ${two(minutes)}m`;
}
