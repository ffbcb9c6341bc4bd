/**
 * What the direct convolutions share: rows of a plane copied into the memory of the thread, with zeros around, and cut by step, so that
 * every tap reads neighbours: column c of the copy for phase (y, x) is column c * step + x of the plane, and the same for rows.
 */
import { I32, V128, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';
import type { Table } from '../params';

/** One axis of a plane under a window: position * step + tap * spread + offset; outside [0, extent) are zeros. */
export interface Line {
  readonly extent: number;
  readonly positions: number;
  readonly taps: number;
  readonly step: number;
  readonly spread: number;
  readonly offset: number;
}

/** How a block of rows of a plane is laid out. */
export interface Layout {
  /** Bytes from row to row of the copy. */
  readonly pitch: number;
  /** Bytes of the whole copy. */
  readonly bytes: number;
  /** For each tap how far it is from the position, in bytes. */
  readonly taps: readonly number[];
  readonly phases: readonly Phase[];
  /** Rows of a phase beyond the number of positions. */
  readonly extraRows: number;
}

interface Phase {
  readonly row: number;
  /** In elements of the plane: the first column copied. */
  readonly column: number;
  /** In bytes of the copy. */
  readonly target: number;
  readonly count: number;
}

const shiftOf = ({ step, spread }: Line, tap: number): number => Math.floor((tap * spread) / step);
const phaseOf = ({ step, spread }: Line, tap: number): number => (tap * spread) % step;
const tapsOf = ({ taps }: Line): number[] => Array.from({ length: taps }, (_, i) => i);
const phasesOf = (line: Line): number[] => [...new Set(tapsOf(line).map((tap) => phaseOf(line, tap)))];

/** The layout of a copy for `positions` rows of results. */
export function layoutOf(rows: Line, columns: Line, positions: number): Layout {
  const extraRows = shiftOf(rows, rows.taps - 1);
  const pitch = (columns.positions + shiftOf(columns, columns.taps - 1)) * 4;
  const planeBytes = (positions + extraRows) * pitch;
  const [rowPhases, columnPhases] = [phasesOf(rows), phasesOf(columns)];
  const start = (y: number, x: number): number => (rowPhases.indexOf(y) * columnPhases.length + columnPhases.indexOf(x)) * planeBytes;
  const phases = rowPhases.flatMap((row) => columnPhases.map((x) => {
    const first = x + columns.offset;
    const low = Math.max(0, Math.ceil(-first / columns.step));
    const high = Math.min(pitch / 4, Math.floor((columns.extent - 1 - first) / columns.step) + 1);
    return { row: row + rows.offset, column: first + low * columns.step, target: start(row, x) + low * 4, count: Math.max(0, high - low) };
  }));
  const taps = tapsOf(rows).flatMap((i) => tapsOf(columns).map((j) =>
    start(phaseOf(rows, i), phaseOf(columns, j)) + shiftOf(rows, i) * pitch + shiftOf(columns, j) * 4));
  return { pitch, bytes: rowPhases.length * columnPhases.length * planeBytes, taps, phases, extraRows };
}

/** Phases as a table: for each the row, the place of the first column in the source (bytes), the target and the count. */
export function phaseTable({ phases }: Layout, columnBytes: number): Table {
  const words = phases.flatMap(({ row, column, target, count }) => [row, column * columnBytes, target, count]);
  return { key: `phases ${words.join()}`, build: () => Int32Array.from(words) };
}

/** Taps as a table, the last one repeated up to a multiple of `width`. */
export function tapTable({ taps }: Layout, width = 1): Table {
  const words = Array.from({ length: Math.ceil(taps.length / width) * width }, (_, i) => taps[Math.min(i, taps.length - 1)]!);
  return { key: `taps ${words.join()}`, build: () => Int32Array.from(words) };
}

/** Adds copy(from, to, count, fromStep, toStep): steps in bytes. */
export function addCopyLine(module: KernelModule): number {
  return module.helper('copy a line', new Array<typeof I32>(5).fill(I32), [], (f, ...params) => {
    const [from, to, count, fromStep, toStep] = params as Locals<5>;
    const vectors = f.local(I32);
    const [x, y] = f.locals(V128, 2);
    const rest = (): void => void f.get(count).i32(3).op('i32And').set(count);
    f.get(toStep).i32(4).op('i32Eq').if(() => {
      f.get(count).i32(2).op('i32ShrU').set(vectors);
      f.get(fromStep).i32(4).op('i32Eq').if(
        () => {
          rest();
          f.times(vectors, () => void f.get(to, from).mem('v128Load').mem('v128Store').add(to, 16).add(from, 16));
        },
        () => void f.get(fromStep).i32(8).op('i32Eq').if(() => {
          rest();
          f.times(vectors, () => {
            f.get(from).mem('v128Load').set(x).get(from).mem('v128Load', 16).set(y);
            f.get(to).get(x, y).shuffle(0, 2, 4, 6).mem('v128Store').add(to, 16).add(from, 32);
          });
        }),
      );
    });
    f.times(count, () => void f.get(to, from).mem('f32Load').mem('f32Store').addLocal(to, toStep).addLocal(from, fromStep));
  });
}

/**
 * Adds fill(source, target, first, rows, height, rowStep, columnStep, pitch, phases, phaseTable, step, extraRows): `rows` positions from
 * `first` on of a plane. The margins beside the rows are not touched.
 */
export function addFill(module: KernelModule, copyLine: number): number {
  return module.helper('fill a plane', new Array<typeof I32>(12).fill(I32), [], (f, ...params) => {
    const [source, target, first, rows, height, rowStep, columnStep, pitch, phases, table, step, extraRows] = params as Locals<12>;
    const [row, y, to, count] = f.locals(I32, 4);
    f.addLocal(rows, extraRows).get(columnStep, step).op('i32Mul').set(columnStep);
    f.times(phases, () => {
      f.get(first, step).op('i32Mul').get(table).mem('i32Load').op('i32Add').set(y);
      f.get(target).get(table).mem('i32Load', 8).op('i32Add').set(to);
      f.get(table).mem('i32Load', 12).set(count);
      f.get(rows).set(row);
      f.times(row, () => {
        f.get(y, height).op('i32LtU').if(
          () => {
            f.get(source).get(table).mem('i32Load', 4).op('i32Add').get(y, rowStep).op('i32Mul', 'i32Add');
            f.get(to, count, columnStep).i32(4).call(copyLine);
          },
          () => void f.get(to).i32(0).get(count).i32(2).op('i32Shl').fill(),
        );
        f.addLocal(y, step).addLocal(to, pitch);
      });
      f.add(table, 16);
    });
  });
}
