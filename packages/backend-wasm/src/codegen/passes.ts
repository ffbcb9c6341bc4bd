/**
 * Which pass over a row computes what. A fold needs a pass of its own after the folds that its argument depends on; folds
 * that do not depend on each other share one. Later passes compute their values again, but for expensive ones, which the
 * first pass leaves in the memory of an output where there is one to hold them.
 */
import { bytesOf, type DType } from '@cotangent/tensor';
import { argumentsOf, liveInstructions, type Instruction } from './body';

/** What the analysis must know of a result. */
export interface Result {
  readonly dtype: DType;
  readonly value: number;
  readonly per: 'element' | 'row';
}

export interface Pass {
  /** The program, with values that earlier passes have left in outputs loaded from there. */
  readonly body: readonly Instruction[];
  /** The values that differ along the row, ascending. */
  readonly values: readonly number[];
  /** The folds that this pass completes. */
  readonly folds: readonly number[];
  readonly stores: readonly { readonly value: number; readonly output: number }[];
}

export interface Staging {
  /** How many folds a value depends on in sequence: the pass before which a value of the row can be computed. */
  readonly stages: readonly number[];
  readonly live: readonly boolean[];
  readonly passes: readonly Pass[];
}

/** Instructions worth a store and a load instead of a second computation. */
export const EXPENSIVE = /exp|log|sin|cos|tan|erf|gamma|pow|mod/;

/** A value kept in the memory of an output from pass `from` on. */
interface Home {
  readonly output: number;
  readonly from: number;
}

/**
 * `depths` says inside how many of the `levels` loops a value is computed; values of the row need `boundary` at most. Loads number the operands; output `o` can be loaded as operand
 * `operands + o`. `overlaps(o, i)`: output o may be the same memory as input i, so that nothing may be written to it before
 * the last load of that input.
 */
export function planPasses(
  body: readonly Instruction[],
  outputs: readonly Result[],
  operands: number,
  depths: readonly number[],
  boundary: number,
  levels: number,
  overlaps: (output: number, input: number) => boolean,
): Staging {
  const ofRow = (value: number): boolean => depths[value]! <= boundary;
  const live = liveInstructions(body, outputs.map((o) => o.value));
  const stages: number[] = [];
  body.forEach((x, i) => {
    stages.push(Math.max(0, ...argumentsOf(body, i).map((arg) => stages[arg]!)) + (x.op === 'fold' ? 1 : 0));
  });
  const folds = [...body.keys()].filter((i) => live[i] && body[i]!.op === 'fold');
  const elements = [...outputs.keys()].filter((o) => outputs[o]!.per === 'element');
  const count = Math.max(0, ...folds.map((i) => stages[i]!), ...elements.map((o) => stages[outputs[o]!.value]! + 1));

  const homes = new Map<number, Home>();
  const storedIn = new Map<number, number>();
  const isReloaded = (value: number, pass: number): boolean => (homes.get(value)?.from ?? Infinity) < pass;
  const foldsOf = (pass: number): number[] => folds.filter((i) => stages[i] === pass + 1);
  /** The values of the element that a pass computes or loads. */
  const valuesOf = (pass: number): number[] => {
    const needed = new Array<boolean>(body.length).fill(false);
    for (const fold of foldsOf(pass)) needed[argumentsOf(body, fold)[0]!] = true;
    for (const [output, p] of storedIn) if (p === pass) needed[outputs[output]!.value] = true;
    for (const [value, { from }] of homes) if (from === pass) needed[value] = true;
    for (let i = body.length - 1; i >= 0; i--) {
      if (!needed[i] || ofRow(i) || isReloaded(i, pass)) continue;
      for (const arg of argumentsOf(body, i)) needed[arg] = true;
    }
    return [...body.keys()].filter((i) => needed[i] && !ofRow(i));
  };
  /** Whether the memory of an output, written in a pass, is read as something else later. */
  const tooEarly = (output: number, written: number): boolean => {
    for (let pass = written + 1; pass < count; pass++) {
      for (const i of valuesOf(pass)) {
        const x = body[i]!;
        if (x.op === 'load' && !isReloaded(i, pass) && overlaps(output, x.input)) return true;
      }
    }
    return false;
  };

  // Results are stored where they are computed anyway, or as early as they can be.
  for (let pass = 0; pass < count; pass++) {
    const values = new Set(valuesOf(pass));
    for (const o of elements) if (!storedIn.has(o) && values.has(outputs[o]!.value)) storedIn.set(o, pass);
  }
  for (const o of elements) if (!storedIn.has(o)) storedIn.set(o, stages[outputs[o]!.value]!);
  for (let moved = true; moved;) {
    moved = false;
    for (const [output, pass] of storedIn) {
      if (!tooEarly(output, pass)) continue;
      storedIn.set(output, pass + 1);
      moved = true;
    }
  }
  // Each home must leave everything else as right as it was.
  for (let value = body.length - 1; value >= 0; value--) {
    const { op, dtype } = body[value]!;
    if (!EXPENSIVE.test(op) || bytesOf(dtype) !== 4 || depths[value]! < levels) continue;
    const used = Array.from({ length: count }, (_, pass) => pass).filter((pass) => valuesOf(pass).includes(value));
    const [from, last] = [used[0]!, used.at(-1)!];
    if (used.length < 2) continue;
    const free = elements.filter((o) => outputs[o]!.dtype === dtype && ![...homes.values()].some((home) => home.output === o));
    const own = free.find((o) => outputs[o]!.value === value);
    const output = own ?? free.find((o) => storedIn.get(o)! >= last);
    if (output === undefined) continue;
    const stored = storedIn.get(output)!;
    homes.set(value, { output, from });
    if (own !== undefined) storedIn.set(output, from);
    if (tooEarly(output, from)) {
      homes.delete(value);
      storedIn.set(output, stored);
    }
  }

  const passes = Array.from({ length: count }, (_, pass): Pass => {
    const stores = [...storedIn].filter(([, p]) => p === pass).map(([output]) => ({ value: outputs[output]!.value, output }));
    for (const [value, { output, from }] of homes) {
      if (from === pass && outputs[output]!.value !== value) stores.push({ value, output });
    }
    return {
      body: body.map((x, i) => (isReloaded(i, pass) ? { op: 'load', input: operands + homes.get(i)!.output, dtype: x.dtype } : x)),
      values: valuesOf(pass),
      folds: foldsOf(pass),
      stores,
    };
  });
  return { stages, live, passes };
}
