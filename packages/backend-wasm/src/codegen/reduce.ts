/**
 * Reduce kernels. Two forms: `rows` runs the last reduced axis four elements at a time, `columns` runs the last kept axis
 * four results at a time; whichever finds neighbouring elements in memory is taken.
 *
 * Sums and products of floats are folded in single precision over short blocks and across blocks in double precision, in
 * an order that depends on the shape alone.
 */
import { bytesOf, type DType, type Instruction, type ReduceKernel } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch } from '../params';
import { emitBody, liveInstructions, type BodyContext } from './body';
import { constantDTypes, describeBody, indexAxes, usedInputs } from './describe';
import { foldingOf, identityOf, isArg, type Folding } from './folding';
import { innerWalk, InnerOperands, type InnerOperand } from './inner';
import { storeFirst, storeTail, storeUnit } from './lanes';
import { mapLaunch, pushIndex } from './map';
import {
  collapse, contiguousStrides, emitLoops, openNest, pushNest,
  type Collapsed, type NestLoops, type NestPlaces, type Walker,
} from './nest';

/** Vectors folded in single precision before the sum moves to double precision. */
const BLOCK = 64;
/** Bodies longer than this are not unrolled. */
const SHORT_BODY = 8;

export function reduceLaunches(kernel: ReduceKernel): Launch[] {
  const keptShape = kernel.shape.slice(0, kernel.kept);
  if (keptShape.includes(0)) return [];
  if (kernel.shape.includes(0)) return [fillLaunch(kernel, keptShape)];
  return [foldLaunch(withOutputType(kernel))];
}

/** The reduction of nothing: the value that changes nothing. */
function fillLaunch(kernel: ReduceKernel, shape: readonly number[]): Launch {
  const { slot, dtype } = kernel.output;
  return mapLaunch({
    kind: 'map',
    shape,
    inputs: [],
    constants: [isArg(kernel.op) ? 0 : identityOf(kernel.op, dtype)],
    body: [{ op: 'const', constant: 0, dtype }],
    outputs: [{ slot, dtype, value: 0 }],
  })!;
}

/** Reduces in the type of the output, where the body ends in another. */
function withOutputType(kernel: ReduceKernel): ReduceKernel {
  const { dtype } = kernel.output;
  if (isArg(kernel.op) || kernel.body[kernel.value]!.dtype === dtype) return kernel;
  const cast: Instruction = { op: 'cast', args: [kernel.value], dtype };
  return { ...kernel, body: [...kernel.body, cast], value: kernel.body.length };
}

interface Context {
  readonly f: KernelBuilder;
  readonly parameters: Local;
  readonly kernel: ReduceKernel;
  readonly nest: Collapsed;
  readonly places: NestPlaces;
  readonly loops: NestLoops;
  /** The level that runs in vectors. */
  readonly vectorLevel: number;
  readonly inputs: readonly InnerOperand[];
  readonly output: Local;
  readonly short: boolean;
  /** Emits the body and returns the local of its value. */
  readonly body: (load: BodyContext['load'], position: Local) => Local;
}

function foldLaunch(kernel: ReduceKernel): Launch {
  const used = usedInputs(kernel.body, [kernel.value]);
  const keptStrides = contiguousStrides(kernel.shape.slice(0, kernel.kept));
  const outStrides = kernel.shape.map((_, i) => (i < kernel.kept ? keptStrides[i]! : 0));
  const walkers: Walker[] = [
    ...used.map((i) => {
      const { dtype, slot, offset, strides } = kernel.inputs[i]!;
      return { dtype, at: { slot, offset: offset * bytesOf(dtype) }, strides };
    }),
    { dtype: kernel.output.dtype, at: { slot: kernel.output.slot, offset: 0 }, strides: outStrides },
  ];
  const separate = indexAxes(kernel.body);
  const nest = withReducedAxis(collapse(kernel.shape, walkers.map((w) => w.strides), { separate, boundary: kernel.kept }));
  const columns = prefersColumns(nest, used.length);
  const vectorLevel = columns ? nest.boundary - 1 : nest.sizes.length - 1;

  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, walkers.map((w, k) => ({ ...w, strides: nest.strides[k]! })));
  const types = constantDTypes(kernel.body, kernel.constants.length);
  const constants = kernel.constants.map((value, i) => parameters.vector(types[i]!, value));
  const walks = used.map((_, k) => innerWalk(nest.strides[k]![vectorLevel]!));
  const key = [
    columns ? 'columns' : 'rows',
    kernel.op,
    `${nest.boundary}/${nest.sizes.length}`,
    used.map((i, k) => `${kernel.inputs[i]!.dtype} ${walks[k]!}`).join(),
    kernel.output.dtype,
    [...separate].map((axis) => `${axis}>${nest.axisOf[axis]}`).join(),
    kernel.value,
    describeBody(kernel.body),
  ].join('|');

  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, nest.sizes.length);
    const inputs = used.map((i, k): InnerOperand => ({
      dtype: kernel.inputs[i]!.dtype,
      walk: walks[k]!,
      pointer: loops.pointers[k]!,
      // The stride itself lies beside the steps, because the step of an outer level is not its stride.
      stride: strides[k]!,
    }));
    const context: Context = {
      f,
      parameters: p,
      kernel,
      nest,
      places,
      loops,
      vectorLevel,
      inputs,
      output: loops.pointers[used.length]!,
      short: liveInstructions(kernel.body, [kernel.value]).filter(Boolean).length <= SHORT_BODY,
      body: (load, position) =>
        emitBody(f, kernel.body, [kernel.value], {
          load: (input) => load(used.indexOf(input)),
          constant: (i) => void f.get(p).mem('v128Load', constants[i]),
          scalarConstant: (i) => void f.get(p).mem('i32Load', constants[i]),
          index: (axis) => pushIndex(f, nest.axisOf[axis]!, vectorLevel, loops, position),
        })[0]!,
    };
    if (columns) emitColumns(context);
    else emitRows(context);
    f.i32(0);
  };
  const strides = used.map((i, k) => parameters.push(nest.strides[k]![vectorLevel]! * bytesOf(kernel.inputs[i]!.dtype)));
  return { key, parameters, emit: (module, exportName) => module.kernel(exportName, `${kernel.op} ${columns ? 'columns' : 'rows'}`, emit) };
}

