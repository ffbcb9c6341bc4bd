/**
 * The words that the shaders of a plan are given, in GPU memory, with the bind groups that show them. A plan has several sets:
 * its arrays often alternate between a few places from run to run, and then nothing needs to be written again.
 */
import type { Built, Patch } from './built';
import type { Commands } from './commands';
import { WORD } from './elements';
import type { GpuBindGroup } from './gpu';
import type { Heap, Place, Position } from './heap';
import type { Pipelines } from './pipelines';

const MOST_SETS = 4;

interface Machine {
  readonly commands: Commands;
  readonly parameters: Heap;
  readonly pipelines: Pipelines;
}

interface ParameterSet {
  readonly place: Place;
  readonly words: Int32Array;
  /** For each dispatch, once it is compiled. */
  readonly groups: GpuBindGroup[];
  /** Where `slots` lie for which it was written, in bytes. */
  readonly offsets: Float64Array;
  used: number;
}

export class Parameters {
  private readonly sets: ParameterSet[] = [];
  /** The slots that words speak of, and those words. */
  private readonly slots: readonly number[];
  private readonly patches: readonly (readonly Patch[])[];
  private uses = 0;

  constructor(
    private readonly built: Built,
    private readonly machine: Machine,
  ) {
    this.slots = [...built.patches.keys()];
    this.patches = [...built.patches.values()];
  }

  /** The bind groups of all dispatches for slots that lie where `positions` say. */
  at(positions: readonly (Position | undefined)[]): readonly GpuBindGroup[] {
    let set = this.find(positions);
    if (!set) {
      set = this.sets.length < MOST_SETS ? this.add() : this.sets.reduce((a, b) => (b.used < a.used ? b : a));
      this.write(set, positions);
    }
    set.used = ++this.uses;
    return set.groups;
  }

  release(): void {
    for (const { place } of this.sets) this.machine.parameters.free(place);
    this.sets.length = 0;
  }

  private find(positions: readonly (Position | undefined)[]): ParameterSet | undefined {
    const { slots } = this;
    for (const set of this.sets) {
      let k = 0;
      while (k < slots.length && set.offsets[k] === positions[slots[k]!]!.offset) k++;
      if (k === slots.length) return set;
    }
    return undefined;
  }

  private add(): ParameterSet {
    const { parameters, pipelines } = this.machine;
    const { dispatches, own } = this.built;
    const words = this.built.words.slice();
    const place = parameters.allocate(words.length * WORD);
    for (const { word, add } of own) words[word] = place.offset / WORD + add;
    const groups = dispatches.map((dispatch) => pipelines.bindGroup(dispatch, place));
    const set: ParameterSet = { place, words, groups, offsets: new Float64Array(this.slots.length).fill(-1), used: 0 };
    this.sets.push(set);
    return set;
  }

  /** Writes what says where slots lie; everything at first. */
  private write({ place, words, offsets, used }: ParameterSet, positions: readonly (Position | undefined)[]): void {
    let [low, high] = used === 0 ? [0, words.length] : [words.length, 0];
    this.slots.forEach((slot, k) => {
      const { chunk, offset } = positions[slot]!;
      if (offsets[k] === offset) return;
      offsets[k] = offset;
      for (const { word, add } of this.patches[k]!) {
        words[word] = offset / chunk.unit + add;
        low = Math.min(low, word);
        high = Math.max(high, word + 1);
      }
    });
    this.machine.commands.write(place.chunk.buffer, place.offset + low * WORD, words.subarray(low, high));
  }
}
