/** The loops over blocks of a contraction; how elements are fetched and stored comes from outside. */
import { isFloat, type ContractKernel, type TypedArray } from '@cotangent/tensor';
import { requireCompute } from '../values';
import { fillTable, geometryOf, type Group, type OperandMap } from './geometry';
import {
  BLOCK_COLUMNS, BLOCK_ROWS, BLOCK_SUM, TILE_COLUMNS, TILE_ROWS, multiply,
  type BlockTables, type ContractMemory, type Panel,
} from './panels';

/**
 * Copies an operand block into a panel: lanes of `TILE_ROWS` or `TILE_COLUMNS` outer places, summed places one after
 * another within them; the last lanes repeat the last outer place. Checked axes outside their range give 0.
 */
export type Pack = (data: TypedArray, tables: BlockTables, outer: number, depth: number, panel: Panel) => void;

/** Writes result[r * width + c] to out[rows[r] + columns[c]]. */
export type Store = (
  result: Panel, width: number, out: TypedArray, rows: Int32Array, rowCount: number, columns: Int32Array, columnCount: number,
) => void;

export interface ContractParts {
  packA(map: OperandMap): Pack;
  packB(map: OperandMap): Pack;
  store(): Store;
}

/** The kernel as a function of the slots. */
export function bindContract(kernel: ContractKernel, memory: ContractMemory, parts: ContractParts): (s: readonly TypedArray[]) => void {
  for (const { dtype } of [kernel.a, kernel.b, kernel.output]) requireCompute('contraction', dtype);
  const float = isFloat(kernel.output.dtype);
  const geometry = geometryOf(kernel);
  const { batch, rows, columns, summed } = geometry;
  const packA = parts.packA(geometry.a);
  const packB = parts.packB(geometry.b);
  const store = parts.store();

  return (s) => {
    const a = s[kernel.a.slot]!;
    const b = s[kernel.b.slot]!;
    const out = s[kernel.output.slot]!;
    if (rows.count * columns.count * batch.count === 0) return;
    const { outRows, outColumns } = memory;
    const tables = memory.tables();
    const panels = float ? memory.floats() : memory.integers();
    const batchOf = positions(batch);
    for (let q = 0; q < batch.count; q++) {
      const at = batchOf(q);
      for (let c = 0; c < columns.count; c += BLOCK_COLUMNS) {
        const columnCount = Math.min(BLOCK_COLUMNS, columns.count - c);
        const width = Math.ceil(columnCount / TILE_COLUMNS) * TILE_COLUMNS;
        fillOuter(tables.b, geometry.b, columns, c, columnCount, at);
        fillTable(outColumns, columns, c, columnCount, geometry.out, 0);
        for (let r = 0; r < rows.count; r += BLOCK_ROWS) {
          const rowCount = Math.min(BLOCK_ROWS, rows.count - r);
          const height = Math.ceil(rowCount / TILE_ROWS) * TILE_ROWS;
          fillOuter(tables.a, geometry.a, rows, r, rowCount, at);
          fillTable(outRows, rows, r, rowCount, geometry.out, at(geometry.out));
          panels.result.fill(0, 0, height * width);
          for (let k = 0; k < summed.count; k += BLOCK_SUM) {
            const depth = Math.min(BLOCK_SUM, summed.count - k);
            fillSum(tables.a, geometry.a, summed, k, depth);
            fillSum(tables.b, geometry.b, summed, k, depth);
            packA(a, tables.a, rowCount, depth, panels.a);
            packB(b, tables.b, columnCount, depth, panels.b);
            multiply(panels, height, width, depth);
          }
          store(panels.result, width, out, outRows, rowCount, outColumns, columnCount);
        }
      }
    }
  };
}

/** For place q of a group: a function that sums the steps of its labels. */
function positions(group: Group): (q: number) => (steps: readonly number[]) => number {
  const index = new Array<number>(group.labels.length).fill(0);
  return (q) => {
    for (let axis = index.length - 1, rest = q; axis >= 0; axis--) {
      index[axis] = rest % group.sizes[axis]!;
      rest = Math.floor(rest / group.sizes[axis]!);
    }
    return (steps) => index.reduce((sum, i, axis) => sum + i * steps[group.labels[axis]!]!, 0);
  };
}

function fillOuter(
  tables: BlockTables, map: OperandMap, group: Group, first: number, count: number, at: (steps: readonly number[]) => number,
): void {
  fillTable(tables.outer, group, first, count, map.steps, map.start + at(map.steps));
  map.checked.forEach((axis, n) => fillTable(tables.outerChecked[n]!, group, first, count, axis.steps, axis.start + at(axis.steps)));
}

function fillSum(tables: BlockTables, map: OperandMap, group: Group, first: number, count: number): void {
  fillTable(tables.sum, group, first, count, map.steps, 0);
  map.checked.forEach((axis, n) => fillTable(tables.sumChecked[n]!, group, first, count, axis.steps, 0));
}
