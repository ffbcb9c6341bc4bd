/**
 * Which convolutions are done directly, plane by plane: those with a filter of few taps for each channel, where matrix products would
 * have a row or two. One and two dimensions, any step, spread and padding. Not responsible for: what the kernels do.
 */
import type { ContractKernel } from '@cotangent/tensor';
import type { Problem } from '../contract/phases';
import { convolutionOf, unflipped, type Convolution, type Unflipped, type Window } from '../convolution/recognise';
import { SLACK } from '../layout';
import type { Launch, SlotPointer } from '../params';
import { parametersOf } from '../words';
import { CORRELATE_WORDS, emitCorrelate, VECTORS } from './correlate';
import { emitGradient, GRADIENT_WORDS, SIDE, TAPS } from './gradient';
import { layoutOf, phaseTable, tapTable, type Layout, type Line } from './plane';
import { fitsRegisters, LANES } from './rows';

/** Taps of the largest filter along an axis. */
const LARGEST = 7;
/** With more filters or channels to a group than this, matrix products are better. */
const MOST_TOGETHER = 4;
/** Bytes of a plane that are worked on at a time: the copy and the results share the level-1 cache. */
const BLOCK = 14_000;
/** Nanoseconds for a multiplication and an addition, copying included. */
const PER_PRODUCT = 0.1;

/** A window of one place, for convolutions in one dimension. */
const STILL: Window = { extent: 1, stride: 0, offset: 0, kept: { size: 1, scale: 1, out: 0 }, summed: { size: 1, scale: 1, other: 0 } };

/** The launches of a problem that is better done directly, else undefined. */
export function depthwiseLaunches(kernel: ContractKernel, problem: Problem): Launch[] | undefined {
  const convolution = convolutionOf(kernel, problem);
  if (convolution === undefined || convolution.windows.length > 2 || convolution.filters.size > MOST_TOGETHER) return undefined;
  const windows = convolution.windows.length === 1 ? [STILL, convolution.windows[0]!] : convolution.windows;
  const pair = windows[0]!.stride === 1 ? [windows[1]!, windows[0]!] : windows;
  const small = (side: 'kept' | 'summed'): boolean => pair.every((window) => window[side].size <= LARGEST);
  if (small('summed')) return correlate(convolution, pair.map((window) => unflipped(window, 'summed')) as [Unflipped, Unflipped]);
  if (small('kept')) return gradient(convolution, pair.map((window) => unflipped(window, 'kept')) as [Unflipped, Unflipped]);
  return undefined;
}

/** An axis, told which of its labels numbers the taps; undefined when the other one does not walk forwards. */
function lineOf({ extent, offset, kept, summed }: Window, taps: 'kept' | 'summed'): Line | undefined {
  const [tap, position] = taps === 'kept' ? [kept, summed] : [summed, kept];
  if (position.scale < 1 || tap.scale < 0) return undefined;
  return { extent, offset, positions: position.size, taps: tap.size, step: position.scale, spread: tap.scale };
}

/** Whether the taps of neighbouring places are neighbours. */
function isPlain({ step, spread, taps }: Line): boolean {
  return step === 1 && (spread === 1 || taps === 1);
}

function linesOf(windows: readonly Window[], taps: 'kept' | 'summed'): [Line, Line] | undefined {
  const [rows, columns] = windows.map((window) => lineOf(window, taps));
  // One step for both axes keeps the copying simple; a still axis goes along with any.
  if (rows === undefined || columns === undefined) return undefined;
  if (rows.positions === 1 && rows.taps === 1) return [{ ...rows, step: columns.step }, columns];
  return rows.step === columns.step ? [rows, columns] : undefined;
}

interface Blocks {
  readonly layout: Layout;
  readonly blocks: number;
  readonly blockRows: number;
  readonly planeBytes: number;
}

/** Where a block of rows goes in the memory of a thread, and in how many blocks a plane is cut. */
function blocksOf(rows: Line, columns: Line): Blocks {
  const one = layoutOf(rows, columns, 1);
  const most = Math.max(4, Math.floor(BLOCK / one.pitch) - one.extraRows);
  const blocks = Math.ceil(rows.positions / most);
  const blockRows = Math.ceil(rows.positions / blocks);
  const layout = layoutOf(rows, columns, blockRows);
  return { layout, blocks, blockRows, planeBytes: (layout.bytes + VECTORS * 16 + SLACK + 63) & ~63 };
}

