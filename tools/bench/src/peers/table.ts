/** The table of a comparison, in markdown. */
import { isMeasured, type Cell, type Comparison, type Row } from './result';
import { PEERS } from './roster';

/** A spread of the rounds above this is marked. */
const NOISY = 0.15;

export function short(n: number): string {
  if (n >= 100) return n.toFixed(0);
  return n >= 10 ? n.toFixed(1) : n.toPrecision(2);
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  if ('unsupported' in cell) return 'n/a';
  return 'failure' in cell ? 'FAIL' : short(cell.value) + (cell.spread > NOISY ? '~' : '');
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2);
}

/** The number of the best other library in bold. */
function cells(row: Row, names: readonly string[]): string[] {
  const js = PEERS.filter(({ side, threads }) => side === 'js' && threads === 1).map(({ name }) => name);
  const values = js.flatMap((name) => {
    const cell = row.cells[name];
    return isMeasured(cell) ? [cell.value] : [];
  });
  const best = row.better === 'more' ? Math.max(...values) : Math.min(...values);
  return names.map((name) => {
    const cell = row.cells[name];
    const text = cellText(cell);
    return js.includes(name) && isMeasured(cell) && cell.value === best ? `**${text}**` : text;
  });
}

/** The columns that have a cell in some row, in the order of the roster. */
export function columns(rows: readonly Row[]): string[] {
  return PEERS.map(({ name }) => name).filter((name) => rows.some((row) => name in row.cells));
}

export function tableOf({ rows }: Comparison): string {
  const names = columns(rows);
  const hasStraight = names.includes('straight');
  const ratios = ['to best JS', 'to torch', ...(hasStraight ? ['to straight'] : []), '2t to 1t', 'of roof', 'floor ms', 'to floor'];
  const lines = rows.map((row) => {
    const { bestJs, torch, hand, threads, floor } = row.ratios;
    const right = [bestJs, torch, ...(hasStraight ? [hand] : []), threads, row.floor?.ofRoof].map(ratioText);
    const floorText = row.floor === undefined ? '' : short(row.floor.ms);
    return `| ${[row.id, row.unit, ...cells(row, names), ...right, floorText, ratioText(floor)].join(' | ')} |`;
  });
  return [
    `| workload | unit | ${[...names, ...ratios].join(' | ')} |`,
    `|---|---|${[...names, ...ratios].map(() => '---:|').join('')}`,
    ...lines,
  ].join('\n');
}

/** Everything that is to be known about the table, above and below it. */
export function reportOf(comparison: Comparison): string {
  const { processor, cores, node, rounds, sliceMs, roof, versions, rows } = comparison;
  const failures = rows.flatMap(({ id, cells: all }) =>
    Object.entries(all).flatMap(([name, cell]) => ('failure' in cell ? [`- ${id}, ${name}: ${cell.failure}`] : [])),
  );
  const unsupported = new Map<string, string[]>();
  for (const { id, cells: all } of rows) {
    for (const [name, cell] of Object.entries(all)) {
      if (!('unsupported' in cell)) continue;
      const reason = `${name}: ${cell.unsupported}`;
      unsupported.set(reason, [...(unsupported.get(reason) ?? []), id]);
    }
  }
  return [
    `${processor}, ${cores} cores, Node ${node}; median of ${rounds} interleaved rounds of ${sliceMs} ms.`,
    ...(roof ? [`Roofs of one thread: ${short(roof.gflops)} GFLOP/s of arithmetic in registers, ${short(roof.copyGBs)} GB/s of copying.`] : []),
    `Versions: ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    '',
    tableOf(comparison),
    ...(failures.length > 0 ? ['', 'FAIL:', ...failures] : []),
    ...(unsupported.size > 0 ? ['', 'n/a:', ...[...unsupported].map(([reason, ids]) => `- ${reason} (${ids.join(', ')})`)] : []),
  ].join('\n');
}
