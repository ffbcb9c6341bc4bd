/** Places for the boxes of a graph: rows by depth, and within a row next to what they are connected to. */

export interface Placeable {
  readonly width: number;
  readonly from: readonly number[];
}

/** Where a box lies: its row from the top and its centre from the left. */
export interface Spot {
  readonly row: number;
  readonly x: number;
}

/** A line from one box to another, through lanes that are kept free for it in the rows between. */
export interface Line {
  readonly from: number;
  readonly to: number;
  /** Centres in the rows after that of `from` and before that of `to`. */
  readonly lanes: readonly number[];
}

export interface Layout {
  readonly spots: readonly Spot[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly rows: number;
}

/** A box, or the lane of a line that passes a row. */
interface Cell {
  readonly width: number;
  readonly above: Cell[];
  readonly below: Cell[];
  x: number;
}

const LANE = 24;
const SPACE = 24;

/** Lays out boxes that are given in an order in which every box comes after those it is connected from. */
export function layOut(boxes: readonly Placeable[]): Layout {
  const row: number[] = [];
  for (const { from } of boxes) row.push(Math.max(-1, ...from.map((i) => row[i]!)) + 1);
  const cells = boxes.map(({ width }): Cell => ({ width, above: [], below: [], x: 0 }));
  const rows: Cell[][] = Array.from({ length: Math.max(0, ...row) + 1 }, () => []);
  cells.forEach((cell, i) => rows[row[i]!]!.push(cell));
  const lines = boxes.flatMap(({ from }, to) =>
    from.map((i) => {
      const lanes: Cell[] = [];
      let last = cells[i]!;
      for (let r = row[i]! + 1; r <= row[to]!; r++) {
        const next = r === row[to] ? cells[to]! : { width: LANE, above: [], below: [], x: 0 };
        last.below.push(next);
        next.above.push(last);
        if (r < row[to]!) {
          lanes.push(next);
          rows[r]!.push(next);
        }
        last = next;
      }
      return { from: i, to, lanes };
    }),
  );
  for (const cellsOfRow of rows) place(cellsOfRow);
  // Down and up a few times: every row is ordered by the mean place of its neighbours (Sugiyama, Tagawa and Toda, 1981).
  for (let round = 0; round < 4; round++) {
    for (const cellsOfRow of rows) arrange(cellsOfRow, (cell) => cell.above);
    for (const cellsOfRow of [...rows].reverse()) arrange(cellsOfRow, (cell) => cell.below);
  }
  for (const cellsOfRow of rows) arrange(cellsOfRow, (cell) => cell.above);
  const all = rows.flat();
  const left = Math.min(0, ...all.map((cell) => cell.x - cell.width / 2));
  const right = Math.max(0, ...all.map((cell) => cell.x + cell.width / 2));
  return {
    spots: cells.map((cell, i) => ({ row: row[i]!, x: cell.x - left })),
    lines: lines.map(({ from, to, lanes }) => ({ from, to, lanes: lanes.map((cell) => cell.x - left) })),
    width: right - left,
    rows: rows.length,
  };
}

/** Side by side, around 0. */
function place(cells: readonly Cell[]): void {
  const total = cells.reduce((sum, cell) => sum + cell.width + SPACE, -SPACE);
  let x = -total / 2;
  for (const cell of cells) {
    cell.x = x + cell.width / 2;
    x += cell.width + SPACE;
  }
}

/** Moves every cell towards the mean of its neighbours, as far as the others of its row leave room. */
function arrange(cells: Cell[], neighbours: (cell: Cell) => readonly Cell[]): void {
  const wanted = new Map(cells.map((cell) => [cell, mean(neighbours(cell).map((n) => n.x)) ?? cell.x]));
  cells.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
  place(cells);
  const shift = mean(cells.map((cell) => wanted.get(cell)! - cell.x)) ?? 0;
  for (const cell of cells) cell.x += shift;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b) / values.length;
}
