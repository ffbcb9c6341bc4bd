/**
 * Maps, reductions and row kernels as one thing: a program that walks rows, in as few passes as its folds require. A fold of a
 * value that itself depends on n folds in sequence belongs to pass n; element values are computed again in later passes, which
 * costs less than memory for them. Not here: shaders.
 */
import type { FoldOp, Instruction, MapKernel, Operand, Output, ReduceKernel, ReduceOp, RowKernel } from '@cotangent/tensor';
import { rowMajor } from '../wgsl/nest';

/** What is stored where; `strides` are over the whole shape. */
export interface Target extends Output {
  readonly value: number;
  readonly per: 'element' | 'row';
  readonly strides: readonly number[];
}

/** Axes [0, kept) of `shape` number the rows, the others run along a row. */
export interface Program {
  readonly shape: readonly number[];
  readonly kept: number;
  readonly inputs: readonly Operand[];
  readonly constants: readonly number[];
  readonly body: readonly Instruction[];
  readonly outputs: readonly Target[];
}

/** A map has rows of one element, a reduction one fold stored per row. */
export function programOf(kernel: MapKernel | ReduceKernel | RowKernel): Program {
  const { shape } = kernel;
  if (kernel.kind === 'row') return kernel;
  if (kernel.kind === 'map') {
    const strides = rowMajor(shape);
    return { ...kernel, kept: shape.length, outputs: kernel.outputs.map((output) => ({ ...output, per: 'row', strides })) };
  }
  const { body, kept, output, value } = kernel;
  // No body written by the planner folds to a position; `foldAt` says so again.
  const fold: Instruction = { op: 'fold', fold: kernel.op as FoldOp, args: [value], dtype: output.dtype };
  const strides = [...rowMajor(shape.slice(0, kept)), ...shape.slice(kept).map(() => 0)];
  return { ...kernel, body: [...body, fold], outputs: [{ ...output, value: body.length, per: 'row', strides }] };
}

/** What instruction `k` folds, positions included; undefined for other instructions. */
export function foldAt(body: readonly Instruction[], k: number): { readonly op: ReduceOp; readonly arg: number } | undefined {
  const x = body[k]!;
  return x.op === 'fold' ? { op: x.fold, arg: x.args[0] } : undefined;
}

export interface Pass {
  /** Values of the row to compute before the pass. */
  readonly before: readonly number[];
  /** Values to compute at each element, in order. */
  readonly values: readonly number[];
  readonly folds: readonly number[];
}

export interface Schedule {
  /** The last one stores the outputs of elements; earlier ones only fold, because a store may overwrite an input. */
  readonly passes: readonly Pass[];
  /** Values of the row to compute after the last pass. */
  readonly after: readonly number[];
}

export function scheduleOf({ body, inputs, shape, kept, outputs }: Program): Schedule {
  const element: boolean[] = [];
  const stage: number[] = [];
  const argsOf = (k: number): readonly number[] => (body[k] as { args?: readonly number[] }).args ?? [];
  body.forEach((x, k) => {
    const args = argsOf(k);
    const along = (axis: number): boolean => axis >= kept && shape[axis] !== 1;
    if (x.op === 'load') element.push(inputs[x.input]!.strides.some((s, axis) => s !== 0 && along(axis)));
    else if (x.op === 'index') element.push(along(x.axis));
    else element.push(x.op !== 'fold' && args.some((arg) => element[arg]));
    stage.push(Math.max(0, ...args.map((arg) => stage[arg]!)) + (x.op === 'fold' ? 1 : 0));
  });
  const needed = new Set(outputs.map(({ value }) => value));
  for (let k = body.length - 1; k >= 0; k--) if (needed.has(k)) for (const arg of argsOf(k)) needed.add(arg);
  const folds = [...needed].filter((k) => body[k]!.op === 'fold').sort((a, b) => a - b);
  const stored = outputs.filter(({ per }) => per === 'element').map(({ value }) => value);
  const count = Math.max(0, ...folds.map((k) => stage[k]!), ...stored.map((k) => stage[k]! + 1));
  const isRow = (k: number): boolean => needed.has(k) && !element[k] && body[k]!.op !== 'fold';
  const rowsAt = (s: number): number[] => body.flatMap((_, k) => (isRow(k) && stage[k] === s ? [k] : []));
  const passes = Array.from({ length: count }, (_, s) => {
    const here = folds.filter((k) => stage[k] === s + 1);
    const values = new Set<number>();
    const visit = (k: number): void => {
      if (!element[k] || values.has(k)) return;
      argsOf(k).forEach(visit);
      values.add(k);
    };
    for (const k of here) visit(argsOf(k)[0]!);
    if (s === count - 1) stored.forEach(visit);
    return { before: rowsAt(s), values: [...values].sort((a, b) => a - b), folds: here };
  });
  return { passes, after: rowsAt(count) };
}
