/** What a comparison found, as it is stored with `--json` and shown as a table. */

export interface Measured {
  /** In the unit of the row. */
  readonly value: number;
  /** Milliseconds of a run, where the row is about runs. */
  readonly ms?: number;
  /** The middle half of the rounds, relative to the median. */
  readonly spread: number;
  readonly rounds: number;
}

/** A library does not offer this, or it failed, or its result is wrong. */
export type Cell = Measured | { readonly unsupported: string } | { readonly failure: string };

export interface Floor {
  readonly ms: number;
  /** Share of the roof that allows less: arithmetic, or copying. */
  readonly ofRoof?: number;
}

export interface Row {
  readonly id: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** What no implementation can go below, measured in the same rounds. */
  readonly floor?: Floor;
  readonly cells: Readonly<Record<string, Cell>>;
  /** Ours to: the best other JavaScript library on one thread, PyTorch on one thread, the steps by hand, itself on two threads. */
  readonly ratios: Ratios;
}

/** Above 1: ours is faster, or smaller. */
export interface Ratios {
  readonly bestJs?: number;
  readonly torch?: number;
  readonly hand?: number;
  /** Two threads to one. */
  readonly threads?: number;
  /** Time to the floor: 1 is the floor. */
  readonly floor?: number;
}

export interface Comparison {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly rounds: number;
  readonly sliceMs: number;
  /** Arithmetic as measured with the tasks, copies of 64 MB; absent where no task ran. */
  readonly roof: { readonly gflops: number; readonly copyGBs: number } | undefined;
  /** Versions of the libraries by the names of the columns. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

export function isMeasured(cell: Cell | undefined): cell is Measured {
  return cell !== undefined && 'value' in cell;
}

/** The ratios of a row, from its cells. `js` names the columns of other JavaScript libraries on one thread. */
export function ratiosOf({ cells, better, floor }: Omit<Row, 'ratios'>, js: readonly string[]): Ratios {
  const value = (name: string): number | undefined => {
    const cell = cells[name];
    return isMeasured(cell) ? cell.value : undefined;
  };
  const ratio = (own: number | undefined, other: number | undefined): number | undefined => {
    if (own === undefined || other === undefined) return undefined;
    return better === 'more' ? own / other : other / own;
  };
  const ours = value('ours');
  const others = js.map(value).filter((v) => v !== undefined);
  const best = others.length === 0 ? undefined : better === 'more' ? Math.max(...others) : Math.min(...others);
  const own = cells['ours'];
  const ms = isMeasured(own) ? own.ms : undefined;
  const found = {
    bestJs: ratio(ours, best), torch: ratio(ours, value('torch-1t')), hand: ratio(ours, value('straight')),
    threads: ratio(value('ours-2t'), ours), floor: floor && ms !== undefined ? ms / floor.ms : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, number]) => number !== undefined));
}

/** The rows of `before`, with those of `now` in their places and behind them, in the order that `order` gives. */
export function merged(before: Comparison | undefined, now: Comparison, order: readonly string[]): Comparison {
  const rows = new Map([...(before?.rows ?? []), ...now.rows].map((row) => [row.id, row]));
  const place = (id: string): number => order.indexOf(id);
  return {
    ...now,
    versions: { ...before?.versions, ...now.versions },
    rows: [...rows.values()].sort((a, b) => place(a.id) - place(b.id)),
  };
}
