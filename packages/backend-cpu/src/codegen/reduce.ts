/** Reductions: a row at a time, or many neighbouring results at once where that walks memory in order. */
import { isFloat, type DType, type ReduceKernel } from '@cotangent/tensor';
import { foldText, neutral, type Fold } from '../folding';
import { mergeAxes, product, type Nest } from '../loops';
import { requireCompute } from '../values';
import { BodyWriter, indexedAxes, operandCursors } from './body';
import { castText, wrapText } from './scalar';
import { KernelSource, type Cursor } from './source';

/** Results folded side by side in the column variant: 2 KB of accumulators stay in the first-level cache. */
const BLOCK = 256;

interface Layout {
  readonly outer: Nest;
  readonly inner: Nest;
  readonly writer: BodyWriter;
  readonly cursors: readonly Cursor[];
  readonly output: string;
  /** The coordinate along an original axis, given the loop variables of both nests. */
  readonly coordinate: (outer: readonly string[], inner: readonly string[]) => (axis: number) => string;
}

export function reduceSource(kernel: ReduceKernel): KernelSource {
  const { body, shape, inputs, kept, op } = kernel;
  const dtype = body[kernel.value]!.dtype;
  requireCompute(op, dtype);
  requireCompute(op, kernel.output.dtype);
  const source = new KernelSource(op);
  const strides = inputs.map((input) => input.strides);
  const indexed = indexedAxes(body);
  const outer = mergeAxes(shape, strides, 0, kept, indexed);
  const inner = mergeAxes(shape, strides, kept, shape.length, indexed);
  const writer = new BodyWriter(source, body, kernel.constants, inputs, [kernel.value]);
  const layout: Layout = {
    outer,
    inner,
    writer,
    cursors: operandCursors(source, inputs, outer),
    output: source.slot(kernel.output.slot, kernel.output.dtype),
    coordinate: (outerIndex, innerIndex) => (axis) => {
      const loop = axis < kept ? outer.loopOf[axis]! : inner.loopOf[axis - kept]!;
      return loop < 0 ? '0' : (axis < kept ? outerIndex : innerIndex)[loop]!;
    },
  };
  if (op === 'argmax' || op === 'argmin') writePosition(source, kernel, layout, dtype);
  else if (prefersColumns(outer, inner)) writeColumns(source, kernel, layout, op);
  else writeRows(source, kernel, layout, op);
  return source;
}

/** The accumulator after one more value, as text. */
function step(op: Fold, kernel: ReduceKernel, acc: string, value: string): string {
  const from = kernel.body[kernel.value]!.dtype;
  const { dtype } = kernel.output;
  const text = foldText(op, dtype, acc, from === dtype ? value : `(${castText(from, dtype, value)})`);
  return isFloat(dtype) ? text : wrapText(dtype, text);
}

function writeRows(source: KernelSource, kernel: ReduceKernel, layout: Layout, op: Fold): void {
  source.line('let o = 0;');
  source.nest(layout.outer.sizes, layout.cursors, (at, outerIndex) => {
    source.line(`let acc = ${accumulatorStart(op, kernel.output.dtype)};`);
    writeFolded(source, kernel, layout, at, outerIndex, (value) => source.line(`acc = ${step(op, kernel, 'acc', value)};`));
    source.line(`${layout.output}[o++] = acc;`);
  });
}

/** The loops over the reduced axes, with the body inside. */
function writeFolded(
  source: KernelSource,
  kernel: ReduceKernel,
  { inner, writer, coordinate }: Layout,
  at: readonly string[],
  outerIndex: readonly string[],
  fold: (value: string) => void,
): void {
  const cursors = at.map((text, j) => ({ at: text, steps: inner.strides[j]! }));
  source.nest(inner.sizes, cursors, (place, innerIndex) => {
    writer.write(place, coordinate(outerIndex, innerIndex), () => true);
    fold(writer.value(kernel.value));
  });
}

function writePosition(source: KernelSource, kernel: ReduceKernel, layout: Layout, dtype: DType): void {
  const sign = kernel.op === 'argmax' ? '>' : '<';
  source.line('let o = 0;');
  source.nest(layout.outer.sizes, layout.cursors, (at, outerIndex) => {
    source.line(`let best = ${accumulatorStart(kernel.op, dtype)}, position = 0, n = 0;`);
    writeFolded(source, kernel, layout, at, outerIndex, (value) => {
      const nan = isFloat(dtype) ? ` || (${value} !== ${value} && best === best)` : '';
      source.open(`if (${value} ${sign} best${nan})`);
      source.line(`best = ${value}; position = n;`);
      source.close();
      source.line('n++;');
    });
    source.line(`${layout.output}[o++] = position;`);
  });
}

function accumulatorStart(op: ReduceKernel['op'], dtype: DType): string {
  return String(neutral(op, dtype));
}

/** Whether stepping along the last kept axis moves less in memory than stepping along the last reduced one. */
function prefersColumns(outer: Nest, inner: Nest): boolean {
  const o = outer.sizes.length - 1;
  const i = inner.sizes.length - 1;
  if (o < 0 || i < 0 || outer.sizes[o]! < 8 || product(inner.sizes) === 0) return false;
  let along = 0;
  let across = 0;
  outer.strides.forEach((strides, j) => {
    along += Math.min(Math.abs(strides[o]!), 64);
    across += Math.min(Math.abs(inner.strides[j]![i]!), 64);
  });
  return along < across;
}

/** Blocks of neighbouring results are folded together; each result still adds its values in the same order. */
function writeColumns(source: KernelSource, kernel: ReduceKernel, layout: Layout, op: Fold): void {
  const { outer, inner, writer, cursors, coordinate } = layout;
  const last = outer.sizes.length - 1;
  const size = source.param(outer.sizes[last]!);
  const steps = outer.strides.map((strides) => strides[last]!);
  source.line(`const acc = new Float64Array(${BLOCK});`);
  source.line('let o = 0;');
  source.nest(outer.sizes.slice(0, last), cursors, (at, outerIndex) => {
    source.open(`for (let first = 0; first < ${size}; first += ${BLOCK})`);
    source.line(`const width = Math.min(${BLOCK}, ${size} - first);`);
    source.line(`acc.fill(${accumulatorStart(op, kernel.output.dtype)}, 0, width);`);
    const block = at.map((text, j) => (steps[j] === 0 ? text : `${text} + first * ${source.param(steps[j]!)}`));
    source.nest(
      inner.sizes,
      block.map((text, j) => ({ at: text, steps: inner.strides[j]! })),
      (place, innerIndex) => {
        const walkers = place.map((text, j) => (steps[j] === 0 ? undefined : { name: source.name('x'), text, step: steps[j]! }));
        const begin = walkers.flatMap((w) => (w ? [`${w.name} = ${w.text}`] : []));
        const next = walkers.flatMap((w) => (w ? [w.step === 1 ? `${w.name}++` : `${w.name} += ${source.param(w.step)}`] : []));
        source.open(`for (let ${['j = 0', ...begin].join(', ')}; j < width; ${['j++', ...next].join(', ')})`);
        const positions = place.map((text, j) => walkers[j]?.name ?? text);
        writer.write(positions, coordinate([...outerIndex, '(first + j)'], innerIndex), () => true);
        source.line(`acc[j] = ${step(op, kernel, 'acc[j]', writer.value(kernel.value))};`);
        source.close();
      },
    );
    source.line(`for (let j = 0; j < width; j++) ${layout.output}[o++] = acc[j];`);
    source.close();
  });
}
