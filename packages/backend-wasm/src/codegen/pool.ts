/** Pool kernels: the maximum of each window or where it lies, and the gradient, four neighbouring windows at a time. */
import { bytesOf, type PoolGradientKernel, type PoolKernel } from '@cotangent/tensor';
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import type { Scratch } from '../lower';
import { Parameters, type Launch } from '../params';
import { asRowMajor } from './assemble';
import { fillLaunches } from './copy';
import { combine, identityOf } from './folding';
import { laneBits, storeTail, storeUnit } from './lanes';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, withInner, type Walker } from './nest';
import { emitBinary } from './ops';
import { cutNest, emitUnits, pushCut } from './units';
import { RowReader, WindowRows } from './windows';

/** Gradients of windows with up to this many places, each alone in its places, need no positions. */
const APART = 8;

export function poolLaunches(kernel: PoolKernel): Launch[] {
  if (kernel.shape.includes(0)) return [];
  const { output, shape, op } = kernel;
  const rows = new WindowRows(kernel);
  const target = { dtype: output.dtype, at: { slot: output.slot, offset: 0 }, strides: contiguousStrides(shape).slice(0, -1) };
  const type = output.dtype === 'bool' ? 'uint8' : output.dtype;
  const finish = (f: KernelBuilder, [at]: Locals<1>, result: Local, count?: Local): void => {
    if (count !== undefined) storeTail(f, type, at, result, count);
    else {
      storeUnit(f, type, at, result);
      f.add(at, 4 * bytesOf(type));
    }
  };
  return [
    rowsLaunch(rows, `pool ${op}`, [target], op === 'argmax', 'rows', (f, reader, pointers) => {
      const at = pointers as Locals<1>;
      if (op === 'argmax') return (shift, position, count) => finish(f, at, positions(f, reader, rows, shift, position), count);
      const [best, nan] = f.locals(V128, 2);
      const float = rows.dtype === 'float32';
      return (shift, _, count) => {
        let begun = !rows.unrolled;
        if (begun) {
          f.i32x4(laneBits(rows.dtype, identityOf('max', rows.dtype))).set(best);
          if (float) f.i32x4(0).set(nan);
        }
        // The machine's own maximum drops NaN, so it is noted apart.
        reader.visit(shift, (value) => {
          if (!begun) f.get(value).set(best);
          else if (float) f.get(best, value).op('f32x4Pmax').set(best);
          else combine(f, 'max', rows.dtype, best, value);
          if (float) f.get(value, value).op('f32x4Ne');
          if (float && begun) f.get(nan).op('v128Or');
          if (float) f.set(nan);
          begun = true;
        });
        if (float) f.get(best, nan).op('v128Or').set(best); // all bits set are a NaN
        finish(f, at, best, count);
      };
    }),
  ];
}

export function poolGradientLaunches(kernel: PoolGradientKernel, scratch: Scratch): Launch[] {
  const { input, output, shape, window, stride, padding } = kernel;
  const { dtype } = output;
  const length = input.shape.reduce((a, b) => a * b, 1);
  const zeros = (): Launch[] => fillLaunches(dtype, { slot: output.slot, offset: 0 }, length, 0);
  if (shape.includes(0)) return zeros();
  const { operand: gradient, copies: before } = asRowMajor(kernel.gradient, scratch);
  const plain = contiguousStrides(shape);
  const from = { dtype, at: { slot: gradient.slot, offset: gradient.offset * bytesOf(dtype) }, strides: plain.slice(0, -1) };
  const rows = new WindowRows(kernel);
  const apart = rows.places <= APART && window.at(-1) === 2 && !rows.copied && !rows.edges && rows.straight
    && window.every((n, a) => n === stride[a] && padding[a] === 0) && kernel.dilation.every((d) => d === 1);
  const places = contiguousStrides(input.shape);
  const target = (own: (axis: number) => number): Walker =>
    ({ dtype, at: { slot: output.slot, offset: 0 }, strides: places.slice(0, -1)
      .map((s, i) => s * (i < rows.lead ? 1 : own(i - rows.lead))) });
  if (!apart) return [...before, ...zeros(), addingLaunch(rows, from, target(() => 0))];
  const covered = window.every((n, a) => n * shape[rows.lead + a]! === input.shape[rows.lead + a]!);
  return [...before, ...(covered ? [] : zeros()), apartLaunch(rows, from, target((a) => stride[a]!), places.slice(rows.lead, -1))];
}

/** Adds each gradient to the place of its maximum; a plane of windows is one unit, because windows may share places. */
function addingLaunch(rows: WindowRows, from: Walker, target: Walker): Launch {
  return rowsLaunch(rows, 'pool gradient', [target, from], true, 'planes', (f, reader, [plane, gradient]) => {
    const address = f.local(I32);
    const one = (at: Local, lane: number): void => {
      f.get(plane!, at).lane('i32x4ExtractLane', lane).i32(2).op('i32Shl', 'i32Add').tee(address);
      f.get(address).mem('f32Load').get(gradient!).mem('f32Load', lane * 4).op('f32Add').mem('f32Store');
    };
    return (shift, position, count) => {
      const at = positions(f, reader, rows, shift, position);
      for (let lane = 0; lane < 4; lane++) {
        if (lane === 0 || count === undefined) one(at, lane);
        else if (lane < 3) f.get(count).i32(lane).op('i32GtS').if(() => one(at, lane));
      }
      if (count === undefined) f.add(gradient!, 16);
    };
  });
}