/** Adds a reduced axis of size 1 where all of them were of that size. */
function withReducedAxis(nest: Collapsed): Collapsed {
  if (nest.boundary < nest.sizes.length) return nest;
  return { ...nest, sizes: [...nest.sizes, 1], strides: nest.strides.map((s) => [...s, 0]) };
}

function prefersColumns(nest: Collapsed, inputs: number): boolean {
  if (nest.boundary === 0) return false;
  let score = 0;
  for (let k = 0; k < inputs; k++) {
    const strides = nest.strides[k]!;
    if (strides[nest.boundary - 1] === 1) score++;
    if (strides.at(-1) === 1) score--;
  }
  return score > 0;
}

/** The type in which values are folded. */
function foldType({ kernel }: Context): DType {
  return kernel.body[kernel.value]!.dtype;
}

function emitRows(c: Context): void {
  const { f, nest, loops } = c;
  const folding = foldingOf(f, c.kernel.op, foldType(c));
  const levels = nest.sizes.length;
  const total = folding.create();
  const position = f.local(I32);
  // Position within all reduced axes, which differs from the coordinate when there are several.
  const start = f.local(I32);
  emitLoops(f, loops, 0, nest.boundary, () => {
    folding.reset(total);
    f.i32(0).set(start);
    emitLoops(f, loops, nest.boundary, levels - 1, () => emitRow(c, folding, total, position, start));
    folding.horizontal(total);
    const result = f.temp(V128);
    folding.result(total);
    f.set(result);
    storeFirst(f, c.kernel.output.dtype, c.output, result);
    f.release(V128, result);
  });
}

function emitRow(c: Context, folding: Folding, total: readonly Local[], position: Local, start: Local): void {
  const { f } = c;
  const inner = new InnerOperands(f, c.parameters, c.inputs);
  inner.hoistSplats();
  const [rest, count] = f.temps(I32, 2);
  const width = c.short && folding.blocked ? 4 : 1;
  const partial = Array.from({ length: width }, () => f.temp(V128));
  f.get(c.parameters).mem('i32Load', c.places.sizes + c.vectorLevel * 4).set(rest);
  f.i32(0).set(position);
  const step = (into: Local | undefined, limit?: Local): void => {
    const value = c.body((k) => inner.load(k, 0, limit), position);
    if (limit !== undefined) maskTail(f, value, folding.identity, limit);
    if (into !== undefined) folding.combine(into, value);
    else folding.add(total, value, () => pushPositions(f, start, position));
    f.release(V128, value);
  };
  const clear = (locals: readonly Local[]): void => {
    for (const local of locals) f.i32x4(folding.identity).set(local);
  };
  if (folding.blocked) {
    for (const [used, shift] of width === 4 ? ([[4, 4], [1, 2]] as const) : ([[1, 2]] as const)) {
      // Blocks of up to 64 rounds of `used` vectors.
      f.block((done) => {
        f.loop((again) => {
          f.get(rest).i32(shift).op('i32ShrU').tee(count).op('i32Eqz').brIf(done);
          f.get(count).i32(BLOCK).get(count).i32(BLOCK).op('i32LtU', 'select').set(count);
          f.get(rest, count).i32(shift).op('i32Shl', 'i32Sub').set(rest);
          clear(partial.slice(0, used));
          f.times(count, () => {
            for (let u = 0; u < used; u++) {
              step(partial[u]);
              inner.advance(4);
              f.add(position, 4);
            }
          });
          if (used === 4) {
            folding.combine(partial[0]!, partial[1]!);
            folding.combine(partial[2]!, partial[3]!);
            folding.combine(partial[0]!, partial[2]!);
          }
          folding.add(total, partial[0]!);
          f.br(again);
        });
      });
    }
  } else {
    f.get(rest).i32(2).op('i32ShrU').set(count);
    f.times(count, () => {
      step(undefined);
      inner.advance(4);
      f.add(position, 4);
    });
  }
  f.get(rest).i32(3).op('i32And').tee(rest).if(() => {
    step(undefined, rest);
    inner.advance({ local: rest });
  });
  f.get(start).get(c.parameters).mem('i32Load', c.places.sizes + c.vectorLevel * 4).op('i32Add').set(start);
  inner.close();
  f.release(I32, rest, count);
  f.release(V128, ...partial);
}

