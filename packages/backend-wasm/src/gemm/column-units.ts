/** Units of products with a single row: so many columns of one batch. */
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { divide, entryOf } from './words';

export interface ColumnUnits {
  readonly from: Local;
  readonly to: Local;
  /** Columns, and units for each batch. */
  readonly n: Local;
  readonly blocks: Local;
  /** A, B and C, and the table of what each batch adds to them. */
  readonly operands: readonly [Local, Local, Local];
  readonly batchTable: Local;
}

/** What a unit is about: its first column and how many there are, and where A, B and C of its batch begin. */
export interface ColumnUnit {
  readonly first: Local;
  readonly count: Local;
  readonly starts: readonly [Local, Local, Local];
}

/** Does the units [from, to) of `width` columns each. */
export function emitColumnUnits(f: KernelBuilder, units: ColumnUnits, width: number, body: (unit: ColumnUnit) => void): void {
  const { from, to, n, blocks, operands, batchTable } = units;
  const [unit, batch, first, count] = f.locals(I32, 4);
  const starts = f.locals(I32, 3);
  f.get(from).set(unit);
  f.block((done) => {
    f.loop((again) => {
      f.get(unit, to).op('i32GeU').brIf(done);
      divide(f, unit, blocks, batch, first);
      f.get(first).i32(width).op('i32Mul').set(first);
      f.get(n, first).op('i32Sub').i32(width).get(n, first).op('i32Sub').i32(width).op('i32LtU', 'select').set(count);
      f.get(batch).i32(3).op('i32Mul').set(batch);
      entryOf(f, batchTable, batch);
      f.set(batch);
      operands.forEach((operand, i) => void f.get(operand, batch).mem('i32Load', i * 4).op('i32Add').set(starts[i]!));
      body({ first, count, starts });
      f.add(unit, 1).br(again);
    });
  });
}
