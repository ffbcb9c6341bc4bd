/** The loops over blocks of a contraction; how elements are fetched and stored comes from outside. */
import { isFloat, type ContractKernel, type TypedArray } from '@cotangent/tensor';
import { requireCompute } from '../values';
import { fillTable, geometryOf, type CheckedAxis, type Group, type OperandMap, type Steps } from './geometry';
import { BLOCK_COLUMNS, BLOCK_ROWS, BLOCK_SUM, TILE_COLUMNS, TILE_ROWS, multiply, type ContractMemory, type Panel } from './panels';

/**
 * Copies an operand block into a panel: lanes of `TILE_ROWS` or `TILE_COLUMNS` outer places, summed places one after another
 * within them; the last lanes repeat the last outer place. The element of outer place r and summed place k lies at
 * bases[0] + outer[0][r] + sum[0][k]; entry n + 1 of the three gives the coordinate along checked axis n. Coordinates outside
 * their axis give 0.
 */
export type Pack = (
  data: TypedArray, bases: readonly number[], outer: readonly Int32Array[], sum: readonly Int32Array[],
  count: number, depth: number, panel: Panel,
) => void;

/** Writes result[r * width + c]; line n of `lines` is at bases[n] + rows[n][r] + columns[n][c]. */
export type Store = (
  s: readonly TypedArray[], result: Panel, width: number, rowCount: number, columnCount: number,
  bases: readonly number[], rows: readonly Int32Array[], columns: readonly Int32Array[],
) => void;

/** Something that moves with the labels: a position in an array, or a coordinate. */
export interface Line {
  readonly steps: Steps;
  readonly start: number;
}

export interface ContractParts {
  packA(checked: readonly CheckedAxis[]): Pack;
  packB(checked: readonly CheckedAxis[]): Pack;
  /** `out` is where the sums go, `columns` the labels that count columns. */
  store(out: Line, columns: readonly number[]): { readonly lines: readonly Line[]; readonly store: Store };
}

/** The kernel as a function of the slots; its epilogue is the business of `parts.store`. */
export function bindContract(kernel: ContractKernel, memory: ContractMemory, parts: ContractParts): (s: readonly TypedArray[]) => void {
  for (const { dtype } of [kernel.a, kernel.b, kernel.output]) requireCompute('contraction', dtype);
  const float = isFloat(kernel.output.dtype);
  const { batch, rows, columns, summed, ...geometry } = geometryOf(kernel);
  const packA = parts.packA(geometry.a.checked);
  const packB = parts.packB(geometry.b.checked);
  const { lines, store } = parts.store({ steps: geometry.out, start: 0 }, columns.labels);
  const linesOf = (map: OperandMap): Line[] => [map, ...map.checked];
  const linesA = linesOf(geometry.a);
  const linesB = linesOf(geometry.b);
  const [outerA, sumA] = [tablesOf(rows, BLOCK_ROWS, linesA), tablesOf(summed, BLOCK_SUM, linesA)];
  const [outerB, sumB] = [tablesOf(columns, BLOCK_COLUMNS, linesB), tablesOf(summed, BLOCK_SUM, linesB)];
  const [storeRows, storeColumns] = [tablesOf(rows, BLOCK_ROWS, lines), tablesOf(columns, BLOCK_COLUMNS, lines)];

  return (s) => {
    if (rows.count * columns.count * batch.count === 0) return;
    const a = s[kernel.a.slot]!;
    const b = s[kernel.b.slot]!;
    const panels = float ? memory.floats() : memory.integers();
    for (let q = 0; q < batch.count; q++) {
      const index = indexAt(batch, q);
      const [basesA, basesB, bases] = [basesAt(linesA, batch, index), basesAt(linesB, batch, index), basesAt(lines, batch, index)];
      for (let c = 0; c < columns.count; c += BLOCK_COLUMNS) {
        const columnCount = Math.min(BLOCK_COLUMNS, columns.count - c);
        const width = Math.ceil(columnCount / TILE_COLUMNS) * TILE_COLUMNS;
        for (let r = 0; r < rows.count; r += BLOCK_ROWS) {
          const rowCount = Math.min(BLOCK_ROWS, rows.count - r);
          const height = Math.ceil(rowCount / TILE_ROWS) * TILE_ROWS;
          panels.result.fill(0, 0, height * width);
          for (let k = 0; k < summed.count; k += BLOCK_SUM) {
            const depth = Math.min(BLOCK_SUM, summed.count - k);
            packA(a, basesA, outerA(r), sumA(k), rowCount, depth, panels.a);
            packB(b, basesB, outerB(c), sumB(k), columnCount, depth, panels.b);
            multiply(panels, height, width, depth);
          }
          store(s, panels.result, width, rowCount, columnCount, bases, storeRows(r), storeColumns(c));
        }
      }
    }
  };
}

/** One table per line for a block of a group; kept until another block is asked for, so that small contractions fill them once. */
function tablesOf(group: Group, size: number, lines: readonly Line[]): (first: number) => readonly Int32Array[] {
  const tables = lines.map(() => new Int32Array(Math.min(size, group.count)));
  let filled = -1;
  return (first) => {
    if (first !== filled) {
      filled = first;
      const count = Math.min(size, group.count - first);
      lines.forEach(({ steps }, n) => fillTable(tables[n]!, group, first, count, steps));
    }
    return tables;
  };
}

function indexAt({ sizes }: Group, place: number): number[] {
  const index = new Array<number>(sizes.length).fill(0);
  for (let axis = sizes.length - 1, rest = place; axis >= 0; axis--) {
    index[axis] = rest % sizes[axis]!;
    rest = Math.floor(rest / sizes[axis]!);
  }
  return index;
}

/** Where lines begin at a place of the batch. */
function basesAt(lines: readonly Line[], { labels }: Group, index: readonly number[]): number[] {
  return lines.map(({ start, steps }) => labels.reduce((base, label, axis) => base + index[axis]! * steps[label]!, start));
}
