/**
 * Maps, reductions and row kernels as one thing: a program that walks rows, in as few passes as its folds require. A fold of
 * a value that itself depends on n folds in sequence belongs to pass n; element values are computed again in later passes.
 */
import type { FoldOp, Instruction, MapKernel, ReduceKernel, ReduceOp, RowKernel } from '@cotangent/tensor';
import { rowMajor } from './loops';

/** A map is a single row with nothing folded, a reduction one fold stored per row. */
export function asRow(kernel: MapKernel | ReduceKernel | RowKernel): RowKernel {
  if (kernel.kind === 'row') return kernel;
  const { shape } = kernel;
  if (kernel.kind === 'map') {
    const strides = rowMajor(shape);
    return { ...kernel, kind: 'row', kept: 0, outputs: kernel.outputs.map((output) => ({ ...output, per: 'element', strides })) };
  }
  const { body, kept, output, value } = kernel;
  // Both generators know the fold argmax, which no body written by the planner contains.
  const fold: Instruction = { op: 'fold', fold: kernel.op as FoldOp, args: [value], dtype: output.dtype };
  const strides = [...rowMajor(shape.slice(0, kept)), ...shape.slice(kept).fill(0)];
  return { ...kernel, kind: 'row', body: [...body, fold], outputs: [{ ...output, value: body.length, per: 'row', strides }] };
}

/** What instruction `k` folds, argmax and argmin included; undefined for other instructions. */
export function foldAt(body: readonly Instruction[], k: number): { readonly op: ReduceOp; readonly arg: number } | undefined {
  const instruction = body[k]!;
  return instruction.op === 'fold' ? { op: instruction.fold, arg: instruction.args[0] } : undefined;
}

/** The values that instruction `k` needs. */
export function argsOf(body: readonly Instruction[], k: number): readonly number[] {
  const instruction = body[k]!;
  return 'args' in instruction ? instruction.args : [];
}

export interface Pass {
  /** Element values to compute, in order. */
  readonly values: readonly number[];
  /** Folds whose argument this pass supplies. */
  readonly folds: readonly number[];
  /** What is written at each element: `value` to output `output`. */
  readonly stores: readonly { readonly output: number; readonly value: number }[];
  /** Values of earlier passes that lie in an output. */
  readonly parked: readonly { readonly output: number; readonly value: number }[];
}

export interface Schedule {
  readonly passes: readonly Pass[];
  /** Values of the row, in order: list p can be computed once p passes are over; there is one list more than passes. */
  readonly rows: readonly (readonly number[])[];
  /** Which values differ along a row. */
  readonly element: readonly boolean[];
}

const EXPENSIVE: ReadonlySet<string> = new Set([
  'exp', 'log', 'expm1', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'erf', 'erfc', 'erfinv', 'lgamma', 'polygamma',
  'pow',
]);
/** From this cost on (an expensive function counts as this, other instructions as 1), reading a value back beats computing it again. */
const COSTLY = 16;

/**
 * The passes of a kernel. With `park`, costly values that several passes need wait in an element output of their type: their
 * own, or one whose value comes later. Outputs are written in the last pass where a later pass reads an input that is the same
 * slot.
 */
export function scheduleOf(kernel: RowKernel, park: boolean): Schedule {
  const { body, inputs, shape, kept, outputs } = kernel;
  const element: boolean[] = [];
  const stage: number[] = [];
  const cost: number[] = [];
  body.forEach((x, k) => {
    const args = argsOf(body, k);
    const varies = (s: number, axis: number): boolean => axis >= kept && s !== 0 && shape[axis] !== 1;
    if (x.op === 'load') element.push(inputs[x.input]!.strides.some(varies));
    else if (x.op === 'index') element.push(x.axis >= kept && shape[x.axis] !== 1);
    else element.push(x.op !== 'fold' && args.some((arg) => element[arg]));
    stage.push(Math.max(0, ...args.map((arg) => stage[arg]!)) + (x.op === 'fold' ? 1 : 0));
    const own = args.reduce((sum, arg) => sum + (element[arg] ? cost[arg]! : 0), EXPENSIVE.has(x.op) ? COSTLY : 1);
    cost.push(Math.min(own, COSTLY));
  });

  const slotOf = (k: number): number | undefined => {
    const x = body[k]!;
    return x.op === 'load' ? inputs[x.input]!.slot : undefined;
  };
  const needed = new Set(outputs.map((output) => output.value));
  for (let k = body.length - 1; k >= 0; k--) if (needed.has(k)) for (const arg of argsOf(body, k)) needed.add(arg);
  const folds = body.flatMap((x, k) => (x.op === 'fold' && needed.has(k) ? [k] : []));
  const elements = outputs.flatMap((output, o) => (output.per === 'element' ? [o] : []));
  const stageOf = (o: number): number => stage[outputs[o]!.value]!;
  const count = Math.max(0, ...folds.map((k) => stage[k]!), ...elements.map((o) => stageOf(o) + 1));
  const last = count - 1;
  const rows = Array.from({ length: count + 1 }, (_, s) =>
    body.flatMap((x, k) => (needed.has(k) && !element[k] && x.op !== 'const' && stage[k] === s ? [k] : [])),
  );

  /** Outputs that are written in the last pass only. */
  const late = new Set(park ? [] : elements);
  for (;;) {
    const passes: { values: Set<number>; folds: number[]; stores: { output: number; value: number }[]; parked: Map<number, number> }[] = [];
    const home = new Map<number, number>();
    /** Whether value k can wait in an output: its own, or one that is written in the last pass and free until then. */
    const takes = (o: number, k: number): boolean => {
      const { dtype, value } = outputs[o]!;
      return !late.has(o) && dtype === body[k]!.dtype && (value === k || (stageOf(o) === last && ![...home.values()].includes(o)));
    };
    for (let s = 0; s < count; s++) {
      const values = new Set<number>();
      const parked = new Map<number, number>();
      const visit = (k: number): void => {
        if (!element[k] || values.has(k) || parked.has(k)) return;
        const first = passes[stage[k]!];
        if (first?.values.has(k) && cost[k] === COSTLY) {
          const o = home.get(k) ?? elements.find((x) => outputs[x]!.value === k && takes(x, k)) ?? elements.find((x) => takes(x, k));
          if (o !== undefined) {
            if (!home.has(k) && outputs[o]!.value !== k) first.stores.push({ output: o, value: k });
            home.set(k, o);
            parked.set(k, o);
            return;
          }
        }
        values.add(k);
        argsOf(body, k).forEach(visit);
      };
      const here = folds.filter((k) => stage[k] === s + 1);
      const due = elements.filter((o) => s === (late.has(o) ? last : stageOf(o)));
      const stores = due.map((o) => ({ output: o, value: outputs[o]!.value }));
      for (const k of here) visit(argsOf(body, k)[0]!);
      for (const { value } of stores) visit(value);
      passes.push({ values, folds: here, stores, parked });
    }
    // An input may be the memory of an output that was written already.
    const hazard = passes.flatMap((pass, s) => pass.stores.map(({ output }) => ({ output, s }))).find(({ output, s }) =>
      passes.some(({ values }, t) => t > s && [...values].some((k) => slotOf(k) === outputs[output]!.slot)),
    );
    if (!hazard) {
      return {
        element,
        rows,
        passes: passes.map(({ values, parked, ...rest }) => ({
          ...rest,
          values: [...values].sort((a, b) => a - b),
          parked: [...parked].map(([value, output]) => ({ value, output })),
        })),
      };
    }
    late.add(hazard.output);
  }
}
