/**
 * How the work of a nest is divided: a unit is a block of rounds of one level in one round of each level outside of it. The cut
 * depends on sizes and costs alone, never on who does the work.
 */
import { bytesOf } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import type { Parameters } from '../params';
import type { NestLoops, Walker } from './nest';

/** What a unit should take: long beside what it costs to begin one, short beside what is worth a thread. */
const UNIT_NANOSECONDS = 4000;
/** Blocks of the level that runs in vectors are multiples of this many elements: whole cache lines, in every type. */
const ALIGNMENT = 64;

export interface Cut {
  readonly level: number;
  /** Rounds of that level in a unit; the last block may be shorter. */
  readonly block: number;
  readonly blocks: number;
  readonly units: number;
}

/**
 * Cuts a nest. One round of level `l` without what lies outside takes `nanoseconds(l)`; only levels below `levels` are cut.
 * `vectorLevel` runs four elements at a time.
 */
export function cutNest(sizes: readonly number[], levels: number, vectorLevel: number, nanoseconds: (level: number) => number): Cut {
  let level = 0;
  let outside = 1;
  while (level + 1 < levels && nanoseconds(level) > UNIT_NANOSECONDS) outside *= sizes[level++]!;
  if (level >= levels) return { level: 0, block: sizes[0] ?? 1, blocks: 1, units: 1 };
  const size = sizes[level]!;
  const alignment = level === vectorLevel ? ALIGNMENT : 1;
  const wanted = Math.max(alignment, UNIT_NANOSECONDS / nanoseconds(level));
  const even = size / Math.ceil(size / wanted);
  const block = Math.max(1, Math.ceil(even / alignment) * alignment);
  const blocks = Math.ceil(size / block);
  return { level, block, blocks, units: outside * blocks };
}

/** Where the words of a cut lie: block, blocks, then for each operand its strides in bytes over the levels up to the cut. */
export function pushCut(parameters: Parameters, cut: Cut, walkers: readonly Walker[]): number {
  return parameters.push(
    cut.block,
    cut.blocks,
    ...walkers.flatMap(({ strides, dtype }) => strides.slice(0, cut.level + 1).map((stride) => stride * bytesOf(dtype))),
  );
}

/** Does the units [from, to): `body` gets the nest placed at the start of each. */
export function emitUnits(
  f: KernelBuilder,
  nest: NestLoops,
  { level, place }: { readonly level: number; readonly place: number },
  from: Local,
  to: Local,
  body: (nest: NestLoops) => void,
): void {
  const { parameters: p, places, pointers, counters, depths } = nest;
  const [unit, rest, first, last] = f.locals(I32, 4);
  const size = (of: number): void => void f.get(p).mem('i32Load', places.sizes + of * 4);
  f.get(from).set(unit);
  f.block((done) => {
    f.loop((again) => {
      f.get(unit, to).op('i32GeU').brIf(done);
      f.get(unit, p).mem('i32Load', place + 4).op('i32RemU').get(p).mem('i32Load', place).op('i32Mul').set(first);
      f.get(first, p).mem('i32Load', place).op('i32Add').set(last);
      size(level);
      f.get(last);
      size(level);
      f.get(last).op('i32LtU', 'select').set(last);
      if (level > 0) f.get(unit, p).mem('i32Load', place + 4).op('i32DivU').set(rest);
      for (let outer = level - 1; outer >= 0; outer--) {
        f.get(rest);
        if (outer > 0) {
          size(outer);
          f.op('i32RemU').set(counters[outer]!).get(rest);
          size(outer);
          f.op('i32DivU').set(rest);
        } else f.set(counters[0]!);
      }
      pointers.forEach((pointer, k) => {
        const moving = Math.min(level + 1, depths?.[k] ?? Infinity);
        if (pointer === undefined || moving === 0) return;
        f.get(p).mem('i32Load', places.operands[k]);
        for (let l = 0; l < moving; l++) {
          f.get(l === level ? first : counters[l]!, p).mem('i32Load', place + 8 + (k * (level + 1) + l) * 4).op('i32Mul', 'i32Add');
        }
        f.set(pointer);
      });
      body({ ...nest, cut: { level, from: first, to: last } });
      f.add(unit, 1).br(again);
    });
  });
}
