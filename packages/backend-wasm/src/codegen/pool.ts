/**
 * Pool kernels: the maximum of each window, four neighbouring windows at a time. Windows that reach past the edge read a
 * copy of the input with a border of the lowest value.
 */
import { bytesOf, type Operand, type PoolKernel } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import { withBorder } from '../border';
import type { KernelBuilder } from '../kernel-module';
import type { Scratch } from '../lower';
import { Parameters, type Launch } from '../params';
import { foldingOf, identityOf } from './folding';
import { innerWalk, InnerOperands, type InnerOperand } from './inner';
import { storeTail, storeUnit } from './lanes';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, withInner, type Walker } from './nest';

/** Windows of up to this many places are unrolled. */
const UNROLLED = 9;

export function poolLaunches(kernel: PoolKernel, scratch: Scratch): Launch[] {
  if (kernel.shape.includes(0)) return [];
  const { window, stride, padding, dilation, shape, input } = kernel;
  const lead = shape.length - window.length;
  const high = window.map((w, a) => {
    const last = (shape[lead + a]! - 1) * stride[a]! - padding[a]! + (w - 1) * dilation[a]!;
    return Math.max(0, last - (input.shape[lead + a]! - 1));
  });
  const needed = padding.some((p) => p > 0) || high.some((h) => h > 0);
  if (!needed) return [maxLaunch(kernel, input)];
  const zeros = new Array<number>(lead).fill(0);
  const border = { low: [...zeros, ...padding], high: [...zeros, ...high], spacing: input.shape.map(() => 1) };
  const copy = withBorder(input, border, identityOf('max', input.dtype), scratch);
  return [...copy.launches, maxLaunch(kernel, copy.operand)];
}

