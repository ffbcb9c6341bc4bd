/**
 * The gradient of the filters of a depthwise convolution: a unit is a channel. Plane after plane is copied into the memory of the thread
 * (plane.ts) and multiplied, moved by a few taps at a time, with the gradient of the result.
 */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { PRIVATE } from '../layout';
import { wordsAt } from '../words';
import { addCopyLine, addFill } from './plane';

export const GRADIENT_WORDS = [
  'image', 'other', 'out', 'depth', 'filters', 'blocks', 'blockRows', 'rows', 'columns', 'height',
  'imageGroup', 'imageDepth', 'imageRow', 'imageColumn', 'otherGroup', 'otherDepth', 'otherFilter', 'otherRow',
  'outGroup', 'outFilter', 'outRow', 'outColumn', 'step', 'pitch', 'extraRows', 'phases', 'phaseTable', 'tapRows', 'tapColumns', 'tapTable',
  'planeBytes', 'plane', 'sums',
] as const;

/** Taps summed in one walk over a plane, for two vectors each: sums and loaded vectors together fit the registers. */
export const TAPS = 3;

/**
 * Adds sums(plane, other, rows, columns, pitch, otherRow, passes, tapTable, sums): adds to a vector for each tap, TAPS taps in each
 * pass. What lies behind the columns of a row, in either operand, is masked: it need not be finite.
 */
function addSums(module: KernelModule): number {
  return module.helper('depthwise tap sums', new Array<typeof I32>(9).fill(I32), [], (f, ...params) => {
    const [plane, other, rows, columns, pitch, otherRow, passes, tapTable, target] = params as Locals<9>;
    const sums = f.locals(V128, 2 * TAPS);
    const [y, z, mask] = f.locals(V128, 3);
    const taps = f.locals(I32, TAPS);
    const [row, at, i, pairs, last] = f.locals(I32, 5);
    const add = (sum: Local, factor: Local, tap: Local, offset: number, masked: boolean): void => {
      f.get(sum).get(tap, i).op('i32Add').mem('v128Load', offset);
      if (masked) f.get(mask).op('v128And');
      f.get(factor).op('f32x4Mul', 'f32x4Add').set(sum);
    };
    // The last 1 to 4 columns are done alone, and one vector before them when their number is odd.
    f.get(columns).i32(1).op('i32Sub').i32(2).op('i32ShrU').set(last);
    f.i32lanes(0, 1, 2, 3).get(columns).get(last).i32(2).op('i32Shl', 'i32Sub', 'i32x4Splat', 'i32x4LtS').set(mask);
    f.times(passes, () => {
      for (const sum of sums) f.f32x4(0).set(sum);
      taps.forEach((tap, t) => void f.get(plane).get(tapTable).mem('i32Load', t * 4).op('i32Add').set(tap));
      f.get(other).set(at).get(rows).set(row);
      f.times(row, () => {
        f.i32(0).set(i).get(last).i32(1).op('i32ShrU').set(pairs);
        f.times(pairs, () => {
          f.get(at, i).op('i32Add').mem('v128Load').set(y).get(at, i).op('i32Add').mem('v128Load', 16).set(z);
          taps.forEach((tap, t) => {
            add(sums[t]!, y, tap, 0, false);
          });
          taps.forEach((tap, t) => {
            add(sums[TAPS + t]!, z, tap, 16, false);
          });
          f.add(i, 32);
        });
        f.get(last).i32(1).op('i32And').if(() => {
          f.get(at, i).op('i32Add').mem('v128Load').set(y);
          taps.forEach((tap, t) => {
            add(sums[t]!, y, tap, 0, false);
          });
          f.add(i, 16);
        });
        f.get(at, i).op('i32Add').mem('v128Load').get(mask).op('v128And').set(y);
        taps.forEach((tap, t) => {
          add(sums[TAPS + t]!, y, tap, 0, true);
        });
        f.addLocal(at, otherRow);
        for (const tap of taps) f.addLocal(tap, pitch);
      });
      for (let t = 0; t < TAPS; t++) {
        f.get(target).get(target).mem('v128Load', t * 16).get(sums[t]!, sums[TAPS + t]!).op('f32x4Add', 'f32x4Add')
          .mem('v128Store', t * 16);
      }
      f.add(tapTable, TAPS * 4).add(target, TAPS * 16);
    });
  });
}

