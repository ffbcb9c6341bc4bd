/**
 * Shaders for running sums, products and maxima: one invocation for each line, in order, or for long lines a workgroup. Its
 * invocations take neighbouring stretches: they fold them, learn from workgroup memory what lies before, and walk them again.
 */
import type { ScanKernel } from '@cotangent/tensor';
import { cast, combine } from '../wgsl/body';
import { coordinates, nestOf, position, product, rowMajor } from '../wgsl/nest';
import { GROUP, perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { lowest, typeOf } from '../wgsl/types';

/** Elements after which a running float sum starts anew from the total so far, which keeps rounding errors small. */
const BLOCK = 64;
const FOLD = { cumsum: 'sum', cumprod: 'prod', cummax: 'max' } as const;
/** Lines of so many elements are shared by a workgroup, unless there are enough lines to keep a GPU busy. */
const SHARED_LINE = 512;
const ENOUGH_LINES = 16384;
const LANES = 64;

export function launchScan(shader: Shader, { op, axis, input, output }: ScanKernel, sharedLine = SHARED_LINE): Launch {
  const lines = input.shape.map((n, k) => (k === axis ? 1 : n));
  const count = product(lines);
  const length = input.shape[axis]!;
  const shared = length >= sharedLine && count < ENOUGH_LINES;
  const unit = shared ? shader.let('line', GROUP) : perUnit(shader, count);
  if (shared) shader.add(`if (${unit} >= ${shader.int(count)}) { return; }`);
  const out = rowMajor(input.shape);
  const { sizes, strides } = nestOf(lines, [input.strides, out]);
  const at = coordinates(shader, unit, sizes);
  const from = shader.let('at', position(shader, shader.origin(input.slot, input.offset), at, strides[0]!));
  const to = shader.let('at', position(shader, shader.origin(output.slot, 0), at, strides[1]!));
  const { dtype } = output;
  const start = shader.let('start', shader.constant({ cumsum: 0, cumprod: 1, cummax: lowest(dtype) }[op], dtype));
  const blocked = op === 'cumsum' && typeOf(dtype) === 'f32';
  const join = (a: string, b: string): string => combine(shader, FOLD[op], dtype, a, b);

  /** Folds elements `begin` to `end` onto `before`, and gives the name of the result. */
  const walk = (begin: string, end: string, before: string, stores: boolean): string => {
    const [acc, total, e] = [shader.name('acc'), shader.name('total'), shader.name('e')];
    shader.add(`var ${acc} = ${blocked ? start : before};`, `var ${total} = ${before};`);
    shader.add(`for (var ${e} = ${begin}; ${e} < ${end}; ${e}++) {`);
    const x = shader.let('x', shader.load(input.slot, input.dtype, `${from} + ${e} * ${shader.int(input.strides[axis]!)}`));
    shader.add(`${acc} = ${join(acc, cast(shader, x, input.dtype, dtype))};`);
    const result = blocked ? shader.let('result', `${total} + ${acc}`) : acc;
    if (stores) shader.store(output.slot, dtype, `${to} + ${e} * ${shader.int(out[axis]!)}`, result);
    if (blocked) shader.add(`if ((${e} & ${BLOCK - 1}) == ${BLOCK - 1}) { ${total} = ${result}; ${acc} = 0.0; }`);
    shader.add('}');
    return shader.let('fold', blocked ? `${total} + ${acc}` : acc);
  };

  if (!shared) {
    walk('0', shader.int(length), start, true);
    return shader.launch(workgroupsFor(count));
  }
  const share = shader.let('share', shader.int(Math.ceil(length / LANES)));
  const begin = shader.let('begin', `min(i32(lane) * ${share}, ${shader.int(length)})`);
  const end = shader.let('end', `min(${begin} + ${share}, ${shader.int(length)})`);
  const folds = shader.share(typeOf(dtype), LANES);
  shader.add(`${folds}[lane] = ${walk(begin, end, start, false)};`, 'workgroupBarrier();');
  const [before, k] = [shader.name('before'), shader.name('k')];
  shader.add(`var ${before} = ${start};`, `for (var ${k} = 0u; ${k} < lane; ${k}++) { ${before} = ${join(before, `${folds}[${k}]`)}; }`);
  walk(begin, end, before, true);
  return shader.launch(count, LANES);
}
