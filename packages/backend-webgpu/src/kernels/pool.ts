/** Shaders for maximum pooling and its gradient. */
import type { PoolGradientKernel, PoolKernel, Windows } from '@cotangent/tensor';
import { coordinates, nestOf, position, product, rowMajor } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { lowest, typeOf } from '../wgsl/types';

/**
 * Looks for the maximum of the window at `at` (coordinates along the pooled axes) of the plane that begins at `plane`.
 * Gives the names of the maximum and of its position in the plane, -1 where the window lies outside.
 */
function maximumOf(
  shader: Shader,
  { input, window, stride, padding, dilation, shape }: Windows,
  plane: string,
  at: readonly string[],
): { best: string; place: string } {
  const lead = shape.length - window.length;
  const extents = input.shape.slice(lead);
  const flat = rowMajor(extents);
  const [best, place] = [shader.name('best'), shader.name('place')];
  shader.add(`var ${best} = ${shader.constant(lowest(input.dtype), input.dtype)}; var ${place} = -1;`);
  const ys = window.map((n, w) => {
    const [k, y] = [shader.name('k'), shader.name('y')];
    shader.add(`for (var ${k} = 0; ${k} < ${shader.int(n)}; ${k}++) {`);
    shader.add(`let ${y} = ${at[w]!} * ${shader.int(stride[w]!)} - ${shader.int(padding[w]!)} + ${k} * ${shader.int(dilation[w]!)};`);
    shader.add(`if (${y} < 0 || ${y} >= ${shader.int(extents[w]!)}) { continue; }`);
    return y;
  });
  const v = shader.let('v', shader.load(input.slot, input.dtype, position(shader, plane, ys, input.strides.slice(lead))));
  const nan = typeOf(input.dtype) === 'f32' ? ` || (${shader.call('isnan_f', v)} && !${shader.call('isnan_f', best)})` : '';
  // A NaN found is never beaten, and compilers may take comparisons with it for anything.
  const kept = typeOf(input.dtype) === 'f32' ? `!${shader.call('isnan_f', best)} && ` : '';
  shader.add(`if (${place} < 0 || (${kept}${v} > ${best})${nan}) { ${best} = ${v}; ${place} = ${position(shader, '0', ys, flat)}; }`);
  shader.add(...window.map(() => '}'));
  return { best, place };
}

export function launchPool(shader: Shader, kernel: PoolKernel): Launch {
  const { input, shape, window, output, op } = kernel;
  const count = product(shape);
  const unit = perUnit(shader, count);
  const lead = shape.length - window.length;
  const pooled = new Set(window.map((_, w) => lead + w));
  const { sizes, strides, loopOf } = nestOf(shape, [input.strides.map((s, axis) => (axis < lead ? s : 0)), rowMajor(shape)], pooled);
  const at = coordinates(shader, unit, sizes);
  const plane = shader.let('plane', position(shader, shader.origin(input.slot, input.offset), at, strides[0]!));
  const along = window.map((_, w) => (loopOf[lead + w]! < 0 ? '0' : at[loopOf[lead + w]!]!));
  const { best, place } = maximumOf(shader, kernel, plane, along);
  shader.store(output.slot, output.dtype, `${shader.origin(output.slot, 0)} + ${unit}`, op === 'max' ? best : `max(${place}, 0)`);
  return shader.launch(workgroupsFor(count));
}

/** Windows of more elements are looked through once each, not once for every element they hold. */
const LARGEST_REPEATED = 64;

export function launchPoolGradient(shader: Shader, kernel: PoolGradientKernel): Launch {
  const { input, shape, window, stride, padding, dilation } = kernel;
  const lead = shape.length - window.length;
  // A window outside of the input has no element that would find it.
  const inside = window.every((n, w) =>
    dilation[w] === 1 && padding[w]! < n && (shape[lead + w]! - 1) * stride[w]! - padding[w]! < input.shape[lead + w]!);
  return inside && product(window) <= LARGEST_REPEATED ? launchByElement(shader, kernel) : launchByPlane(shader, kernel);
}

