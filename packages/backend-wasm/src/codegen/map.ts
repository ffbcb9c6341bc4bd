/** Map kernels: a scalar program at every index. The innermost axis runs four elements at a time. */
import { bytesOf, type MapKernel } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch } from '../params';
import { emitBody, type BodyContext } from './body';
import { constantDTypes, describeBody, indexAxes, usedInputs } from './describe';
import { innerWalk, InnerOperands, type InnerOperand } from './inner';
import { storeTail, storeUnit } from './lanes';
import { collapse, contiguousStrides, emitLoops, openNest, pushNest, withInner, type NestLoops, type Walker } from './nest';

/** Bodies up to this length are worth a second vector per round, to spread the cost of the loop. */
const SHORT_BODY = 6;

/** The launch of a map kernel; undefined when there is nothing to compute. */
export function mapLaunch(kernel: MapKernel): Launch | undefined {
  if (kernel.shape.includes(0)) return undefined;
  const values = kernel.outputs.map((o) => o.value);
  const inputs = usedInputs(kernel.body, values);
  const outputStrides = contiguousStrides(kernel.shape);
  const walkers: Walker[] = [
    ...inputs.map((i) => {
      const { dtype, slot, offset, strides } = kernel.inputs[i]!;
      return { dtype, at: { slot, offset: offset * bytesOf(dtype) }, strides };
    }),
    ...kernel.outputs.map(({ slot, dtype }) => ({ dtype, at: { slot, offset: 0 }, strides: outputStrides })),
  ];
  const separate = indexAxes(kernel.body);
  const merged = collapse(kernel.shape, walkers.map((w) => w.strides), { separate });
  const nest = withInner(merged, walkers.map((_, k) => (k < inputs.length ? 0 : 1)));
  const levels = nest.sizes.length;

  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, walkers.map((w, k) => ({ ...w, strides: nest.strides[k]! })));
  const types = constantDTypes(kernel.body, kernel.constants.length);
  const constants = kernel.constants.map((value, i) => parameters.vector(types[i]!, value));
  const walks = walkers.map((_, k) => innerWalk(nest.strides[k]!.at(-1)!));
  const key = [
    'map',
    levels,
    walkers.map((w, k) => `${w.dtype} ${walks[k]!}`).join(),
    [...separate].map((axis) => `${axis}>${nest.axisOf[axis]}`).join(),
    values.join(),
    describeBody(kernel.body),
  ].join('|');

  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, levels);
    const operands = walkers.map((w, k): InnerOperand => ({
      dtype: w.dtype,
      walk: walks[k]!,
      pointer: loops.pointers[k]!,
      stride: places.operands[k]! + levels * 4,
    }));
    const row: Row = {
      operands,
      outputs: operands.slice(inputs.length),
      size: places.sizes + (levels - 1) * 4,
      unroll: kernel.body.length <= SHORT_BODY,
      body: (load, position) =>
        emitBody(f, kernel.body, values, {
          load: (input) => load(inputs.indexOf(input)),
          constant: (i) => void f.get(p).mem('v128Load', constants[i]),
          scalarConstant: (i) => void f.get(p).mem('i32Load', constants[i]),
          index: (axis) => pushIndex(f, nest.axisOf[axis]!, levels - 1, loops, position),
        }),
    };
    emitLoops(f, loops, 0, levels - 1, () => emitRow(f, p, row));
    f.i32(0);
  };
  const name = `map ${kernel.body.map((x) => x.op).join(' ').slice(0, 60)}`;
  return { key, parameters, emit: (module, exportName) => module.kernel(exportName, name, emit) };
}

/** Pushes the coordinates of four elements along an axis that became `level`; -1 is an axis of size 1. */
export function pushIndex(f: KernelBuilder, level: number, vectorLevel: number, loops: NestLoops, position: Local): void {
  if (level < 0) f.i32x4(0);
  else if (level === vectorLevel) f.get(position).op('i32x4Splat').i32lanes(0, 1, 2, 3).op('i32x4Add');
  else f.get(loops.counters[level]!).op('i32x4Splat');
}

interface Row {
  /** Inputs, then outputs. */
  readonly operands: readonly InnerOperand[];
  readonly outputs: readonly InnerOperand[];
  /** Place of the length of the row in the parameter block. */
  readonly size: number;
  readonly unroll: boolean;
  /** Emits the program and returns the locals of the values to store. */
  readonly body: (load: BodyContext['load'], position: Local) => Local[];
}

/** One row: whole vectors, then up to three elements. The pointers end one row further. */
function emitRow(f: KernelBuilder, parameters: Local, { operands, outputs, size, unroll, body }: Row): void {
  const [position, count, rest] = f.temps(I32, 3);
  const inner = new InnerOperands(f, parameters, operands);
  inner.hoistSplats();
  const vector = (ahead: number): void => {
    const values = body((k) => inner.load(k, ahead), position);
    outputs.forEach(({ dtype, pointer }, k) => storeUnit(f, dtype, pointer, values[k]!, ahead * 4 * bytesOf(dtype)));
    f.release(V128, ...new Set(values));
  };
  f.i32(0).set(position);
  f.get(parameters).mem('i32Load', size).set(rest);
  if (unroll) {
    f.get(rest).i32(3).op('i32ShrU').set(count);
    f.times(count, () => {
      vector(0);
      f.add(position, 4);
      vector(1);
      inner.advance(8);
      f.add(position, 4);
    });
    f.get(rest).i32(7).op('i32And').set(rest);
  }
  f.get(rest).i32(2).op('i32ShrU').set(count);
  f.times(count, () => {
    vector(0);
    inner.advance(4);
    f.add(position, 4);
  });
  f.get(rest).i32(3).op('i32And').tee(rest).if(() => {
    const values = body((k) => inner.load(k, 0, rest), position);
    outputs.forEach(({ dtype, pointer }, k) => storeTail(f, dtype, pointer, values[k]!, rest));
    f.release(V128, ...new Set(values));
    inner.advance({ local: rest });
  });
  inner.close();
  f.release(I32, position, count, rest);
}
