/**
 * Which convolutions are done by Winograd's method, and with what parameters. Not responsible for: what the kernels do with them.
 */
import type { ContractKernel } from '@cotangent/tensor';
import type { Problem } from '../contract/phases';
import { convolutionOf, unflipped, type Convolution, type Place, type Unflipped, type Window } from '../convolution/recognise';
import type { Scratch } from '../lower';
import type { Launch, SlotPointer } from '../params';
import { emitFilter, FILTER_WORDS } from './filter';
import { emitForward, FORWARD_WORDS, RECORD_BYTES } from './forward';
import { emitGradient, emitTaps, GRADIENT_WORDS, RECORD_BYTES as GRADIENT_RECORD, TAPS_WORDS } from './gradient';
import { PLANES, SCRATCH, TILE_OUT } from './tiles';
import { parametersOf } from '../words';

const TAPS = 3;
/** With fewer channels or filters the transforms cost more than the products save. */
const FEWEST_CHANNELS = 16;
/** With fewer tiles transforming the filters is not worth it. */
const FEWEST_TILES = 16;
/** What a thread's transformed tiles should fit into: a level-2 cache, with room for the filters. */
const CACHE = 1 << 20;

/** The launches of a contraction that is worth Winograd's method, else undefined. */
export function winogradLaunches(kernel: ContractKernel, problem: Problem, scratch: Scratch): Launch[] | undefined {
  const convolution = convolutionOf(kernel, problem);
  if (convolution?.windows.length !== 2 || convolution.groups.size > 1) return undefined;
  return forward(convolution, scratch) ?? gradient(convolution, scratch);
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Rows and columns, when the columns are neighbours in the image and `neighbours` says so of the other array. */
function oriented(windows: readonly Window[], neighbours: (window: Window) => boolean): [Window, Window] | undefined {
  const [first, second] = windows as [Window, Window];
  if (second.stride === 1 && neighbours(second)) return [first, second];
  return first.stride === 1 && neighbours(first) ? [second, first] : undefined;
}

const pointer = ({ slot, base }: Place, start = 0): SlotPointer => ({ slot, offset: (base + start) * 4 });

/** Distance of planes: not near a multiple of 4096 bytes, where all 36 would fall on the same lines of the level-1 cache. */
function planeBytes(bytes: number): number {
  return roundUp(bytes, 4096) + 192;
}

/** Tiles for one unit: what is transformed fits the cache, panels are whole, and there are enough units for a few threads. */
function tilesPerUnit(channels: number, filters: number, tiles: number): number {
  const fitting = Math.floor(CACHE / (PLANES * 4 * (channels + filters)));
  return Math.max(8, Math.min(roundUp(tiles, 8), Math.max(32, Math.min(96, fitting)) & ~7));
}

/** About how long products and transforms take. */
function nanosecondsOf(tiles: number, channels: number, filters: number): number {
  return tiles * ((PLANES * 2 * channels * filters) / 30 + (channels + filters) * 15);
}

function forward({ image, other, out, across, depth, filters, windows }: Convolution, scratch: Scratch): Launch[] | undefined {
  const pair = oriented(windows, (window) => window.kept.out === 1);
  if (pair === undefined || pair.some(({ kept, summed }) => kept.scale !== 1 || summed.size !== TAPS ||
    Math.abs(summed.scale) !== 1)) return undefined;
  const [rows, columns] = pair.map((window) => unflipped(window, 'summed')) as [Unflipped, Unflipped];
  // Columns are read with a mask, not moved inside, so they must not be far outside.
  if (columns.offset < 1 - TAPS || columns.kept.size + columns.offset > columns.extent) return undefined;
  const [channels, outputs] = [depth.size, filters.size];
  if (channels < FEWEST_CHANNELS || outputs < FEWEST_CHANNELS) return undefined;
  const [tileRows, tileColumns] = [rows, columns].map(({ kept }) => Math.ceil(kept.size / TILE_OUT)) as [number, number];
  const tiles = across.size * tileRows * tileColumns;
  if (tiles < FEWEST_TILES) return undefined;

  const panels = Math.ceil(outputs / 4);
  const perUnit = tilesPerUnit(channels, outputs, tiles);
  const planes = {
    filter: planeBytes(panels * 4 * channels * 4),
    input: planeBytes(perUnit * channels * 4),
    product: planeBytes(perUnit * panels * 4 * 4),
  };
  const transformed = scratch(PLANES * planes.filter);
  const records = roundUp(SCRATCH, 64);
  const inputs = records + roundUp((perUnit / 4) * RECORD_BYTES, 64);
  const products = inputs + PLANES * planes.input;
  const filterCall: Launch = {
    key: 'winograd filter',
    emit: emitFilter,
    parameters: parametersOf(FILTER_WORDS, {
      filter: pointer(other, rows.start + columns.start),
      target: { slot: transformed, offset: 0 },
      filters: outputs,
      channels,
      filterStep: filters.other * 4,
      channelStep: depth.other * 4,
      yStep: rows.summed.other * 4,
      xStep: columns.summed.other * 4,
      plane: planes.filter,
    }),
    split: { units: panels, nanoseconds: panels * channels * 50 },
    privateBytes: SCRATCH,
  };
  return [
    filterCall,
    {
      key: 'winograd',
      emit: emitForward,
      parameters: parametersOf(FORWARD_WORDS, {
        image: pointer(image),
        filters: { slot: transformed, offset: 0 },
        out: pointer(out),
        channels,
        panels,
        outputs,
        tiles,
        perUnit,
        tileRows,
        tileColumns,
        height: rows.extent,
        width: columns.extent,
        offsetY: rows.offset,
        offsetX: columns.offset,
        imageAcross: across.image * 4,
        imageChannel: depth.image * 4,
        imageRow: rows.stride * 4,
        outAcross: across.out * 4,
        outFilter: filters.out * 4,
        outRow: rows.kept.out * 4,
        outHeight: rows.kept.size,
        outWidth: columns.kept.size,
        filterPlane: planes.filter,
        inputPlane: planes.input,
        productPlane: planes.product,
        records,
        inputs,
        products,
      }),
      split: { units: Math.ceil(tiles / perUnit), nanoseconds: nanosecondsOf(tiles, channels, outputs) },
      privateBytes: products + PLANES * planes.product,
    },
  ];
}

/** Bytes that the partial sums of all parts may take together, and how many parts there are at most. */
const LARGEST_SUMS = 16 << 20;
const MOST_PARTS = 8;

function gradient({ image, other, out, across, depth, filters, windows }: Convolution, scratch: Scratch): Launch[] | undefined {
  const pair = oriented(windows, (window) => window.summed.other === 1);
  if (pair === undefined || pair.some(({ kept, summed }) => summed.scale !== 1 || kept.size !== TAPS ||
    Math.abs(kept.scale) !== 1)) return undefined;
  const [rows, columns] = pair.map((window) => unflipped(window, 'kept')) as [Unflipped, Unflipped];
  if (columns.offset < 1 - TAPS || columns.summed.size + columns.offset > columns.extent) return undefined;
  const [channels, outputs] = [across.size, filters.size];
  if (channels < FEWEST_CHANNELS || outputs < FEWEST_CHANNELS) return undefined;
  const [tileRows, tileColumns] = [rows, columns].map(({ summed }) => Math.ceil(summed.size / TILE_OUT)) as [number, number];
  const tiles = depth.size * tileRows * tileColumns;
  if (tiles < FEWEST_TILES) return undefined;

  const [channelPanels, filterPanels] = [Math.ceil(channels / 8), Math.ceil(outputs / 4)];
  const perChunk = tilesPerUnit(channels, outputs, tiles);
  const planes = {
    input: planeBytes(perChunk * channelPanels * 32),
    gradient: planeBytes(perChunk * filterPanels * 16),
    sum: planeBytes(channelPanels * filterPanels * 128),
  };
  const partBytes = PLANES * planes.sum;
  const parts = Math.max(1, Math.min(MOST_PARTS, Math.floor(LARGEST_SUMS / partBytes), Math.floor(tiles / perChunk)));
  const sums: SlotPointer = { slot: scratch(parts * partBytes), offset: 0 };
  const imageRecords = roundUp(SCRATCH, 64);
  const otherRecords = imageRecords + roundUp(perChunk * GRADIENT_RECORD.image, 64);
  const inputs = otherRecords + roundUp(perChunk * GRADIENT_RECORD.other, 64);
  const gradients = inputs + PLANES * planes.input;
  return [
    {
      key: 'winograd gradient',
      emit: emitGradient,
      parameters: parametersOf(GRADIENT_WORDS, {
        image: pointer(image),
        other: pointer(other),
        sums,
        channels,
        filters: outputs,
        channelPanels,
        filterPanels,
        tiles,
        parts,
        perChunk,
        tileRows,
        tileColumns,
        height: rows.extent,
        width: columns.extent,
        offsetY: rows.offset,
        offsetX: columns.offset,
        imageDepth: depth.image * 4,
        imageChannel: across.image * 4,
        imageRow: rows.stride * 4,
        otherDepth: depth.other * 4,
        otherFilter: filters.other * 4,
        otherRow: rows.summed.other * 4,
        otherHeight: rows.summed.size,
        otherWidth: columns.summed.size,
        inputPlane: planes.input,
        gradientPlane: planes.gradient,
        sumPlane: planes.sum,
        partBytes,
        imageRecords,
        otherRecords,
        inputs,
        gradients,
      }),
      split: { units: parts, nanoseconds: nanosecondsOf(tiles, channels, outputs) },
      privateBytes: gradients + PLANES * planes.gradient,
    },
    {
      key: 'winograd taps',
      emit: emitTaps,
      parameters: parametersOf(TAPS_WORDS, {
        sums,
        out: pointer(out, rows.start + columns.start),
        channels,
        filterPanels,
        parts,
        partBytes,
        sumPlane: planes.sum,
        outFilter: filters.out * 4,
        outChannel: across.out * 4,
        outRow: rows.kept.out * 4,
        outColumn: columns.kept.out * 4,
      }),
      split: { units: outputs, nanoseconds: outputs * channels * (15 + 3 * parts) },
      privateBytes: SCRATCH,
    },
  ];
}
