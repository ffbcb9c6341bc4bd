/**
 * The blocked matrix multiplication over offset tables, for each batch entry:
 *
 *   C[c + rowC[m] + columnC[n]] = sum over k of A[a + rowA[m] + kA[k]] * B[b + kB[k] + columnB[n]]
 *
 * Strides, transposition, windows and dilation are all in the tables, so matmul, einsum, convolution and their gradients
 * share this code. Blocks of A are packed. B is packed too, or read in place where eight columns are neighbours in memory:
 * that saves the copying, which counts when M is small.
 */
import { I32, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { TILE } from '../layout';
import { addTile, MR, NR } from './micro';
import { addPack, consecutive } from './pack';

/** Words of the parameter block, in order. */
export const GEMM_WORDS = [
  'a', 'b', 'c', 'rowA', 'kA', 'kB', 'columnB', 'rowC', 'columnC', 'm', 'n', 'k', 'batches', 'batchTable', 'depthA', 'depthB',
  'blockM', 'blockN', 'blockK', 'packedA', 'packedB', 'inPlace',
] as const;

export type GemmWord = (typeof GEMM_WORDS)[number];

interface PackedBlock {
  readonly src: Local;
  readonly dst: Local;
  readonly lines: Local;
  readonly lineTable: Local;
  readonly line: Local;
  readonly kTable: Local;
  readonly byDepth: Local;
}

/** Loads all parameters of a contraction, from the block at `p`, into locals of their names. */
export function loadWords(f: KernelBuilder, p: Local): Record<GemmWord, Local> {
  const entries = GEMM_WORDS.map((name, i) => {
    const local = f.local(I32);
    f.get(p).mem('i32Load', i * 4).set(local);
    return [name, local];
  });
  return Object.fromEntries(entries) as Record<GemmWord, Local>;
}

/** Adds the exported kernel. */
export function emitGemm(module: KernelModule, exportName: string): void {
  const packA = { lines: addPack(module, 4, 'lines'), depth: addPack(module, 4, 'depth') };
  const packB = { lines: addPack(module, 8, 'lines'), depth: addPack(module, 8, 'depth') };
  const tiles = { packed: addTile(module, true), inPlace: addTile(module, false), pack: packB.lines };
  const macro = { packed: addMacro(module, tiles, false), inPlace: addMacro(module, tiles, true) };
  module.kernel(exportName, 'gemm', (f, p) => {
    const word = loadWords(f, p);
    const [a, b, c, jc, pc, ic, nc, kc, mc, entry] = f.locals(I32, 10);
    /** Pushes min(block, total - start). */
    const extent = (block: Local, total: Local, start: Local): void => {
      f.get(block).get(total, start).op('i32Sub').get(block).get(total, start).op('i32Sub', 'i32LtU', 'select');
    };
    /** Pushes the address of a table entry. */
    const tableAt = (table: Local, index: Local): void => void f.get(table, index).i32(2).op('i32Shl', 'i32Add');
    const blocks = (index: Local, total: Local, block: Local, body: () => void): void => {
      f.i32(0).set(index);
      f.loop((again) => {
        body();
        f.get(index, block).op('i32Add').tee(index).get(total).op('i32LtU').brIf(again);
      });
    };
    /** Calls one of two packing functions on the block at (line, pc). */
    const pack = (functions: typeof packA, block: PackedBlock): void => {
      const call = (index: number): void => {
        f.get(block.src, block.dst, block.lines, kc);
        tableAt(block.lineTable, block.line);
        tableAt(block.kTable, pc);
        f.call(index);
      };
      f.get(block.byDepth).if(
        () => call(functions.depth),
        () => call(functions.lines),
      );
    };
    f.get(word.batchTable).set(entry);
    f.times(word.batches, () => {
      for (const [i, [local, base]] of ([[a, word.a], [b, word.b], [c, word.c]] as const).entries()) {
        f.get(base).get(entry).mem('i32Load', i * 4).op('i32Add').set(local);
      }
      f.add(entry, 12);
      blocks(jc, word.n, word.blockN, () => {
        extent(word.blockN, word.n, jc);
        f.set(nc);
        blocks(pc, word.k, word.blockK, () => {
          extent(word.blockK, word.k, pc);
          f.set(kc);
          f.get(word.inPlace).op('i32Eqz').if(() => pack(packB, {
            src: b, dst: word.packedB, lines: nc, lineTable: word.columnB, line: jc, kTable: word.kB, byDepth: word.depthB,
          }));
          blocks(ic, word.m, word.blockM, () => {
            extent(word.blockM, word.m, ic);
            f.set(mc);
            pack(packA, {
              src: a, dst: word.packedA, lines: mc, lineTable: word.rowA, line: ic, kTable: word.kA, byDepth: word.depthA,
            });
            const call = (index: number): void => {
              f.get(mc, nc, kc, word.packedA, word.packedB, c);
              tableAt(word.rowC, ic);
              tableAt(word.columnC, jc);
              f.get(pc, b);
              tableAt(word.columnB, jc);
              tableAt(word.kB, pc);
              f.call(index);
            };
            f.get(word.inPlace).if(
              () => call(macro.inPlace),
              () => call(macro.packed),
            );
          });
        });
      });
    });
    f.i32(0);
  });
}

/**
 * Adds macro(mc, nc, kc, packedA, packedB, c, rowC, columnC, accumulate, b, columnB, kB): all tiles of a block. In place, the last
 * three say where B is, and packedB is room for one panel.
 */
function addMacro(module: KernelModule, tiles: { packed: number; inPlace: number; pack: number }, inPlace: boolean): number {
  const name = inPlace ? 'gemm block in place' : 'gemm block';
  return module.helper(name, new Array<typeof I32>(12).fill(I32), [], (f, ...params) => {
    const [mc, nc, kc, packedA, packedB, c, rowC, columnC, accumulate, b, columnB, kB] = params as Locals<12>;
    const [i, j, a, row, column, mr, nr, full, panel, direct] = f.locals(I32, 10);
    const tile = (rows: () => void, add: () => void): void => {
      const call = (index: number): void => {
        f.get(kc, a, panel, kB);
        rows();
        add();
        f.call(index);
      };
      if (!inPlace) call(tiles.packed);
      else f.get(direct).if(() => call(tiles.inPlace), () => call(tiles.packed));
    };
    f.for(j, nc, NR, () => {
      f.get(nc, j).op('i32Sub').set(nr);
      // Columns ascend, so eight of them are neighbours when the last lies 28 bytes from the first.
      f.get(columnC).mem('i32Load').tee(column);
      f.get(columnC).mem('i32Load', 28).op('i32Sub').i32(-28).op('i32Eq').get(nr).i32(NR).op('i32GeS', 'i32And').set(full);
      f.get(c, column).op('i32Add').set(column);
      f.get(packedA).set(a).get(rowC).set(row).get(packedB).set(panel);
      if (inPlace) {
        consecutive(f, columnB, 0);
        consecutive(f, columnB, 4);
        f.get(columnB).mem('i32Load', 16).get(columnB).mem('i32Load').op('i32Sub').i32(16).op('i32Eq', 'i32And', 'i32And').tee(direct).if(
          () => void f.get(b).get(columnB).mem('i32Load').op('i32Add').set(panel),
          () => void f.get(b, packedB).i32(NR).get(kc, columnB, kB).call(tiles.pack),
        );
      }
      f.for(i, mc, MR, () => {
        f.get(mc, i).op('i32Sub').set(mr);
        f.get(full).get(mr).i32(MR).op('i32GeS', 'i32And').if(
          () =>
            tile(
              () => {
                for (let r = 0; r < MR; r++) f.get(column).get(row).mem('i32Load', r * 4).op('i32Add');
              },
              () => void f.get(accumulate),
            ),
          () => {
            tile(
              () => {
                for (let r = 0; r < MR; r++) f.thread().i32(TILE + r * NR * 4).op('i32Add');
              },
              () => void f.i32(0),
            );
            copyTile(f, mr, nr, c, row, columnC, accumulate);
          },
        );
        f.get(a, kc).i32(MR * 4).op('i32Mul', 'i32Add').set(a).add(row, MR * 4);
      });
      if (inPlace) f.add(columnB, NR * 4);
      else f.get(packedB, kc).i32(NR * 4).op('i32Mul', 'i32Add').set(packedB);
      f.add(columnC, NR * 4);
    });
  });
}

/** Moves the valid part of the scratch tile to C. */
function copyTile(f: KernelBuilder, mr: Local, nr: Local, c: Local, row: Local, columnC: Local, accumulate: Local): void {
  const [x, y, source, target, at, base, rows] = f.temps(I32, 7);
  const smaller = (value: Local, limit: number): void => void f.get(value).i32(limit).get(value).i32(limit).op('i32LtS', 'select');
  smaller(mr, MR);
  f.set(rows).thread().i32(TILE).op('i32Add').set(source).get(row).set(at);
  f.for(x, rows, 1, () => {
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
      f.get(base).get(columnC).mem('i32Load', entry).op('i32Add').set(target);
      f.get(nr).i32(group * 4 + 4).op('i32GeS');
      f.get(columnC).mem('i32Load', entry + 12).get(columnC).mem('i32Load', entry).op('i32Sub').i32(12).op('i32Eq', 'i32And');
      f.if(
        () => void f.get(accumulate).if(
          () => vector(true),
          () => vector(false),
        ),
        () => {
          f.get(nr).i32(group * 4).op('i32Sub').tee(y).i32(4).op('i32GtS').if(() => void f.i32(4).set(y));
          for (let i = 0; i < 4; i++) {
            f.get(y).i32(i).op('i32GtS').if(() => {
              f.get(base).get(columnC).mem('i32Load', entry + i * 4).op('i32Add').tee(target);
              f.get(source).mem('f32Load', entry + i * 4);
              f.get(target).mem('f32Load').f32(0).get(accumulate).op('select', 'f32Add').mem('f32Store');
            });
          }
        },
      );
    }
    f.add(source, NR * 4).add(at, 4);
  });
  f.release(I32, x, y, source, target, at, base, rows);
}
