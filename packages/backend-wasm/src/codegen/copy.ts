/** Moving elements unchanged between strided places, and filling arrays with one value. */
import { bytesOf, type DType } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch, type SlotPointer } from '../params';
import { laneBits, loadScalar, storeScalar } from './lanes';
import { collapse, emitLoops, openNest, pushNest, withInner } from './nest';
import { emitTiles, groupsFor, STRIPE } from './transpose';
import { cutNest, emitUnits, pushCut } from './units';

/** A strided place in a slot; `at` is in bytes, strides in elements. */
export interface Place {
  readonly at: SlotPointer;
  readonly strides: readonly number[];
}

/** About how long a byte takes that is read here and written there. */
const NANOSECONDS_PER_BYTE = 0.08;
/** From so many bytes on, the engine's own copy is worth the call. */
const LONG = 2048;
/** Bytes in a unit of filling. */
const FILL_UNIT = 2 ** 16;

/**
 * How the innermost loops go: whole runs, one element repeated, elements each at a distance, pairs of the same element (a picture
 * made twice as wide), or columns that become rows.
 */
type Way = 'long' | 'run' | 'splat' | 'pairs' | 'strided' | 'turned';

interface Route {
  readonly way: Way;
  /** Sizes and strides of source and target, outermost first. */
  readonly sizes: readonly number[];
  readonly strides: readonly [readonly number[], readonly number[]];
  /** How many levels are loops around the innermost code. */
  readonly outer: number;
}

function routeOf(shape: readonly number[], source: readonly number[], target: readonly number[], bytes: number): Route {
  const { sizes, strides } = withInner(collapse(shape, [source, target]), [0, 1]);
  const [from, to] = strides as [readonly number[], readonly number[]];
  const last = sizes.length - 1;
  const plain = (way: Way): Route => ({ way, sizes, strides: [from, to], outer: last });
  if (to[last] !== 1) return plain('strided');
  if (from[last] === 1) return plain(sizes[last]! * bytes >= LONG ? 'long' : 'run');
  const pairs = last > 0 && from[last] === 0 && sizes[last] === 2 && from[last - 1] === 1 && to[last - 1] === 2 && bytes === 4;
  if (pairs) return { ...plain('pairs'), outer: last - 1 };
  if (from[last] === 0) return plain('splat');
  const column = from.findIndex((s, axis) => s === 1 && sizes[axis]! >= 4);
  if (column < 0 || sizes[last]! < 4 || bytes !== 4) return plain('strided');
  // Stripes of columns are a loop like the others.
  const order = [...sizes.keys()].filter((axis) => axis !== column && axis !== last);
  const stripes = Math.ceil(sizes[column]! / STRIPE);
  const along = (own: readonly number[]): number[] => [...order.map((axis) => own[axis]!), own[column]! * STRIPE, own[column]!, own[last]!];
  const turned = [...order.map((axis) => sizes[axis]!), stripes, sizes[column]!, sizes[last]!];
  return { way: 'turned', sizes: turned, strides: [along(from), along(to)], outer: order.length + 1 };
}

/** Copies elements of a shape from one place to another. Nothing to do for an empty shape. */
export function copyLaunches(dtype: DType, shape: readonly number[], from: Place, to: Place): Launch[] {
  if (shape.includes(0)) return [];
  const bytes = bytesOf(dtype);
  const { way, sizes, strides, outer } = routeOf(shape, from.strides, to.strides, bytes);
  const levels = way === 'turned' ? outer : sizes.length;
  const walkers = [from, to].map(({ at }, k) => ({ dtype, at, strides: strides[k]!.slice(0, levels) }));
  const inner = sizes.slice(outer).reduce((a, b) => a * b, 1);
  const total = shape.reduce((a, b) => a * b, 1) * bytes * NANOSECONDS_PER_BYTE * (way === 'strided' ? 3 : 1);
  const nanoseconds = (level: number): number => total / sizes.slice(0, level + 1).reduce((a, b) => a * b, 1);
  const cut = cutNest(sizes, way === 'turned' ? outer : outer + 1, outer, nanoseconds);
  const groups = way === 'turned' ? groupsFor(strides[1][outer]! * bytes) : 0;
  const parameters = new Parameters();
  const places = pushNest(parameters, sizes.slice(0, levels), walkers);
  const cutPlace = pushCut(parameters, cut, walkers);
  const extra = parameters.push(inner, ...strides.flatMap((s) => s.slice(outer)).map((s) => s * bytes), ...sizes.slice(outer));
  const emit = (f: KernelBuilder, p: Local, first: Local, last: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [source, target] = loops.pointers as [Local, Local];
    const word = (k: number): Local => {
      const local = f.local(I32);
      f.get(p).mem('i32Load', extra + 4 * k).set(local);
      return local;
    };
    const count = f.local(I32);
    const move = way === 'turned' ? undefined : mover(f, way, bytes, source, target, count, word);
    const tiles = way === 'turned' ? emitTiles(f, source, target, { steps: [word(1), word(2), word(3), word(4)], sizes: [word(5), word(6)] }, groups) : undefined;
    emitUnits(f, loops, { level: cut.level, place: cutPlace }, first, last, (cutLoops) => {
      emitLoops(f, cutLoops, cut.level, outer, () => {
        if (tiles !== undefined) tiles(loops.counters[outer - 1]!);
        else {
          if (cut.level === outer) f.get(cutLoops.cut!.to, cutLoops.cut!.from).op('i32Sub').set(count);
          else f.get(p).mem('i32Load', places.sizes + outer * 4).set(count);
          move!();
        }
      });
    });
    f.i32(0);
  };
  const key = ['copy', bytes, levels, cut.level, way, groups].join('|');
  return [{
    key, parameters, emit: (module, exportName) => module.kernel(exportName, `copy ${bytes} ${way}`, emit),
    split: { units: cut.units, nanoseconds: total },
  }];
}

