/**
 * A plan made ready: its shaders written for the memory its slots lie in, compiled, with their parameters in GPU memory.
 * Where slots lie may differ from run to run; only what changed is done again. Not here: where storages come from.
 */
import { layoutArena, lifetimesOf, writesOf, type Kernel, type Plan, type RepeatKernel } from '@cotangent/tensor';
import type { Commands } from './commands';
import { unitOf, WORD, type Unit } from './elements';
import type { GpuBindGroup, GpuComputePass } from './gpu';
import { GRAIN, type Chunk, type Heap, type Place } from './heap';
import { isOnHost, type OnHost } from './host';
import { launchesOf, type LaunchOptions } from './kernels/launch';
import type { Compiled, Pipelines } from './pipelines';
import { Shader, type Launch, type Location, type Word } from './wgsl/shader';

/** What executables of one backend share. */
export interface Machine {
  readonly commands: Commands;
  readonly heap: Heap;
  /** Memory for parameters. */
  readonly parameters: Heap;
  readonly pipelines: Pipelines;
  readonly maximumWorkgroups: number;
  readonly sharedRow: number | undefined;
  readonly tiledFrom: number;
  /** Whether shaders know 16-bit numbers; float16 then takes two bytes. */
  readonly hasHalves: boolean;
}

/** Memory for what lies between kernels, for elements of each size. */
export type Arena = Readonly<Record<Unit, Place | undefined>>;

/** Runs a kernel in JavaScript; `begin` gives the memory of a slot. */
export type HostRunner = (kernel: OnHost, begin: (slot: number) => Place) => Promise<void>;

interface Dispatch {
  readonly launch: Launch;
  /** Byte at which its parameters begin. */
  readonly at: number;
  readonly modes: string;
  compiled: Compiled | undefined;
  /** What it binds, and for which set of bind groups that holds. */
  group: GpuBindGroup | undefined;
  generation: number;
}

type Step =
  | { readonly kind: 'dispatch'; readonly dispatch: Dispatch; readonly trip: number }
  | { readonly kind: 'host'; readonly kernel: OnHost; readonly trip: number; readonly windows: Windows };

interface Built {
  /** Chunks of all slots, as text. */
  readonly signature: string;
  readonly dispatches: readonly Dispatch[];
  readonly steps: readonly Step[];
  readonly words: Int32Array;
  /** Words that say where a slot lies. */
  readonly patches: readonly { readonly word: number; readonly slot: number; readonly add: number }[];
  readonly place: Place;
  written: boolean;
}

/** Where windows lie: at `offset + t * step` of another slot in trip t of the innermost repetition. */
type Windows = ReadonlyMap<number, { readonly of: number; readonly offset: number; readonly step: number }>;

const NO_WINDOWS: Windows = new Map();

