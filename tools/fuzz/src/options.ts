/** The command line of `pnpm fuzz`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SWITCHES, type Switch } from '@cotangent/backend-tests';

export const USAGE =
  'Usage: pnpm fuzz <n> [--seed first] [--only seed,seed] [--backend cpu,wasm] [--switches maps,rows,...] [--jobs n] [--stop n]';

const BACKENDS = ['cpu', 'wasm'];

/** A mistake in the call: printed without a stack. */
export class UsageError extends Error {}

export interface Options {
  readonly seeds: readonly number[];
  readonly backends: readonly string[];
  /** Which switches take turns at being off alone. */
  readonly switches: readonly Switch[];
  readonly jobs: number;
  /** Stop after so many failures. */
  readonly stop: number;
}

/** Throws UsageError for what cannot be understood. */
export function readOptions(argv: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: argv.filter((arg) => arg !== '--'),
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: '0' },
        only: { type: 'string' },
        backend: { type: 'string', default: BACKENDS.join() },
        switches: { type: 'string', default: SWITCHES.join() },
        jobs: { type: 'string', default: String(availableParallelism()) },
        stop: { type: 'string', default: '10' },
      },
    });
    const only = values.only === undefined ? undefined : listOf(values.only).map((text) => whole('--only', text, 0));
    if (only ? positionals.length > 0 : positionals.length !== 1) {
      throw new Error(only ? `--only says which graphs; leave out '${positionals.join(' ')}'.` : `expected how many graphs but got ${positionals.length} arguments.`);
    }
    const first = whole('--seed', values.seed, 0);
    const count = only ? 0 : whole('the number of graphs', positionals[0]!, 1);
    return {
      seeds: only ?? Array.from({ length: count }, (_, i) => first + i),
      backends: chosen('--backend', values.backend, BACKENDS),
      switches: chosen('--switches', values.switches, SWITCHES),
      jobs: whole('--jobs', values.jobs, 1),
      stop: whole('--stop', values.stop, 1),
    };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, { cause: error });
  }
}

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`${name}: got '${text}'; expected a whole number of at least ${least}.`);
  return value;
}

function chosen<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  const names = listOf(text);
  const unknown = names.filter((n) => !(known as readonly string[]).includes(n));
  if (unknown.length > 0 || names.length === 0) throw new Error(`${name}: got '${text}'; expected some of ${known.join(', ')}.`);
  return known.filter((n) => names.includes(n));
}
