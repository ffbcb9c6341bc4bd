/** Sort kernels: rows of neighbours become rows of positions; other axes are turned into rows and back by copies. */
import { bytesOf, type Operand, type SortKernel } from '@cotangent/tensor';
import type { Scratch } from '../../lower';
import type { Launch, SlotPointer } from '../../params';
import { parametersOf } from '../../words';
import { asRowMajor } from '../assemble';
import { copyLaunches } from '../copy';
import { contiguousStrides } from '../nest';
import { emitFew, FEW, FEW_BYTES } from './few';
import { digitsOf, emitRadix, pairBytes, tableBytes } from './radix';
import { emitRows, WORDS } from './rows';

/** A few rows of which each needs more than this many bytes get an array that is theirs, because threads keep their memory. */
const LARGE = 2 ** 20;
const FEW_ROWS = 8;

export function sortLaunches({ axis, descending, inputs, outputs: [output] }: SortKernel, scratch: Scratch): Launch[] {
  const input = inputs[0]!;
  if (output.shape.includes(0)) return [];
  const order = [...input.shape.keys()].filter((a) => a !== axis).concat(input.shape.length > 0 ? [axis] : []);
  const along = (own: readonly number[]): number[] => order.map((a) => own[a]!);
  const { operand, copies } = asRowMajor({ ...input, shape: along(input.shape), strides: along(input.strides) }, scratch);
  const shape = along(output.shape);
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const take = shape.at(-1) ?? 1;
  const strides = along(contiguousStrides(output.shape));
  const plain = contiguousStrides(shape);
  if (shape.every((n, a) => n === 1 || strides[a] === plain[a])) {
    return [...copies, rowsLaunch(operand, descending, rows, take, output.slot, scratch)];
  }
  const slot = scratch(4 * rows * take);
  const back = copyLaunches('int32', shape, { at: { slot, offset: 0 }, strides: plain }, { at: { slot: output.slot, offset: 0 }, strides });
  return [...copies, rowsLaunch(operand, descending, rows, take, slot, scratch), ...back];
}

function rowsLaunch(operand: Operand, descending: boolean, rows: number, take: number, target: number, scratch: Scratch): Launch {
  const { dtype, slot, offset } = operand;
  const size = operand.shape.at(-1) ?? 1;
  const few = take <= FEW;
  const digits = digitsOf(dtype, size);
  const half = few ? 0 : pairBytes(size);
  const memoryBytes = few ? FEW_BYTES : tableBytes(digits) + 2 * half;
  const own = memoryBytes > LARGE && rows <= FEW_ROWS;
  const memory: SlotPointer | 0 = own ? { slot: scratch(rows * memoryBytes), offset: 0 } : 0;
  const parameters = parametersOf(WORDS, {
    source: { slot, offset: offset * bytesOf(dtype) }, rowBytes: size * bytesOf(dtype), size,
    target: { slot: target, offset: 0 }, take, memory, memoryBytes, half,
  });
  const way = few ? 'few' : `radix ${digits.bits}`;
  return {
    key: ['sort', dtype, descending, way, own].join('|'),
    parameters,
    emit: (module, exportName) => {
      module.kernel(exportName, `sort ${way}`, (f, p, from, to) => {
        emitRows(f, p, from, to, own, (row, word) => {
          if (few) emitFew(f, { dtype, descending }, row, word);
          else emitRadix(f, { dtype, descending }, digits, row, word);
        });
      });
    },
    split: { units: rows, nanoseconds: rows * (few ? 50 + size + 30 * take : 2000 + size * 3 * (1 + digits.count)) },
    ...(own ? {} : { privateBytes: memoryBytes }),
  };
}
