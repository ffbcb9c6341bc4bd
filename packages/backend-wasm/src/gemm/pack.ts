/**
 * Packing: copies lines of a matrix, given by tables of offsets, into panels, k-major inside a panel. A panel of A has as many
 * lines as a tile has rows (see `panelHeight`), a panel of B eight: dst[k][line] = src[lines[line] + ks[k]].
 *
 * `lines` packs where neighbouring lines are neighbours in memory, `depth` where neighbouring k are. Both check each group
 * of four against the table and fall back to single elements, so that every table is legal.
 */
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';

export type PackOrder = 'lines' | 'depth';

/** Spare bytes behind a panel: vectors are stored whole, also where a panel has no multiple of four lines. */
const SPARE = 16;

/** Bytes that the panels of full height `lines` take, `k` deep. */
export function panelBytes(lines: number, k: number): number {
  return lines * k * 4 + SPARE;
}

/** Pushes the same, `k` being a local. */
export function pushPanelBytes(f: KernelBuilder, lines: number, k: Local): void {
  f.get(k).i32(lines * 4).op('i32Mul').i32(SPARE).op('i32Add');
}

/**
 * Pushes how many of the `left` rows that remain of a block go into the next tile: `rows` while there are enough, but rather two
 * halves in the end than a full tile and a single row, whose sums would wait for each other.
 */
export function panelHeight(f: KernelBuilder, left: Local, rows: number): void {
  f.i32(rows).i32((rows + 2) >> 1).get(left).get(left).i32(rows + 1).op('i32Eq', 'select');
  f.get(left).i32(rows + 1).op('i32GtU', 'select');
}

/**
 * Adds pack(src, dst, lines, k, lineTable, kTable) for panels of `width` lines: 8 for columns, which are filled up from behind
 * the end of the line table, else rows of tiles, the last of which may be lower. Line tables have 8 spare entries.
 */
export function addPack(module: KernelModule, width: 4 | 6 | 8, order: PackOrder): number {
  return module.helper(`pack ${width} by ${order}`, new Array<typeof I32>(6).fill(I32), [], (f, src, dst, lines, k, lineTable, kTable) => {
    const [left, height, to] = f.locals(I32, 3);
    const panel: Panel = { src, to, k, lineTable, kTable, height: width === 8 ? undefined : height };
    const pack = order === 'lines' ? packLines : packDepth;
    const emits = (width === 4 ? [1] : width === 8 ? [2] : [1, 2]).map((groups) => pack(f, groups, panel));
    f.get(lines).set(left);
    if (order === 'lines') packSeveral(f, width, { src, dst, left, k, lineTable, kTable });
    f.get(left).i32(0).op('i32GtS').if(() => f.loop((again) => {
      f.get(dst).set(to);
      if (width === 8) f.i32(width).set(height);
      else {
        panelHeight(f, left, width);
        f.set(height);
      }
      if (emits.length === 1) emits[0]!();
      else f.get(height).i32(4).op('i32GtU').if(emits[1]!, emits[0]);
      f.get(dst);
      pushPanelBytes(f, width, k);
      f.op('i32Add').set(dst);
      f.get(lineTable, height).i32(2).op('i32Shl', 'i32Add').set(lineTable);
      f.get(left, height).op('i32Sub').tee(left).i32(0).op('i32GtS').brIf(again);
    }));
  });
}

/** Panels that are packed side by side: together their lines take whole cache lines, which a pitch of a power of two would push out. */
const SEVERAL = 4;

interface Panels {
  readonly src: Local;
  readonly dst: Local;
  readonly left: Local;
  readonly k: Local;
  readonly lineTable: Local;
  readonly kTable: Local;
}

/** Packs groups of full panels, as long as all their lines are neighbours; moves dst, left and lineTable on. */
function packSeveral(f: KernelBuilder, width: number, { src, dst, left, k, lineTable, kTable }: Panels): void {
  const lines = SEVERAL * width;
  const targets = f.locals(I32, SEVERAL);
  const [at, count, base, from] = f.locals(I32, 4);
  f.block((done) => {
    f.loop((again) => {
      // The heights of the last panels are another matter, see panelHeight.
      f.get(left).i32(lines + width).op('i32LtS').brIf(done);
      for (let line = 0; line < lines; line += 4) {
        consecutive(f, lineTable, line);
        if (line > 0) {
          f.get(lineTable).mem('i32Load', line * 4).get(lineTable).mem('i32Load').op('i32Sub').i32(line * 4)
            .op('i32Eq', 'i32And', 'i32And');
        }
      }
      f.op('i32Eqz').brIf(done);
      f.get(src).get(lineTable).mem('i32Load').op('i32Add').set(base);
      for (const target of targets) {
        f.get(dst).set(target);
        f.get(dst);
        pushPanelBytes(f, width, k);
        f.op('i32Add').set(dst);
      }
      f.get(kTable).set(at).get(k).set(count);
      f.times(count, () => {
        f.get(base, at).mem('i32Load').op('i32Add').set(from);
        targets.forEach((target, panel) => {
          for (const group of descending(Math.ceil(width / 4))) {
            f.get(target, from).mem('v128Load', (panel * width + group * 4) * 4).mem('v128Store', group * 16);
          }
          f.add(target, width * 4);
        });
        f.add(at, 4);
      });
      f.add(lineTable, lines * 4).get(left).i32(lines).op('i32Sub').set(left).br(again);
    });
  });
}

