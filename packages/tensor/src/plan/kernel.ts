/**
 * Kernels: what a plan asks a backend to do.
 *
 * Every operand is a strided view of a slot (strides in elements; 0 repeats an element, negative walks backwards), so
 * reshape, permute, expand and slice never copy. Outputs are always whole slots, contiguous in row-major order.
 * Not here: gradients, layers, broadcasting rules; by the time a kernel exists all of that has been resolved.
 */
import type { DType, TypedArray } from '../dtype';
import type { Instruction } from './scalar';

/** Element (i0, i1, ...) of the operand lies at `offset + sum(i_k * strides[k])` of the slot. */
export interface Operand {
  readonly slot: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Where a kernel puts a result: a whole slot. */
export interface Output {
  readonly slot: number;
  readonly dtype: DType;
}

/** One scalar program run at every index of `shape`; every input has exactly that shape. */
export interface MapKernel {
  readonly kind: 'map';
  readonly shape: readonly number[];
  readonly inputs: readonly Operand[];
  readonly constants: readonly number[];
  readonly body: readonly Instruction[];
  /** `value` is the index of the instruction whose result is stored. */
  readonly outputs: readonly (Output & { readonly value: number })[];
}

/** Independent map kernels in one launch: none reads what another writes. */
export interface GroupKernel {
  readonly kind: 'group';
  readonly maps: readonly MapKernel[];
}

export type ReduceOp = 'sum' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin';

/**
 * Reduces the last axes of `shape`: axes [0, kept) stay, the others are folded. The body computes what is reduced.
 * max/min return NaN when there is one; argmax/argmin give the row-major position within the reduced axes (int32), the
 * first one on ties, and count NaN as the extreme value. Empty sums are 0 and empty products 1.
 */
export interface ReduceKernel {
  readonly kind: 'reduce';
  readonly op: ReduceOp;
  readonly shape: readonly number[];
  readonly kept: number;
  readonly inputs: readonly Operand[];
  readonly constants: readonly number[];
  readonly body: readonly Instruction[];
  readonly value: number;
  readonly output: Output;
}

/**
 * A scalar program with reductions inside, such as a softmax: axes [0, kept) of `shape` number the rows, the others run
 * along a row. The instruction `fold` reduces its argument over the whole row. A value is of the row when it depends on
 * constants, folds, coordinates of kept axes and inputs with stride 0 along the reduced axes alone; all others are of the
 * element. Folds follow the rules of `ReduceKernel`; an empty row folds to the neutral value.
 */
export interface RowKernel {
  readonly kind: 'row';
  readonly shape: readonly number[];
  readonly kept: number;
  readonly inputs: readonly Operand[];
  readonly constants: readonly number[];
  readonly body: readonly Instruction[];
  /**
   * `strides` (over `shape`) say where in its slot each value goes: a permutation of the row-major ones, together filling
   * the slot. They are 0 along the reduced axes for values stored once per row.
   */
  readonly outputs: readonly (Output & { readonly value: number; readonly per: 'element' | 'row'; readonly strides: readonly number[] })[];
}

export type ScanOp = 'cumsum' | 'cumprod' | 'cummax';

/** Running sum, product or maximum along `axis`; cummax stays NaN after the first NaN. */
export interface ScanKernel {
  readonly kind: 'scan';
  readonly op: ScanOp;
  readonly axis: number;
  readonly input: Operand;
  readonly output: Output;
}

/** out[i] = source[i with i[axis] replaced by index[i]]; index has the shape of the output; out of range is an error. */
export interface GatherKernel {
  readonly kind: 'gather';
  readonly axis: number;
  readonly source: Operand;
  readonly index: Operand;
  readonly output: Output;
}

export type ScatterMode = 'set' | 'add' | 'mul' | 'max' | 'min';

/**
 * The output starts as a copy of `base`; then, in row-major order of `index`,
 * out[i with i[axis] replaced by index[i]] is combined with updates[i]. Out-of-range indices are an error.
 */
export interface ScatterKernel {
  readonly kind: 'scatter';
  readonly mode: ScatterMode;
  readonly axis: number;
  readonly base: Operand;
  readonly index: Operand;
  readonly updates: Operand;
  readonly output: Output;
}

/** The output is filled with `value`, then the input is written at `low`. */
export interface PadKernel {
  readonly kind: 'pad';
  readonly shape: readonly number[];
  readonly low: readonly number[];
  readonly value: number;
  readonly input: Operand;
  readonly output: Output;
}

/** The inputs one after another along `axis`. */
export interface ConcatKernel {
  readonly kind: 'concat';
  readonly axis: number;
  readonly shape: readonly number[];
  readonly inputs: readonly Operand[];
  readonly output: Output;
}

/**
 * The coordinate at which an operand of a contraction is read along one of its axes:
 * (scale * index[label] + scale2 * index[label2] + offset) / divisor. Where the division leaves a remainder or the
 * coordinate lies outside the axis, the operand counts as zero. `label2` is -1 when there is only one.
 * Plain axes are {label, scale 1, label2 -1, scale2 0, offset 0, divisor 1}; an axis read at a fixed place has label -1.
 */
export interface Access {
  readonly label: number;
  readonly scale: number;
  readonly label2: number;
  readonly scale2: number;
  readonly offset: number;
  readonly divisor: number;
}

/**
 * out[labels in `out`] = sum over all other labels of a[accessA] * b[accessB]. Labels are numbered 0.. with `sizes`.
 * Matmul, einsum, convolution, transposed convolution and the gradients of each are all of this form.
 */
export interface ContractKernel {
  readonly kind: 'contract';
  readonly sizes: readonly number[];
  readonly a: Operand;
  readonly accessA: readonly Access[];
  readonly b: Operand;
  readonly accessB: readonly Access[];
  readonly out: readonly number[];
  readonly output: Output;
  /**
   * What happens to every sum as soon as it is complete: a map over the shape of the output. It reads the sums as an input
   * whose slot is that of `output` (whole and contiguous); one of its own outputs may be that same slot.
   */
  readonly epilogue?: MapKernel;
}

/** Windows that slide over the last `window.length` axes of `input`. */
export interface Windows {
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  /** Leading axes of the input, then how many windows there are along each pooled axis. */
  readonly shape: readonly number[];
  readonly input: Operand;
}

/**
 * Maximum over sliding windows. Places outside the input count as -Infinity.
 * `argmax` gives, as int32, the row-major position of the first maximum within the pooled axes of the input: NaN counts as
 * the maximum, the first place inside where all are -Infinity, and 0 where the whole window lies outside.
 */
export interface PoolKernel extends Windows {
  readonly kind: 'pool';
  readonly op: 'max' | 'argmax';
  readonly output: Output;
}

/**
 * The gradient of maximum pooling, of the shape of `input`: what `gradient` (of shape `shape`) holds for a window goes to the
 * place that `argmax` would give for it. Windows with the same maximum add up, in row-major order; the rest is zero.
 */
export interface PoolGradientKernel extends Windows {
  readonly kind: 'poolGradient';
  readonly gradient: Operand;
  readonly output: Output;
}

/**
 * A computation given as JavaScript on typed arrays (users' own ops). Inputs arrive contiguous in row-major order (the planner
 * inserts copies), outputs are zero-filled. `name` identifies the computation: two host kernels with the same name, shapes and
 * dtypes do the same thing.
 */
export interface HostKernel {
  readonly kind: 'host';
  readonly name: string;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly (Output & { readonly shape: readonly number[] })[];
  readonly run: (inputs: readonly TypedArray[], outputs: readonly TypedArray[]) => void;
}

/** What `run` does the kernel says in words too, so that a backend can have code of its own for it. Inputs may be strided. */
interface KnownKernel extends Pick<HostKernel, 'inputs' | 'run'> {
  readonly outputs: readonly [HostKernel['outputs'][number]];
}

/**
 * Positions (int32) of the elements along `axis` in rising or falling order, as many as the output has places there. Stable; NaN
 * counts as larger than all numbers.
 */
export interface SortKernel extends KnownKernel {
  readonly kind: 'sort';
  readonly axis: number;
  readonly descending: boolean;
}

/**
 * How many elements of a row of the first input, which rises along its last axis, lie before each value of the second (int32);
 * with `right` equal ones too. A single row serves all values, else each row of values has its own.
 */
export interface SearchKernel extends KnownKernel {
  readonly kind: 'search';
  readonly right: boolean;
}

/** In trip t of a repeat kernel, slot `slot` is the elements from `offset + t * step` on of slot `of`; it has no memory of its own. */
export interface Window {
  readonly slot: number;
  readonly of: number;
  readonly offset: number;
  readonly step: number;
}

/**
 * Runs `kernels` in order `trips` times. States are carried from one trip to the next through windows that move: a window
 * written at t lies where another one reads at t + 1. All other slots that the kernels write are rewritten in every trip before
 * they are read, and mean nothing outside.
 */
export interface RepeatKernel {
  readonly kind: 'repeat';
  readonly trips: number;
  readonly kernels: readonly Kernel[];
  readonly windows: readonly Window[];
}

export type Kernel =
  | MapKernel
  | GroupKernel
  | RowKernel
  | RepeatKernel
  | ReduceKernel
  | ScanKernel
  | GatherKernel
  | ScatterKernel
  | PadKernel
  | ConcatKernel
  | ContractKernel
  | PoolKernel
  | PoolGradientKernel
  | SortKernel
  | SearchKernel
  | HostKernel;
