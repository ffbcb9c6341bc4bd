/**
 * Depthwise convolution by small filters at step 1: the taps unrolled, their weights in registers, several rows of results at a time,
 * stored where they belong.
 */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';

/** Rows of results computed at once: a row of the plane is loaded once for all that it counts in. */
const TOGETHER = 4;
/** More weights than this do not fit the registers, beside the sums. */
const MOST_WEIGHTS = 9;
/** Results of a vector. */
export const LANES = 4;

/** Whether the weights of a filter fit the registers. */
export function fitsRegisters(tapRows: number, tapColumns: number): boolean {
  return tapRows * tapColumns <= MOST_WEIGHTS;
}

/**
 * Adds rows(plane, out, rows, columns, pitch, outRow, factors) for neighbouring columns, at least LANES of them. The last vector of a
 * row ends with the row, so that some results may be computed twice and nothing is written behind them.
 */
export function addRows(module: KernelModule, tapRows: number, tapColumns: number): number {
  return module.helper(`depthwise ${tapRows} x ${tapColumns}`, new Array<typeof I32>(7).fill(I32), [], (f, ...params) => {
    const [plane, out, rows, columns, pitch, outRow, factors] = params as Locals<7>;
    const weights = f.locals(V128, tapRows * tapColumns);
    const sums = f.locals(V128, TOGETHER);
    const x = f.local(V128);
    const [i, end, last, at, to, groups] = f.locals(I32, 6);

    const addTap = (sum: Local, weight: Local, first: boolean): void => {
      if (first) f.get(x, weight).op('f32x4Mul').set(sum);
      else f.get(sum, x, weight).op('f32x4Mul', 'f32x4Add').set(sum);
    };
    const group = (together: number): void => {
      f.for(i, end, LANES * 4, () => {
        f.get(i, last, i, last).op('i32LtS', 'select').tee(to).get(plane).op('i32Add').set(at);
        f.block((never) => {
          for (let row = 0; row < together + tapRows - 1; row++) {
            // The way out is never taken. It ends the basic block: V8 up to 12 moves every load of a block to its top.
            if (row > 0) f.addLocal(at, pitch).get(factors).op('i32Eqz').brIf(never);
            for (let column = 0; column < tapColumns; column++) {
              f.get(at).mem('v128Load', column * 4).set(x);
              for (let r = Math.max(0, row - tapRows + 1); r <= Math.min(row, together - 1); r++)
                addTap(sums[r]!, weights[(row - r) * tapColumns + column]!, row === r && column === 0);
            }
          }
        });
        f.get(out, to).op('i32Add').set(to);
        for (let r = 0; r < together; r++) {
          if (r > 0) f.addLocal(to, outRow);
          f.get(to, sums[r]!).mem('v128Store');
        }
      });
      for (let r = 0; r < together; r++) f.addLocal(plane, pitch).addLocal(out, outRow);
    };
    weights.forEach((weight, t) => void f.get(factors).mem('v128Load32Splat', t * 4).set(weight));
    f.get(columns).i32(2).op('i32Shl').tee(end).i32(LANES * 4).op('i32Sub').set(last);
    f.get(rows).i32(TOGETHER).op('i32DivU').set(groups);
    f.get(rows).i32(TOGETHER).op('i32RemU').set(rows);
    f.times(groups, () => group(TOGETHER));
    f.times(rows, () => group(1));
  });
}
