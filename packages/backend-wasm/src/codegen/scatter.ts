/** Scatter kernels: a copy of the base, then one combination after another in row-major order of the index. */
import { bytesOf, type DType, type ScatterKernel, type ScatterMode } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { STATUS } from '../layout';
import type { PlainOp } from '../opcodes';
import { Parameters, type Launch } from '../params';
import { contiguousCopy } from './assemble';
import { checkIndex } from './indexing';
import { loadScalar, storeScalar } from './lanes';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, withInner, type Walker } from './nest';

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
  const nest = withInner(collapse(index.shape, walkers.map((w) => w.strides)), [0, 0, 0]);
  const levels = nest.sizes.length;
  const inner = nest.strides.map((s) => s.at(-1)!);
  // One index for a row of neighbours, as in the gradient of an embedding.
  const rows = inner[0] === 1 && inner[1] === 0;
  const vectors = rows && inner[2] === 1 && dtype === 'float32' && (mode === 'add' || mode === 'set' || mode === 'mul');

  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, walkers.map((w, k) => ({ ...w, strides: nest.strides[k]! })));
  const extra = parameters.push(base.shape[axis]!, outStrides[axis]! * bytes);
  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [to, at, from] = loops.pointers as [Local, Local, Local];
    const [position, size, stride, target] = f.locals(I32, 4);
    const combine = combiner(f, mode, dtype);
    f.get(p).mem('i32Load', extra).set(size);
    f.get(p).mem('i32Load', extra + 4).set(stride);
    const find = (): void => {
      f.get(at);
      loadScalar(f, index.dtype);
      f.set(position);
      checkIndex(f, position, size);
      f.get(to, position, stride).op('i32Mul', 'i32Add').set(target);
    };
    if (!rows) {
      emitLoops(f, loops, 0, levels, () => {
        find();
        combine(target, from);
      });
    } else {
      const [rest, count, step] = f.locals(I32, 3);
      f.get(p).mem('i32Load', places.operands[2]! + levels * 4).set(step);
      emitLoops(f, loops, 0, levels - 1, () => {
        find();
        f.get(p).mem('i32Load', places.sizes + (levels - 1) * 4).tee(rest);
        f.i32(bytes).op('i32Mul').get(to).op('i32Add').set(to);
        if (vectors) {
          f.get(rest).i32(2).op('i32ShrU').set(count);
          f.times(count, () => {
            f.get(target);
            if (mode !== 'set') f.get(target).mem('v128Load');
            f.get(from).mem('v128Load');
            if (mode !== 'set') f.op(mode === 'add' ? 'f32x4Add' : 'f32x4Mul');
            f.mem('v128Store').add(target, 16).add(from, 16);
          });
          f.get(rest).i32(3).op('i32And').set(rest);
        }
        f.times(rest, () => {
          combine(target, from);
          f.add(target, bytes).addLocal(from, step);
        });
      });
    }
    f.i32(STATUS.ok);
  };
  const key = ['scatter', mode, dtype, index.dtype, levels, rows, vectors].join('|');
  return { key, parameters, emit: (module, exportName) => module.kernel(exportName, `scatter ${mode}${rows ? ' rows' : ''}`, emit) };
}

const FLOAT: Record<Exclude<ScatterMode, 'set'>, PlainOp> = { add: 'f32Add', mul: 'f32Mul', max: 'f32Max', min: 'f32Min' };

/** Code for one element: target = target combined with update, both given by address. */
function combiner(f: KernelBuilder, mode: ScatterMode, dtype: DType): (target: Local, update: Local) => void {
  if (mode === 'set') {
    return (target, update) => {
      f.get(target, update);
      loadScalar(f, dtype);
      storeScalar(f, dtype);
    };
  }
  if (dtype === 'float32') {
    return (target, update) => void f.get(target, target).mem('f32Load').get(update).mem('f32Load').op(FLOAT[mode]).mem('f32Store');
  }
  const [x, y] = [f.local(I32), f.local(I32)];
  return (target, update) => {
    f.get(target);
    loadScalar(f, dtype);
    f.set(x).get(update);
    loadScalar(f, dtype);
    f.set(y);
    f.get(target, x, y);
    if (mode === 'mul') f.op('i32Mul');
    else if (mode === 'add') f.op(dtype === 'bool' ? 'i32Or' : 'i32Add');
    else {
      f.get(x, y).op(mode === 'max' ? (dtype === 'int32' ? 'i32GtS' : 'i32GtU') : dtype === 'int32' ? 'i32LtS' : 'i32LtU');
      f.op('select');
    }
    storeScalar(f, dtype);
  };
}
