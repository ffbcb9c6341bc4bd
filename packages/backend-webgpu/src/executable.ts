/**
 * A plan made ready: its shaders written for the memory its slots lie in, compiled, with their parameters in GPU memory.
 * Where slots lie may differ from run to run; only what changed is done again. Not here: where storages come from.
 */
import { layoutArena, lifetimesOf, writesOf, type Kernel, type Plan } from '@cotangent/tensor';
import { build, type BuildOptions, type Built, type Dispatch, type Step } from './built';
import type { Commands } from './commands';
import { unitOf, WORD, type Unit } from './elements';
import type { GpuBindGroup, GpuComputePass } from './gpu';
import type { Heap, Place, Position } from './heap';
import { isOnHost, type OnHost } from './host';
import { scratchOf } from './kernels/split';
import { Parameters } from './parameters';
import type { Compiled, Pipelines } from './pipelines';

/** What executables of one backend share. */
export interface Machine extends Omit<BuildOptions, 'guarded'> {
  readonly commands: Commands;
  /** Memory for parameters. */
  readonly parameters: Heap;
  readonly pipelines: Pipelines;
  /** Whether shaders know 16-bit numbers; float16 then takes two bytes. */
  readonly hasHalves: boolean;
}

/** Memory for what lies between kernels, for elements of each size. */
export type Arena = Readonly<Record<Unit, Place | undefined>>;

/** Runs a kernel in JavaScript; `begin` gives the memory of a slot. */
export type HostRunner = (kernel: OnHost, begin: (slot: number) => Position) => Promise<void>;