/** Code that moves `count` elements (or pairs) and leaves the pointers behind them. */
function mover(
  f: KernelBuilder, way: Way, bytes: number, source: Local, target: Local, count: Local, word: (k: number) => Local,
): () => void {
  if (way === 'long') {
    return () => {
      f.get(count).i32(bytes).op('i32Mul').set(count).get(target, source, count).copy();
      f.addLocal(source, count).addLocal(target, count);
    };
  }
  const vectors = f.local(I32);
  const value = f.local(V128);
  if (way === 'pairs') {
    return () => {
      f.get(count).i32(2).op('i32ShrU').set(vectors);
      f.times(vectors, () => {
        f.get(source).mem('v128Load').set(value).get(target, value, value).shuffle(0, 0, 1, 1).mem('v128Store');
        f.get(target, value, value).shuffle(2, 2, 3, 3).mem('v128Store', 16).add(source, 16).add(target, 32);
      });
      f.get(count).i32(3).op('i32And').set(count);
      f.times(count, () => {
        f.get(target, source).mem('v128Load32Splat').laneMem('v128Store64Lane', 0).add(source, 4).add(target, 8);
      });
    };
  }
  const steps = way === 'strided' ? [word(1), word(2)] : undefined;
  const perVector = 16 / bytes;
  return () => {
    if (steps === undefined) {
      const splat = way === 'splat';
      if (splat) f.get(source).mem(bytes === 4 ? 'v128Load32Splat' : bytes === 2 ? 'v128Load16Splat' : 'v128Load8Splat').set(value);
      f.get(count).i32(Math.log2(perVector)).op('i32ShrU').set(vectors);
      f.times(vectors, () => {
        f.get(target);
        if (splat) f.get(value);
        else f.get(source).mem('v128Load');
        f.mem('v128Store').add(target, 16);
        if (!splat) f.add(source, 16);
      });
      f.get(count).i32(perVector - 1).op('i32And').set(count);
    }
    f.times(count, () => {
      f.get(target, source);
      loadScalar(f, bytes === 4 ? 'int32' : bytes === 2 ? 'float16' : 'uint8');
      storeScalar(f, bytes === 4 ? 'int32' : bytes === 2 ? 'float16' : 'uint8');
      if (steps !== undefined) f.addLocal(source, steps[0]!).addLocal(target, steps[1]!);
      else {
        f.add(target, bytes);
        if (way !== 'splat') f.add(source, bytes);
      }
    });
  };
}

/** Sets `length` elements to one value. */
export function fillLaunches(dtype: DType, at: SlotPointer, length: number, value: number): Launch[] {
  if (length === 0) return [];
  const bytes = bytesOf(dtype);
  const parameters = new Parameters();
  const raw = dtype === 'bool' ? (value !== 0 ? 1 : 0) : laneBits(dtype, value);
  const pattern = bytes === 4 ? raw : bytes === 2 ? (raw & 0xffff) * 0x10001 : (raw & 0xff) * 0x1010101;
  const place = parameters.push(at, length * bytes, pattern | 0);
  const emit = (f: KernelBuilder, p: Local, first: Local, last: Local): void => {
    const [target, rest, count, word] = f.locals(I32, 4);
    const offset = (unit: Local): void => void f.get(unit).i32(FILL_UNIT).op('i32Mul');
    f.get(p).mem('i32Load', place);
    offset(first);
    f.op('i32Add').set(target).get(p).mem('i32Load', place + 4).set(rest);
    // The last unit ends where the array does.
    f.get(last).i32(FILL_UNIT).op('i32Mul').set(count).get(rest, count).get(rest, count).op('i32LtU', 'select');
    offset(first);
    f.op('i32Sub').set(rest);
    f.get(p).mem('i32Load', place + 8).set(word);
    f.get(word).op('i32Eqz').if(
      () => void f.get(target).i32(0).get(rest).fill(),
      () => {
        f.get(rest).i32(4).op('i32ShrU').set(count);
        f.times(count, () => void f.get(target, word).op('i32x4Splat').mem('v128Store').add(target, 16));
        f.get(rest).i32(15).op('i32And').set(rest);
        // The pattern repeats every element, so single bytes of it can be laid down in turn.
        f.times(rest, () => {
          f.get(target, word).mem('i32Store8').add(target, 1);
          f.get(word).i32(8).op('i32ShrU').get(word).i32(24).op('i32Shl', 'i32Or').set(word);
        });
      },
    );
    f.i32(0);
  };
  const split = { units: Math.ceil((length * bytes) / FILL_UNIT), nanoseconds: length * bytes * 0.04 };
  return [{ key: 'fill', parameters, emit: (module, exportName) => module.kernel(exportName, 'fill', emit), split }];
}
