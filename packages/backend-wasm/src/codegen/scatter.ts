/** Scatter kernels: a copy of the base, then one combination after another in row-major order of the index. */
import { bytesOf, type DType, type ScatterKernel, type ScatterMode } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import type { PlainOp } from '../opcodes';
import { Parameters, type Launch } from '../params';
import { contiguousCopy } from './assemble';
import {
  elements, emitIndexed, emitPosition, emitSteps, emitVectors, indexedKey, levelsOf, offsetIn, pushIndexed, stripesOf, type Stream,
} from './indexing';
import { loadScalar, loadUnit, storeScalar, storeUnit } from './lanes';
import { contiguousStrides, type Walker } from './nest';
import { emitBinary } from './ops';
import { cutNest } from './units';

/** The narrowest stripe, and stripes of a row that are worth having for threads. */
const NARROW = 64;
const STRIPES = 8;

export function scatterLaunches(kernel: ScatterKernel): Launch[] {
  const copies = contiguousCopy(kernel.base, kernel.output.slot);
  return kernel.index.shape.includes(0) ? copies : [...copies, combineLaunch(kernel)];
}

function combineLaunch(kernel: ScatterKernel): Launch {
  const { base, index, updates, output, axis, mode } = kernel;
  const { dtype } = output;
  const bytes = bytesOf(dtype);
  const outStrides = contiguousStrides(base.shape);
  const walkers: Walker[] = [
    { dtype, at: { slot: output.slot, offset: 0 }, strides: outStrides.map((s, i) => (i === axis ? 0 : s)) },
    { dtype: index.dtype, at: { slot: index.slot, offset: index.offset * bytesOf(index.dtype) }, strides: index.strides },
    { dtype, at: { slot: updates.slot, offset: updates.offset * bytes }, strides: updates.strides },
  ];
  const levels = levelsOf(index.shape, walkers.map((w) => w.strides), axis);
  const last = levels.sizes.length - 1;
  const [toInner, indexInner, fromInner] = levels.strides.map((s) => s[last]!) as [number, number, number];
  // One index for a row of neighbours, as in the gradient of an embedding.
  const rows = toInner === 1 && indexInner === 0;
  const vectors = rows && fromInner === 1 && (mode === 'set' || dtype !== 'float16');
  // Places that differ outside of the axis differ in the output: levels before the axis can be shared, and stripes of those inside.
  const single = levels.axis < 0;
  const before = single ? last : levels.axis;
  const outside = levels.sizes.slice(0, before).reduce((a, b) => a * b, 1);
  const count = levels.sizes[last]!;
  const nest = stripesOf(levels, before, before === last && !single ? count : widthOf(count, outside, rows));

  const nanoseconds = index.shape.reduce((a, b) => a * b, 1) * (vectors ? 0.15 * bytes : 1.5);
  const shared = single ? nest.sizes.length : before + 1;
  const cut = cutNest(nest.sizes, shared, -1, (level) => nanoseconds / nest.sizes.slice(0, level + 1).reduce((a, b) => a * b, 1));
  const parameters = new Parameters();
  const places = pushIndexed(parameters, nest, walkers, cut, index, base.shape[axis]!);
  const extra = parameters.push(outStrides[axis]! * bytes);
  const emit = (f: KernelBuilder, p: Local, first: Local, end: Local): void => {
    const [position, stride, target] = f.locals(I32, 3);
    f.get(p).mem('i32Load', extra).set(stride);
    emitIndexed(f, p, first, end, places, (indexed) => {
      const [to, at, from] = indexed.streams as [Stream, Stream, Stream];
      const combine = combiner(f, mode, dtype);
      const find = (): void => void f.get(to.at, position, stride).op('i32Mul', 'i32Add').set(target);
      if (!rows) {
        return elements(f, index, indexed, at, position, (e) => {
          find();
          combine(target, from.at, offsetIn(to, e), offsetIn(from, e));
        });
      }
      const row: Stream = { ...to, at: target };
      const vector = vectors ? vectorCombiner(f, mode, dtype, row, from) : undefined;
      return () => {
        emitPosition(f, index, at, indexed, position);
        find();
        if (vector !== undefined) emitVectors(f, [row, from], indexed.count, 4, vector);
        f.times(indexed.count, () => {
          combine(target, from.at, 0, 0);
          emitSteps(f, [row, from]);
        });
      };
    });
  };
  const key = ['scatter', mode, dtype, rows, vectors, indexedKey(places)].join('|');
  return {
    key, parameters, emit: (module, exportName) => module.kernel(exportName, `scatter ${mode}${rows ? ' rows' : ''}`, emit),
    split: { units: cut.units, nanoseconds },
  };
}

/** Elements in a stripe: of rows as few as make enough units for threads, else as few as keep the places written to in the cache. */
function widthOf(count: number, outside: number, rows: boolean): number {
  if (!rows) return NARROW;
  return Math.max(NARROW, Math.ceil(count / Math.ceil(STRIPES / outside) / NARROW) * NARROW);
}

/** Code for the k-th four elements from where the streams stand. */
function vectorCombiner(f: KernelBuilder, mode: ScatterMode, dtype: DType, to: Stream, from: Stream): (k: number) => void {
  const [x, y] = f.locals(V128, 2);
  return (k) => {
    const offset = 4 * k * to.bytes;
    loadUnit(f, dtype, from.at, offset);
    f.set(y);
    if (mode !== 'set') {
      loadUnit(f, dtype, to.at, offset);
      f.set(x);
      emitBinary(f, mode, dtype, x, y);
      f.set(y);
    }
    storeUnit(f, dtype, to.at, y, offset);
  };
}

const FLOAT: Record<Exclude<ScatterMode, 'set'>, PlainOp> = { add: 'f32Add', mul: 'f32Mul', max: 'f32Max', min: 'f32Min' };

/** Code for one element: target = target combined with update, both given by address and offset. */
function combiner(
  f: KernelBuilder, mode: ScatterMode, dtype: DType,
): (target: Local, update: Local, targetOffset: number, updateOffset: number) => void {
  if (mode === 'set') {
    return (target, update, targetOffset, updateOffset) => {
      f.get(target, update);
      loadScalar(f, dtype, updateOffset);
      storeScalar(f, dtype, targetOffset);
    };
  }
  if (dtype === 'float32') {
    return (target, update, targetOffset, updateOffset) => {
      f.get(target, target).mem('f32Load', targetOffset).get(update).mem('f32Load', updateOffset).op(FLOAT[mode]);
      f.mem('f32Store', targetOffset);
    };
  }
  const [x, y] = [f.local(I32), f.local(I32)];
  return (target, update, targetOffset, updateOffset) => {
    f.get(target);
    loadScalar(f, dtype, targetOffset);
    f.set(x).get(update);
    loadScalar(f, dtype, updateOffset);
    f.set(y);
    f.get(target, x, y);
    if (mode === 'mul') f.op('i32Mul');
    else if (mode === 'add') f.op(dtype === 'bool' ? 'i32Or' : 'i32Add');
    else {
      f.get(x, y).op(mode === 'max' ? (dtype === 'int32' ? 'i32GtS' : 'i32GtU') : dtype === 'int32' ? 'i32LtS' : 'i32LtU');
      f.op('select');
    }
    storeScalar(f, dtype, targetOffset);
  };
}
