/**
 * Shaders for maps, reductions and row kernels. Either every invocation has a row of its own, or a workgroup shares one: then
 * each invocation takes every n-th element, and what the invocations folded is combined as a tree.
 */
import type { DType, ReduceOp } from '@cotangent/tensor';
import { cast, combine, emit, type BodyContext } from '../wgsl/body';
import { coordinates, nestOf, position, product } from '../wgsl/nest';
import { GROUP, perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { highest, lowest, typeOf } from '../wgsl/types';
import { foldAt, scheduleOf, type Program } from './program';

/** Rows at least this long are shared by a workgroup. */
const SHARED_ROW = 512;
const LANES = 64;
const LONG_ROW = 16384;
const LONG_LANES = 256;

export interface RowOptions {
  /** Rows of at least so many elements are shared by a workgroup, in place of the default. */
  readonly sharedRow?: number | undefined;
  /** Whether outputs may only be written while no index was out of range. */
  readonly guarded?: boolean;
  /** Whether shaders can combine values within a subgroup. */
  readonly subgroups?: boolean;
}

/** How many invocations share a row. */
function lanesFor(rows: number, length: number, sharedRow = SHARED_ROW): number {
  if (rows === 0 || length < sharedRow) return 1;
  return length >= LONG_ROW ? LONG_LANES : LANES;
}

export function launchProgram(shader: Shader, program: Program, options: RowOptions = {}): Launch {
  const { shape, kept } = program;
  const rows = product(shape.slice(0, kept));
  const length = product(shape.slice(kept));
  const lanes = lanesFor(rows, length, options.sharedRow);
  if (lanes === 1) {
    writeRow(shader, program, perUnit(shader, rows), 1, options);
    return shader.launch(workgroupsFor(rows));
  }
  const row = shader.let('row', GROUP);
  shader.add(`if (${row} >= ${shader.int(rows)}) { return; }`);
  writeRow(shader, program, row, lanes, options);
  return shader.launch(rows, lanes);
}

/** The work of one row. */
export function writeRow(shader: Shader, program: Program, row: string, lanes: number, options: RowOptions): void {
  const { guarded = false, subgroups = false } = options;
  const { shape, kept, inputs, outputs, body, constants } = program;
  const operands = [...inputs, ...outputs.map((output) => ({ ...output, offset: 0 }))];
  const apart = new Set(body.flatMap((x) => (x.op === 'index' ? [x.axis] : [])));
  const inner = new Set([...apart].map((axis) => axis - kept));
  const outerNest = nestOf(shape.slice(0, kept), operands.map(({ strides }) => strides.slice(0, kept)), apart);
  const innerNest = nestOf(shape.slice(kept), operands.map(({ strides }) => strides.slice(kept)), inner);
  const length = product(shape.slice(kept));
  const outer = coordinates(shader, row, outerNest.sizes);
  const bases = operands.map(({ slot, offset }, k) =>
    shader.let('at', position(shader, shader.origin(slot, offset), outer, outerNest.strides[k]!)));
  const intact = guarded ? shader.let('intact', shader.intact) : undefined;

  let along: readonly string[] = [];
  const place = (k: number): string => position(shader, bases[k]!, along, innerNest.strides[k]!);
  const context: BodyContext = {
    body,
    constants,
    load: (input) => shader.load(inputs[input]!.slot, inputs[input]!.dtype, place(input)),
    coordinate: (axis) => {
      const loop = axis < kept ? outerNest.loopOf[axis]! : innerNest.loopOf[axis - kept]!;
      return loop < 0 ? '0' : axis < kept ? outer[loop]! : along[loop]!;
    },
  };
  const values: string[] = [];
  const store = (o: number): void => {
    const { slot, dtype, value } = outputs[o]!;
    shader.store(slot, dtype, place(inputs.length + o), values[value]!);
  };
  const { passes, after } = scheduleOf(program);
  passes.forEach((pass, s) => {
    for (const k of pass.before) emit(shader, context, values, k);
    const outside = [...values];
    const folds = pass.folds.map((k) => {
      const { op, arg } = foldAt(body, k)!;
      return { k, arg, fold: startFold(shader, op, body[arg]!.dtype, body[k]!.dtype) };
    });
    const e = shader.name('e');
    shader.add(`for (var ${e} = ${lanes === 1 ? '0' : 'i32(lane)'}; ${e} < ${shader.int(length)}; ${e} += ${lanes}) {`);
    along = coordinates(shader, e, innerNest.sizes);
    for (const k of pass.values) emit(shader, context, values, k);
    for (const { arg, fold } of folds) fold.step(values[arg]!, e);
    if (s === passes.length - 1) {
      const stored = outputs.flatMap(({ per }, o) => (per === 'element' ? [o] : []));
      if (stored.length > 0 && intact !== undefined) shader.add(`if (${intact}) {`);
      stored.forEach(store);
      if (stored.length > 0 && intact !== undefined) shader.add('}');
    }
    shader.add('}');
    along = innerNest.sizes.map(() => '0');
    values.splice(0, values.length, ...outside);
    for (const { k, fold } of folds) values[k] = fold.finish(lanes, subgroups);
  });
  along = innerNest.sizes.map(() => '0');
  for (const k of after) emit(shader, context, values, k);
  const conditions = [...(intact === undefined ? [] : [intact]), ...(lanes === 1 ? [] : ['lane == 0u'])];
  if (conditions.length > 0) shader.add(`if (${conditions.join(' && ')}) {`);
  outputs.forEach(({ per }, o) => per === 'row' && store(o));
  if (conditions.length > 0) shader.add('}');
}

interface Fold {
  step(value: string, position: string): void;
  /** Combines what the invocations have and gives the name of the result. */
  finish(lanes: number, subgroups: boolean): string;
}

/** A value before any element was folded. */
function neutral(shader: Shader, op: ReduceOp, dtype: DType): string {
  const start = { sum: 0, prod: 1, max: lowest(dtype), argmax: lowest(dtype), min: highest(dtype), argmin: highest(dtype) }[op];
  return shader.constant(start, dtype);
}

function startFold(shader: Shader, op: ReduceOp, from: DType, to: DType): Fold {
  if (op === 'argmax' || op === 'argmin') return startPosition(shader, op, from);
  if (op === 'sum' && typeOf(to) === 'f32') return startSum(shader, from, to);
  const acc = shader.name('acc');
  shader.add(`var ${acc} = ${neutral(shader, op, to)};`);
  return {
    step: (value) => {
      shader.add(`${acc} = ${combine(shader, op, to, acc, cast(shader, value, from, to))};`);
    },
    finish: (lanes, subgroups) => tree(shader, to, acc, { lanes, subgroups }, (a, b) => combine(shader, op, to, a, b)),
  };
}

/** A floating-point sum in blocks of 16 and of 256, so that its error hardly grows with its length. */
function startSum(shader: Shader, from: DType, to: DType): Fold {
  const [small, middle, large, count] = [shader.name('sum'), shader.name('sum'), shader.name('sum'), shader.name('count')];
  shader.add(`var ${small} = 0.0; var ${middle} = 0.0; var ${large} = 0.0; var ${count} = 0u;`);
  return {
    step: (value) => {
      shader.add(
        `${small} += ${cast(shader, value, from, to)}; ${count}++;`,
        `if ((${count} & 15u) == 0u) { ${middle} += ${small}; ${small} = 0.0;`,
        `if ((${count} & 255u) == 0u) { ${large} += ${middle}; ${middle} = 0.0; } }`,
      );
    },
    finish: (lanes, subgroups) => {
      shader.add(`${large} += ${middle} + ${small};`);
      const total = tree(shader, to, large, { lanes, subgroups }, (a, b) => `${a} + ${b}`);
      return to === 'float16' ? shader.let('half', shader.call('half_f', total)) : total;
    },
  };
}

/** The first position of the extreme value; NaN counts as the extreme. */
function startPosition(shader: Shader, op: 'argmax' | 'argmin', from: DType): Fold {
  const [best, at] = [shader.name('best'), shader.name('place')];
  const type = typeOf(from);
  // -1: none yet, so that the first element wins whatever it is.
  shader.add(`var ${best} = ${neutral(shader, op, from)}; var ${at} = -1;`);
  const number = (x: string): string => (type === 'bool' ? `select(0u, 1u, ${x})` : x);
  const beats = (a: string, b: string): string => {
    const further = `${number(a)} ${op === 'argmax' ? '>' : '<'} ${number(b)}`;
    if (type !== 'f32') return further;
    return `((${further} || ${shader.call('isnan_f', a)}) && !${shader.call('isnan_f', b)})`;
  };
  const same = (a: string, b: string): string =>
    type === 'f32' ? `(${a} == ${b} || (${shader.call('isnan_f', a)} && ${shader.call('isnan_f', b)}))` : `${a} == ${b}`;
  return {
    step: (value, position_) => {
      shader.add(`if (${at} < 0 || ${beats(value, best)}) { ${best} = ${value}; ${at} = ${position_}; }`);
    },
    finish: (lanes) => {
      if (lanes === 1) return shader.let('first', `max(${at}, 0)`);
      const [values, places] = [shader.share(typeOf(from), lanes), shader.share('i32', lanes)];
      shader.add(`${values}[lane] = ${best}; ${places}[lane] = ${at};`);
      combineLanes(shader, lanes, (mine, other) => {
        const [a, b] = [shader.let('a', `${values}[${other}]`), shader.let('b', `${values}[${mine}]`)];
        const [i, k] = [shader.let('i', `${places}[${other}]`), shader.let('k', `${places}[${mine}]`)];
        shader.add(`if (${i} >= 0 && (${k} < 0 || ${beats(a, b)} || (${same(a, b)} && ${i} < ${k}))) {`);
        shader.add(`${values}[${mine}] = ${a}; ${places}[${mine}] = ${i}; }`);
      });
      return shader.let('first', `max(${places}[0], 0)`);
    },
  };
}

interface Team {
  readonly lanes: number;
  readonly subgroups: boolean;
}

/**
 * Combines what the invocations have, always in the same order. With subgroups, workgroup memory is only used until no more values
 * are left than a subgroup has invocations; then every subgroup combines them for itself, without barriers.
 */
function tree(shader: Shader, dtype: DType, acc: string, { lanes, subgroups }: Team, join: (a: string, b: string) => string): string {
  if (lanes === 1) return shader.let('fold', acc);
  const memory = shader.share(typeOf(dtype), lanes);
  shader.add(`${memory}[lane] = ${acc};`);
  const joinLanes = (mine: string, other: string): void => {
    shader.add(`${memory}[${mine}] = ${join(`${memory}[${mine}]`, `${memory}[${other}]`)};`);
  };
  // Invocations cannot show each other truth values.
  if (!subgroups || typeOf(dtype) === 'bool') {
    combineLanes(shader, lanes, joinLanes);
    return shader.let('fold', `${memory}[0]`);
  }
  const { member, size } = shader.subgroup();
  const width = shader.let('width', `min(${size}, ${lanes}u)`);
  combineLanes(shader, lanes, joinLanes, width);
  const [all, half] = [shader.name('all'), shader.name('half')];
  // The first invocation combines the same pairs as the tree in memory; the others' results are not looked at.
  shader.add(
    `var ${all} = ${memory}[${member} & (${width} - 1u)];`,
    `for (var ${half} = ${width} / 2u; ${half} > 0u; ${half} = ${half} / 2u) {`,
  );
  const other = shader.let('other', `subgroupShuffleXor(${all}, ${half})`);
  shader.add(`${all} = ${join(all, other)};`, '}');
  return shader.let('fold', `subgroupBroadcast(${all}, 0u)`);
}

/** Halves the number of lanes that still hold something, until it is `left`. */
function combineLanes(shader: Shader, lanes: number, join: (mine: string, other: string) => void, left = '1u'): void {
  const half = shader.name('half');
  shader.add(
    'workgroupBarrier();',
    `for (var ${half} = ${lanes / 2}u; ${half} >= ${left}; ${half} = ${half} / 2u) {`,
    `if (lane < ${half}) {`,
  );
  join('lane', `lane + ${half}`);
  shader.add('}', 'workgroupBarrier();', '}');
}

