/** The filters of a convolution, transformed and packed as left operands of the products: for each plane panels of [channel][4 filters]. */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';
import { PRIVATE } from '../layout';
import { planeSteps, TILE_IN } from './tiles';
import { filterTransform } from './transforms';
import { wordsAt } from '../words';

/** Distances are in bytes; `y` and `x` are those between taps. */
export const FILTER_WORDS = ['filter', 'target', 'filters', 'channels', 'filterStep', 'channelStep', 'yStep', 'xStep', 'plane'] as const;

const TAPS = 3;

/** Adds the exported kernel. A unit is a panel of four filters; the last one repeats the last filter. */
export function emitFilter(module: KernelModule, exportName: string): void {
  module.kernel(exportName, 'winograd filter', (f, p, from, to) => {
    const word = wordsAt(f, p, FILTER_WORDS);
    const names = ['filter', 'target', 'filters', 'channels', 'filterStep', 'channelStep', 'yStep', 'xStep', 'plane'] as const;
    const [filter, target, filters, channels, filterStep, channelStep, yStep, xStep, plane] = names.map(word) as Locals<9>;
    const [unit, c, lane, to4, at, scratch] = f.locals(I32, 6);
    const lanes = f.locals(I32, 4);
    const g = f.locals(V128, 3);
    const t = f.locals(V128, 4);
    const steps = planeSteps(f, plane);
    f.thread().mem('i32Load', PRIVATE).set(scratch);
    /** Pushes min(unit * 4 + i, filters - 1). */
    const clamped = (i: number): void => {
      f.get(unit).i32(2).op('i32Shl').i32(i).op('i32Add').tee(lane).get(filters).i32(1).op('i32Sub').tee(at);
      f.get(lane, at).op('i32LtS', 'select');
    };
    /** Four neighbouring filters at one tap. */
    const load = (into: Local, y: number, x: number): void => {
      for (let l = 0; l < 4; l++) {
        f.get(lanes[l]!);
        f.get(yStep).i32(y).op('i32Mul', 'i32Add').get(xStep).i32(x).op('i32Mul', 'i32Add');
        if (l === 0) f.mem('v128Load32Zero');
        else f.get(into).laneMem('v128Load32Lane', l);
        f.set(into);
      }
    };
    f.get(from).set(unit);
    f.get(to, from).op('i32Sub').set(to4);
    f.times(to4, () => {
      for (let l = 0; l < 4; l++) {
        f.get(filter);
        clamped(l);
        f.get(filterStep).op('i32Mul', 'i32Add').set(lanes[l]!);
      }
      f.get(target).get(unit, channels).op('i32Mul').i32(16).op('i32Mul', 'i32Add').set(at);
      f.get(channels).set(c);
      f.times(c, () => {
        for (let y = 0; y < TAPS; y++) {
          for (let x = 0; x < TAPS; x++) load(g[x]!, y, x);
          filterTransform(f, g, t, (j, push) => {
            f.get(scratch);
            push();
            f.mem('v128Store', (y * TILE_IN + j) * 16);
          });
        }
        f.get(at).set(lane);
        for (let j = 0; j < TILE_IN; j++) {
          for (let y = 0; y < TAPS; y++) f.get(scratch).mem('v128Load', (y * TILE_IN + j) * 16).set(g[y]!);
          filterTransform(f, g, t, (i, push) => {
            f.get(lane);
            if (i > 0) f.get(steps[i - 1]!).op('i32Add');
            push();
            f.mem('v128Store');
          });
          f.get(lane, steps[4]).op('i32Add').get(plane).op('i32Add').set(lane);
        }
        f.add(at, 16);
        for (const l of lanes) f.addLocal(l, channelStep);
      });
      f.add(unit, 1);
    });
    f.i32(0);
  });
}