/** Taps of the filter that addBlock is for, along both axes; a row of them is a pass of the sums above. */
export const SIDE = TAPS;

/**
 * Adds block(plane, other, rows, columns, pitch, otherRow, sums): what the helper above adds for a filter of SIDE x SIDE taps at step 1,
 * but only from the rows of the plane in which all rows of the filter have a place: SIDE - 1 up to `rows`. There all sums stay in
 * registers, and what is loaded of the plane counts for SIDE taps.
 */
function addBlock(module: KernelModule): number {
  return module.helper('depthwise block sums', new Array<typeof I32>(7).fill(I32), [], (f, ...params) => {
    const [plane, other, rows, columns, pitch, otherRow, target] = params as Locals<7>;
    const sums = f.locals(V128, SIDE * SIDE);
    const factors = f.locals(V128, SIDE);
    const [x, mask] = f.locals(V128, 2);
    const lines = f.locals(I32, SIDE);
    const [i, at, vectors] = f.locals(I32, 3);
    const step = (masked: boolean): void => {
      f.block((never) => {
        factors.forEach((factor, row) => {
          f.get(lines[row]!, i).op('i32Add').mem('v128Load');
          if (masked) f.get(mask).op('v128And');
          f.set(factor);
        });
        for (let column = 0; column < SIDE; column++) {
          // Never taken: ends the basic block, see rows.ts.
          if (column > 0) f.get(target).op('i32Eqz').brIf(never);
          f.get(at, i).op('i32Add').mem('v128Load', column * 4);
          if (masked) f.get(mask).op('v128And');
          f.set(x);
          factors.forEach((factor, row) => {
            const sum = sums[row * SIDE + column]!;
            f.get(sum, x, factor).op('f32x4Mul', 'f32x4Add').set(sum);
          });
        }
      });
    };
    // The last 1 to 4 columns of a row are masked.
    f.get(columns).i32(1).op('i32Sub').i32(2).op('i32ShrU').set(vectors);
    f.i32lanes(0, 1, 2, 3).get(columns).get(vectors).i32(2).op('i32Shl', 'i32Sub', 'i32x4Splat', 'i32x4LtS').set(mask);
    f.get(vectors).i32(4).op('i32Shl').set(columns);
    for (const [t, sum] of sums.entries()) f.get(target).mem('v128Load', t * 16).set(sum);
    // Row r of the plane meets row r - t of the other operand at row t of the filter.
    f.get(plane).set(at);
    f.get(other).set(lines[SIDE - 1]!);
    for (let row = SIDE - 2; row >= 0; row--) {
      f.addLocal(at, pitch).get(lines[row + 1]!, otherRow).op('i32Add').set(lines[row]!);
    }
    f.get(rows).i32(SIDE - 1).op('i32Sub').set(rows);
    f.times(rows, () => {
      f.for(i, columns, 16, () => {
        step(false);
      });
      step(true);
      f.addLocal(at, pitch);
      for (const line of lines) f.addLocal(line, otherRow);
    });
    for (const [t, sum] of sums.entries()) f.get(target, sum).mem('v128Store', t * 16);
  });
}

