/**
 * Packing: copies a block of a matrix, given by tables of offsets, into panels of 4 or 8 lines, k-major inside a panel.
 * dst[line / W][k][line % W] = src[lines[line] + ks[k]].
 *
 * `lines` packs where neighbouring lines are neighbours in memory, `depth` where neighbouring k are. Both check each group
 * of four against the table and fall back to single elements, so that every table is legal.
 */
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';

export type PackOrder = 'lines' | 'depth';

/** Adds pack(src, dst, lines, k, lineTable, kTable). The line table is padded to a multiple of W entries. */
export function addPack(module: KernelModule, width: 4 | 8, order: PackOrder): number {
  return module.helper(`pack ${width} by ${order}`, new Array<typeof I32>(6).fill(I32), [], (f, src, dst, lines, k, lineTable, kTable) => {
    const pack = order === 'lines' ? packLines : packDepth;
    const line = f.local(I32);
    const emit = pack(f, width, { src: src, dst: dst, k: k, lineTable: lineTable, kTable: kTable });
    f.for(line, lines, width, () => {
      emit();
      f.add(lineTable, width * 4);
    });
  });
}

interface Panel {
  readonly src: Local;
  /** Moves on as elements are written. */
  readonly dst: Local;
  readonly k: Local;
  readonly lineTable: Local;
  readonly kTable: Local;
}

/** Pushes whether four entries of a table are neighbours in memory. */
export function consecutive(f: KernelBuilder, table: Local, entry: number): void {
  for (let i = 1; i < 4; i++) {
    f.get(table).mem('i32Load', (entry + i) * 4).get(table).mem('i32Load', entry * 4).op('i32Sub').i32(i * 4).op('i32Eq');
    if (i > 1) f.op('i32And');
  }
}

function packLines(f: KernelBuilder, width: 4 | 8, { src, dst, k, lineTable, kTable }: Panel): () => void {
  const groups = width / 4;
  const pointers = f.locals(I32, groups);
  const flags = f.locals(I32, groups);
  const [count, at, offset] = f.locals(I32, 3);
  const round = (body: () => void): void => {
    f.get(kTable).set(at).get(k).set(count);
    f.times(count, () => {
      f.get(at).mem('i32Load').set(offset);
      body();
      f.add(dst, width * 4).add(at, 4);
    });
  };
  const vector = (g: number): void => void f.get(dst, pointers[g]!, offset).op('i32Add').mem('v128Load').mem('v128Store', g * 16);
  const scalars = (g: number): void => {
    for (let i = 0; i < 4; i++) {
      f.get(dst, src, offset).op('i32Add').get(lineTable).mem('i32Load', (g * 4 + i) * 4).op('i32Add').mem('i32Load');
      f.mem('i32Store', (g * 4 + i) * 4);
    }
  };
  const each = Array.from({ length: groups }, (_, g) => g);
  return () => {
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

function packDepth(f: KernelBuilder, width: 4 | 8, { src, dst, k, lineTable, kTable }: Panel): () => void {
  const pointers = f.locals(I32, width);
  const x = f.locals(V128, 8);
  const [rest, at, offset] = f.locals(I32, 3);
  const transposed = (group: number): void => {
    for (let i = 0; i < 4; i++) f.get(pointers[group * 4 + i]!, offset).op('i32Add').mem('v128Load').set(x[i]!);
    f.get(x[0], x[1]).shuffle(0, 4, 1, 5).set(x[4]);
    f.get(x[0], x[1]).shuffle(2, 6, 3, 7).set(x[5]);
    f.get(x[2], x[3]).shuffle(0, 4, 1, 5).set(x[6]);
    f.get(x[2], x[3]).shuffle(2, 6, 3, 7).set(x[7]);
    const row = width * 4;
    f.get(dst).get(x[4], x[6]).shuffle(0, 1, 4, 5).mem('v128Store', group * 16);
    f.get(dst).get(x[4], x[6]).shuffle(2, 3, 6, 7).mem('v128Store', group * 16 + row);
    f.get(dst).get(x[5], x[7]).shuffle(0, 1, 4, 5).mem('v128Store', group * 16 + 2 * row);
    f.get(dst).get(x[5], x[7]).shuffle(2, 3, 6, 7).mem('v128Store', group * 16 + 3 * row);
  };
  const single = (): void => {
    f.get(at).mem('i32Load').set(offset);
    for (let i = 0; i < width; i++) f.get(dst, pointers[i]!, offset).op('i32Add').mem('i32Load').mem('i32Store', i * 4);
    f.add(dst, width * 4).add(at, 4);
  };
  return () => {
    pointers.forEach((pointer, i) => void f.get(src).get(lineTable).mem('i32Load', i * 4).op('i32Add').set(pointer));
    f.get(kTable).set(at).get(k).set(rest);
    f.block((done) => {
      f.loop((again) => {
        f.get(rest).i32(4).op('i32LtU').brIf(done);
        consecutive(f, at, 0);
        f.if(
          () => {
            f.get(at).mem('i32Load').set(offset);
            for (let group = 0; group < width / 4; group++) transposed(group);
            f.add(dst, 4 * width * 4).add(at, 16);
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
