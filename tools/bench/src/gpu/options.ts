/** The command line of `pnpm bench --gpu`. */
import { parseArgs } from 'node:util';

export interface GpuOptions {
  /** Sizes up to 128, for software adapters. */
  readonly small: boolean;
  readonly rounds: number;
  /** Training steps timed for what JavaScript takes, after some more to warm up. */
  readonly steps: number;
  readonly json: string | undefined;
  /** A part of the names of the tasks that run; '' for all. */
  readonly only: string;
}

export function isGpu(args: readonly string[]): boolean {
  return args.includes('--gpu');
}

export function readGpuOptions(args: string[]): GpuOptions {
  const { values } = parseArgs({
    args,
    options: {
      gpu: { type: 'boolean' },
      small: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '7' },
      steps: { type: 'string', default: '100' },
      json: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const wholeNumber = (name: 'rounds' | 'steps'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${values[name]}: expected a whole number >= 1.`);
    return value;
  };
  return { small: values.small, rounds: wholeNumber('rounds'), steps: wholeNumber('steps'), json: values.json, only: values.only };
}
