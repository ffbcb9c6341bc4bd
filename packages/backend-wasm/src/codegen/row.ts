/**
 * Scalar programs over strided operands: map, reduce and row kernels. A program runs in rows (the vector of four runs along
 * the last reduced axis, folds end with combining its lanes) or in columns (it runs along the last kept axis, four results at
 * a time); whichever finds neighbouring elements in memory is taken. A map is a single row without folds.
 *
 * What does not change inside a loop is computed before it. Sums and products of floats are folded in single precision over
 * short blocks and across blocks in double precision, in an order that depends on the shape alone.
 */
import { bytesOf, type Operand, type RowKernel } from '@cotangent/tensor';
import type { Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch, type Split } from '../params';
import { argumentsOf, liveInstructions, type Instruction } from './body';
import { nanosecondsOf } from './cost';
import { constantDTypes, describeBody, indexAxes, usedInputs } from './describe';
import { identityOf, isArg } from './folding';
import { innerWalk } from './inner';
import { loosenMaxima } from './loose';
import { collapse, contiguousStrides, pushNest, type Collapsed, type Walker } from './nest';
import { needsMainThread } from './ops';
import { planPasses } from './passes';
import { BLOCK, emitRows } from './row-emit';
import { simplify } from './simplify';
import { cutNest, pushCut } from './units';
import { areWide, columnSums } from './wide-columns';

/** A row kernel whose folds may also be positions of extremes. */
export interface Program extends Omit<RowKernel, 'kind' | 'body'> {
  readonly kind: 'map' | 'reduce' | 'row';
  readonly body: readonly Instruction[];
}

/** A launch whose code can become part of another kernel. */
export interface ProgramLaunch extends Launch {
  readonly split: Split;
  readonly name: string;
  /** The code of a kernel; leaves the status on the stack. */
  readonly build: (f: KernelBuilder, parameters: Local, from: Local, to: Local) => void;
}

export function rowLaunches(kernel: RowKernel): Launch[] {
  return programLaunches(kernel);
}

export function programLaunches(given: Program): ProgramLaunch[] {
  const program = tidy(given);
  if (!program.shape.includes(0)) return [launchOf(program)];
  if (program.shape.slice(0, program.kept).includes(0)) return [];
  return program.outputs.filter((o) => o.per === 'row').map((o) => launchOf(tidy(emptyRows(program, o))));
}

/** Drops what no output needs, numbers loads by the operands that remain, and lets folds work in the type of their result. */
function tidy(given: Program): Program {
  const simple = simplify(given.body, given.constants);
  const program = { ...given, body: simple.body, outputs: given.outputs.map((o) => ({ ...o, value: simple.at[o.value]! })) };
  const values = program.outputs.map((o) => o.value);
  const live = liveInstructions(program.body, values);
  const used = usedInputs(program.body, values);
  const body: Instruction[] = [];
  const at: number[] = [];
  program.body.forEach((x, i) => {
    // Constants that only count shifts are not live, but shifts name them.
    if (!live[i] && x.op !== 'const') return;
    const args = 'args' in x ? x.args.map((arg) => at[arg]!) : [];
    if (x.op === 'fold' && !isArg(x.fold) && body[args[0]!]!.dtype !== x.dtype) {
      args[0] = body.push({ op: 'cast', args: [args[0]!], dtype: x.dtype }) - 1;
    }
    at[i] = body.push((x.op === 'load' ? { ...x, input: used.indexOf(x.input) } : 'args' in x ? { ...x, args } : x) as Instruction) - 1;
  });
  return {
    ...program,
    inputs: used.map((i) => program.inputs[i]!),
    body: loosenMaxima(body, values.map((value) => at[value]!)),
    outputs: program.outputs.map((o) => ({ ...o, value: at[o.value]! })),
  };
}

/** One result of rows without elements: folds are the values that change nothing. */
function emptyRows(program: Program, output: Program['outputs'][number]): Program {
  const constants = [...program.constants];
  const axes = Array.from({ length: program.kept }, (_, axis) => axis).sort((a, b) => output.strides[b]! - output.strides[a]!);
  const shape = axes.map((axis) => program.shape[axis]!);
  const body = program.body.map((x): Instruction => {
    if (x.op === 'index') return { ...x, axis: axes.indexOf(x.axis) };
    if (x.op !== 'fold') return x;
    return { op: 'const', constant: constants.push(isArg(x.fold) ? 0 : identityOf(x.fold, x.dtype)) - 1, dtype: x.dtype };
  });
  return {
    ...program,
    shape,
    kept: 0,
    inputs: program.inputs.map((input) => ({ ...input, shape, strides: axes.map((axis) => input.strides[axis]!) })),
    constants,
    body,
    outputs: [{ ...output, per: 'element', strides: contiguousStrides(shape) }],
  };
}

/** How many of the outermost levels something with these strides moves along. */
function depthOf(strides: readonly number[]): number {
  let depth = strides.length;
  while (depth > 0 && strides[depth - 1] === 0) depth--;
  return depth;
}

/** Adds a reduced axis of size 1 where all of them were of that size. */
function withReducedAxis(nest: Collapsed): Collapsed {
  if (nest.boundary < nest.sizes.length) return nest;
  return { ...nest, sizes: [...nest.sizes, 1], strides: nest.strides.map((s) => [...s, 0]) };
}

