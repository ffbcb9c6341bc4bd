/** The attributes of every op: what a node carries beside its inputs. The keys are the names of the op table. */
import type { DType } from '../dtype';
import type { Loop } from '../loop/loop';
import type { Access } from '../plan/kernel';
import type { BinaryOp, SpecialOp, UnaryOp } from '../plan/scalar';
import type { Shape } from '../shape';
import type { Tensor } from '../tensor';
import type { CustomOp } from '../ops/custom';
import type { ScatterMode } from '../plan/kernel';
import type { Node } from './node';

export type NoAttrs = Readonly<Record<string, never>>;
export interface AxesAttrs {
  /** Sorted, distinct, non-negative. */
  readonly axes: readonly number[];
}
export interface AxisAttrs {
  readonly axis: number;
}
export interface WindowAttrs {
  /** One entry per pooled axis (the last axes of the input). */
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}
export interface ContractAttrs {
  readonly sizes: readonly number[];
  readonly accessA: readonly Access[];
  readonly accessB: readonly Access[];
  readonly out: readonly number[];
}

/** Takes the gradient of the output to the gradients of the inputs; undefined where there is none. */
export type VjpFunction = (grad: Tensor, inputs: readonly Tensor[], output: Tensor) => readonly (Tensor | undefined)[];

type Same<K extends string, A> = { [P in K]: A };

export type OpAttrs = {
  /** Elements that exist already: data from JavaScript, parameters, results of earlier plans. */
  buffer: NoAttrs;
  /** One literal number, rank 0. */
  constant: { readonly value: number };
  /** 0, 1, 2, ... along one axis, int32. */
  iota: { readonly length: number };
  /** Uniform random 32-bit words; the input holds key0, key1 and the stream number. */
  randomBits: { readonly shape: Shape };
  polygamma: { readonly order: number };
  cast: { readonly dtype: DType };
  bitcast: { readonly dtype: DType };
  where: NoAttrs;
  reshape: { readonly shape: Shape };
  permute: { readonly axes: readonly number[] };
  expand: { readonly shape: Shape };
  slice: { readonly start: readonly number[]; readonly size: readonly number[]; readonly step: readonly number[] };
  pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly value: number };
  concat: AxisAttrs;
  /** Only the first `take` positions; default: all. */
  argsort: { readonly axis: number; readonly descending: boolean; readonly take?: number };
  /** Position of each value in the sorted last axis; `right` puts equal values after. */
  searchsorted: { readonly right: boolean };
  /** `sparse` asks for a gradient made of rows instead of a whole array. */
  gather: { readonly axis: number; readonly sparse: boolean };
  scatter: { readonly axis: number; readonly mode: ScatterMode };
  contract: ContractAttrs;
  /** Identity on the first input through which no gradient flows. */
  stopGradient: NoAttrs;
  /** Identity on the first input; the gradient goes to the other inputs by the given rule. */
  customGradient: { readonly vjp: VjpFunction };
  /** Identity on the first input; the backward pass runs `recompute` again instead of keeping intermediates. */
  checkpoint: { readonly recompute: () => Tensor };
  /** All trips of a loop. It has no value of its own; `results` are the nodes that name what it computes. */
  repeat: {
    readonly loop: Loop;
    readonly results: (Node | undefined)[];
    unrolled?: { readonly ys: number; readonly results: readonly Tensor[] };
  };
  repeatResult: { readonly index: number; readonly shape: Shape; readonly dtype: DType };
  custom: { readonly definition: CustomOp; readonly options: unknown };
} & Same<Exclude<UnaryOp, 'polygamma'>, NoAttrs> &
  Same<BinaryOp, NoAttrs> &
  Same<'sum' | 'prod' | 'amax' | 'amin' | 'argmax' | 'argmin', AxesAttrs> &
  Same<'cumsum' | 'cumprod' | 'cummax', AxisAttrs> &
  Same<'maxPool' | 'maxPoolIndices' | 'maxPoolGradient', WindowAttrs>;

export type OpName = keyof OpAttrs;

/** Ops that bring along all that is known of them; see `RareRow`. */
export type RareOp =
  | SpecialOp
  | 'prod'
  | 'cumsum'
  | 'cumprod'
  | 'cummax'
  | 'maxPool'
  | 'maxPoolIndices'
  | 'maxPoolGradient'
  | 'argsort'
  | 'searchsorted'
  | 'custom';
