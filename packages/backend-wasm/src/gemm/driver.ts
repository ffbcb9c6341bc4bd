/**
 * The kernels around the inner one: packing A once for all who need it, and the product. A unit of the product is a block of C, or
 * a part of its sum; what a thread does in one go shares packed columns. The blocks of K are added one after another, so that
 * every element of C is the same sum however the units are spread over threads.
 */
import { I32, type Local } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { PRIVATE } from '../layout';
import { addBlock, addTiles, type Tiles } from './block';
import { tiling } from './engine';
import { addPack, pushPanelBytes } from './pack';
import { divide, entryOf, extent, loadWords, type GemmWord } from './words';

interface Packers {
  readonly lines: number;
  readonly depth: number;
}

/** What to pack: functions, then the arguments of `addPack`. */
interface PackCall {
  readonly byDepth: Local;
  readonly src: Local;
  readonly dst: Local;
  readonly lines: Local;
  readonly lineTable: Local;
  readonly line: Local;
  readonly depth: Local;
  readonly kTable: Local;
  readonly k: Local;
}

function callPack(f: KernelBuilder, functions: Packers, call: PackCall): void {
  const emit = (index: number): void => {
    f.get(call.src, call.dst, call.lines, call.depth);
    entryOf(f, call.lineTable, call.line);
    entryOf(f, call.kTable, call.k);
    f.call(index);
  };
  f.get(call.byDepth).if(
    () => emit(functions.depth),
    () => emit(functions.lines),
  );
}

function addPackers(module: KernelModule, width: 4 | 6 | 8): Packers {
  return { lines: addPack(module, width, 'lines'), depth: addPack(module, width, 'depth') };
}

/** The locals that say where in K a block lies. */
interface DepthBlock {
  readonly trip: Local;
  /** Its first k within the trip and how many there are. */
  readonly pc: Local;
  readonly kc: Local;
}

/** Sets the locals of a block of K from its number. */
function openDepth(f: KernelBuilder, word: Record<GemmWord, Local>, number: Local, { trip, pc, kc }: DepthBlock): void {
  divide(f, number, word.tripBlocks, trip, pc);
  f.get(pc, word.blockK).op('i32Mul').set(pc);
  extent(f, word.blockK, word.k, pc);
  f.set(kc);
}

/** Pushes base + the entry of the trip: 0 for A, 1 for B. */
function pushTrip(f: KernelBuilder, word: Record<GemmWord, Local>, base: Local, trip: Local, which: 0 | 1): void {
  f.get(base).get(word.tripTable, trip).i32(3).op('i32Shl', 'i32Add').mem('i32Load', which * 4).op('i32Add');
}

/** Adds the exported kernel that packs A: copies of A x blocks of K x row blocks. */
export function emitPackRows(module: KernelModule, exportName: string): void {
  const { rows } = tiling();
  const packers = addPackers(module, rows);
  module.kernel(exportName, 'gemm pack', (f, p, from, to) => {
    const word = loadWords(f, p);
    const [unit, rest, copy, block, ic, mc, a, src, dst, trip, pc, kc, entries] = f.locals(I32, 13);
    f.get(from).set(unit);
    f.block((done) => {
      f.loop((again) => {
        f.get(unit, to).op('i32GeU').brIf(done);
        divide(f, unit, word.rowBlocks, rest, ic);
        divide(f, rest, word.kBlocks, copy, block);
        f.get(ic, word.blockM).op('i32Mul').set(ic);
        extent(f, word.blockM, word.m, ic);
        f.set(mc);
        f.get(copy, word.sharing).op('i32Mul').i32(12).op('i32Mul').get(word.batchTable).op('i32Add').set(entries);
        f.get(word.a, entries).mem('i32Load').op('i32Add').set(a);
        openDepth(f, word, block, { trip, pc, kc });
        pushTrip(f, word, a, trip, 0);
        f.set(src);
        pushPackedRows(f, word, rest, ic, kc, rows);
        f.set(dst);
        callPack(f, packers, {
          byDepth: word.depthA, src, dst, lines: mc, lineTable: word.rowA, line: ic, depth: kc, kTable: word.kA, k: pc,
        });
        f.add(unit, 1).br(again);
      });
    });
    f.i32(0);
  });
}

/** Pushes where packed rows lie: `place` is copy * kBlocks + block, `row` a multiple of the height of tiles. */
function pushPackedRows(f: KernelBuilder, word: Record<GemmWord, Local>, place: Local, row: Local, kc: Local, rows: number): void {
  f.get(word.packedA).get(place, word.packedBytes).op('i32Mul', 'i32Add');
  f.get(row).i32(rows).op('i32DivU');
  pushPanelBytes(f, rows, kc);
  f.op('i32Mul', 'i32Add');
}