/** Emits the kernel; `block`: whether the filter is one for addBlock. */
export function emitGradient(module: KernelModule, exportName: string, block = false): void {
  const [fill, sums] = [addFill(module, addCopyLine(module)), addSums(module)];
  const most = block ? addBlock(module) : undefined;
  module.kernel(exportName, 'depthwise gradient', (f, p, from, to) => {
    const word = wordsAt(f, p, GRADIENT_WORDS);
    GRADIENT_WORDS.forEach(word);
    const [memory, group, first, rows, k, m, i, j, b, at, line, target, passes, sumBytes] = f.locals(I32, 14);
    const product = (a: Local, b: (typeof GRADIENT_WORDS)[number]): KernelBuilder => f.get(a, word(b)).op('i32Mul');
    f.thread().mem('i32Load', PRIVATE).set(memory);
    f.get(memory, word('plane')).op('i32Add').i32(0).get(word('planeBytes')).fill();
    product(word('tapRows'), 'tapColumns').i32(TAPS - 1).op('i32Add').i32(TAPS).op('i32DivU').tee(passes).i32(TAPS * 16)
      .op('i32Mul').set(sumBytes);
    f.get(from).set(group).get(to, from).op('i32Sub').set(to);
    f.times(to, () => {
      f.get(memory, word('sums')).op('i32Add').i32(0);
      product(sumBytes, 'filters').fill();
      f.for(k, word('depth'), 1, () => {
        f.for(b, word('blocks'), 1, () => {
          product(b, 'blockRows').set(first);
          f.get(word('rows'), first).op('i32Sub').tee(rows).get(word('blockRows')).get(rows, word('blockRows'))
            .op('i32LtS', 'select').set(rows);
          f.get(word('image'));
          product(group, 'imageGroup').op('i32Add');
          product(k, 'imageDepth').op('i32Add');
          f.get(memory, word('plane')).op('i32Add').get(first, rows, word('height'), word('imageRow'), word('imageColumn'), word('pitch'));
          f.get(word('phases'), word('phaseTable'), word('step'), word('extraRows')).call(fill);
          f.for(m, word('filters'), 1, () => {
            f.get(memory, word('plane')).op('i32Add').set(at).get(word('other'));
            product(group, 'otherGroup').op('i32Add');
            product(k, 'otherDepth').op('i32Add');
            product(m, 'otherFilter').op('i32Add');
            product(first, 'otherRow').op('i32Add').set(line);
            f.get(memory, word('sums')).op('i32Add').get(m, sumBytes).op('i32Mul', 'i32Add').set(target);
            const all = (): void =>
              void f.get(at, line, rows, word('columns'), word('pitch'), word('otherRow'), passes, word('tapTable'), target).call(sums);
            if (most === undefined) all();
            else f.get(rows).i32(SIDE).op('i32LtS').if(all, () => {
              f.get(at, line, rows, word('columns'), word('pitch'), word('otherRow'), target).call(most);
              // What the block leaves out: for each row of the filter, the rows above and below.
              const edge = (row: number, start: () => void, count: number): void => {
                if (count === 0) return;
                start();
                f.set(i).get(at, i, word('pitch')).op('i32Mul', 'i32Add').get(line, i, word('otherRow')).op('i32Mul', 'i32Add');
                f.i32(count).get(word('columns'), word('pitch'), word('otherRow')).i32(1).get(word('tapTable'))
                  .i32(row * SIDE * 4).op('i32Add');
                f.get(target).i32(row * SIDE * 16).op('i32Add').call(sums);
              };
              for (let row = 0; row < SIDE; row++) {
                edge(row, () => void f.i32(0), SIDE - 1 - row);
                edge(row, () => void f.get(rows).i32(row).op('i32Sub'), row);
              }
            });
          });
        });
      });
      f.for(m, word('filters'), 1, () => {
        f.get(memory, word('sums')).op('i32Add').get(m, sumBytes).op('i32Mul', 'i32Add').set(at);
        f.for(i, word('tapRows'), 1, () => {
          f.get(word('out'));
          product(group, 'outGroup').op('i32Add');
          product(m, 'outFilter').op('i32Add');
          product(i, 'outRow').op('i32Add').set(target);
          f.for(j, word('tapColumns'), 1, () => {
            f.get(target).get(at).mem('f32Load').get(at).mem('f32Load', 4).op('f32Add');
            f.get(at).mem('f32Load', 8).get(at).mem('f32Load', 12).op('f32Add', 'f32Add').mem('f32Store');
            f.add(at, 16).addLocal(target, word('outColumn'));
          });
        });
      });
      f.add(group, 1);
    });
    f.i32(0);
  });
}
