/**
 * A device at work: plans and reads in order, memory for storages, and errors that come late.
 */
import {
  BackendError, IndexError, type BackendStats, type Plan, type Slot, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { Commands } from './commands';
import { fromMemory, toMemory, unitOf, WORD, type Unit } from './elements';
import { Executable, type Arena, type HostRunner, type Machine } from './executable';
import { USAGE, type GpuBuffer, type GpuDevice } from './gpu';
import { Heap, type Place } from './heap';
import { runOnHost } from './host';
import { INDEX_OPS } from './kernels/moves';
import { PARAMETER_WINDOW, Pipelines } from './pipelines';
import { Reads } from './reads';
import { Sequencer } from './sequencer';
import { GpuStorage, type Held } from './storage';

const MEGABYTE = 2 ** 20;
const ERROR_BYTES = 32;
const GONE = 'webgpu: the storage is gone, because a plan has updated it in place. Read it before that plan runs.';

export class Engine {
  private readonly sequencer = new Sequencer();
  private readonly commands: Commands;
  private readonly heap: Heap;
  private readonly parameters: Heap;
  private readonly pipelines: Pipelines;
  private readonly reads: Reads;
  private readonly errors: GpuBuffer;
  private readonly machine: Machine;
  private executables = new WeakMap<Plan, Executable>();
  private readonly arena: Record<Unit, Place | undefined> = { 2: undefined, 4: undefined };
  /** Memory of results that nobody holds any more. */
  private readonly collected = new FinalizationRegistry<Held>((held) => {
    this.free(held);
  });
  /** An error of queued work, for the next read. */
  private pending: Error | undefined;
  private lost: BackendError | undefined;
  private disposed = false;
  private plans = 0;
  private kernels = 0;
  private validationErrors = 0;

  constructor(
    private readonly device: GpuDevice,
    options: Pick<Machine, 'sharedRow' | 'tiledFrom' | 'hasHalves'>,
  ) {
    const { limits } = device;
    const storage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize, 2 ** 32);
    this.commands = new Commands(device);
    this.heap = new Heap(device, { usage: storage, first: 32 * MEGABYTE, most, tail: 0 });
    this.parameters = new Heap(device, { usage: storage | USAGE.uniform, first: MEGABYTE, most, tail: PARAMETER_WINDOW });
    this.errors = device.createBuffer({ size: ERROR_BYTES, usage: storage });
    this.pipelines = new Pipelines(device, this.commands, this.errors);
    this.reads = new Reads(device, this.commands);
    this.machine = {
      commands: this.commands,
      heap: this.heap,
      parameters: this.parameters,
      pipelines: this.pipelines,
      maximumWorkgroups: limits.maxComputeWorkgroupsPerDimension,
      ...options,
    };
    device.addEventListener('uncapturederror', ({ error }) => {
      this.validationErrors++;
      this.pending ??= new BackendError(`webgpu: ${error.message}`);
    });
    void device.lost.then(({ reason, message }) => {
      if (this.disposed) return;
      this.lost = new BackendError(
        `webgpu: the GPU was lost (${message || reason}). What lay in its memory is gone: make a new backend with ` +
          'await use(webgpu()), and load parameters from a checkpoint.',
      );
    });
  }

  /** Throws when the device is gone. */
  check(): void {
    if (this.lost) throw this.lost;
  }

  async prepare(plan: Plan): Promise<void> {
    this.executable(plan);
  }

  run(plan: Plan, inputs: readonly Storage[], outputs: readonly GpuStorage[]): void {
    this.plans++;
    this.kernels += plan.kernels.length;
    for (const output of outputs) this.collected.register(output, output.held);
    this.sequencer.add(
      () => this.start(plan, inputs, outputs),
      (error) => {
        const failure = this.lost ?? asError(error);
        for (const output of outputs) output.failure = failure;
        this.pending ??= failure;
      },
    );
  }

  forget(plan: Plan): void {
    const executable = this.executables.get(plan);
    if (!executable) return;
    this.executables.delete(plan);
    this.later(() => {
      executable.release();
    });
  }

  read(storage: GpuStorage): Promise<TypedArray> {
    return new Promise((resolve, reject) => {
      this.sequencer.add(() => {
        this.fetch(storage).then(resolve, (error: unknown) => {
          reject(this.lost ?? asError(error));
        });
        return undefined;
      }, reject);
    });
  }

  free(held: Held): void {
    this.later(() => {
      if (held.place && !this.disposed) this.heap.free(held.place);
      held.place = undefined;
    });
  }

  stats(): BackendStats & { submits: number; dispatches: number; validationErrors: number } {
    const { plans, kernels, validationErrors } = this;
    const bytes = this.heap.bytes + this.parameters.bytes + this.reads.bytes;
    const { submits, dispatches } = this.commands;
    return { plans, kernels, compiled: this.pipelines.compiled, bytes, submits, dispatches, validationErrors };
  }

  dispose(): void {
    this.disposed = true;
    this.executables = new WeakMap();
    this.commands.submit();
    this.reads.dispose();
    this.heap.dispose();
    this.parameters.dispose();
    this.device.destroy();
  }

  private later(task: () => void): void {
    this.sequencer.add(
      () => {
        task();
        return undefined;
      },
      (error) => {
        this.pending ??= asError(error);
      },
    );
  }

  private executable(plan: Plan): Executable {
    let executable = this.executables.get(plan);
    if (!executable) this.executables.set(plan, (executable = new Executable(plan, this.machine)));
    return executable;
  }

  /** Runs a plan now. Memory is taken here, in the order of the queue, and what only the run needs is given back at its end. */
  private start(plan: Plan, inputs: readonly Storage[], outputs: readonly GpuStorage[]): Promise<void> | undefined {
    this.check();
    for (const input of inputs) if (input instanceof GpuStorage && input.failure !== undefined) throw input.failure;
    const executable = this.executable(plan);
    const given = new Map<number, Place>();
    const uploads: Place[] = [];
    const made: Place[] = [];
    try {
      const known = new Map<Storage, Place>();
      plan.inputs.forEach((slot, i) => {
        const storage = inputs[i]!;
        let place = (storage instanceof GpuStorage ? storage.held.place : undefined) ?? known.get(storage);
        if (!place) {
          place = this.upload(storage);
          uploads.push(place);
          known.set(storage, place);
        }
        given.set(slot, place);
      });
      plan.outputs.forEach(({ slot, donor }) => {
        const place = donor === undefined ? undefined : takeable(inputs, donor);
        const own = place ?? this.take(plan.slots[slot]!);
        if (!place) made.push(own);
        given.set(slot, own);
      });
      const arena = this.arenaFor(executable);
      const finish = (): void => {
        for (const place of uploads) this.heap.free(place);
        plan.outputs.forEach(({ slot, donor }, k) => {
          const place = given.get(slot)!;
          if (donor !== undefined && takeable(inputs, donor) === place) (inputs[donor] as GpuStorage).held.place = undefined;
          outputs[k]!.held.place = place;
        });
      };
      const compiling = executable.place(given, arena);
      if (compiling || executable.hasHost) {
        return this.startLater(compiling, () => executable.encode(given, arena, this.runHost), finish, [...uploads, ...made]);
      }
      void executable.encode(given, arena, this.runHost);
      finish();
      return undefined;
    } catch (error) {
      for (const place of [...uploads, ...made]) this.heap.free(place);
      throw error;
    }
  }

  private async startLater(
    compiling: Promise<void> | undefined,
    encode: () => Promise<void> | undefined,
    finish: () => void,
    taken: readonly Place[],
  ): Promise<void> {
    try {
      await compiling;
      await encode();
    } catch (error) {
      for (const place of taken) this.heap.free(place);
      throw error;
    }
    finish();
  }

  /** Puts the elements of a storage into memory of the GPU for one run. */
  private upload({ host, dtype, length }: Storage): Place {
    if (!host) throw new BackendError(GONE);
    const place = this.take({ dtype, length });
    this.commands.write(place.chunk.buffer, place.offset, toMemory(host, dtype, place.chunk.unit));
    return place;
  }

  /** Memory for what lies between the kernels of a plan; all plans share it, because they run one after another. */
  private arenaFor({ arenaBytes }: Executable): Arena {
    const sized = (unit: Unit): Place | undefined => {
      const [bytes, now] = [arenaBytes[unit], this.arena[unit]];
      if (bytes === 0 || (now && now.bytes >= bytes)) return now;
      if (now) this.heap.free(now);
      this.arena[unit] = undefined;
      return (this.arena[unit] = this.heap.allocate(bytes, unit));
    };
    return { 2: sized(2), 4: sized(4) };
  }

  private take({ dtype, length }: Slot): Place {
    const unit = unitOf(dtype, this.machine.hasHalves);
    return this.heap.allocate(length * unit, unit);
  }

  private readonly runHost: HostRunner = (kernel, begin) => runOnHost(kernel, begin, this.reads, this.commands);

  private async fetch(storage: GpuStorage): Promise<TypedArray> {
    this.check();
    if (storage.failure !== undefined) {
      if (this.pending === storage.failure) this.pending = undefined;
      throw storage.failure;
    }
    if (this.pending !== undefined) {
      const { pending } = this;
      this.pending = undefined;
      throw pending;
    }
    const { host, held: { place } } = storage;
    if (host) return host;
    if (!place) throw new BackendError(GONE);
    const sources = [
      // Copies are of whole words; what lies behind an odd number of halves is not looked at.
      { buffer: place.chunk.buffer, offset: place.offset, bytes: Math.ceil((storage.length * place.chunk.unit) / WORD) * WORD },
      { buffer: this.errors, offset: 0, bytes: ERROR_BYTES },
    ];
    const [elements, report] = await this.reads.read(sources, (encoder) => {
      encoder.clearBuffer(this.errors);
    });
    throwReported(new Int32Array(report!));
    const result = fromMemory(elements!, storage.dtype, storage.length, place.chunk.unit);
    if (!storage.resident) {
      storage.host ??= result;
      this.free(storage.held);
    }
    return result;
  }
}

/** The memory of a resident storage that nothing else in the plan reads, for an output to take over. */
function takeable(inputs: readonly Storage[], donor: number): Place | undefined {
  const storage = inputs[donor]!;
  const isOwn = storage instanceof GpuStorage && storage.resident && inputs.indexOf(storage) === inputs.lastIndexOf(storage);
  return isOwn ? storage.held.place : undefined;
}

/** Throws what shaders have reported. */
function throwReported([found, what, index, axis, size]: Int32Array): void {
  if (found === 0) return;
  throw new IndexError(
    `${INDEX_OPS[what!]!}: index ${index!} is out of range for axis ${axis!} of size ${size!}. ` +
      (size === 0 ? 'The axis is empty, so no index fits.' : `Indices must lie between 0 and ${size! - 1}.`),
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