/** Adds the exported kernel that multiplies. */
export function emitGemm(module: KernelModule, exportName: string): void {
  const { rows } = tiling();
  const packA = addPackers(module, rows);
  const packB = addPackers(module, 8);
  const tiles = addTiles(module, rows);
  const blocks: Record<keyof Tiles, number> = {
    packed: addBlock(module, tiles, rows, 'packed'),
    columnsInPlace: addBlock(module, tiles, rows, 'columnsInPlace', packB.lines),
    rowsInPlace: addBlock(module, tiles, rows, 'rowsInPlace'),
  };
  module.kernel(exportName, 'gemm', (f, p, from, to) => {
    const word = loadWords(f, p);
    const [unit, batch, part, jc, nc, ic, mc, row, end, entries, a, b, c] = f.locals(I32, 13);
    const [block, lastBlock, first, trip, pc, kc, src, dst, packedB, own, place, rest] = f.locals(I32, 12);
    f.thread().mem('i32Load', PRIVATE).tee(own).get(word.ownBytes).op('i32Add').set(packedB);
    f.get(from).set(unit);
    f.block((done) => {
      f.loop((again) => {
        f.get(unit, to).op('i32GeU').brIf(done);
        // Row blocks of the same columns are done together: the rows [row, end) with units [unit, unit + place).
        divide(f, unit, word.rowBlocks, rest, row);
        f.get(word.rowBlocks, row).op('i32Sub').set(place);
        f.get(to, unit).op('i32Sub').set(end);
        f.get(place, end).get(place, end).op('i32LtU', 'select').tee(place).get(unit).op('i32Add').set(unit);
        f.get(row, place).op('i32Add').get(word.blockM).op('i32Mul').set(end);
        f.get(end, word.m).get(end, word.m).op('i32LtU', 'select').set(end);
        f.get(row, word.blockM).op('i32Mul').set(row);
        divide(f, rest, word.columnBlocks, place, jc);
        divide(f, place, word.parts, batch, part);
        f.get(jc, word.blockN).op('i32Mul').set(jc);
        extent(f, word.blockN, word.n, jc);
        f.set(nc);
        f.get(word.batchTable, batch).i32(12).op('i32Mul', 'i32Add').set(entries);
        f.get(word.a, entries).mem('i32Load').op('i32Add').set(a);
        f.get(word.b, entries).mem('i32Load', 4).op('i32Add').set(b);
        f.get(word.c, entries).mem('i32Load', 8).op('i32Add').get(part, word.partBytes).op('i32Mul', 'i32Add').set(c);
        f.get(part, word.partBlocks).op('i32Mul').tee(first).tee(block).get(word.partBlocks).op('i32Add').set(lastBlock);
        f.get(lastBlock, word.kBlocks).get(lastBlock, word.kBlocks).op('i32LtU', 'select').set(lastBlock);
        f.loop((nextBlock) => {
          openDepth(f, word, block, { trip, pc, kc });
          pushTrip(f, word, b, trip, 1);
          f.set(src);
          f.get(word.columnsInPlace).op('i32Eqz').if(() => callPack(f, packB, {
            byDepth: word.depthB, src, dst: packedB, lines: nc, lineTable: word.columnB, line: jc, depth: kc, kTable: word.kB, k: pc,
          }));
          f.get(row).set(ic);
          f.loop((nextRows) => {
            extent(f, word.blockM, end, ic);
            f.set(mc);
            f.get(word.packedA).if(
              () => {
                f.get(batch, word.sharing).op('i32DivU').get(word.kBlocks).op('i32Mul').get(block).op('i32Add').set(place);
                pushPackedRows(f, word, place, ic, kc, rows);
                f.set(dst);
              },
              () => {
                pushTrip(f, word, a, trip, 0);
                f.set(dst).get(word.rowsInPlace).op('i32Eqz').if(() => {
                  callPack(f, packA, {
                    byDepth: word.depthA, src: dst, dst: own, lines: mc, lineTable: word.rowA, line: ic, depth: kc, kTable: word.kA, k: pc,
                  });
                  f.get(own).set(dst);
                });
              },
            );
            const call = (inPlace: keyof Tiles): void => {
              f.get(mc, nc, kc, dst, packedB, c);
              entryOf(f, word.rowC, ic);
              entryOf(f, word.columnC, jc);
              f.get(block, first).op('i32Sub').get(word.tileRows, src);
              const [lines, line, offsets] = inPlace === 'rowsInPlace' ? [word.rowA, ic, word.kA] : [word.columnB, jc, word.kB];
              entryOf(f, lines, line);
              entryOf(f, offsets, pc);
              f.call(blocks[inPlace]);
            };
            f.get(word.columnsInPlace).if(
              () => call('columnsInPlace'),
              () => void f.get(word.rowsInPlace).if(() => call('rowsInPlace'), () => call('packed')),
            );
            f.get(ic, word.blockM).op('i32Add').tee(ic).get(end).op('i32LtU').brIf(nextRows);
          });
          f.get(block).i32(1).op('i32Add').tee(block).get(lastBlock).op('i32LtU').brIf(nextBlock);
        });
        f.br(again);
      });
    });
    f.i32(0);
  });
}
