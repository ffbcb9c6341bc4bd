/** The command line of `pnpm bench --gpu`. */
import { parseArgs } from 'node:util';

export interface GpuOptions {
  /** Sizes up to 128, for software adapters. */
  readonly small: boolean;
  readonly rounds: number;
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
      json: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: expected a whole number >= 1.`);
  return { small: values.small, rounds, json: values.json, only: values.only };
}