interface Panel {
  readonly src: Local;
  /** Moves on as elements are written. */
  readonly to: Local;
  readonly k: Local;
  readonly lineTable: Local;
  readonly kTable: Local;
  /** How many lines it has; undefined for 8. */
  readonly height: Local | undefined;
}

/** Pushes whether four entries of a table are neighbours in memory. */
export function consecutive(f: KernelBuilder, table: Local, entry: number): void {
  for (let i = 1; i < 4; i++) {
    f.get(table).mem('i32Load', (entry + i) * 4).get(table).mem('i32Load', entry * 4).op('i32Sub').i32(i * 4).op('i32Eq');
    if (i > 1) f.op('i32And');
  }
}

/** The lines of a panel are written in groups of four, the first group last: a vector may reach into the step behind it. */
function descending(groups: number): number[] {
  return Array.from({ length: groups }, (_, g) => groups - 1 - g);
}

function packLines(f: KernelBuilder, groups: number, { src, to, k, lineTable, kTable, height }: Panel): () => void {
  const pointers = f.locals(I32, groups);
  const flags = f.locals(I32, groups);
  const [count, at, offset, step] = f.locals(I32, 4);
  const round = (body: () => void): void => {
    f.get(kTable).set(at).get(k).set(count);
    f.times(count, () => {
      f.get(at).mem('i32Load').set(offset);
      body();
      f.add(at, 4);
      if (height === undefined) f.add(to, 32);
      else f.addLocal(to, step);
    });
  };
  const vector = (g: number): void => void f.get(to, pointers[g]!, offset).op('i32Add').mem('v128Load').mem('v128Store', g * 16);
  const scalars = (g: number): void => {
    for (let i = 0; i < 4; i++) {
      f.get(to, src, offset).op('i32Add').get(lineTable).mem('i32Load', (g * 4 + i) * 4).op('i32Add').mem('i32Load');
      f.mem('i32Store', (g * 4 + i) * 4);
    }
  };
  const each = descending(groups);
  return () => {
    if (height !== undefined) f.get(height).i32(2).op('i32Shl').set(step);
    for (const g of each) {
      f.get(src).get(lineTable).mem('i32Load', g * 16).op('i32Add').set(pointers[g]!);
      consecutive(f, lineTable, g * 4);
      f.set(flags[g]!);
    }
    f.get(flags[0]!);
    if (groups === 2) f.get(flags[1]!).op('i32And');
    f.if(
      () => round(() => each.forEach(vector)),
      () => round(() => each.forEach((g) => void f.get(flags[g]!).if(() => vector(g), () => scalars(g)))),
    );
  };
}

function packDepth(f: KernelBuilder, groups: number, { src, to, k, lineTable, kTable, height }: Panel): () => void {
  const pointers = f.locals(I32, groups * 4);
  const x = f.locals(V128, 8);
  const [rest, at, offset, step, target] = f.locals(I32, 5);
  const onward = (pointer: Local): void => {
    if (height === undefined) f.add(pointer, 32);
    else f.addLocal(pointer, step);
  };
  const transposed = (group: number): void => {
    for (let i = 0; i < 4; i++) f.get(pointers[group * 4 + i]!, offset).op('i32Add').mem('v128Load').set(x[i]!);
    f.get(x[0], x[1]).shuffle(0, 4, 1, 5).set(x[4]);
    f.get(x[0], x[1]).shuffle(2, 6, 3, 7).set(x[5]);
    f.get(x[2], x[3]).shuffle(0, 4, 1, 5).set(x[6]);
    f.get(x[2], x[3]).shuffle(2, 6, 3, 7).set(x[7]);
    f.get(to).set(target);
    for (const [i, [low, high, upper]] of ([[4, 6, 0], [4, 6, 2], [5, 7, 0], [5, 7, 2]] as const).entries()) {
      f.get(target).get(x[low], x[high]).shuffle(upper, upper + 1, upper + 4, upper + 5).mem('v128Store', group * 16);
      if (i < 3) onward(target);
    }
  };
  const single = (): void => {
    f.get(at).mem('i32Load').set(offset);
    for (let i = groups * 4 - 1; i >= 0; i--) f.get(to, pointers[i]!, offset).op('i32Add').mem('i32Load').mem('i32Store', i * 4);
    onward(to);
    f.add(at, 4);
  };
  const order = descending(groups);
  return () => {
    if (height !== undefined) f.get(height).i32(2).op('i32Shl').set(step);
    pointers.forEach((pointer, i) => void f.get(src).get(lineTable).mem('i32Load', i * 4).op('i32Add').set(pointer));
    f.get(kTable).set(at).get(k).set(rest);
    f.block((done) => {
      f.loop((again) => {
        f.get(rest).i32(4).op('i32LtU').brIf(done);
        consecutive(f, at, 0);
        f.if(
          () => {
            f.get(at).mem('i32Load').set(offset);
            order.forEach(transposed);
            if (height === undefined) f.add(to, 4 * 32);
            else f.get(to, step).i32(2).op('i32Shl', 'i32Add').set(to);
            f.add(at, 16);
          },
          () => {
            for (let i = 0; i < 4; i++) single();
          },
        );
        f.get(rest).i32(4).op('i32Sub').set(rest).br(again);
      });
    });
    f.times(rest, single);
  };
}
