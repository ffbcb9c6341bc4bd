/** Places arrays in one region so that arrays alive at the same time never overlap. */
import type { Lifetime } from './kernel-slots';

/** An array that needs room. */
export interface Placed extends Lifetime {
  readonly bytes: number;
}

export interface ArenaLayout {
  /** Offset of each array within the region. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Offsets are multiples of this, so that every element type is aligned and no two arrays share a cache line. */
const GRAIN = 64;

interface Block extends Lifetime {
  readonly start: number;
  readonly end: number;
}

/**
 * Places the largest arrays first, each in the first gap between those that live at the same time. `slack` bytes behind every
 * array stay free, for backends whose vector loads may touch them.
 */
export function layoutArena(lifetimes: readonly Placed[], slack = 0): ArenaLayout {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const bySize = lifetimes.map((_, item) => item).sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b);
  const blocks: Block[] = []; // by start
  let bytes = 0;
  for (const item of bySize) {
    const { first, last, bytes: wanted } = lifetimes[item]!;
    const size = Math.ceil((wanted + slack) / GRAIN) * GRAIN;
    let start = 0;
    for (const block of blocks) {
      if (block.last < first || block.first > last) continue;
      if (block.start >= start + size) break;
      start = Math.max(start, block.end);
    }
    let at = blocks.length;
    while (at > 0 && blocks[at - 1]!.start > start) at--;
    blocks.splice(at, 0, { first, last, start, end: start + size });
    offsets[item] = start;
    bytes = Math.max(bytes, start + size);
  }
  return { offsets, bytes };
}
