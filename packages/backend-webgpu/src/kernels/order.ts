/** Shaders for sorting and searching. */
import type { DType, SearchKernel, SortKernel } from '@cotangent/tensor';
import { coordinates, nestOf, position, product, rowMajor } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { typeOf } from '../wgsl/types';

/** Rows up to this long are sorted by counting, which takes the square of their length; longer ones are sorted by JavaScript. */
export const LONGEST_COUNTED = 4096;

/** Whether a comes before b in rising order; NaN comes last. */
function before(shader: Shader, dtype: DType, a: string, b: string): string {
  const type = typeOf(dtype);
  if (type === 'bool') return `(!${a} && ${b})`;
  if (type !== 'f32') return `(${a} < ${b})`;
  return `(!${shader.call('isnan_f', a)} && (${shader.call('isnan_f', b)} || ${a} < ${b}))`;
}

/** The place of an element is the number of those before it. Every invocation counts for one. */
export function launchSort(shader: Shader, { axis, descending, inputs, outputs }: SortKernel): Launch {
  const input = inputs[0]!;
  const [output] = outputs;
  const count = product(input.shape);
  const unit = perUnit(shader, count);
  // A single number is a row of one element.
  const along = (list: readonly number[], none: number): number => list[axis] ?? none;
  const free = (strides: readonly number[]): number[] => strides.map((stride, k) => (k === axis ? 0 : stride));
  const outStrides = rowMajor(output.shape);
  const { sizes, strides, loopOf } = nestOf(input.shape, [free(input.strides), free(outStrides)], new Set([axis]));
  const at = coordinates(shader, unit, sizes);
  const from = shader.let('from', position(shader, shader.origin(input.slot, input.offset), at, strides[0]!));
  const to = shader.let('to', position(shader, shader.origin(output.slot, 0), at, strides[1]!));
  const own = shader.let('own', at[along(loopOf, -1)] ?? '0');
  const step = shader.let('step', shader.int(along(input.strides, 0)));
  const element = (index: string): string => shader.load(input.slot, input.dtype, `${from} + ${index} * ${step}`);
  const mine = shader.let('mine', element(own));
  const [rank, e] = [shader.name('rank'), shader.name('e')];
  shader.add(`var ${rank} = 0;`, `for (var ${e} = 0; ${e} < ${shader.int(along(input.shape, 1))}; ${e}++) {`);
  const other = shader.let('other', element(e));
  const [first, second] = descending ? [mine, other] : [other, mine];
  const [less, more] = [before(shader, input.dtype, first, second), before(shader, input.dtype, second, first)];
  shader.add(`if (${less} || (${e} < ${own} && !${more})) { ${rank}++; }`, '}');
  shader.add(`if (${rank} < ${shader.int(along(output.shape, 1))}) {`);
  shader.store(output.slot, 'int32', `${to} + ${rank} * ${shader.int(along(outStrides, 0))}`, own);
  shader.add('}');
  return shader.launch(workgroupsFor(count));
}

/** Every invocation halves the row until one place is left. */
export function launchSearch(shader: Shader, { right, inputs, outputs }: SearchKernel): Launch {
  const [sorted, values] = [inputs[0]!, inputs[1]!];
  const [output] = outputs;
  const count = product(values.shape);
  const unit = perUnit(shader, count);
  const last = sorted.shape.length - 1;
  // A single row serves all values.
  const isShared = product(sorted.shape.slice(0, last)) === 1;
  const rows = isShared ? values.shape.map(() => 0) : [...sorted.strides.slice(0, last), 0];
  const { sizes, strides } = nestOf(values.shape, [values.strides, rows]);
  const at = coordinates(shader, unit, sizes);
  const value = shader.load(values.slot, values.dtype, position(shader, shader.origin(values.slot, values.offset), at, strides[0]!));
  const v = shader.let('v', value);
  const row = shader.let('row', position(shader, shader.origin(sorted.slot, sorted.offset), at, strides[1]!));
  const [low, high] = [shader.name('low'), shader.name('high')];
  shader.add(`var ${low} = 0;`, `var ${high} = ${shader.int(sorted.shape[last]!)};`, `while (${low} < ${high}) {`);
  const middle = shader.let('middle', `(${low} + ${high}) / 2`);
  const s = shader.let('s', shader.load(sorted.slot, sorted.dtype, `${row} + ${middle} * ${shader.int(sorted.strides[last]!)}`));
  const lies = right ? `!${before(shader, sorted.dtype, v, s)}` : before(shader, sorted.dtype, s, v);
  shader.add(`if (${lies}) { ${low} = ${middle} + 1; } else { ${high} = ${middle}; }`, '}');
  shader.store(output.slot, 'int32', `${shader.origin(output.slot, 0)} + ${unit}`, low);
  return shader.launch(workgroupsFor(count));
}