/** One invocation takes one element and adds up the windows whose maximum it is, in order. */
function launchByElement(shader: Shader, kernel: PoolGradientKernel): Launch {
  const { input, gradient, shape, window, stride, padding, output } = kernel;
  const lead = shape.length - window.length;
  const count = product(input.shape);
  const unit = perUnit(shader, count);
  const pooled = new Set(window.map((_, w) => lead + w));
  const leading = (strides: readonly number[]): number[] => strides.map((s, axis) => (axis < lead ? s : 0));
  const { sizes, strides, loopOf } = nestOf(input.shape, [leading(input.strides), leading(gradient.strides)], pooled);
  const at = coordinates(shader, unit, sizes);
  const plane = shader.let('plane', position(shader, shader.origin(input.slot, input.offset), at, strides[0]!));
  const from = shader.let('from', position(shader, shader.origin(gradient.slot, gradient.offset), at, strides[1]!));
  const own = window.map((_, w) => (loopOf[lead + w]! < 0 ? '0' : at[loopOf[lead + w]!]!));
  const mine = shader.let('mine', position(shader, '0', own, rowMajor(input.shape.slice(lead))));
  const sum = shader.name('sum');
  shader.add(`var ${sum} = ${shader.constant(0, output.dtype)};`);
  const along = window.map((n, w) => {
    const [k, step] = [shader.name('k'), shader.let('step', shader.int(stride[w]!))];
    // Falling places within the window are rising windows.
    shader.add(`for (var ${k} = ${shader.int(n - 1)}; ${k} >= 0; ${k}--) {`);
    const first = shader.let('first', `${own[w]!} + ${shader.int(padding[w]!)} - ${k}`);
    const o = shader.let('o', `${first} / ${step}`);
    shader.add(`if (${first} < 0 || ${o} * ${step} != ${first} || ${o} >= ${shader.int(shape[lead + w]!)}) { continue; }`);
    return o;
  });
  const { place } = maximumOf(shader, kernel, plane, along);
  const g = shader.load(gradient.slot, gradient.dtype, position(shader, from, along, gradient.strides.slice(lead)));
  shader.add(`if (${place} == ${mine}) { ${sum} += ${g}; }`, ...window.map(() => '}'));
  shader.store(output.slot, output.dtype, `${shader.origin(output.slot, 0)} + ${unit}`, sum);
  return shader.launch(workgroupsFor(count));
}

/** One invocation takes one plane, so that windows with the same maximum add up in order. */
function launchByPlane(shader: Shader, kernel: PoolGradientKernel): Launch {
  const { input, gradient, shape, window, output } = kernel;
  const lead = shape.length - window.length;
  const planes = shape.slice(0, lead);
  const count = product(planes);
  const extent = product(input.shape.slice(lead));
  const unit = perUnit(shader, count);
  const { sizes, strides } = nestOf(planes, [input.strides.slice(0, lead), gradient.strides.slice(0, lead)]);
  const at = coordinates(shader, unit, sizes);
  const plane = shader.let('plane', position(shader, shader.origin(input.slot, input.offset), at, strides[0]!));
  const from = shader.let('from', position(shader, shader.origin(gradient.slot, gradient.offset), at, strides[1]!));
  const size = shader.let('size', shader.int(extent));
  const to = shader.let('to', `${shader.origin(output.slot, 0)} + ${unit} * ${size}`);
  const e = shader.name('e');
  const zero = shader.constant(0, output.dtype);
  shader.add(`for (var ${e} = 0; ${e} < ${size}; ${e}++) {`);
  shader.store(output.slot, output.dtype, `${to} + ${e}`, zero);
  shader.add('}');
  const along = window.map((_, w) => {
    const o = shader.name('o');
    shader.add(`for (var ${o} = 0; ${o} < ${shader.int(shape[lead + w]!)}; ${o}++) {`);
    return o;
  });
  const { place } = maximumOf(shader, kernel, plane, along);
  const target = shader.let('target', `${to} + max(${place}, 0)`);
  const g = shader.load(gradient.slot, gradient.dtype, position(shader, from, along, gradient.strides.slice(lead)));
  shader.store(output.slot, output.dtype, target, `${shader.load(output.slot, output.dtype, target)} + ${g}`);
  shader.add(...window.map(() => '}'));
  return shader.launch(workgroupsFor(count));
}
