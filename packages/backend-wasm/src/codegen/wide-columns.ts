/**
 * Sums down many columns of a matrix of float32. Walking down a few columns at a time touches a page of memory for each handful
 * of elements, so rows are read from left to right instead and added to a row of partial sums in the cache, four rows at a time.
 * The order of additions in a column is that of row-emit.ts.
 */
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { PRIVATE } from '../layout';
import { Parameters, type SlotPointer } from '../params';
import { storeTail } from './lanes';
import type { ProgramLaunch } from './row';

/** Columns of a unit: at most what fits into the cache beside the rows, fewer where units would be too few, whole cache lines. */
const MOST_COLUMNS = 512;
const UNITS = 8;
const ALIGNMENT = 64;
/** Vectors in a round of the inner loop; what they read behind the end is within the slack of an array. */
const VECTORS = 4;
/** Fewer columns or rows are no better off than in the general form. */
const LEAST = 64;

export interface ColumnSums {
  readonly input: SlotPointer;
  readonly output: SlotPointer;
  readonly columns: number;
  readonly rows: number;
  /** Elements from one row to the next. */
  readonly stride: number;
  /** Rows summed up in single precision before the sums move to double precision; a multiple of four. */
  readonly block: number;
  readonly nanoseconds: number;
}

export function areWide(columns: number, rows: number): boolean {
  return columns >= LEAST && rows >= LEAST;
}

export function columnSums({ input, output, columns, rows, stride, block, nanoseconds }: ColumnSums): ProgramLaunch {
  const width = Math.min(MOST_COLUMNS, Math.ceil(columns / UNITS / ALIGNMENT) * ALIGNMENT);
  const parameters = new Parameters();
  parameters.push(input, output, columns, rows, stride * 4, width);
  const name = 'sum of wide columns';
  const build: ProgramLaunch['build'] = (f, p, from, to) => {
    emitSums(f, p, from, to, block);
    f.i32(0);
  };
  return {
    key: `${name} ${block}`,
    name,
    parameters,
    split: { units: Math.ceil(columns / width), nanoseconds },
    privateBytes: MOST_COLUMNS * 12,
    build,
    emit: (module, exportName) => module.kernel(exportName, name, build),
  };
}

function emitSums(f: KernelBuilder, p: Local, from: Local, to: Local, block: number): void {
  const [unit, first, count, groups, sums, left, row, stride, rounds] = f.locals(I32, 9);
  const word = (k: number): void => void f.get(p).mem('i32Load', k * 4);
  f.thread().mem('i32Load', PRIVATE).set(sums);
  word(4);
  f.set(stride);
  f.get(from).set(unit);
  f.block((done) => {
    f.loop((again) => {
      f.get(unit, to).op('i32GeU').brIf(done);
      // count = min(width, columns - first)
      f.get(unit);
      word(5);
      f.op('i32Mul').set(first);
      word(2);
      f.get(first).op('i32Sub').set(count);
      f.get(count);
      word(5);
      f.get(count);
      word(5);
      f.op('i32LtU', 'select').tee(count).i32(VECTORS * 4 - 1).op('i32Add').i32(2 + Math.log2(VECTORS)).op('i32ShrU').set(groups);
      word(0);
      f.get(first).i32(4).op('i32Mul', 'i32Add').set(row);
      f.get(sums).i32(0).i32(MOST_COLUMNS * 12).fill();
      word(3);
      f.set(left);
      f.loop((more) => {
        f.get(left).i32(block).get(left).i32(block).op('i32LtU', 'select').set(rounds);
        f.get(left, rounds).op('i32Sub').set(left);
        addBlock(f, row, stride, rounds, groups, sums);
        promote(f, groups, sums);
        f.get(left).brIf(more);
      });
      word(1);
      f.get(first).i32(4).op('i32Mul', 'i32Add').set(row);
      storeSums(f, row, count, sums);
      f.add(unit, 1).br(again);
    });
  });
}

/** Adds `rounds` rows to the partial sums. */
function addBlock(f: KernelBuilder, row: Local, stride: Local, rounds: Local, groups: Local, sums: Local): void {
  const count = f.temp(I32);
  for (const rows of [4, 1]) {
    f.get(rounds);
    if (rows === 4) f.i32(2).op('i32ShrU').set(count);
    else f.i32(3).op('i32And').set(count);
    f.times(count, () => addRows(f, rows, row, stride, groups, sums));
  }
  f.release(I32, count);
}

/** Adds neighbouring rows and moves on behind them. */
function addRows(f: KernelBuilder, rows: number, row: Local, stride: Local, groups: Local, sums: Local): void {
  const [left, into] = f.temps(I32, 2);
  const sources = Array.from({ length: rows }, () => f.temp(I32));
  const sum = f.temp(V128);
  for (const source of sources) {
    f.get(row).set(source);
    f.addLocal(row, stride);
  }
  f.get(groups).set(left).get(sums).set(into);
  f.times(left, () => {
    for (let v = 0; v < VECTORS; v++) {
      f.get(into).mem('v128Load', v * 16).set(sum);
      for (const source of sources) f.get(sum, source).mem('v128Load', v * 16).op('f32x4Add').set(sum);
      f.get(into, sum).mem('v128Store', v * 16);
    }
    for (const pointer of [...sources, into]) f.add(pointer, VECTORS * 16);
  });
  f.release(I32, left, into, ...sources);
  f.release(V128, sum);
}

/** Moves the partial sums to the sums in double precision, which lie behind them. */
function promote(f: KernelBuilder, groups: Local, sums: Local): void {
  const [left, partial, total] = f.temps(I32, 3);
  const value = f.temp(V128);
  f.get(groups).set(left).get(sums).set(partial);
  f.get(sums).i32(MOST_COLUMNS * 4).op('i32Add').set(total);
  f.times(left, () => {
    for (let v = 0; v < VECTORS; v++) {
      f.get(partial).mem('v128Load', v * 16).set(value);
      for (const half of [0, 1]) {
        f.get(total, total).mem('v128Load', v * 32 + half * 16).get(value);
        if (half === 1) f.get(value).shuffle(2, 3, 2, 3);
        f.op('f64x2PromoteLowF32x4', 'f64x2Add').mem('v128Store', v * 32 + half * 16);
      }
      f.get(partial).i32x4(0).mem('v128Store', v * 16);
    }
    f.add(partial, VECTORS * 16).add(total, VECTORS * 32);
  });
  f.release(I32, left, partial, total);
  f.release(V128, value);
}

/** Rounds `count` sums to single precision and stores them from `target` on. */
function storeSums(f: KernelBuilder, target: Local, count: Local, sums: Local): void {
  const [left, total] = f.temps(I32, 2);
  const value = f.temp(V128);
  const next = (): void => {
    for (const half of [0, 1]) f.get(total).mem('v128Load', half * 16).op('f32x4DemoteF64x2Zero');
    f.shuffle(0, 1, 4, 5).set(value);
  };
  f.get(count).i32(2).op('i32ShrU').set(left);
  f.get(sums).i32(MOST_COLUMNS * 4).op('i32Add').set(total);
  f.times(left, () => {
    next();
    f.get(target, value).mem('v128Store').add(target, 16).add(total, 32);
  });
  f.get(count).i32(3).op('i32And').tee(left).if(() => {
    next();
    storeTail(f, 'float32', target, value, left);
  });
  f.release(I32, left, total);
  f.release(V128, value);
}
