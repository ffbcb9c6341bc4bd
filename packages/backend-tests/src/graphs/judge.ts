/**
 * Whether two runs of a graph agree.
 *
 * Integers, and the bits of values that no summation touches, must be equal. For everything else rounding is allowed for, and
 * how much follows from runs without a fault that round differently (`others`): inputs moved by one unit in the last place, or
 * sums in another order.
 *
 * Graphs with special values are compared element by element. NaN, each infinity and each sign of zero must stand at the same
 * places. Only where the runs in `others` do not agree among themselves whether an element is NaN, infinite or which zero
 * (a sum that overflows in one order and not in another, an infinity minus a number at the edge of the range) is any result
 * accepted.
 */
import type { TypedArray } from '@cotangent/tensor';
import type { Result, Results } from './run-graph';

export interface Verdict {
  /** Relative difference allowed anyway. */
  readonly relative: number;
  /** Runs without a fault whose rounding differs. */
  readonly others: readonly Results[];
  /** Judge every element by itself, with the rules for NaN, infinities and zeros. */
  readonly special: boolean;
  /** What values that no summation touches must equal bit for bit. */
  readonly bits?: Results | undefined;
}

/** How often the difference between faultless runs is still no fault. */
const SLACK = 30;

export interface Difference {
  /** The name of the result. */
  readonly name: string;
  readonly text: string;
}

/** The first result that is not what it should be. */
export function firstDifference(actual: Results, expected: Results, verdict: Verdict): Difference | undefined {
  const sizes = verdict.special ? undefined : sizesOf(expected);
  for (const [name, wanted] of expected) {
    const found = actual.get(name);
    if (!found) return { name, text: 'is missing' };
    const bits = wanted.orderFree ? verdict.bits?.get(name) : undefined;
    const others = verdict.others.flatMap((run) => run.get(name)?.data ?? []);
    const text = bits
      ? unequal(found.data, bits.data)
      : sizes
        ? different(found.data, wanted.data, others, verdict.relative, sizes[wanted.group])
        : elementwise(found.data, wanted.data, others, verdict.relative);
    if (text) return { name, text };
  }
  for (const name of actual.keys()) if (!expected.has(name)) return { name, text: 'should not be there' };
  return undefined;
}

/** How large the results of each group are: an element that should be small may be what large terms left over. */
function sizesOf(results: Results): Record<Result['group'], number> {
  const sizes = { values: 0, gradients: 0, state: 0 };
  for (const { data, group } of results.values()) sizes[group] = Math.max(sizes[group], rootMeanSquare(data));
  return sizes;
}

function isReal(x: TypedArray): boolean {
  return x instanceof Float32Array || x instanceof Float64Array;
}

/** 0 for integers and for nothing at all. */
function rootMeanSquare(x: TypedArray): number {
  let squares = 0;
  if (isReal(x)) for (const v of x) squares += v * v;
  return Math.sqrt(squares / Math.max(x.length, 1)) || 0;
}

function show(i: number, actual: number, expected: number): string {
  const text = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
  return `element ${i} is ${text(actual)} instead of ${text(expected)}`;
}

function unequal(actual: TypedArray, expected: TypedArray): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} elements instead of ${expected.length}`;
  for (let i = 0; i < expected.length; i++) if (!Object.is(actual[i], expected[i])) return show(i, actual[i]!, expected[i]!);
  return undefined;
}

function different(
  actual: TypedArray, exact: TypedArray, others: readonly TypedArray[], relative: number, size: number,
): string | undefined {
  if (!isReal(exact)) return unequal(actual, exact);
  if (actual.length !== exact.length) return `${actual.length} elements instead of ${exact.length}`;
  const slack = SLACK * Math.max(0, ...others.map((other) => largestDifference(other, exact)));
  for (let i = 0; i < exact.length; i++) {
    const [a, e] = [actual[i]!, exact[i]!];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (!(Math.abs(a - e) <= slack + relative * (Math.abs(e) + size))) return show(i, a, e);
  }
  return undefined;
}

function largestDifference(a: TypedArray, b: TypedArray): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!) || 0); // NaN counts as 0
  return largest;
}

/** NaN, an infinity, a zero with its sign, or any other number (which may round to zero elsewhere, so its kind is 'number'). */
function kindOf(x: number): string {
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  return Number.isFinite(x) ? 'number' : String(x);
}

/**
 * How much elements that are not much larger than `size` differ between faultless runs. One element alone may happen to be the
 * same in all of them although it is what larger numbers left over.
 */
function noiseAt(expected: TypedArray, others: readonly TypedArray[], size: number): number {
  let noise = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(expected[i]!) <= 100 * Math.abs(size))) continue;
    for (const other of others) if (Number.isFinite(other[i])) noise = Math.max(noise, Math.abs(other[i]! - expected[i]!));
  }
  return noise;
}

function elementwise(actual: TypedArray, expected: TypedArray, others: readonly TypedArray[], relative: number): string | undefined {
  if (!isReal(expected)) return unequal(actual, expected);
  if (actual.length !== expected.length) return `${actual.length} elements instead of ${expected.length}`;
  const smallest = expected instanceof Float32Array ? 2 ** -149 : 2 ** -1074;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e)) continue;
    const kind = kindOf(e);
    const isFirm = others.every((other) => kindOf(other[i]!) === kind);
    if (!isFirm) {
      // Numbers that are zero in other runs are small, and must be here; at all other borders anything goes.
      if (!Number.isFinite(e) || !others.every((other) => Number.isFinite(other[i]))) continue;
    } else if (e === 0 && a === 0) return show(i, a, e);
    const slack = SLACK * Math.max(noiseAt(expected, others, e), ...others.map((other) => Math.abs(other[i]! - e)));
    if (!(Math.abs(a - e) <= slack + relative * Math.abs(e) + 100 * smallest)) return show(i, a, e);
  }
  return undefined;
}