/** `source` may be read at coordinates -padding and beyond its end. */
function maxLaunch(kernel: PoolKernel, source: Operand): Launch {
  const { window, stride, padding, dilation, shape, input, output } = kernel;
  const { dtype } = input;
  const bytes = bytesOf(dtype);
  const arg = kernel.op === 'argmax';
  const lead = shape.length - window.length;
  const sourceStrides = source.strides.slice(lead);
  const corner = padding.reduce((sum, p, a) => sum - p * sourceStrides[a]!, source.offset);
  const walkers: Walker[] = [
    {
      dtype,
      at: { slot: source.slot, offset: corner * bytes },
      strides: source.strides.map((s, i) => (i < lead ? s : s * stride[i - lead]!)),
    },
    { dtype: output.dtype, at: { slot: output.slot, offset: 0 }, strides: contiguousStrides(shape) },
  ];
  // The position of a maximum is counted from the coordinates of the pooled axes, so these stay apart.
  const separate = new Set(arg ? window.map((_, a) => lead + a) : []);
  const nest = withInner(collapse(shape, walkers.map((w) => w.strides), { separate }), [1, 1]);
  const levels = nest.sizes.length;
  const innerStride = nest.strides[0]!.at(-1)!;
  const pairs = innerStride === 2 && bytes === 4;

  // Every place of the window: how far from its corner in memory, and in positions of the pooled axes.
  const positionStrides = contiguousStrides(input.shape.slice(lead));
  const taps: [number, number][] = [[0, 0]];
  window.forEach((w, a) => {
    const outer = taps.splice(0);
    for (const [place, position] of outer) {
      for (let k = 0; k < w; k++) {
        taps.push([place + k * dilation[a]! * sourceStrides[a]! * bytes, position + k * dilation[a]! * positionStrides[a]!]);
      }
    }
  });
  const unrolled = taps.length <= UNROLLED;

  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, walkers.map((w, k) => ({ ...w, strides: nest.strides[k]! })));
  const tapPlace = parameters.push({ key: `taps ${taps.join()}`, build: () => Int32Array.from(taps.flat()) }, taps.length);
  // For each pooled axis: stride, padding, dilation of the window, stride of positions and size of the input.
  const axisPlaces = window.map((_, a) =>
    parameters.push(stride[a]!, padding[a]!, dilation[a]!, positionStrides[a]!, input.shape[lead + a]!),
  );
  const levelOf = window.map((_, a) => nest.axisOf[lead + a]!);

  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, levels);
    const operands = walkers.map((w, k): InnerOperand => ({
      dtype: w.dtype,
      walk: innerWalk(nest.strides[k]!.at(-1)!),
      pointer: loops.pointers[k]!,
      stride: places.operands[k]! + levels * 4,
    }));
    const folding = foldingOf(f, arg ? 'argmax' : 'max', dtype);
    const [position, count, rest, base, table, outside] = f.locals(I32, 6);
    const axis = (a: number, word: number): void => void f.get(p).mem('i32Load', axisPlaces[a]! + word * 4);
    /** Pushes the first coordinate of the window along a pooled axis; for the vector axis that of its first lane. */
    const start = (a: number): void => {
      const level = levelOf[a]!;
      if (level < 0) f.i32(0);
      else f.get(level === levels - 1 ? position : loops.counters[level]!);
      axis(a, 0);
      f.op('i32Mul');
      axis(a, 1);
      f.op('i32Sub');
    };
    emitLoops(f, loops, 0, levels - 1, () => {
      const inner = new InnerOperands(f, p, operands);
      const vector = (tail?: Local): Local => {
        const total = folding.total.create();
        folding.total.reset(total);
        if (arg) f.i32x4(-1).set(total[1]!);
        const laneStart = f.temp(V128);
        if (arg) {
          // Positions of the window corners in the four lanes.
          f.i32(0);
          window.forEach((_, a) => {
            start(a);
            axis(a, 3);
            f.op('i32Mul', 'i32Add');
          });
          f.set(base);
          const last = levelOf.indexOf(levels - 1);
          f.get(base).op('i32x4Splat');
          if (last >= 0) {
            f.i32lanes(0, 1, 2, 3);
            axis(last, 0);
            axis(last, 3);
            f.op('i32Mul', 'i32x4Splat', 'i32x4Mul', 'i32x4Add');
          }
          f.set(laneStart);
        }
        eachTap(f, p, tapPlace, unrolled ? taps.length : undefined, table, (offset, delta) => {
          const value = f.temp(V128);
          const pointer = f.temp(I32);
          f.get(operands[0]!.pointer, offset).op('i32Add').set(pointer);
          if (pairs) f.get(pointer).mem('v128Load').get(pointer).mem('v128Load', 16).shuffle(0, 2, 4, 6);
          else inner.loadAt(0, pointer, tail);
          f.set(value);
          folding.total.add(total, value, () => void f.get(laneStart, delta).op('i32x4Splat', 'i32x4Add'));
          f.release(V128, value);
          f.release(I32, pointer);
        });
        if (arg) {
          // Where nothing beat the lowest value the first place inside the input is the maximum, or 0 if there is none.
          f.get(total[1]!).i32x4(0).op('i32x4LtS', 'v128AnyTrue').if(() => {
            for (let lane = 0; lane < 4; lane++) {
              f.get(total[1]!).lane('i32x4ExtractLane', lane).i32(0).op('i32LtS').if(() => {
                f.i32(0).tee(base).set(outside);
                window.forEach((_, a) => firstInside(f, a, lane));
                f.get(total[1]!).i32(0).get(base, outside).op('select').lane('i32x4ReplaceLane', lane).set(total[1]!);
              });
            }
          });
        }
        f.release(V128, laneStart, ...total);
        const result = f.temp(V128);
        folding.result(total);
        f.set(result);
        return result;
      };
      const firstInside = (g: KernelBuilder, a: number, lane: number): void => {
        start(a);
        if (levelOf[a] === levels - 1) {
          axis(a, 0);
          g.i32(lane).op('i32Mul', 'i32Add');
        }
        g.set(table);
        g.block((done) => {
          g.loop((again) => {
            g.get(table).i32(0).op('i32GeS').brIf(done).get(table);
            axis(a, 2);
            g.op('i32Add').set(table).br(again);
          });
        });
        g.get(base, table);
        axis(a, 3);
        g.op('i32Mul', 'i32Add').set(base).get(outside, table);
        axis(a, 4);
        g.op('i32GeS', 'i32Or').set(outside);
      };
      f.i32(0).set(position);
      f.get(p).mem('i32Load', places.sizes + (levels - 1) * 4).tee(rest).i32(2).op('i32ShrU').set(count);
      f.times(count, () => {
        const result = vector();
        storeUnit(f, output.dtype, operands[1]!.pointer, result);
        f.release(V128, result);
        inner.advance(4);
        f.add(position, 4);
      });
      f.get(rest).i32(3).op('i32And').tee(rest).if(() => {
        const result = vector(rest);
        storeTail(f, output.dtype, operands[1]!.pointer, result, rest);
        f.release(V128, result);
        inner.advance({ local: rest });
      });
      inner.close();
    });
    f.i32(0);
  };
  const key = [
    'pool', kernel.op, dtype, levels, pairs ? 'pairs' : innerWalk(innerStride), unrolled ? taps.length : 'any', levelOf.join(),
  ].join('|');
  return { key, parameters, emit: (module, exportName) => module.kernel(exportName, `pool ${kernel.op}`, emit) };
}

/** Runs `body` for every place of the window, unrolled when their number is known. */
function eachTap(
  f: KernelBuilder,
  p: Local,
  tapPlace: number,
  known: number | undefined,
  table: Local,
  body: (offset: Local, delta: Local) => void,
): void {
  const [offset, delta, count] = f.temps(I32, 3);
  const one = (ahead: number): void => {
    f.get(table).mem('i32Load', ahead * 8).set(offset);
    f.get(table).mem('i32Load', ahead * 8 + 4).set(delta);
    body(offset, delta);
  };
  f.get(p).mem('i32Load', tapPlace).set(table);
  if (known !== undefined) for (let t = 0; t < known; t++) one(t);
  else {
    f.get(p).mem('i32Load', tapPlace + 4).set(count);
    f.times(count, () => {
      one(0);
      f.add(table, 8);
    });
  }
  f.release(I32, offset, delta, count);
}