/**
 * Windows of pairs that share no place: a knockout between the places tells which one won, and the gradient of a window goes the
 * way back, to one place of each pairing, so that everything is written once.
 */
function apartLaunch(rows: WindowRows, from: Walker, target: Walker, strides: readonly number[]): Launch {
  let offsets = [0];
  rows.kernel.window.slice(0, -1).forEach((size, a) => {
    offsets = offsets.flatMap((offset) => Array.from({ length: size }, (_, k) => offset + k * strides[a]! * 4));
  });
  return rowsLaunch(rows, 'pool gradient apart', [target, from], false, 'rows', (f, reader, [write, gradient], place) => {
    const values = f.locals(V128, rows.places);
    const won = f.locals(V128, rows.places);
    const line = f.local(I32);
    /** Leaves the first maximum of places [low, high) in `values[low]`; `won[middle]` says where the later half won. */
    const knockout = (low: number, high: number): void => {
      if (high - low === 1) return;
      const middle = (low + high) >>> 1;
      knockout(low, middle);
      knockout(middle, high);
      const [a, b] = [values[low]!, values[middle]!];
      // Larger, or the first NaN.
      f.get(a, a).op('f32x4Eq').get(a, b).op('f32x4Ge', 'v128Andnot').set(won[middle]!);
      f.get(b, a, won[middle]!).op('v128Bitselect').set(a);
    };
    const back = (low: number, high: number): void => {
      if (high - low === 1) return;
      const middle = (low + high) >>> 1;
      f.get(values[low]!, won[middle]!).op('v128And').set(values[middle]!);
      f.get(values[low]!, won[middle]!).op('v128Andnot').set(values[low]!);
      back(low, middle);
      back(middle, high);
    };
    return (shift, _, count) => {
      let k = 0;
      reader.visit(shift, (value) => void f.get(value).set(values[k++]!));
      knockout(0, rows.places);
      f.get(gradient!).mem('v128Load').set(values[0]!);
      back(0, rows.places);
      offsets.forEach((_, r) => {
        const [even, odd] = [values[2 * r]!, values[2 * r + 1]!];
        f.get(write!).get(place.parameters).mem('i32Load', place.extra + r * 4).op('i32Add').set(line);
        const low = (): void => void f.get(even, odd).shuffle(0, 4, 1, 5);
        if (count === undefined) {
          f.get(line);
          low();
          f.mem('v128Store').get(line, even, odd).shuffle(2, 6, 3, 7).mem('v128Store', 16);
        } else {
          f.get(line);
          low();
          f.laneMem('v128Store64Lane', 0).get(count).i32(1).op('i32GtS').if(() => {
            f.get(line);
            low();
            f.mem('v128Store').get(count).i32(2).op('i32GtS').if(() => {
              f.get(line, even, odd).shuffle(2, 6, 3, 7).laneMem('v128Store64Lane', 0, 16);
            });
          });
        }
      });
      if (count === undefined) f.add(write!, 32).add(gradient!, 16);
    };
  }, offsets);
}

/** Emits what is done with four windows, or with the first `count`: `shift` bytes and `position` windows of the row have passed. */
type Four = (shift: Local, position: Local, count?: Local) => void;

/**
 * A launch that goes through rows of windows. `prepare` is called once and gives the code of four windows, which moves the
 * pointers of `others` on; `extra` words lie in the parameter block for it. With `axes` the pooled axes keep loops of their own.
 */
