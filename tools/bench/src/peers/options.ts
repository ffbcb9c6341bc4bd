/** The command line of `pnpm bench --peers`. */
import { parseArgs } from 'node:util';
import { FRESH } from './fresh-rows';
import { GROUPS, PEERS, type Peer } from './roster';
import { TASKS } from './tasks';

export interface PeerOptions {
  readonly peers: readonly Peer[];
  /** Ids of the rows that are measured, in the order of the table. */
  readonly rows: readonly string[];
  readonly rounds: number;
  readonly sliceMs: number;
  readonly json: string | undefined;
  /** The folder of the steps by hand. */
  readonly straight: string | undefined;
  /** A stored comparison that is only shown. */
  readonly table: string | undefined;
}

/** All rows, in the order of the table. */
export const ROWS: readonly string[] = [...TASKS.map(({ id }) => id), ...FRESH];

/** Whether this command line asks for a comparison with other libraries, or to show one. */
export function isComparison(args: readonly string[]): boolean {
  return args.some((arg) => /^--(peers|table)(=|$)/.test(arg));
}

export function readPeerOptions(args: string[]): PeerOptions {
  const { values } = parseArgs({
    args,
    options: {
      peers: { type: 'string', default: 'ours' },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '15' },
      slice: { type: 'string', default: '100' },
      json: { type: 'string' },
      straight: { type: 'string' },
      table: { type: 'string' },
    },
  });
  const parts = values.only.split(',');
  const rows = ROWS.filter((id) => parts.some((part) => id.includes(part)));
  if (rows.length === 0) throw new Error(`--only ${values.only}: no workload has that in its name. There are:\n  ${ROWS.join('\n  ')}`);
  const { json, straight, table } = values;
  return {
    peers: peersOf(values.peers, straight !== undefined), rows,
    rounds: whole('rounds', values.rounds), sliceMs: whole('slice', values.slice), json, straight, table,
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${text}: expected a whole number >= 1.`);
  return value;
}

/** Ours always takes part; the steps by hand do when their folder is given. */
function peersOf(text: string, hasStraight: boolean): Peer[] {
  const names = new Set(['ours', 'ours-2t', ...(hasStraight ? ['straight', 'straight-2t'] : [])]);
  for (const word of text.split(',')) {
    const group = GROUPS[word] ?? (PEERS.some(({ name, side }) => name === word && side !== 'hand') ? [word] : undefined);
    if (!group) throw new Error(`--peers ${word}: there are ${[...Object.keys(GROUPS), ...GROUPS['all']!].join(', ')}.`);
    for (const name of group) names.add(name);
  }
  return PEERS.filter(({ name }) => names.has(name));
}
