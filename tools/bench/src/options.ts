/** The command line of `pnpm bench`. */
import { parseArgs } from 'node:util';
import { WORKLOADS } from './workloads';

export interface BenchOptions {
  /** A part of the names of the workloads that run; '' for all. */
  readonly only: string;
  readonly rounds: number;
  readonly json: string | undefined;
  readonly backend: 'cpu' | 'wasm' | undefined;
}

export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '7' },
      json: { type: 'string' },
      backend: { type: 'string' },
    },
  });
  const { only, json, backend } = values;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: expected a whole number >= 1.`);
  if (backend !== undefined && backend !== 'cpu' && backend !== 'wasm') throw new Error(`--backend ${backend}: expected cpu or wasm.`);
  const named = WORKLOADS.filter(({ name }) => name.includes(only));
  if (named.length === 0) throw new Error(`--only ${only}: no workload has that in its name. There are:\n${WORKLOADS.map((w) => `  ${w.name}`).join('\n')}`);
  if (backend && !named.some(({ places }) => places.includes(backend))) {
    throw new Error(`--only ${only} --backend ${backend}: these workloads do not run on ${backend}:\n${named.map((w) => `  ${w.name}`).join('\n')}`);
  }
  return { only, rounds, json, backend };
}