/** The words that all kernels share: how planes are cut, walked and laid out, and where results go. */
function planeWords(
  { groups, depth, filters }: Convolution,
  [y, x]: readonly [Unflipped, Unflipped],
  [rows, columns]: readonly [Line, Line],
  { layout, blocks, blockRows, planeBytes }: Blocks,
) {
  return {
    blocks,
    blockRows,
    rows: rows.positions,
    columns: columns.positions,
    height: rows.extent,
    imageGroup: groups.image * 4,
    imageDepth: depth.image * 4,
    imageRow: y.stride * 4,
    imageColumn: x.stride * 4,
    outGroup: groups.out * 4,
    outFilter: filters.out * 4,
    outRow: y.kept.out * 4,
    outColumn: x.kept.out * 4,
    step: columns.step,
    pitch: layout.pitch,
    extraRows: layout.extraRows,
    phases: layout.phases.length,
    phaseTable: phaseTable(layout, x.stride * 4),
    tapRows: rows.taps,
    tapColumns: columns.taps,
    planeBytes,
    plane: 0,
  };
}

function correlate(convolution: Convolution, windows: readonly [Unflipped, Unflipped]): Launch[] | undefined {
  const { image, other, out, across, depth, filters, groups } = convolution;
  const lines = linesOf(windows, 'summed');
  if (lines === undefined || depth.size > MOST_TOGETHER || (depth.size > 1 && filters.size > 1)) return undefined;
  const [rows, columns] = lines;
  const cut = blocksOf(rows, columns);
  const { layout, blocks, blockRows, planeBytes } = cut;
  const [results, factors] = [planeBytes, planeBytes + ((blockRows * layout.pitch + VECTORS * 16 + 63) & ~63)];
  const products = across.size * groups.size * depth.size * filters.size * rows.positions * columns.positions * rows.taps * columns.taps;
  const [y, x] = windows;
  const small = [rows, columns].every(isPlain) && depth.size === 1 && x.kept.out === 1 && columns.positions >= LANES &&
    fitsRegisters(rows.taps, columns.taps)
    ? [rows.taps, columns.taps] as const
    : undefined;
  return [{
    key: `depthwise ${small?.join() ?? ''}`,
    emit: (module, name) => {
      emitCorrelate(module, name, small);
    },
    parameters: parametersOf(CORRELATE_WORDS, {
      image: at(image.slot, image.base),
      weights: at(other.slot, other.base + y.start + x.start),
      out: at(out.slot, out.base),
      groups: groups.size,
      depth: depth.size,
      filters: filters.size,
      ...planeWords(convolution, windows, lines, cut),
      imageAcross: across.image * 4,
      weightGroup: groups.other * 4,
      weightDepth: depth.other * 4,
      weightFilter: filters.other * 4,
      weightRow: y.summed.other * 4,
      weightColumn: x.summed.other * 4,
      outAcross: across.out * 4,
      tapTable: tapTable(layout),
      results,
      factors,
    }),
    split: { units: across.size * groups.size * blocks, nanoseconds: products * PER_PRODUCT },
    privateBytes: factors + LARGEST * LARGEST * 4,
  }];
}

function gradient(convolution: Convolution, windows: readonly [Unflipped, Unflipped]): Launch[] | undefined {
  const { image, other, out, across, depth, filters, groups } = convolution;
  const lines = linesOf(windows, 'kept');
  const [y, x] = windows;
  if (lines === undefined || across.size > 1 || x.summed.other !== 1) return undefined;
  const [rows, columns] = lines;
  const cut = blocksOf(rows, columns);
  const { layout, planeBytes } = cut;
  const taps = Math.ceil((rows.taps * columns.taps) / TAPS) * TAPS;
  const products = groups.size * depth.size * filters.size * rows.positions * columns.positions * rows.taps * columns.taps;
  const block = [rows, columns].every(isPlain) && rows.taps === SIDE && columns.taps === SIDE;
  return [{
    key: block ? 'depthwise gradient block' : 'depthwise gradient',
    emit: (module, name) => {
      emitGradient(module, name, block);
    },
    parameters: parametersOf(GRADIENT_WORDS, {
      image: at(image.slot, image.base),
      other: at(other.slot, other.base),
      out: at(out.slot, out.base + y.start + x.start),
      depth: depth.size,
      filters: filters.size,
      ...planeWords(convolution, windows, lines, cut),
      otherGroup: groups.other * 4,
      otherDepth: depth.other * 4,
      otherFilter: filters.other * 4,
      otherRow: y.summed.other * 4,
      tapTable: tapTable(layout, TAPS),
      sums: planeBytes,
    }),
    split: { units: groups.size, nanoseconds: products * PER_PRODUCT },
    privateBytes: planeBytes + filters.size * taps * 16,
  }];
}

function at(slot: number, base: number): SlotPointer {
  return { slot, offset: base * 4 };
}
