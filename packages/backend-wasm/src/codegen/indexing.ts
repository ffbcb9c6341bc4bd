/** What gather and scatter share: their loops, the way along the innermost one, and what happens to bad indices. */
import { bytesOf, type Operand } from '@cotangent/tensor';
import { I32, V128, type Label, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { ERROR_CELL, STATUS } from '../layout';
import type { Parameters } from '../params';
import { loadScalar } from './lanes';
import { collapse, emitLoops, openNest, pushNest, withInner, type NestPlaces, type Walker } from './nest';
import { emitUnits, pushCut, type Cut } from './units';

/** The levels of an index, the innermost one apart: it is walked in stripes, which are a level of their own. */
export interface IndexedNest {
  /** All levels but the innermost one, with strides of each operand. */
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
  /** The level of the stripes, and how many elements of the innermost level are in one. */
  readonly stripe: number;
  readonly width: number;
  /** The innermost level: its size and the strides of each operand. */
  readonly count: number;
  readonly inner: readonly number[];
}

/** Merged axes. The one that indices are for stays by itself; its level is -1 where it has one element. */
export interface IndexedLevels {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
  readonly axis: number;
}

export function levelsOf(shape: readonly number[], strides: readonly (readonly number[])[], axis: number): IndexedLevels {
  const merged = collapse(shape, strides, { separate: new Set([axis]) });
  return { ...withInner(merged, strides.map(() => 0)), axis: merged.axisOf[axis]! };
}

/** Cuts the innermost level into stripes of `width`, walked outside of level `before`. */
export function stripesOf({ sizes, strides }: IndexedLevels, before: number, width: number): IndexedNest {
  const last = sizes.length - 1;
  const count = sizes[last]!;
  const stripes = Math.ceil(count / width);
  const stripe = stripes === 1 ? 0 : before;
  const insert = (list: readonly number[], value: number): number[] => [...list.slice(0, stripe), value, ...list.slice(stripe, last)];
  return {
    sizes: insert(sizes, stripes),
    strides: strides.map((own) => insert(own, own[last]! * width)),
    stripe, width, count,
    inner: strides.map((own) => own[last]!),
  };
}

/** Where the words of the loops and of the search for a bad index lie. */
export interface IndexedPlaces {
  readonly nest: IndexedNest;
  /** Bytes of an element of each operand. */
  readonly bytes: readonly number[];
  readonly loops: NestPlaces;
  readonly cut: { readonly level: number; readonly place: number };
  /** Words: size of the indexed axis, elements of the innermost level, of a stripe, then bytes between elements of each operand. */
  readonly words: number;
  readonly search: { readonly places: NestPlaces; readonly levels: number };
  readonly index: Operand;
}

export function pushIndexed(
  parameters: Parameters, nest: IndexedNest, walkers: readonly Walker[], cut: Cut, index: Operand, limit: number,
): IndexedPlaces {
  const placed = walkers.map((walker, k) => ({ ...walker, strides: nest.strides[k]! }));
  const loops = pushNest(parameters, nest.sizes, placed);
  const place = pushCut(parameters, cut, placed);
  const words = parameters.push(limit, nest.count, nest.width, ...nest.inner.map((s, k) => s * bytesOf(walkers[k]!.dtype)));
  const { sizes, strides } = withInner(collapse(index.shape, [index.strides]), [0]);
  const at = { slot: index.slot, offset: index.offset * bytesOf(index.dtype) };
  const search = { places: pushNest(parameters, sizes, [{ dtype: index.dtype, at, strides: strides[0]! }]), levels: sizes.length };
  return { nest, bytes: walkers.map(({ dtype }) => bytesOf(dtype)), loops, cut: { level: cut.level, place }, words, search, index };
}

/** What the key of a kernel says about its indices. */
export function indexedKey({ nest, cut, search, index }: IndexedPlaces): string {
  const kinds = nest.inner.map((s) => (s === 0 || s === 1 ? s : 'n'));
  return [index.dtype, nest.sizes.length, nest.stripe, cut.level, search.levels, ...kinds].join('|');
}

/** An operand that is walked along the innermost level: how far it moves with each element. */
export interface Stream {
  readonly at: Local;
  readonly bytes: number;
  readonly step: 'none' | 'unit' | Local;
}

export interface Indexed {
  /** Operands at the first of `count` elements; both may be changed. */
  readonly streams: readonly Stream[];
  readonly count: Local;
  readonly limit: Local;
  /** To be left for when an index is bad. */
  readonly bad: Label;
}

/** Emits a kernel: its loops around `row`, which makes the code for a stretch of the innermost level. Leaves the status. */
export function emitIndexed(
  f: KernelBuilder, p: Local, from: Local, to: Local, places: IndexedPlaces, row: (indexed: Indexed) => () => void,
): void {
  const { nest, bytes, cut, words, search, index } = places;
  const levels = nest.sizes.length;
  const loops = openNest(f, p, places.loops, levels);
  const word = (k: number): Local => {
    const local = f.local(I32);
    f.get(p).mem('i32Load', words + 4 * k).set(local);
    return local;
  };
  const [limit, columns, width] = [word(0), word(1), word(2)];
  const [stretch, count] = f.locals(I32, 2);
  const streams = nest.inner.map((stride, k): Stream => ({
    at: f.local(I32), bytes: bytes[k]!, step: stride === 0 ? 'none' : stride === 1 ? 'unit' : word(3 + k),
  }));
  const measure = (): void => {
    f.get(columns, loops.counters[nest.stripe]!, width).op('i32Mul', 'i32Sub').tee(stretch).get(width, stretch, width);
    f.op('i32LtU', 'select').set(stretch);
  };
  f.block((bad) => {
    const body = row({ streams, count, limit, bad });
    emitUnits(f, loops, cut, from, to, (cutLoops) => {
      if (nest.stripe < cut.level) measure();
      emitLoops(f, cutLoops, cut.level, levels, () => {
        streams.forEach(({ at }, k) => f.get(loops.pointers[k]!).set(at));
        f.get(stretch).set(count);
        body();
      }, (level) => {
        if (level === nest.stripe) measure();
      });
    });
    f.i32(STATUS.ok).op('return');
  });
  // The one to be told is the first in the order of the index, whichever was met first.
  const all = openNest(f, p, search.places, search.levels);
  const position = f.local(I32);
  emitLoops(f, all, 0, search.levels, () => {
    f.get(all.pointers[0]!);
    loadScalar(f, index.dtype);
    f.tee(position).get(limit).op('i32GeU').if(() => {
      f.i32(0).get(position).mem('i32Store', ERROR_CELL);
      f.i32(0).get(limit).mem('i32Store', ERROR_CELL + 4);
      f.i32(STATUS.badIndex).op('return');
    });
  });
  f.i32(STATUS.badIndex);
}

/** Reads an index into `position` and leaves when it is not in [0, limit); negative ones count as large. */
export function emitPosition(f: KernelBuilder, index: Operand, { at }: Stream, { limit, bad }: Indexed, position: Local): void {
  f.get(at);
  loadScalar(f, index.dtype);
  f.tee(position).get(limit).op('i32GeU').brIf(bad);
}

/** Bytes from where a stream stands to the element `e` of those done together. */
export function offsetIn({ step, bytes }: Stream, e: number): number {
  return step === 'unit' ? e * bytes : 0;
}

/**
 * Code for elements with an index each. `element` does one with its index in `position`, the e-th from where the streams stand;
 * neighbouring indices are checked four at a time.
 */
export function elements(
  f: KernelBuilder, index: Operand, indexed: Indexed, at: Stream, position: Local, element: (e: number) => void,
): () => void {
  const { streams, count, limit, bad } = indexed;
  const together = at.step === 'unit' && at.bytes === 4;
  const neighbours = streams.filter(({ step }) => step === 'unit');
  const apart = streams.filter(({ step }) => step !== 'unit');
  const groups = f.local(I32);
  const limits = f.local(V128);
  if (together) f.get(limit).op('i32x4Splat').set(limits);
  return () => {
    if (together) {
      f.get(count).i32(2).op('i32ShrU').set(groups);
      f.times(groups, () => {
        f.get(at.at).mem('v128Load').get(limits).op('i32x4GeU', 'v128AnyTrue').brIf(bad);
        for (let e = 0; e < 4; e++) {
          f.get(at.at).mem('i32Load', 4 * e).set(position);
          element(e);
          emitSteps(f, apart);
        }
        for (const stream of neighbours) f.add(stream.at, 4 * stream.bytes);
      });
      f.get(count).i32(3).op('i32And').set(count);
    }
    f.times(count, () => {
      emitPosition(f, index, at, indexed, position);
      element(0);
      emitSteps(f, streams);
    });
  };
}

/**
 * Runs `vector` for each whole vector of `size` elements, the k-th from where the streams stand, and leaves the elements that
 * remain in `count`. The streams move on.
 */
export function emitVectors(
  f: KernelBuilder, streams: readonly Stream[], count: Local, size: number, vector: (k: number) => void,
): void {
  const groups = f.temp(I32);
  const bits = Math.log2(size);
  for (const together of [4, 1]) {
    f.get(count).i32(bits + Math.log2(together)).op('i32ShrU').set(groups);
    f.times(groups, () => {
      for (let k = 0; k < together; k++) vector(k);
      for (const { at, bytes } of streams) f.add(at, together * size * bytes);
    });
    f.get(count).i32(size * together - 1).op('i32And').set(count);
  }
  f.release(I32, groups);
}

/** Moves streams on by an element. */
export function emitSteps(f: KernelBuilder, streams: readonly Stream[]): void {
  for (const { at, bytes, step } of streams) {
    if (step === 'unit') f.add(at, bytes);
    else if (step !== 'none') f.addLocal(at, step);
  }
}
