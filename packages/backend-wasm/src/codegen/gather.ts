/**
 * Gather kernels. Where one index serves a whole row (embedding rows, taking along an outer axis), the row is copied at
 * once; otherwise elements go one by one, in stripes that keep what they take from in the cache.
 */
import { bytesOf, type DType, type GatherKernel } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch } from '../params';
import {
  elements, emitIndexed, emitPosition, emitSteps, emitVectors, indexedKey, levelsOf, offsetIn, pushIndexed, stripesOf, type Stream,
} from './indexing';
import { loadScalar, storeScalar } from './lanes';
import { contiguousStrides, type Walker } from './nest';
import { cutNest } from './units';

/** Elements in a stripe of a row that is copied, of elements taken along it, and of elements taken from below each other. */
const LONGEST = 2 ** 14;
const MOST_ALONG = 4096;
const MOST_ACROSS = 64;
/** From so many bytes on, the engine's own copy is worth the call. */
const LONG = 2048;

export function gatherLaunch(kernel: GatherKernel): Launch | undefined {
  const { source, index, output, axis } = kernel;
  if (index.shape.includes(0)) return undefined;
  const { dtype } = source;
  const bytes = bytesOf(dtype);
  const walkers: Walker[] = [
    // Along the axis itself the place in the source comes from the index alone.
    { dtype, at: { slot: source.slot, offset: source.offset * bytes }, strides: source.strides.map((s, i) => (i === axis ? 0 : s)) },
    { dtype: index.dtype, at: { slot: index.slot, offset: index.offset * bytesOf(index.dtype) }, strides: index.strides },
    { dtype: output.dtype, at: { slot: output.slot, offset: 0 }, strides: contiguousStrides(index.shape) },
  ];
  const levels = levelsOf(index.shape, walkers.map((w) => w.strides), axis);
  const last = levels.sizes.length - 1;
  const rows = levels.strides[1]![last] === 0;
  const across = !rows && levels.axis >= 0 && levels.axis < last;
  const nest = stripesOf(levels, across ? levels.axis : last, rows ? LONGEST : across ? MOST_ACROSS : MOST_ALONG);
  const unit = nest.inner[0] === 1 && nest.inner[2] === 1;
  const long = rows && unit && Math.min(nest.count, nest.width) * bytes >= LONG;
  const adjacent = source.strides[axis] === 1;

  const nanoseconds = index.shape.reduce((a, b) => a * b, 1) * (rows && unit ? 0.08 * bytes : 1.2);
  const { sizes } = nest;
  const cut = cutNest(sizes, sizes.length, -1, (level) => nanoseconds / sizes.slice(0, level + 1).reduce((a, b) => a * b, 1));
  const parameters = new Parameters();
  const places = pushIndexed(parameters, nest, walkers, cut, index, source.shape[axis]!);
  const extra = parameters.push(source.strides[axis]! * bytes);
  const emit = (f: KernelBuilder, p: Local, first: Local, end: Local): void => {
    const [position, stride] = f.locals(I32, 2);
    f.get(p).mem('i32Load', extra).set(stride);
    const place = (from: Local): void => {
      f.get(from, position);
      if (adjacent) f.i32(Math.log2(bytes)).op('i32Shl', 'i32Add');
      else f.get(stride).op('i32Mul', 'i32Add');
    };
    emitIndexed(f, p, first, end, places, (indexed) => {
      const { count } = indexed;
      const [from, at, to] = indexed.streams as [Stream, Stream, Stream];
      if (!rows) {
        return elements(f, index, indexed, at, position, (e) => {
          f.get(to.at);
          place(from.at);
          loadScalar(f, dtype, offsetIn(from, e));
          storeScalar(f, dtype, offsetIn(to, e));
        });
      }
      return () => {
        emitPosition(f, index, at, indexed, position);
        place(from.at);
        f.set(from.at);
        if (long) f.get(to.at, from.at, count).i32(Math.log2(bytes)).op('i32Shl').copy();
        else moveRow(f, dtype, from, to, count);
      };
    });
  };
  const key = ['gather', bytes, rows, long, adjacent, indexedKey(places)].join('|');
  return {
    key, parameters, emit: (module, exportName) => module.kernel(exportName, rows ? 'gather rows' : 'gather', emit),
    split: { units: cut.units, nanoseconds },
  };
}

/** Copies `count` elements, which ends at 0. */
function moveRow(f: KernelBuilder, dtype: DType, from: Stream, to: Stream, count: Local): void {
  if (from.step === 'unit' && to.step === 'unit') {
    emitVectors(f, [from, to], count, 16 / from.bytes, (k) => {
      f.get(to.at, from.at).mem('v128Load', 16 * k).mem('v128Store', 16 * k);
    });
  }
  f.times(count, () => {
    f.get(to.at, from.at);
    loadScalar(f, dtype);
    storeScalar(f, dtype);
    emitSteps(f, [from, to]);
  });
}
