/**
 * What the program that measures and the processes that run the tasks say to each other: commands as JSON lines on standard input,
 * answers as JSON lines on file descriptor 3, because libraries print what they like on the standard outputs.
 */
import type { Task } from './task';

export type Command =
  | { readonly name: 'init' }
  /** Builds a task, writes its results into a folder, and runs it until it is warm. */
  | {
      readonly name: 'prepare';
      readonly task: Task;
      /** Folder of the inputs, for processes that cannot make them. */
      readonly inputs: string;
      /** Folder for the results. */
      readonly outputs: string;
      /** The results that are written, where there are such. */
      readonly checked: readonly string[];
      /** Of a training task: how many losses; else 0. */
      readonly checkedSteps: number;
      readonly warmMs: number;
      /** A run that takes longer is not repeated to warm up. */
      readonly slowMs: number;
    }
  /** Runs the task for `ms` milliseconds, at least once. */
  | { readonly name: 'measure'; readonly ms: number }
  /** Runs the task up to `runs` times within a budget. */
  | { readonly name: 'repeat'; readonly runs: number; readonly budgetMs: number }
  /** Lets go of the task. */
  | { readonly name: 'drop' }
  | { readonly name: 'exit' };

/** Every command may be answered by an error instead. */
export interface Failure {
  readonly error: string;
}

export interface Answers {
  readonly init: { readonly version: string; readonly threads: number };
  readonly prepare:
    | { readonly unsupported: string }
    /** `firstMs` from the beginning to the first result; `estimateMs` of a warm run. */
    | { readonly unsupported?: undefined; readonly firstMs: number; readonly estimateMs: number };
  /** Milliseconds of a run, one number for each few runs. */
  readonly measure: { readonly samples: readonly number[] };
  readonly repeat: { readonly runs: number; readonly peakBytes: number };
  readonly drop: object;
  readonly exit: object;
}
