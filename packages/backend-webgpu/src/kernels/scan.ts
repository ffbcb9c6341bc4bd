/** Shaders for running sums, products and maxima: one invocation for each line. */
import type { ScanKernel } from '@cotangent/tensor';
import { cast, combine } from '../wgsl/body';
import { coordinates, nestOf, position, product, rowMajor } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { lowest, typeOf } from '../wgsl/types';

/** Elements after which a running float sum starts anew from the total so far, which keeps rounding errors small. */
const BLOCK = 64;
const FOLD = { cumsum: 'sum', cumprod: 'prod', cummax: 'max' } as const;

export function launchScan(shader: Shader, { op, axis, input, output }: ScanKernel): Launch {
  const lines = input.shape.map((n, k) => (k === axis ? 1 : n));
  const count = product(lines);
  const unit = perUnit(shader, count);
  const out = rowMajor(input.shape);
  const { sizes, strides } = nestOf(lines, [input.strides, out]);
  const at = coordinates(shader, unit, sizes);
  const from = shader.let('at', position(shader, shader.origin(input.slot, input.offset), at, strides[0]!));
  const to = shader.let('at', position(shader, shader.origin(output.slot, 0), at, strides[1]!));
  const { dtype } = output;
  const [acc, total, e] = [shader.name('acc'), shader.name('total'), shader.name('e')];
  const start = shader.let('start', shader.constant({ cumsum: 0, cumprod: 1, cummax: lowest(dtype) }[op], dtype));
  const blocked = op === 'cumsum' && typeOf(dtype) === 'f32';
  shader.add(`var ${acc} = ${start};`, `var ${total} = ${start};`);
  shader.add(`for (var ${e} = 0; ${e} < ${shader.int(input.shape[axis]!)}; ${e}++) {`);
  const x = shader.let('x', shader.load(input.slot, input.dtype, `${from} + ${e} * ${shader.int(input.strides[axis]!)}`));
  shader.add(`${acc} = ${combine(shader, FOLD[op], dtype, acc, cast(shader, x, input.dtype, dtype))};`);
  const result = blocked ? shader.let('result', `${total} + ${acc}`) : acc;
  shader.store(output.slot, dtype, `${to} + ${e} * ${shader.int(out[axis]!)}`, result);
  if (blocked) shader.add(`if ((${e} & ${BLOCK - 1}) == ${BLOCK - 1}) { ${total} = ${result}; ${acc} = 0.0; }`);
  shader.add('}');
  return shader.launch(workgroupsFor(count));
}
