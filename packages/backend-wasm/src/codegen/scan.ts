/** Scan kernels: running sums, products and maxima along one axis, one element after another. */
import { bytesOf, type ScanKernel } from '@cotangent/tensor';
import { F64, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch } from '../params';
import { combine, identityOf } from './folding';
import { laneBits, loadSplat, storeFirst } from './lanes';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, type Walker } from './nest';

export function scanLaunch(kernel: ScanKernel): Launch | undefined {
  const { input, output, axis, op } = kernel;
  if (input.shape.includes(0)) return undefined;
  // The scanned axis becomes the innermost loop; the output follows with its own strides.
  const order = [...input.shape.keys()].filter((i) => i !== axis).concat(axis);
  const shape = order.map((i) => input.shape[i]!);
  const outStrides = contiguousStrides(input.shape);
  const start = { slot: input.slot, offset: input.offset * bytesOf(input.dtype) };
  const walkers: Walker[] = [
    { dtype: input.dtype, at: start, strides: order.map((i) => input.strides[i]!) },
    { dtype: output.dtype, at: { slot: output.slot, offset: 0 }, strides: order.map((i) => outStrides[i]!) },
  ];
  const merged = collapse(shape, walkers.map((w) => w.strides), { boundary: shape.length - 1 });
  const scanned = merged.sizes.length > merged.boundary;
  const sizes = scanned ? merged.sizes : [...merged.sizes, 1];
  const strides = scanned ? merged.strides : merged.strides.map((s) => [...s, 0]);
  const levels = sizes.length;

  const parameters = new Parameters();
  const places = pushNest(parameters, sizes, walkers.map((w, k) => ({ ...w, strides: strides[k]! })));
  const { dtype } = output;
  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [source, target] = loops.pointers as [Local, Local];
    const double = dtype === 'float32' && op !== 'cummax';
    const fold = op === 'cumsum' ? 'sum' : op === 'cumprod' ? 'prod' : 'max';
    const [total, value] = f.locals(V128, 2);
    // Sums and products of floats are carried in double precision.
    const wide = f.local(F64);
    emitLoops(f, loops, 0, levels - 1, () => {
      if (double) f.f64(op === 'cumsum' ? 0 : 1).set(wide);
      else f.i32x4(laneBits(dtype, identityOf(fold, dtype))).set(total);
      emitLoops(f, loops, levels - 1, levels, () => {
        if (double) {
          f.get(target, wide, source).mem('f32Load').op('f64PromoteF32', op === 'cumsum' ? 'f64Add' : 'f64Mul').tee(wide);
          f.op('f32DemoteF64').mem('f32Store');
        } else {
          loadSplat(f, dtype, source);
          f.set(value);
          combine(f, fold, dtype, total, value);
          storeFirst(f, dtype, target, total);
        }
      });
    });
    f.i32(0);
  };
  const key = ['scan', op, dtype, levels].join('|');
  return { key, parameters, emit: (module, exportName) => module.kernel(exportName, `${op} ${dtype}`, emit) };
}