export class Executable {
  /** Bytes of arena that a run needs. */
  readonly arenaBytes: Readonly<Record<Unit, number>>;
  readonly hasHost: boolean;
  private readonly inArena: readonly { readonly slot: number; readonly unit: Unit; readonly offset: number; readonly bytes: number }[];
  private readonly guarded: ReadonlySet<Kernel>;
  private built: Built | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly machine: Machine,
  ) {
    const { slots, inputs, outputs, kernels } = plan;
    const given = new Set([...inputs, ...outputs.map(({ slot }) => slot)]);
    const placed = lifetimesOf(plan).flatMap((lifetime, slot) => {
      if (!lifetime || given.has(slot)) return [];
      const { dtype, length } = slots[slot]!;
      const unit = unitOf(dtype, machine.hasHalves);
      return [{ ...lifetime, slot, unit, bytes: length * unit }];
    });
    const arenas = ([2, 4] as const).map((wanted) => {
      const alike = placed.filter(({ unit }) => unit === wanted);
      const { offsets, bytes } = layoutArena(alike);
      // Empty arrays need a place too.
      const places = alike.map(({ slot, unit, bytes: size }, k) => ({ slot, unit, offset: offsets[k]!, bytes: size }));
      return { bytes: alike.length === 0 ? 0 : Math.max(bytes, 1), places };
    });
    this.inArena = arenas.flatMap(({ places }) => places);
    this.arenaBytes = { 2: arenas[0]!.bytes, 4: arenas[1]!.bytes };
    const all = kernels.flatMap(innermost);
    this.hasHost = all.some(isOnHost);
    const canFail = all.some(({ kind }) => kind === 'gather' || kind === 'scatter');
    const donated = new Set(outputs.flatMap(({ slot, donor }) => (donor === undefined ? [] : [slot])));
    this.guarded = new Set(canFail ? all.filter((kernel) => writesOf(kernel).some((slot) => donated.has(slot))) : []);
  }

  /**
   * Gives every slot its place: `given` those of inputs and outputs, `arena` the memory for the rest. Resolves when all shaders
   * are compiled; undefined when they are already.
   */
  place(given: ReadonlyMap<number, Place>, arena: Arena): Promise<void> | undefined {
    const places = this.placesOf(given, arena);
    const signature = places.map((place) => place?.chunk.id ?? '').join();
    if (this.built?.signature !== signature) this.build(places, signature);
    const built = this.built!;
    this.patch(built, places);
    const missing = built.dispatches.filter((dispatch) => {
      dispatch.compiled ??= this.machine.pipelines.ready(dispatch.launch.code);
      return dispatch.compiled === undefined;
    });
    if (missing.length === 0) return undefined;
    const compile = async (dispatch: Dispatch): Promise<void> => {
      dispatch.compiled = await this.machine.pipelines.get(dispatch.launch.code, dispatch.modes);
    };
    return Promise.all(missing.map(compile)).then(() => undefined);
  }

  /** Encodes the whole plan; waits only for host kernels. Everything must have its place, compiled. */
  encode(given: ReadonlyMap<number, Place>, arena: Arena, runHost: HostRunner): Promise<void> | undefined {
    const { steps } = this.built!;
    if (!this.hasHost) {
      this.encodeSteps(steps);
      return undefined;
    }
    return this.encodeInParts(steps, this.placesOf(given, arena), runHost);
  }

  /** Gives back what was prepared. */
  release(): void {
    if (this.built) this.machine.parameters.free(this.built.place);
    this.built = undefined;
  }

  private async encodeInParts(steps: readonly Step[], places: readonly (Place | undefined)[], runHost: HostRunner): Promise<void> {
    let from = 0;
    for (let k = 0; k < steps.length; k++) {
      const step = steps[k]!;
      if (step.kind !== 'host') continue;
      this.encodeSteps(steps.slice(from, k));
      from = k + 1;
      await runHost(step.kernel, (slot) => {
        const moved = step.windows.get(slot);
        const place = places[moved?.of ?? slot]!;
        return moved ? { ...place, offset: place.offset + (moved.offset + step.trip * moved.step) * WORD } : place;
      });
    }
    this.encodeSteps(steps.slice(from));
  }

  private encodeSteps(steps: readonly Step[]): void {
    if (steps.length === 0) return;
    const { commands, pipelines, maximumWorkgroups } = this.machine;
    const { place } = this.built!;
    const pass: GpuComputePass = commands.encoder().beginComputePass();
    let last: Compiled | undefined;
    for (const step of steps) {
      if (step.kind !== 'dispatch') continue;
      const { dispatch, trip } = step;
      const { launch, at, modes, compiled } = dispatch;
      if (compiled !== last) pass.setPipeline(compiled!.pipeline);
      last = compiled;
      if (dispatch.group === undefined || dispatch.generation !== pipelines.generation) {
        dispatch.group = pipelines.bindGroup(place.chunk, launch.bindings.map(({ chunk }) => this.chunks.get(chunk)!), modes);
        dispatch.generation = pipelines.generation;
      }
      pass.setBindGroup(0, dispatch.group, [place.offset + at, trip * GRAIN]);
      const down = Math.ceil(launch.workgroups / maximumWorkgroups);
      commands.dispatches++;
      pass.dispatchWorkgroups(Math.ceil(launch.workgroups / down), down);
    }
    pass.end();
  }

  private readonly chunks = new Map<number, Chunk>();

  private placesOf(given: ReadonlyMap<number, Place>, arena: Arena): (Place | undefined)[] {
    const places = this.plan.slots.map((_, slot) => given.get(slot));
    for (const { slot, unit, offset, bytes } of this.inArena) {
      const { chunk, offset: begin } = arena[unit]!;
      places[slot] = { chunk, offset: begin + offset, bytes };
    }
    return places;
  }

  private patch(built: Built, places: readonly (Place | undefined)[]): void {
    let changed = !built.written;
    for (const { word, slot, add } of built.patches) {
      const { chunk, offset } = places[slot]!;
      const value = offset / chunk.unit + add;
      if (built.words[word] !== value) {
        built.words[word] = value;
        changed = true;
      }
    }
    if (!changed) return;
    built.written = true;
    this.machine.commands.write(built.place.chunk.buffer, built.place.offset, built.words);
  }

  private build(places: readonly (Place | undefined)[], signature: string): void {
    const { machine, plan } = this;
    for (const place of places) if (place) this.chunks.set(place.chunk.id, place.chunk);
    const dispatches: Dispatch[] = [];
    const words: number[] = [];
    const patches: Built['patches'][number][] = [];
    const own: { word: number; add: number }[] = [];
    const addWord = (word: Word, windows: Windows, at: number): void => {
      if (typeof word === 'number') words.push(word | 0);
      else if ('here' in word) {
        own.push({ word: words.length, add: at + word.here });
        words.push(0);
      } else {
        const moved = windows.get(word.slot);
        patches.push({ word: words.length, slot: moved?.of ?? word.slot, add: word.add + (moved?.offset ?? 0) });
        words.push(0);
      }
    };
    const stepsOf = (kernel: Kernel, windows: Windows): Step[] => {
      if (kernel.kind === 'repeat') return repeated(kernel, windows);
      if (isOnHost(kernel)) return [{ kind: 'host', kernel, trip: 0, windows }];
      const locate = (slot: number): Location => {
        const moved = windows.get(slot);
        const { id, unit } = places[moved?.of ?? slot]!.chunk;
        return { chunk: id, unit, step: moved?.step ?? 0 };
      };
      const options: LaunchOptions = { guarded: this.guarded.has(kernel), sharedRow: machine.sharedRow, tiledFrom: machine.tiledFrom };
      return launchesOf(kernel, (inTable) => new Shader(locate, inTable), options).flatMap((launch): Step[] => {
        if (launch.workgroups === 0) return [];
        while (words.length % (GRAIN / WORD) !== 0) words.push(0);
        const at = words.length * WORD;
        for (const word of launch.words) addWord(word, windows, at / WORD);
        const modes = launch.bindings.map(({ write }) => (write ? 'w' : 'r')).join('');
        const dispatch: Dispatch = { launch, at, modes, compiled: undefined, group: undefined, generation: 0 };
        dispatches.push(dispatch);
        return [{ kind: 'dispatch', dispatch, trip: 0 }];
      });
    };
    /** Trips of an innermost repetition share parameters; those of one around another have their own. */
    const repeated = ({ kernels, trips, windows }: RepeatKernel, outside: Windows): Step[] => {
      const innermostLoop = kernels.every(({ kind }) => kind !== 'repeat');
      const body = (trip: number): Step[] => {
        const inside = new Map(outside);
        for (const { slot, of, offset, step } of windows) {
          const around = outside.get(of);
          const begin = offset + (innermostLoop ? 0 : trip * step) + (around?.offset ?? 0);
          inside.set(slot, { of: around?.of ?? of, offset: begin, step: innermostLoop ? step : 0 });
        }
        return kernels.flatMap((inner) => stepsOf(inner, inside));
      };
      const all = Array.from({ length: trips }, (_, trip) => trip);
      if (!innermostLoop) return all.flatMap(body);
      const shared = body(0);
      return all.flatMap((trip) => shared.map((step) => ({ ...step, trip })));
    };
    const steps = plan.kernels.flatMap((kernel) => stepsOf(kernel, NO_WINDOWS));
    machine.pipelines.provideTrips(steps.reduce((most, { trip }) => Math.max(most, trip + 1), 1));
    this.release();
    const place = machine.parameters.allocate(words.length * WORD);
    for (const { word, add } of own) words[word] = place.offset / WORD + add;
    this.built = {
      signature,
      dispatches,
      steps,
      words: Int32Array.from(words),
      patches,
      place,
      written: false,
    };
  }
}

/** The kernels of a kernel, repetitions taken apart. */
function innermost(kernel: Kernel): readonly Kernel[] {
  return kernel.kind === 'repeat' ? kernel.kernels.flatMap(innermost) : [kernel];
}
