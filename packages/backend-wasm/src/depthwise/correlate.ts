/**
 * Depthwise convolution, forward and gradient of the input: a unit is a block of rows of a plane. The plane lies in the memory of the
 * thread (plane.ts), where all results are one long sum over taps: result[i] = sum of weight[t] * plane[i + tap[t]], margins included.
 * The results that count are then copied out. Small filters at step 1 go to kernels of their own instead (rows.ts).
 */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { PRIVATE } from '../layout';
import { wordsAt } from '../words';
import { addCopyLine, addFill } from './plane';
import { addRows } from './rows';

export const CORRELATE_WORDS = [
  'image', 'weights', 'out', 'groups', 'depth', 'filters', 'blocks', 'blockRows', 'rows', 'columns', 'height',
  'imageAcross', 'imageGroup', 'imageDepth', 'imageRow', 'imageColumn', 'weightGroup', 'weightDepth', 'weightFilter',
    'weightRow', 'weightColumn',
  'outAcross', 'outGroup', 'outFilter', 'outRow', 'outColumn', 'step', 'pitch', 'extraRows', 'phases', 'phaseTable', 'tapRows',
    'tapColumns', 'tapTable',
  'planeBytes', 'plane', 'results', 'factors',
] as const;

/** Vectors computed at once: as many as leave registers for what is loaded. */
export const VECTORS = 6;

/** Adds correlate(plane, results, blocks, taps, tapTable, factors, accumulate): `blocks` times VECTORS vectors. */
function addTaps(module: KernelModule): number {
  return module.helper('depthwise taps', new Array<typeof I32>(7).fill(I32), [], (f, ...params) => {
    const [plane, results, blocks, taps, tapTable, factors, accumulate] = params as Locals<7>;
    const sums = f.locals(V128, VECTORS);
    const factor = f.local(V128);
    const [tap, rest, at] = f.locals(I32, 3);
    f.times(blocks, () => {
      f.get(accumulate).if(
        () => sums.forEach((sum, v) => void f.get(results).mem('v128Load', v * 16).set(sum)),
        () => { for (const sum of sums) f.f32x4(0).set(sum); },
      );
      f.i32(0).set(tap).get(taps).set(rest);
      f.loop((again) => {
        f.get(plane).get(tapTable, tap).op('i32Add').mem('i32Load').op('i32Add').set(at);
        f.get(factors, tap).op('i32Add').mem('v128Load32Splat').set(factor);
        sums.forEach((sum, v) => void f.get(sum).get(at).mem('v128Load', v * 16).get(factor).op('f32x4Mul', 'f32x4Add').set(sum));
        f.add(tap, 4).get(rest).i32(1).op('i32Sub').tee(rest).brIf(again);
      });
      sums.forEach((sum, v) => void f.get(results, sum).mem('v128Store', v * 16));
      f.add(plane, VECTORS * 16).add(results, VECTORS * 16);
    });
  });
}

/** Emits the kernel; `small`: rows and columns of filters that rows.ts is for, where columns are neighbours and `depth` is 1. */
export function emitCorrelate(module: KernelModule, exportName: string, small?: readonly [number, number]): void {
  const copyLine = addCopyLine(module);
  const fill = addFill(module, copyLine);
  const taps = small === undefined ? addTaps(module) : addRows(module, ...small);
  module.kernel(exportName, 'depthwise', (f, p, from, to) => {
    const word = wordsAt(f, p, CORRELATE_WORDS);
    CORRELATE_WORDS.forEach(word);
    const [memory, unit, plane, across, group, first, rows, k, m, i, j, at, target] = f.locals(I32, 13);
    const product = (a: Local, b: (typeof CORRELATE_WORDS)[number]): KernelBuilder => f.get(a, word(b)).op('i32Mul');
    const place = (filter: Local): KernelBuilder => {
      f.get(word('out'));
      product(across, 'outAcross').op('i32Add');
      product(group, 'outGroup').op('i32Add');
      product(filter, 'outFilter').op('i32Add');
      return product(first, 'outRow').op('i32Add');
    };
    f.thread().mem('i32Load', PRIVATE).set(memory);
    f.get(memory, word('plane')).op('i32Add').i32(0).get(word('planeBytes')).fill();
    f.get(from).set(unit).get(to, from).op('i32Sub').set(to);
    f.times(to, () => {
      f.get(unit, word('blocks')).op('i32DivU').tee(plane).get(word('groups')).op('i32DivU').set(across);
      f.get(plane);
      product(across, 'groups').op('i32Sub').set(group);
      f.get(unit);
      product(plane, 'blocks').op('i32Sub').get(word('blockRows')).op('i32Mul').set(first);
      f.get(word('rows'), first).op('i32Sub').tee(rows).get(word('blockRows')).get(rows, word('blockRows')).op('i32LtS', 'select')
        .set(rows);
      f.for(k, word('depth'), 1, () => {
        f.get(word('image'));
        product(across, 'imageAcross').op('i32Add');
        product(group, 'imageGroup').op('i32Add');
        product(k, 'imageDepth').op('i32Add');
        f.get(memory, word('plane')).op('i32Add').get(first, rows, word('height'), word('imageRow'), word('imageColumn'), word('pitch'));
        f.get(word('phases'), word('phaseTable'), word('step'), word('extraRows')).call(fill);
        f.for(m, word('filters'), 1, () => {
          f.get(memory, word('factors')).op('i32Add').set(target);
          f.for(i, word('tapRows'), 1, () => {
            f.get(word('weights'));
            product(group, 'weightGroup').op('i32Add');
            product(k, 'weightDepth').op('i32Add');
            product(m, 'weightFilter').op('i32Add');
            product(i, 'weightRow').op('i32Add').set(at);
            f.for(j, word('tapColumns'), 1, () => void f.get(target, at).mem('f32Load').mem('f32Store').add(target, 4)
              .addLocal(at, word('weightColumn')));
          });
          if (small !== undefined) {
            f.get(memory, word('plane')).op('i32Add');
            place(m).get(rows, word('columns'), word('pitch'), word('outRow'), memory, word('factors')).op('i32Add').call(taps);
            return;
          }
          f.get(memory, word('plane')).op('i32Add').get(memory, word('results')).op('i32Add');
          f.get(rows, word('pitch')).op('i32Mul').i32(VECTORS * 16 - 1).op('i32Add').i32(VECTORS * 16).op('i32DivU');
          product(word('tapRows'), 'tapColumns').get(word('tapTable'), memory, word('factors')).op('i32Add').get(k).call(taps);
          f.get(k).i32(1).op('i32Add').get(word('depth')).op('i32Eq').if(() => {
            f.get(memory, word('results')).op('i32Add').set(target);
            place(m).set(at);
            f.for(i, rows, 1, () => {
              f.get(target, at, word('columns')).i32(4).get(word('outColumn')).call(copyLine);
              f.addLocal(target, word('pitch')).addLocal(at, word('outRow'));
            });
          });
        });
      });
      f.add(unit, 1);
    });
    f.i32(0);
  });
}
