/** The command line. */
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError } from '@cotangent/tensor';
import { BACKEND_NAMES, type BackendName } from './backend';

/** What the program was asked to do. */
export interface Options {
  /** Folder with the four MNIST files; undefined for the digits that come with the repository. */
  readonly data: string | undefined;
  readonly backend: BackendName;
  /** Undefined: what suits the data. */
  readonly epochs: number | undefined;
  readonly seed: number;
  readonly resume: boolean;
  /** Folder for what the run writes. */
  readonly out: string;
}

export const HELP = `Trains LeNet-5 on handwritten digits, beside a softmax regression, and shows what it learned.

  pnpm start [options]

  --data <dir>       MNIST instead of the built-in digits: a folder with train-images-idx3-ubyte,
                     train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz
  --backend <name>   ${BACKEND_NAMES.join(' or ')} (default wasm)
  --epochs <n>       passes over the training data (default 25, with --data 5)
  --seed <n>         decides the split, the initial weights, the order and the shifts (default 1)
  --resume           goes on with an interrupted run; give the same options as before
  --out <dir>        where model and checkpoint are written (default runs/digits, with --data runs/<name of the folder>)
  --help             prints this

Ctrl-C saves a checkpoint after the batch in hand; a second Ctrl-C stops at once.
`;

/**
 * Reads the command line.
 *
 * @returns 'help' when help was asked for.
 * @throws ArgumentError for an option that does not exist or a value that makes no sense.
 */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parse(args);
  if (values.help === true) return 'help';
  const { data, backend = 'wasm', epochs, seed = '1', resume = false, out } = values;
  if (!isBackendName(backend)) {
    throw new ArgumentError(`--backend ${backend}: there is no such backend; expected ${BACKEND_NAMES.join(' or ')}.`);
  }
  if (data === '') throw new ArgumentError('--data: the name of the folder is empty.');
  if (out === '') throw new ArgumentError('--out: the name of the folder is empty.');
  return {
    data,
    backend,
    epochs: epochs === undefined ? undefined : whole('--epochs', epochs, 1),
    seed: whole('--seed', seed, 0),
    resume,
    out: out ?? join('runs', data === undefined ? 'digits' : basename(resolve(data)) || 'data'),
  };
}

/** The command that goes on with this run. */
export function resumeCommand({ data, backend, epochs, seed, out }: Options): string {
  const parts = ['pnpm start --resume'];
  if (data !== undefined) parts.push('--data', quoted(data));
  parts.push('--backend', backend);
  if (epochs !== undefined) parts.push('--epochs', String(epochs));
  parts.push('--seed', String(seed), '--out', quoted(out));
  return parts.join(' ');
}

function parse(args: readonly string[]) {
  // `pnpm start -- --seed 2` hands on the two dashes.
  const given = args[0] === '--' ? args.slice(1) : [...args];
  try {
    return parseArgs({
      args: given,
      strict: true,
      allowPositionals: false,
      options: {
        data: { type: 'string' },
        backend: { type: 'string' },
        epochs: { type: 'string' },
        seed: { type: 'string' },
        resume: { type: 'boolean' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    if (cause instanceof TypeError) throw new ArgumentError(`${cause.message.split('. To specify')[0]!.replace(/\.$/, '')}.`, { cause });
    throw cause;
  }
}

function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${option} ${text}: expected a whole number of at least ${least}.`);
  }
  return value;
}

function quoted(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
