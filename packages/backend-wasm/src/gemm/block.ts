/** A block of the product: all tiles between packed rows and columns, tiles at the edges and scattered columns included. */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { TILE } from '../layout';
import { addTile, NR } from './micro';
import { consecutive, panelHeight, pushPanelBytes } from './pack';

export interface Tiles {
  /** For each height from 1 on: the function for packed operands, and those that read columns or rows in place. */
  readonly packed: readonly number[];
  readonly columnsInPlace: readonly number[];
  readonly rowsInPlace: readonly number[];
}

export function addTiles(module: KernelModule, rows: number): Tiles {
  const heights = Array.from({ length: rows }, (_, i) => i + 1);
  const all = (inPlace: 'A' | 'B' | undefined): number[] => heights.map((h) => addTile(module, inPlace, h));
  return { packed: all(undefined), columnsInPlace: all('B'), rowsInPlace: all('A') };
}

/** What `addBlock` takes, in this order. */
export const BLOCK_PARAMETERS = [
  'mc', 'nc', 'kc', 'a', 'packedB', 'c', 'rowC', 'columnC', 'accumulate', 'tileRows', 'b', 'lines', 'offsets',
] as const;

/**
 * Adds a function of the parameters above. With columns in place, the last three say where B is, and packedB is room for one panel;
 * `packOne` packs it. With rows in place, a and the last two say where A is, else a is packed. `tileRows` is a table of the rows of
 * the scratch tile.
 */
export function addBlock(module: KernelModule, tiles: Tiles, rows: number, inPlace: keyof Tiles, packOne = -1): number {
  const name = `gemm block ${inPlace}`;
  const [columnsInPlace, rowsInPlace] = [inPlace === 'columnsInPlace', inPlace === 'rowsInPlace'];
  return module.helper(name, new Array<typeof I32>(BLOCK_PARAMETERS.length).fill(I32), [], (f, ...params) => {
    const [mc, nc, kc, first, packedB, c, rowC, columnC, accumulate, tileRows, b, lines, offsets] = params as Locals<13>;
    const [left, nr, a, panel, row, column, columns, height, full, direct, step, line] = f.locals(I32, 12);
    const call = (functions: readonly number[], from: () => void): void => {
      const pick = (h: number): void => {
        const run = (): void => {
          from();
          f.call(functions[h - 1]!);
        };
        if (h === 1) run();
        else f.get(height).i32(h).op('i32Eq').if(run, () => pick(h - 1));
      };
      pick(rows);
    };
    /** Calls the tile function with C at `target` and `rowTable`. */
    const tile = (target: () => void): void => {
      const from = (): void => {
        f.get(kc, a, panel, offsets);
        target();
      };
      if (rowsInPlace) {
        call(tiles.rowsInPlace, () => {
          from();
          f.get(line);
        });
      } else if (!columnsInPlace) call(tiles.packed, from);
      else f.get(direct).if(() => call(tiles.columnsInPlace, from), () => call(tiles.packed, from));
    };
    /** What is known of the columns of a panel. */
    const openColumns = (): void => {
      // Columns ascend, so eight of them are neighbours when the last lies 28 bytes from the first.
      f.get(columns).mem('i32Load').tee(column);
      f.get(columns).mem('i32Load', 28).op('i32Sub').i32(-28).op('i32Eq').get(nr).i32(NR).op('i32GeS', 'i32And').set(full);
      f.get(c, column).op('i32Add').set(column);
      if (!columnsInPlace) return;
      consecutive(f, lines, 0);
      consecutive(f, lines, 4);
      f.get(lines).mem('i32Load', 16).get(lines).mem('i32Load').op('i32Sub').i32(16).op('i32Eq', 'i32And', 'i32And').tee(direct).if(
        () => void f.get(b).get(lines).mem('i32Load').op('i32Add').set(panel),
        () => void f.get(b, packedB).i32(NR).get(kc, lines, offsets).call(packOne).get(packedB).set(panel),
      );
    };
    const openRows = (): void => {
      panelHeight(f, left, rows);
      f.set(height);
    };
    const one = (): void => {
      f.get(full).if(
        () => tile(() => void f.get(column, row, accumulate)),
        () => {
          tile(() => void f.thread().i32(TILE).op('i32Add').get(tileRows).i32(0));
          copyTile(f, { height, nr, c, row, columns, accumulate }, rows);
        },
      );
    };
    const eachRow = (body: () => void): void => {
      f.get(first).set(a).get(rowC).set(row).get(mc).set(left);
      if (rowsInPlace) f.get(lines).set(line);
      else {
        pushPanelBytes(f, rows, kc);
        f.set(step);
      }
      f.loop((again) => {
        openRows();
        body();
        if (rowsInPlace) f.get(line, height).i32(2).op('i32Shl', 'i32Add').set(line);
        else f.addLocal(a, step);
        f.get(row, height).i32(2).op('i32Shl', 'i32Add').set(row);
        f.get(left, height).op('i32Sub').tee(left).brIf(again);
      });
    };
    const eachColumn = (body: () => void): void => {
      f.get(packedB).set(panel).get(columnC).set(columns).get(nc).set(nr);
      f.loop((again) => {
        openColumns();
        body();
        if (!columnsInPlace) {
          f.get(panel);
          pushPanelBytes(f, NR, kc);
          f.op('i32Add').set(panel);
        } else f.add(lines, NR * 4);
        f.add(columns, NR * 4).get(nr).i32(NR).op('i32Sub').tee(nr).i32(0).op('i32GtS').brIf(again);
      });
    };
    eachColumn(() => eachRow(one));
  });
}