function rowsLaunch(
  rows: WindowRows,
  name: string,
  others: readonly Walker[],
  axes: boolean,
  unit: 'rows' | 'planes',
  prepare: (f: KernelBuilder, reader: RowReader, pointers: readonly Local[], place: { parameters: Local; extra: number }) => Four,
  extra: readonly number[] = [],
): Launch {
  const { kernel, lead, count } = rows;
  const shape = kernel.shape.slice(0, -1);
  const separate = new Set(axes || rows.edges ? shape.map((_, i) => i).slice(lead) : []);
  const walked = [rows.walker, ...others];
  const nest = withInner(collapse(shape, walked.map((w) => w.strides), { separate, boundary: lead }), walked.map(() => 0));
  const levels = nest.sizes.length;
  const walkers = walked.map((w, k) => ({ ...w, strides: nest.strides[k]! }));
  const rowNanoseconds = 10 + 0.15 * count * rows.places * (axes ? 3 : 1);
  const nanoseconds = (level: number): number => nest.sizes.slice(level + 1).reduce((a, b) => a * b, rowNanoseconds);
  const cut = cutNest(nest.sizes, unit === 'planes' ? nest.boundary : levels, -1, nanoseconds);
  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, walkers);
  const cutPlace = pushCut(parameters, cut, walkers);
  const rowPlaces = rows.push(parameters);
  const countPlace = parameters.push(count, kernel.stride.at(-1)! * 16, ...extra);
  const emit = (f: KernelBuilder, p: Local, from: Local, to: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [source, ...pointers] = loops.pointers as [Local, ...Local[]];
    const reader = new RowReader(f, p, rows, rowPlaces, (a) => {
      const level = nest.axisOf[lead + a]!;
      return level < 0 ? undefined : loops.counters[level];
    });
    const moving = pointers.map(() => f.local(I32));
    const four = prepare(f, reader, moving, { parameters: p, extra: countPlace + 8 });
    const [shift, position, left] = f.locals(I32, 3);
    emitUnits(f, loops, { level: cut.level, place: cutPlace }, from, to, (cutLoops) => {
      emitLoops(f, cutLoops, cut.level, levels, () => {
        reader.begin(source);
        moving.forEach((local, k) => f.get(pointers[k]!).set(local));
        f.i32(0).tee(shift).set(position).get(p).mem('i32Load', countPlace).i32(2).op('i32ShrU').set(left);
        f.times(left, () => {
          four(shift, position);
          if (rows.step > 0) f.add(shift, 16 * rows.step);
          else f.get(shift, p).mem('i32Load', countPlace + 4).op('i32Add').set(shift);
          if (axes) f.add(position, 4);
        });
        f.get(p).mem('i32Load', countPlace).i32(3).op('i32And').tee(left).if(() => {
          four(shift, position, left);
        });
      });
    });
    f.i32(0);
  };
  const key = [name, rows.key, levels, cut.level, axes, nest.axisOf.slice(lead).join()].join('|');
  return {
    key, parameters, emit: (module, exportName) => module.kernel(exportName, name, emit),
    split: { units: cut.units, nanoseconds: nanoseconds(-1) }, privateBytes: rows.bytes,
  };
}

/** The position of the first maximum of each of four windows; the local is good until the next call. */
function positions(f: KernelBuilder, reader: RowReader, rows: WindowRows, shift: Local, windows: Local): Local {
  const { window } = rows.kernel;
  const last = window.length - 1;
  const { dtype } = rows;
  const [best, at, better, base] = f.temps(V128, 4);
  f.i32x4(laneBits(dtype, identityOf('max', dtype))).set(best).i32x4(-1).set(at);
  reader.visit(shift, (value, position) => {
    // Larger, or the first NaN.
    if (dtype === 'float32') f.get(best, best).op('f32x4Eq').get(best, value).op('f32x4Ge', 'v128Andnot');
    else emitBinary(f, 'lt', dtype, best, value);
    f.set(better).get(value, best, better).op('v128Bitselect').set(best);
    position();
    f.get(at, better).op('v128Bitselect').set(at);
  });
  /** Pushes the coordinate of a window's corner. */
  const corner = (a: number, lane: number): void => {
    if (a < last) {
      reader.corner(a);
      return;
    }
    f.get(windows).i32(lane).op('i32Add');
    reader.axis(a, 'stride');
    f.op('i32Mul');
    reader.axis(a, 'padding');
    f.op('i32Sub');
  };
  f.i32(0);
  window.forEach((_, a) => {
    corner(a, 0);
    reader.axis(a, 'position');
    f.op('i32Mul', 'i32Add');
  });
  f.op('i32x4Splat').i32lanes(0, 1, 2, 3);
  reader.axis(last, 'stride');
  f.op('i32x4Splat', 'i32x4Mul', 'i32x4Add').set(base);
  // Where nothing beat the lowest value the first place inside the input is the maximum, or 0 if there is none.
  f.get(at).i32x4(0).op('i32x4LtS').set(better);
  f.get(at, base).op('i32x4Add').set(at).get(better).op('v128AnyTrue').if(() => {
    const [place, outside, coordinate] = f.temps(I32, 3);
    for (let lane = 0; lane < 4; lane++) {
      f.get(better).lane('i32x4ExtractLane', lane).if(() => {
        f.i32(0).tee(place).set(outside);
        window.forEach((_, a) => {
          corner(a, lane);
          f.set(coordinate).block((done) => {
            f.loop((again) => {
              f.get(coordinate).i32(0).op('i32GeS').brIf(done).get(coordinate);
              reader.axis(a, 'dilation');
              f.op('i32Add').set(coordinate).br(again);
            });
          });
          f.get(place, coordinate);
          reader.axis(a, 'position');
          f.op('i32Mul', 'i32Add').set(place).get(outside, coordinate);
          reader.axis(a, 'extent');
          f.op('i32GeS', 'i32Or').set(outside);
        });
        f.get(at).i32(0).get(place, outside).op('select').lane('i32x4ReplaceLane', lane).set(at);
      });
    }
    f.release(I32, place, outside, coordinate);
  });
  f.release(V128, best, at, better, base);
  return at;
}
