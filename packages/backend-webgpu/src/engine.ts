/**
 * A device at work: plans and reads in order, memory for storages, and errors that come late.
 */
import {
  BackendError, IndexError, type BackendStats, type Plan, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { Commands } from './commands';
import { fromMemory, WORD } from './elements';
import { Executable, type HostRunner, type Machine } from './executable';
import { USAGE, type GpuBuffer, type GpuDevice } from './gpu';
import { Heap, type Place } from './heap';
import { runOnHost } from './host';
import { INDEX_OPS } from './kernels/moves';
import { GONE, isTakeable, Memory } from './memory';
import { Pipelines } from './pipelines';
import { Reads } from './reads';
import { Sequencer } from './sequencer';
import { GpuStorage } from './storage';
import { Waits } from './waits';

const MEGABYTE = 2 ** 20;
const ERROR_BYTES = 32;

export class Engine {
  private readonly sequencer = new Sequencer();
  private readonly commands: Commands;
  private readonly memory: Memory;
  private readonly parameters: Heap;
  private readonly pipelines: Pipelines;
  private readonly reads: Reads;
  private readonly errors: GpuBuffer;
  private readonly machine: Machine;
  private executables = new WeakMap<Plan, Executable>();
  /** An error of queued work, for the next read. */
  private pending: Error | undefined;
  private lost: BackendError | undefined;
  private disposed = false;
  /** Whether a plan may have found an index out of range since that was last looked at. */
  private unsure = false;
  private runs = 0;
  private plans = 0;
  private kernels = 0;
  private validationErrors = 0;

  constructor(
    private readonly device: GpuDevice,
    { nudges, ...options }: Pick<Machine, 'sharedRow' | 'subgroups' | 'tiledFrom' | 'hasHalves'> & { readonly nudges: boolean },
  ) {
    const { limits } = device;
    const storage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize, 2 ** 32);
    const waits = new Waits(device.queue, nudges);
    this.commands = new Commands(device, waits);
    const heap = new Heap(device, { usage: storage, first: 32 * MEGABYTE, most });
    this.memory = new Memory(heap, this.commands, options.hasHalves, (task) => {
      if (!this.disposed) this.later(task);
    });
    this.parameters = new Heap(device, { usage: storage | USAGE.uniform, first: MEGABYTE, most });
    this.errors = device.createBuffer({ size: ERROR_BYTES, usage: storage });
    this.pipelines = new Pipelines(device, this.commands, this.errors);
    this.reads = new Reads(device, this.commands, waits);
    this.machine = {
      commands: this.commands,
      parameters: this.parameters,
      pipelines: this.pipelines,
      maximumWorkgroups: limits.maxComputeWorkgroupsPerDimension,
      maximumBuffers: limits.maxStorageBuffersPerShaderStage,
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

  /**
   * Compiles a plan as if all its arrays lay where memory is free now, which is where a run will most likely put them. What lies
   * elsewhere then, in another buffer, asks for other shaders.
   */
  prepare(plan: Plan): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sequencer.add(() => {
        this.check();
        const { heap } = this.memory;
        const executable = this.executable(plan);
        const taken: Place[] = [];
        try {
          for (const slot of [...plan.inputs, ...plan.outputs.map((output) => output.slot)]) {
            const place = this.memory.take(plan.slots[slot]!, executable.last(slot));
            taken.push(place);
            executable.put(slot, place);
          }
          executable.putArena(this.memory.arenaOf(executable.arenaBytes));
          (executable.settle() ?? Promise.resolve()).then(resolve, reject);
        } finally {
          for (const place of taken) heap.free(place);
        }
        return undefined;
      }, reject);
    });
  }

  run(plan: Plan, inputs: readonly Storage[], outputs: readonly GpuStorage[]): void {
    this.plans++;
    this.kernels += plan.kernels.length;
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

  /** Undefined while another plan may be run; else resolves when that is so. */
  whenRoom(): Promise<void> | undefined {
    return this.sequencer.idle()?.then(() => this.commands.whenRoom()) ?? this.commands.whenRoom();
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

  free(storage: GpuStorage): void {
    this.later(() => {
      this.memory.free(storage);
    });
  }

  stats(): BackendStats & { reserved: number; submits: number; dispatches: number; validationErrors: number } {
    const { plans, kernels, validationErrors, memory: { heap }, parameters, reads } = this;
    const bytes = heap.used + parameters.used + reads.used;
    const reserved = heap.reserved + parameters.reserved + reads.reserved;
    const { submits, dispatches } = this.commands;
    return { plans, kernels, compiled: this.pipelines.compiled, bytes, reserved, submits, dispatches, validationErrors };
  }

  dispose(): void {
    this.disposed = true;
    this.executables = new WeakMap();
    this.commands.submit();
    this.reads.dispose();
    this.memory.heap.dispose();
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
    const { memory } = this;
    const executable = this.executable(plan);
    const run = ++this.runs;
    const uploads: Place[] = [];
    const made: Place[] = [];
    const places: Place[] = [];
    try {
      for (let i = 0; i < inputs.length; i++) {
        const slot = plan.inputs[i]!;
        executable.put(slot, memory.input(inputs[i]!, run, executable.last(slot), uploads));
      }
      for (const { slot, donor } of plan.outputs) {
        const from = donor === undefined ? undefined : inputs[donor]!;
        let place: Place;
        if (from && isTakeable(from, run)) place = from.lease.held.place!;
        else made.push((place = memory.take(plan.slots[slot]!, executable.last(slot))));
        places.push(place);
        executable.put(slot, place);
      }
      executable.putArena(memory.arenaOf(executable.arenaBytes));
      const compiling = executable.settle();
      this.unsure ||= executable.canFail;
      if (compiling || executable.hasHost) {
        return this.startLater(compiling, executable, () => {
          this.handOver(plan, inputs, outputs, places, uploads);
        }, [...uploads, ...made]);
      }
      void executable.encode(this.runHost);
      this.handOver(plan, inputs, outputs, places, uploads);
      return undefined;
    } catch (error) {
      for (const place of [...uploads, ...made]) memory.heap.free(place);
      throw error;
    }
  }

  /** The end of a run: outputs get the memory they were written to, and uploads give theirs back. */
  private handOver(
    { outputs: wanted }: Plan,
    inputs: readonly Storage[],
    outputs: readonly GpuStorage[],
    places: readonly Place[],
    uploads: readonly Place[],
  ): void {
    for (let k = 0; k < outputs.length; k++) {
      const { donor } = wanted[k]!;
      const from = donor === undefined ? undefined : inputs[donor];
      if (from instanceof GpuStorage && from.lease?.held.place === places[k]) {
        outputs[k]!.lease = from.lease;
        from.lease = undefined;
      } else outputs[k]!.lease = this.memory.lease(places[k]!);
    }
    for (const place of uploads) this.memory.heap.free(place);
  }

  private async startLater(
    compiling: Promise<void> | undefined,
    executable: Executable,
    finish: () => void,
    taken: readonly Place[],
  ): Promise<void> {
    try {
      await compiling;
      await executable.encode(this.runHost);
    } catch (error) {
      for (const place of taken) this.memory.heap.free(place);
      throw error;
    }
    finish();
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
    const { host, lease } = storage;
    if (host) return host;
    if (!lease) throw new BackendError(GONE);
    const place = lease.held.place!;
    // Copies are of whole words; what lies behind an odd number of halves is not looked at.
    const bytes = Math.ceil((storage.length * place.chunk.unit) / WORD) * WORD;
    const sources = [{ buffer: place.chunk.buffer, offset: place.offset, bytes }];
    const { unsure } = this;
    if (unsure) sources.push({ buffer: this.errors, offset: 0, bytes: ERROR_BYTES });
    this.unsure = false;
    const [elements, report] = await this.reads.read(sources, unsure ? this.errors : undefined);
    if (report) throwReported(new Int32Array(report));
    const result = fromMemory(elements!, storage.dtype, storage.length, place.chunk.unit);
    if (!storage.resident) {
      storage.host ??= result;
      this.free(storage);
    }
    return result;
  }
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
