/**
 * Shaders that move elements without computing: pad, concat, gather, scatter. What is moved stays as memory holds it, whatever it
 * means.
 */
import type { ConcatKernel, GatherKernel, Operand, PadKernel, ScatterKernel } from '@cotangent/tensor';
import { combine } from '../wgsl/body';
import { coordinates, nestOf, position, product, rowMajor } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';

/** Which op met an index that does not fit, as the error memory numbers them. */
export const INDEX_OPS = ['gather', 'scatter'] as const;

export function launchPad(shader: Shader, { shape, low, value, input, output }: PadKernel): Launch {
  const count = product(shape);
  const unit = perUnit(shader, count);
  // Axes with nothing beside them are ordinary ones.
  const padded = new Set(shape.flatMap((n, axis) => (low[axis] !== 0 || input.shape[axis] !== n ? [axis] : [])));
  const { sizes, strides, loopOf } = nestOf(shape, [input.strides, rowMajor(shape)], padded);
  const at = [...coordinates(shader, unit, sizes)];
  const inside: string[] = [];
  let first = input.offset;
  for (const axis of padded) {
    first -= low[axis]! * input.strides[axis]!;
    const c = loopOf[axis]! < 0 ? '0' : at[loopOf[axis]!]!;
    const inner = shader.let('c', `${c} - ${shader.int(low[axis]!)}`);
    inside.push(`${inner} >= 0 && ${inner} < ${shader.int(input.shape[axis]!)}`);
  }
  const word = shader.name('w');
  shader.add(`var ${word} = ${shader.element(output.slot, output.dtype, shader.constant(value, output.dtype))};`);
  shader.add(`if (${inside.length === 0 ? 'true' : inside.join(' && ')}) {`);
  shader.add(`${word} = ${shader.memory(input.slot, false)}[${position(shader, shader.origin(input.slot, first), at, strides[0]!)}];`, '}');
  shader.add(`${shader.memory(output.slot, true)}[${shader.origin(output.slot, 0)} + ${unit}] = ${word};`);
  return shader.launch(workgroupsFor(count));
}

export function launchConcat(shader: Shader, { axis, shape, inputs, output }: ConcatKernel): Launch {
  const count = product(shape);
  const unit = perUnit(shader, count);
  const { sizes, strides, loopOf } = nestOf(shape, [...inputs.map((input) => input.strides), rowMajor(shape)], new Set([axis]));
  const at = coordinates(shader, unit, sizes);
  const word = shader.name('w');
  shader.add(`var ${word} = ${shader.elementType(output.slot)}();`);
  let begin = 0;
  inputs.forEach((input, k) => {
    const end = begin + input.shape[axis]!;
    const along = loopOf[axis]! < 0 ? '0' : at[loopOf[axis]!]!;
    // A part without elements has no place; its condition is never true.
    shader.add(`${k === 0 ? '' : 'else '}if (${along} < ${shader.int(end)}) {`);
    const origin = shader.origin(input.slot, input.offset - begin * input.strides[axis]!);
    shader.add(`${word} = ${shader.memory(input.slot, false)}[${position(shader, origin, at, strides[k]!)}];`, '}');
    begin = end;
  });
  shader.add(`${shader.memory(output.slot, true)}[${shader.origin(output.slot, 0)} + ${unit}] = ${word};`);
  return shader.launch(workgroupsFor(count));
}

export function launchGather(shader: Shader, { axis, source, index, output }: GatherKernel): Launch {
  const { shape } = index;
  const count = product(shape);
  const unit = perUnit(shader, count);
  const free = source.strides.map((stride, k) => (k === axis ? 0 : stride));
  const { sizes, strides } = nestOf(shape, [index.strides, free, rowMajor(shape)]);
  const at = coordinates(shader, unit, sizes);
  const j = shader.let('j', shader.load(index.slot, 'int32', position(shader, shader.origin(index.slot, index.offset), at, strides[0]!)));
  const word = shader.name('w');
  shader.add(`var ${word} = ${shader.elementType(output.slot)}();`);
  const size = shader.int(source.shape[axis]!);
  shader.add(`if (${j} >= 0 && ${j} < ${size}) {`);
  const from = position(shader, shader.origin(source.slot, source.offset), [...at, j], [...strides[1]!, source.strides[axis]!]);
  shader.add(`${word} = ${shader.memory(source.slot, false)}[${from}];`, '} else {');
  shader.report(INDEX_OPS.indexOf('gather'), j, shader.int(axis), size);
  shader.add('}', `${shader.memory(output.slot, true)}[${shader.origin(output.slot, 0)} + ${unit}] = ${word};`);
  return shader.launch(workgroupsFor(count));
}

/** Copies a view into a whole slot. */
export function launchCopy(shader: Shader, input: Operand, slot: number): Launch {
  const count = product(input.shape);
  const unit = perUnit(shader, count);
  const { sizes, strides } = nestOf(input.shape, [input.strides, rowMajor(input.shape)]);
  const from = position(shader, shader.origin(input.slot, input.offset), coordinates(shader, unit, sizes), strides[0]!);
  shader.add(`${shader.memory(slot, true)}[${shader.origin(slot, 0)} + ${unit}] = ${shader.memory(input.slot, false)}[${from}];`);
  return shader.launch(workgroupsFor(count));
}

/**
 * Combines the updates with what the output holds. Updates meet only along the axis, so every invocation takes one line of it,
 * in order: sums have the same bits every time, and no atomics are needed.
 */
export function launchScatter(shader: Shader, { mode, axis, base, index, updates, output }: ScatterKernel): Launch {
  const lines = index.shape.map((n, k) => (k === axis ? 1 : n));
  const count = index.shape[axis] === 0 ? 0 : product(lines);
  const unit = perUnit(shader, count);
  const out = rowMajor(base.shape);
  const free = out.map((stride, k) => (k === axis ? 0 : stride));
  const { sizes, strides } = nestOf(lines, [index.strides, updates.strides, free]);
  const at = coordinates(shader, unit, sizes);
  const from = [shader.origin(index.slot, index.offset), shader.origin(updates.slot, updates.offset), shader.origin(output.slot, 0)];
  const [indices, values, targets] = from.map((origin, k) => shader.let('at', position(shader, origin, at, strides[k]!)));
  const e = shader.name('e');
  shader.add(`for (var ${e} = 0; ${e} < ${shader.int(index.shape[axis]!)}; ${e}++) {`);
  const j = shader.let('j', shader.load(index.slot, 'int32', `${indices!} + ${e} * ${shader.int(index.strides[axis]!)}`));
  const size = shader.int(base.shape[axis]!);
  shader.add(`if (${j} >= 0 && ${j} < ${size}) {`);
  const to = shader.let('to', `${targets!} + ${j} * ${shader.int(out[axis]!)}`);
  const value = shader.load(updates.slot, updates.dtype, `${values!} + ${e} * ${shader.int(updates.strides[axis]!)}`);
  const op = { set: undefined, add: 'sum', mul: 'prod', max: 'max', min: 'min' } as const;
  const combined = op[mode] && combine(shader, op[mode], output.dtype, shader.load(output.slot, output.dtype, to), value);
  shader.store(output.slot, output.dtype, to, combined ?? value);
  shader.add('} else {');
  shader.report(INDEX_OPS.indexOf('scatter'), j, shader.int(axis), size);
  shader.add('}', '}');
  return shader.launch(workgroupsFor(count));
}
