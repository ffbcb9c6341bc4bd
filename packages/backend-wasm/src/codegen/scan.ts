/**
 * Scan kernels: running sums, products and maxima along one axis. Each line is folded in its order, so how lines are shared among
 * vectors and units does not show in the results. Where the lines are columns of long rows, rows are taken whole (scan-down.ts);
 * else lines are walked side by side (scan-along.ts).
 */
import { bytesOf, type ScanKernel } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch } from '../params';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, type Walker } from './nest';
import { emitAlong, LINES } from './scan-along';
import { emitDown, stripeWidth, TOTALS_BYTES } from './scan-down';
import { cutNest, emitUnits, pushCut } from './units';

/** Shorter rows are walked as lines. */
const LEAST_COLUMNS = 16;

export function scanLaunch(kernel: ScanKernel): Launch | undefined {
  const { input, output, axis, op } = kernel;
  const { shape } = input;
  if (shape.includes(0)) return undefined;
  const { dtype } = output;
  const scan = { op, dtype };
  const bytes = bytesOf(dtype);
  const outStrides = contiguousStrides(shape);
  const merged = collapse(shape, [input.strides, outStrides], { separate: new Set([axis]) });
  const others = (list: readonly number[]): number[] => list.filter((_, level) => level !== merged.axisOf[axis]);
  // The lines: all levels but the scanned one.
  const sizes = others(merged.sizes);
  const [from, to] = merged.strides.map(others) as [number[], number[]];
  if (sizes.length === 0) [sizes, from, to].forEach((list, k) => list.push(k === 0 ? 1 : 0));
  const last = sizes.length - 1;
  const columns = sizes[last]!;
  const down = to[last] === 1 && columns >= LEAST_COLUMNS;
  const apart = from[last] !== 1;
  const width = down ? stripeWidth(columns, sizes.slice(0, last).reduce((a, b) => a * b, 1), !apart) : LINES;
  // The innermost level goes by stripes of columns or groups of lines.
  const inner = [from, to].map((strides) => strides[last]! * bytes);
  sizes[last] = Math.ceil(columns / width);
  for (const strides of [from, to]) strides[last]! *= width;
  const unit = input.strides[axis] === 1 && outStrides[axis] === 1;
  const levels = sizes.length;
  const walkers: Walker[] = [
    { dtype: input.dtype, at: { slot: input.slot, offset: input.offset * bytes }, strides: from },
    { dtype, at: { slot: output.slot, offset: 0 }, strides: to },
  ];
  const nanoseconds = shape.reduce((a, b) => a * b, 1) * (down && apart ? 2 : 0.8);
  const cut = cutNest(sizes, levels, -1, (level) => nanoseconds / sizes.slice(0, level + 1).reduce((a, b) => a * b, 1));

  const parameters = new Parameters();
  const places = pushNest(parameters, sizes, walkers);
  const cutPlace = pushCut(parameters, cut, walkers);
  const extra = parameters.push(
    shape[axis]!, input.strides[axis]! * bytes, outStrides[axis]! * bytes,
    columns, width, ...inner,
  );
  const emit = (f: KernelBuilder, p: Local, first: Local, end: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [source, target] = loops.pointers as [Local, Local];
    const word = (k: number): Local => {
      const local = f.local(I32);
      f.get(p).mem('i32Load', extra + 4 * k).set(local);
      return local;
    };
    const [length, fromNext, toNext] = [word(0), word(1), word(2)];
    const [all, most, fromInner, toInner] = [word(3), word(4), word(5), word(6)];
    const count = f.local(I32);
    const block = down
      ? emitDown(f, scan, { source, target, length, steps: [fromNext, toNext], apart: apart ? fromInner : undefined })
      : emitAlong(f, scan, { source, target, length, steps: [fromNext, fromInner, toNext, toInner], unit });
    emitUnits(f, loops, { level: cut.level, place: cutPlace }, first, end, (cutLoops) => {
      emitLoops(f, cutLoops, cut.level, levels, () => {
        f.get(all, loops.counters[levels - 1]!, most).op('i32Mul', 'i32Sub').tee(count).get(most, count, most);
        f.op('i32LtU', 'select').set(count);
        block(count);
      });
    });
    f.i32(0);
  };
  const key = ['scan', op, dtype, levels, cut.level, down, apart, unit].join('|');
  return {
    key, parameters, emit: (module, exportName) => module.kernel(exportName, `${op} ${dtype}${down ? ' down' : ''}`, emit),
    split: { units: cut.units, nanoseconds },
    ...(down ? { privateBytes: TOTALS_BYTES } : {}),
  };
}