export class Executable {
  /** Bytes of arena that a run needs. */
  readonly arenaBytes: Readonly<Record<Unit, number>>;
  readonly hasHost: boolean;
  /** Whether shaders may find an index out of range. */
  readonly canFail: boolean;
  private readonly inArena: readonly { readonly slot: number; readonly unit: Unit; readonly offset: number }[];
  private readonly guarded: ReadonlySet<Kernel>;
  /** Where inputs and outputs lie, by slot, and the arena; kept from run to run. */
  private readonly given: (Place | undefined)[];
  private readonly arena: Record<Unit, Place | undefined> = { 2: undefined, 4: undefined };
  /** Where every slot lies, and after them the scratch memory, if any kernel needs it. */
  private readonly positions: (Position | undefined)[];
  /** Slots that lie elsewhere than in the last run. */
  private readonly moved: number[] = [];
  private built: Built | undefined;
  private parameters: Parameters | undefined;
  private groups: readonly GpuBindGroup[] = [];
  private ready = false;

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
    const all = kernels.flatMap(innermost);
    const scratch = Math.max(0, ...all.map((kernel) => scratchOf(kernel, machine.tiledFrom)));
    // The slot after all others. It lives all the time: which kernel needs it when is not worth knowing.
    if (scratch > 0) placed.push({ slot: slots.length, unit: WORD, bytes: scratch * WORD, first: -Infinity, last: Infinity });
    const arenas = ([2, 4] as const).map((wanted) => {
      const alike = placed.filter(({ unit }) => unit === wanted);
      const { offsets, bytes } = layoutArena(alike);
      // Empty arrays need a place too.
      const places = alike.map(({ slot, unit }, k) => ({ slot, unit, offset: offsets[k]! }));
      return { bytes: alike.length === 0 ? 0 : Math.max(bytes, 1), places };
    });
    this.inArena = arenas.flatMap(({ places }) => places);
    this.arenaBytes = { 2: arenas[0]!.bytes, 4: arenas[1]!.bytes };
    this.given = slots.map(() => undefined);
    this.positions = slots.map(() => undefined);
    this.hasHost = all.some(isOnHost);
    this.canFail = all.some(({ kind }) => kind === 'gather' || kind === 'scatter');
    const donated = new Set(outputs.flatMap(({ slot, donor }) => (donor === undefined ? [] : [slot])));
    this.guarded = new Set(this.canFail ? all.filter((kernel) => writesOf(kernel).some((slot) => donated.has(slot))) : []);
  }

  /** Where an input or output lay in the last run. */
  last(slot: number): Place | undefined {
    return this.given[slot];
  }

  /** Says where an input or output lies in the next run. */
  put(slot: number, place: Place): void {
    if (this.given[slot] === place) return;
    this.given[slot] = this.positions[slot] = place;
    this.moved.push(slot);
  }

  /** Says where the rest lies in the next run. */
  putArena(arena: Arena): void {
    if (this.arena[2] === arena[2] && this.arena[4] === arena[4]) return;
    Object.assign(this.arena, arena);
    for (const { slot, unit, offset } of this.inArena) {
      const { chunk, offset: begin } = arena[unit]!;
      this.positions[slot] = { chunk, offset: begin + offset };
      this.moved.push(slot);
    }
  }

  /** Makes ready for the next run; resolves when all shaders are compiled, undefined when they are already. */
  settle(): Promise<void> | undefined {
    const { built, moved, positions } = this;
    if (!built || moved.some((slot) => built.chunks[slot] !== positions[slot]!.chunk)) this.build();
    else if (moved.length > 0) this.groups = this.parameters!.at(positions);
    moved.length = 0;
    return this.ready ? undefined : this.compile(this.built!.dispatches);
  }

  /** Encodes the whole plan; waits only for host kernels. */
  encode(runHost: HostRunner): Promise<void> | undefined {
    const { steps } = this.built!;
    if (this.hasHost) return this.encodeInParts(steps, runHost);
    this.encodeSteps(steps);
    return undefined;
  }

  /** Gives back what was prepared. */
  release(): void {
    this.parameters?.release();
    this.built = this.parameters = undefined;
  }

  private async encodeInParts(steps: readonly Step[], runHost: HostRunner): Promise<void> {
    let from = 0;
    for (let k = 0; k < steps.length; k++) {
      const step = steps[k]!;
      if (step.kind !== 'host') continue;
      this.encodeSteps(steps.slice(from, k));
      from = k + 1;
      await runHost(step.kernel, (slot) => {
        const moved = step.windows.get(slot);
        const { chunk, offset } = this.positions[moved?.of ?? slot]!;
        return { chunk, offset: moved ? offset + (moved.offset + step.trip * moved.step) * WORD : offset };
      });
    }
    this.encodeSteps(steps.slice(from));
  }

  /** What runs in every step of a training: three calls for each dispatch, and nothing else. */
  private encodeSteps(steps: readonly Step[]): void {
    if (steps.length === 0) return;
    const { groups, machine: { commands } } = this;
    const pass: GpuComputePass = commands.encoder().beginComputePass();
    let last: Compiled | undefined;
    for (const step of steps) {
      if (step.kind !== 'dispatch') continue;
      const { dispatch, offsets } = step;
      const { compiled, index, across, down } = dispatch;
      if (compiled !== last) pass.setPipeline(compiled!.pipeline);
      last = compiled;
      if (offsets) pass.setBindGroup(0, groups[index]!, offsets);
      else pass.setBindGroup(0, groups[index]!);
      pass.dispatchWorkgroups(across, down);
    }
    pass.end();
    commands.dispatches += steps.length;
  }

  private compile(dispatches: readonly Dispatch[]): Promise<void> | undefined {
    const { pipelines } = this.machine;
    const missing = dispatches.filter((dispatch) => {
      dispatch.compiled ??= pipelines.ready(dispatch.code);
      return dispatch.compiled === undefined;
    });
    this.ready = missing.length === 0;
    if (this.ready) return undefined;
    const one = async (dispatch: Dispatch): Promise<void> => {
      dispatch.compiled = await pipelines.get(dispatch);
    };
    return Promise.all(missing.map(one)).then(() => undefined);
  }

  private build(): void {
    const { guarded, machine, plan, positions } = this;
    const built = build(plan, positions, { ...machine, guarded });
    machine.pipelines.provideTrips(built.trips);
    this.release();
    const parameters = new Parameters(built, machine);
    this.groups = parameters.at(positions);
    this.parameters = parameters;
    this.built = built;
    this.ready = false;
  }
}

/** The kernels of a kernel, repetitions taken apart. */
function innermost(kernel: Kernel): readonly Kernel[] {
  return kernel.kind === 'repeat' ? kernel.kernels.flatMap(innermost) : [kernel];
}