interface Edge {
  readonly height: Local;
  readonly nr: Local;
  readonly c: Local;
  readonly row: Local;
  readonly columns: Local;
  readonly accumulate: Local;
}

/** Moves the valid part of the scratch tile to C. */
function copyTile(f: KernelBuilder, edge: Edge, rows: number): void {
  const { height, row } = edge;
  const [source, at, count] = f.temps(I32, 3);
  const byRows = (): void => {
    f.get(height).set(count);
    f.times(count, () => {
      copyRow(f, edge, source, at);
      f.add(source, NR * 4).add(at, 4);
    });
  };
  f.thread().i32(TILE).op('i32Add').set(source).get(row).set(at);
  // Where four rows are neighbours in C, the columns of the tile are stored, not its rows.
  f.get(height).i32(4).op('i32GeU').if(
    () => {
      consecutive(f, row, 0);
      f.if(
        () => {
          copyColumns(f, edge, source);
          if (rows === 4) return;
          f.get(height).i32(4).op('i32Sub').set(count).add(source, 4 * NR * 4).add(at, 16);
          f.times(count, () => {
            copyRow(f, edge, source, at);
            f.add(source, NR * 4).add(at, 4);
          });
        },
        byRows,
      );
    },
    byRows,
  );
  f.release(I32, source, at, count);
}

/** Four rows of the tile at `source`, whose places in C are neighbours, column by column. */
function copyColumns(f: KernelBuilder, { nr, c, row, columns, accumulate }: Edge, source: Local): void {
  const x = f.temps(V128, 8);
  const [base, target] = f.temps(I32, 2);
  f.get(c).get(row).mem('i32Load').op('i32Add').set(base);
  for (let group = 0; group < 2; group++) {
    f.get(nr).i32(group * 4).op('i32GtS').if(() => {
      for (let i = 0; i < 4; i++) f.get(source).mem('v128Load', i * NR * 4 + group * 16).set(x[i]!);
      f.get(x[0], x[1]).shuffle(0, 4, 1, 5).set(x[4]);
      f.get(x[0], x[1]).shuffle(2, 6, 3, 7).set(x[5]);
      f.get(x[2], x[3]).shuffle(0, 4, 1, 5).set(x[6]);
      f.get(x[2], x[3]).shuffle(2, 6, 3, 7).set(x[7]);
      for (const [i, [low, high, upper]] of ([[4, 6, 0], [4, 6, 2], [5, 7, 0], [5, 7, 2]] as const).entries()) {
        f.get(nr).i32(group * 4 + i).op('i32GtS').if(() => {
          f.get(x[low], x[high]).shuffle(upper, upper + 1, upper + 4, upper + 5).set(x[i]!);
          f.get(base).get(columns).mem('i32Load', (group * 4 + i) * 4).op('i32Add').set(target);
          f.get(accumulate).if(() => void f.get(x[i]!).get(target).mem('v128Load').op('f32x4Add').set(x[i]!));
          f.get(target, x[i]!).mem('v128Store');
        });
      }
    });
  }
  f.release(V128, ...x);
  f.release(I32, base, target);
}

/** One row of the tile, at `source`; `at` is its entry in the table of rows. */
function copyRow(f: KernelBuilder, { nr, c, columns, accumulate }: Edge, source: Local, at: Local): void {
  const [y, target, base] = f.temps(I32, 3);
  f.get(c).get(at).mem('i32Load').op('i32Add').set(base);
  for (let group = 0; group < 2; group++) {
    const entry = group * 16;
    const vector = (add: boolean): void => {
      f.get(target);
      if (add) f.get(target).mem('v128Load');
      f.get(source).mem('v128Load', entry);
      if (add) f.op('f32x4Add');
      f.mem('v128Store');
    };
    f.get(base).get(columns).mem('i32Load', entry).op('i32Add').set(target);
    f.get(nr).i32(group * 4 + 4).op('i32GeS');
    f.get(columns).mem('i32Load', entry + 12).get(columns).mem('i32Load', entry).op('i32Sub').i32(12).op('i32Eq', 'i32And');
    f.if(
      () => void f.get(accumulate).if(
        () => vector(true),
        () => vector(false),
      ),
      () => {
        f.get(nr).i32(group * 4).op('i32Sub').tee(y).i32(4).op('i32GtS').if(() => void f.i32(4).set(y));
        for (let i = 0; i < 4; i++) {
          f.get(y).i32(i).op('i32GtS').if(() => {
            f.get(base).get(columns).mem('i32Load', entry + i * 4).op('i32Add').tee(target);
            f.get(source).mem('f32Load', entry + i * 4);
            f.get(target).mem('f32Load').f32(0).get(accumulate).op('select', 'f32Add').mem('f32Store');
          });
        }
      },
    );
  }
  f.release(I32, y, target, base);
}