function prefersColumns({ boundary, strides }: Collapsed, depths: readonly number[]): boolean {
  if (boundary === 0) return false;
  let score = 0;
  strides.forEach((s, k) => {
    if (depths[k]! <= boundary) return;
    if (s[boundary - 1] === 1) score++;
    if (s.at(-1) === 1) score--;
  });
  return score > 0;
}

/** Whether the memory of an output may be that of an input: updates in place read what they write at the same index. */
function mayOverlap(output: Walker, input: Walker): boolean {
  if (output.at.slot === input.at.slot) return true;
  return bytesOf(output.dtype) === bytesOf(input.dtype) && input.at.offset === 0 && input.strides.join() === output.strides.join();
}

/** Whether a program adds up the elements of one operand as they are. */
function isBareSum([load, fold, ...more]: readonly Instruction[]): boolean {
  return load?.op === 'load' && load.dtype === 'float32' && fold?.op === 'fold' && fold.fold === 'sum' && more.length === 0;
}

function launchOf(program: Program): ProgramLaunch {
  const { shape, kept, inputs, constants, body, outputs, kind } = program;
  const start = ({ dtype, slot, offset, strides }: Operand): Walker => ({ dtype, at: { slot, offset: offset * bytesOf(dtype) }, strides });
  const operands = [
    ...inputs.map(start),
    ...outputs.map(({ slot, dtype, strides }): Walker => ({ dtype, at: { slot, offset: 0 }, strides })),
  ];
  const separate = indexAxes(body);
  const nest = withReducedAxis(collapse(shape, operands.map((w) => w.strides), { separate, boundary: kept }));
  const { sizes, boundary } = nest;
  const walkers = operands.map((w, k): Walker => ({ ...w, strides: nest.strides[k]! }));
  const depths = nest.strides.map(depthOf);
  const columns = prefersColumns(nest, depths);
  const vectorLevel = columns ? boundary - 1 : sizes.length - 1;
  const walks = walkers.map(({ strides }, k) => {
    const walk = innerWalk(strides[vectorLevel]!);
    return walk === 'splat' && k >= inputs.length ? 'unit' : walk; // an output of a single element
  });
  const levelOf = (axis: number): number => nest.axisOf[axis]!;
  const valueDepths: number[] = [];
  body.forEach((x, i) => {
    const own = x.op === 'load' ? depths[x.input]! : x.op === 'index' ? levelOf(x.axis) + 1 : 0;
    valueDepths.push(x.op === 'fold' ? boundary : Math.max(own, ...argumentsOf(body, i).map((arg) => valueDepths[arg]!)));
  });
  const staging = planPasses(
    body,
    outputs,
    inputs.length,
    valueDepths,
    boundary,
    sizes.length,
    (o, i) => mayOverlap(walkers[inputs.length + o]!, walkers[i]!),
  );

  const parameters = new Parameters();
  const places = pushNest(parameters, sizes, walkers, boundary);
  const types = constantDTypes(body, constants.length);
  const folds = boundary > 0 || body.some((x) => x.op === 'fold');
  const each = nanosecondsOf(body, staging.passes, walkers, walks);
  const nanoseconds = sizes.reduce((a, b) => a * b, each);
  if (columns && isBareSum(body) && sizes.length === 2 && areWide(sizes[0]!, sizes[1]!) && walks.every((walk) => walk === 'unit')) {
    return columnSums({
      input: walkers[0]!.at, output: walkers[1]!.at, columns: sizes[0]!, rows: sizes[1]!, stride: nest.strides[0]![1]!,
      block: BLOCK, nanoseconds,
    });
  }
  const below = (level: number): number => sizes.slice(level + 1).reduce((a, b) => a * b, each);
  const cut = cutNest(sizes, folds ? boundary : sizes.length, vectorLevel, below);
  const cutPlace = pushCut(parameters, cut, walkers);
  const constantPlaces = constants.map((value, i) => parameters.vector(types[i]!, value));
  const form = columns ? 'columns' : 'rows';
  const key = [
    form,
    `${cut.level}/${boundary}/${sizes.length}`,
    walkers.map((w, k) => `${w.dtype} ${walks[k]} ${depths[k]}`).join(),
    [...separate].map((axis) => `${axis}>${levelOf(axis)}`).join(),
    outputs.map((o) => `${o.value} ${o.per}`).join(),
    staging.passes.map((pass) => [
      pass.stores.map((s) => `${s.value}>${s.output}`),
      [...body.keys()].filter((i) => pass.body[i] !== body[i]), // loaded again
    ].join(' ')).join('/'),
    constants.length, // places
    describeBody(body),
  ].join('|');
  const ops = body.map((x) => (x.op === 'load' || x.op === 'const' ? '' : ` ${x.op === 'fold' ? x.fold : x.op}`));
  const name = `${kind} ${form}${ops.join('').slice(0, 60)}`;
  const build: ProgramLaunch['build'] = (f, p, from, to) => {
    emitRows(f, p, from, to, {
      body, outputs, staging, walkers, walks, depths, valueDepths, boundary, columns, places, constantPlaces, levelOf,
      levels: sizes.length, cut: { level: cut.level, place: cutPlace },
    });
    f.i32(0);
  };
  return {
    key,
    name,
    parameters,
    split: { units: cut.units, nanoseconds },
    mainThread: body.some((x) => 'args' in x && needsMainThread(x, body[x.args[0]]!.dtype)),
    build,
    emit: (module, exportName) => module.kernel(exportName, name, build),
  };
}