/** Replaces lanes from `count` on by a constant. */
function maskTail(f: KernelBuilder, value: Local, identity: number, count: Local): void {
  f.get(value).i32x4(identity);
  f.i32lanes(0, 1, 2, 3).get(count).op('i32x4Splat', 'i32x4LtS', 'v128Bitselect').set(value);
}

function pushPositions(f: KernelBuilder, start: Local, position: Local): void {
  f.get(start, position).op('i32Add', 'i32x4Splat').i32lanes(0, 1, 2, 3).op('i32x4Add');
}

function emitColumns(c: Context): void {
  const { f, nest, loops } = c;
  const folding = foldingOf(f, c.kernel.op, foldType(c));
  const pointers = [...c.inputs.map((input) => input.pointer)];
  const position = f.local(I32);
  const rest = f.local(I32);
  const output: InnerOperand = { dtype: c.kernel.output.dtype, walk: 'unit', pointer: c.output, stride: 0 };
  emitLoops(f, loops, 0, nest.boundary - 1, () => {
    const inner = new InnerOperands(f, c.parameters, [...c.inputs, output]);
    f.i32(0).set(position);
    f.get(c.parameters).mem('i32Load', c.places.sizes + c.vectorLevel * 4).set(rest);
    const block = (vectors: number, count?: Local): void => {
      // The reduced loops end elsewhere, so the block starts again from copies.
      const saved = pointers.map((pointer) => {
        const copy = f.temp(I32);
        f.get(pointer).set(copy);
        return copy;
      });
      const savedOutput = f.temp(I32);
      f.get(c.output).set(savedOutput);
      const totals = emitColumnBlock(c, folding, inner, vectors, position, count);
      pointers.forEach((pointer, k) => f.get(saved[k]!).set(pointer));
      f.get(savedOutput).set(c.output);
      totals.forEach((total, u) => {
        const result = f.temp(V128);
        folding.result(total);
        f.set(result);
        if (count === undefined) storeUnit(f, output.dtype, c.output, result, u * 4 * bytesOf(output.dtype));
        else storeTail(f, output.dtype, c.output, result, count);
        f.release(V128, result, ...total);
      });
      inner.advance(count === undefined ? vectors * 4 : { local: count });
      f.release(I32, ...saved, savedOutput);
    };
    const rounds = (vectors: number): void => {
      const shift = vectors === 4 ? 4 : 2;
      const count = f.temp(I32);
      f.get(rest).i32(shift).op('i32ShrU').set(count);
      f.times(count, () => {
        block(vectors);
        f.add(position, vectors * 4);
      });
      f.get(rest).i32((1 << shift) - 1).op('i32And').set(rest);
      f.release(I32, count);
    };
    if (c.short && folding.blocked) rounds(4);
    rounds(1);
    f.get(rest).if(() => block(1, rest));
    inner.close();
  });
}

/** Folds the reduced axes for some neighbouring columns and returns the totals of each vector. */
function emitColumnBlock(
  c: Context,
  folding: Folding,
  inner: InnerOperands,
  vectors: number,
  position: Local,
  tail: Local | undefined,
): Local[][] {
  const { f, nest, loops } = c;
  const totals = Array.from({ length: vectors }, () => folding.create());
  for (const total of totals) folding.reset(total);
  const reducedPosition = f.temp(I32);
  f.i32(0).set(reducedPosition);
  if (!folding.blocked) {
    emitLoops(f, loops, nest.boundary, nest.sizes.length, () => {
      const value = c.body((k) => inner.load(k, 0, tail), position);
      folding.add(totals[0]!, value, () => void f.get(reducedPosition).op('i32x4Splat'));
      f.release(V128, value);
      f.add(reducedPosition, 1);
    });
    f.release(I32, reducedPosition);
    return totals;
  }
  const partial = totals.map(() => f.temp(V128));
  const left = f.temp(I32);
  const restart = (): void => {
    for (const local of partial) f.i32x4(folding.identity).set(local);
    f.i32(BLOCK).set(left);
  };
  const flush = (): void => partial.forEach((local, u) => folding.add(totals[u]!, local));
  restart();
  emitLoops(f, loops, nest.boundary, nest.sizes.length, () => {
    for (let u = 0; u < vectors; u++) {
      const at = f.temp(I32);
      f.get(position).i32(u * 4).op('i32Add').set(at);
      const value = c.body((k) => inner.load(k, u, tail), at);
      folding.combine(partial[u]!, value);
      f.release(V128, value);
      f.release(I32, at);
    }
    f.get(left).i32(1).op('i32Sub').tee(left).op('i32Eqz').if(() => {
      flush();
      restart();
    });
  });
  flush();
  f.release(V128, ...partial);
  f.release(I32, reducedPosition, left);
  return totals;
}
