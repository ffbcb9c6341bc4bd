/**
 * Gather kernels. Where one index serves a whole row (embedding rows, taking along an outer axis), the row is copied at
 * once; otherwise elements go one by one.
 */
import { bytesOf, type GatherKernel } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { STATUS } from '../layout';
import { Parameters, type Launch } from '../params';
import { checkIndex, emitMoves } from './indexing';
import { loadScalar, storeScalar } from './lanes';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, withInner, type Walker } from './nest';

export function gatherLaunch(kernel: GatherKernel): Launch | undefined {
  const { source, index, output, axis } = kernel;
  if (index.shape.includes(0)) return undefined;
  const bytes = bytesOf(source.dtype);
  const walkers: Walker[] = [
    // Along the axis itself the place in the source comes from the index alone.
    {
      dtype: source.dtype,
      at: { slot: source.slot, offset: source.offset * bytes },
      strides: source.strides.map((s, i) => (i === axis ? 0 : s)),
    },
    { dtype: index.dtype, at: { slot: index.slot, offset: index.offset * bytesOf(index.dtype) }, strides: index.strides },
    { dtype: output.dtype, at: { slot: output.slot, offset: 0 }, strides: contiguousStrides(index.shape) },
  ];
  const nest = withInner(collapse(index.shape, walkers.map((w) => w.strides)), [0, 0, 1]);
  const levels = nest.sizes.length;
  const [sourceInner, indexInner] = nest.strides.map((s) => s.at(-1)!) as [number, number];
  const rows = indexInner === 0;
  const unit = sourceInner === 1;

  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, walkers.map((w, k) => ({ ...w, strides: nest.strides[k]! })));
  const extra = parameters.push(source.shape[axis]!, source.strides[axis]! * bytes);
  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [from, at, to] = loops.pointers as [Local, Local, Local];
    const [position, size, stride, rest, step] = f.locals(I32, 5);
    f.get(p).mem('i32Load', extra).set(size);
    f.get(p).mem('i32Load', extra + 4).set(stride);
    f.get(p).mem('i32Load', places.operands[0]! + levels * 4).set(step);
    const read = (): void => {
      f.get(at);
      loadScalar(f, index.dtype);
      f.set(position);
      checkIndex(f, position, size);
    };
    const source0 = (): void => void f.get(from, position, stride).op('i32Mul', 'i32Add');
    if (rows) {
      const row = f.local(I32);
      emitLoops(f, loops, 0, levels - 1, () => {
        read();
        source0();
        f.set(row).get(p).mem('i32Load', places.sizes + (levels - 1) * 4).set(rest);
        emitMoves(f, source.dtype, row, to, step, rest, unit);
        // The loops expect every pointer at the end of its row.
        f.get(from, step).get(p).mem('i32Load', places.sizes + (levels - 1) * 4).op('i32Mul', 'i32Add').set(from);
      });
    } else {
      emitLoops(f, loops, 0, levels, () => {
        read();
        f.get(to);
        source0();
        loadScalar(f, source.dtype);
        storeScalar(f, source.dtype);
      });
    }
    f.i32(STATUS.ok);
  };
  const key = ['gather', bytes, index.dtype, levels, rows, unit].join('|');
  return { key, parameters, emit: (module, exportName) => module.kernel(exportName, rows ? 'gather rows' : 'gather', emit) };
}
