/** Search kernels: rows are halved for four values at a time, without branches that depend on them. */
import { bytesOf, type DType, type Operand, type SearchKernel } from '@cotangent/tensor';
import { I32, V128, type Local, type Locals } from '../../assembler';
import type { KernelBuilder } from '../../kernel-module';
import type { Scratch } from '../../lower';
import type { Launch, SlotPointer } from '../../params';
import { parametersOf, wordsAt } from '../../words';
import { asRowMajor } from '../assemble';
import { fillLaunches } from '../copy';
import { loadScalar, loadUnit, storeTail, storeUnit } from '../lanes';

/** At most so many values are a unit; they look into the same row. */
const UNIT = 64;
/** Each row has `size` elements and `count` values in `blocks` units. */
const WORDS = ['rows', 'size', 'values', 'count', 'blocks', 'target'] as const;

export function searchLaunches({ right, inputs, outputs: [output] }: SearchKernel, scratch: Scratch): Launch[] {
  const total = output.shape.reduce((a, b) => a * b, 1);
  if (total === 0) return [];
  const [rows, values] = [asRowMajor(inputs[0]!, scratch), asRowMajor(inputs[1]!, scratch)];
  const { dtype, shape } = rows.operand;
  const size = shape.at(-1)!;
  if (size === 0) return fillLaunches('int32', { slot: output.slot, offset: 0 }, total, 0);
  const pointer = ({ slot, offset }: Operand): SlotPointer => ({ slot, offset: offset * bytesOf(dtype) });
  const count = shape.length === 1 ? total : output.shape.at(-1)!;
  const blocks = Math.ceil(count / UNIT);
  return [...rows.copies, ...values.copies, {
    key: ['search', dtype, right].join('|'),
    parameters: parametersOf(WORDS, {
      rows: pointer(rows.operand), size, values: pointer(values.operand), count, blocks, target: { slot: output.slot, offset: 0 },
    }),
    emit: (module, exportName) => {
      module.kernel(exportName, 'search', (f, ...params) => {
        emitSearch(f, dtype, right, ...params);
      });
    },
    split: { units: (total / count) * blocks, nanoseconds: total * (3 + 2 * Math.log2(size)) },
  }];
}

function emitSearch(f: KernelBuilder, dtype: DType, right: boolean, p: Local, from: Local, to: Local): void {
  const type = dtype === 'bool' ? 'uint8' : dtype;
  const bytes = bytesOf(type);
  const step = Math.log2(bytes);
  const [rows, size, values, count, blocks, target] = WORDS.map(wordsAt(f, p, WORDS)) as Locals<6>;
  const [unit, row, first, rest, read, write, left, half, middle] = f.locals(I32, 9);
  const [value, low, nan, elements] = f.locals(V128, 4);
  /** Pushes for each value whether the element at `start + low` lies before it; NaN is larger than all numbers. */
  const before = (start: Local): void => {
    for (let lane = 0; lane < 4; lane++) {
      f.get(low).lane('i32x4ExtractLane', lane).get(start).op('i32Add');
      loadScalar(f, type);
      if (lane === 0) f.op('i32x4Splat');
      else f.lane('i32x4ReplaceLane', lane);
    }
    f.tee(elements).get(value);
    if (type !== 'float32') f.op(type === 'uint32' ? (right ? 'i32x4LeU' : 'i32x4LtU') : right ? 'i32x4LeS' : 'i32x4LtS');
    else if (right) f.op('f32x4Le').get(nan).op('v128Or');
    else f.op('f32x4Lt').get(elements, elements).op('f32x4Eq').get(nan).op('v128And', 'v128Or');
  };
  f.get(from).set(unit);
  f.block((done) => {
    f.loop((again) => {
      f.get(unit, to).op('i32GeU').brIf(done);
      f.get(unit, blocks).op('i32DivU').set(row).get(unit, blocks).op('i32RemU').i32(UNIT).op('i32Mul').set(first);
      f.get(count, first).op('i32Sub').tee(rest).i32(UNIT).get(rest).i32(UNIT).op('i32LtU', 'select').set(rest);
      f.get(row, count).op('i32Mul').get(first).op('i32Add').set(first);
      f.get(values, first).i32(step).op('i32Shl', 'i32Add').set(read).get(target, first).i32(2).op('i32Shl', 'i32Add').set(write);
      f.get(rows, row, size).op('i32Mul').i32(step).op('i32Shl', 'i32Add').set(row);
      f.loop((further) => {
        loadUnit(f, type, read);
        f.set(value);
        if (type === 'float32') f.get(value, value).op('f32x4Ne').set(nan);
        f.i32x4(0).set(low).get(size).set(left);
        f.block((found) => {
          f.loop((deeper) => {
            f.get(left).i32(1).op('i32LeU').brIf(found);
            f.get(left).i32(1).op('i32ShrU').i32(step).op('i32Shl').tee(half).get(row).op('i32Add').i32(bytes).op('i32Sub').set(middle);
            f.get(low);
            before(middle);
            f.get(half).op('i32x4Splat', 'v128And', 'i32x4Add').set(low);
            f.get(left, left).i32(1).op('i32ShrU', 'i32Sub').set(left).br(deeper);
          });
        });
        f.get(low).i32(step).op('i32x4ShrU');
        before(row);
        f.op('i32x4Sub').set(low); // all bits set are -1
        f.get(rest).i32(4).op('i32LtU').if(
          () => storeTail(f, 'int32', write, low, rest),
          () => storeUnit(f, 'int32', write, low),
        );
        f.add(read, 4 * bytes).add(write, 16).get(rest).i32(4).op('i32Sub').tee(rest).i32(0).op('i32GtS').brIf(further);
      });
      f.add(unit, 1).br(again);
    });
  });
  f.i32(0);
}
