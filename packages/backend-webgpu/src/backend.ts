/**
 * The webgpu backend: every plan is a handful of compute dispatches in one command buffer.
 *
 * Responsible for: getting a device, memory of storages, the order of plans and reads, errors that come late.
 * Not responsible for: what shaders look like (`kernels`, `wgsl`) or how a plan is laid out (`executable.ts`).
 */
import {
  BackendError, type Backend, type BackendCapabilities, type BackendStats, type Plan, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { openDevice, type DeviceOptions } from './device';
import { Engine } from './engine';
import { GpuStorage } from './storage';
import { isFirefox } from './waits';

export interface WebGpuOptions extends DeviceOptions {
  /**
   * Rows of at least so many elements are reduced by a whole workgroup instead of a single invocation. Default 512; meant for
   * measuring and for tests.
   */
  readonly sharedRow?: number;
  /**
   * Products of at least so many rows and columns go through workgroup memory. Default 32 on a GPU, never on a software adapter,
   * where that takes ten times as long; meant for measuring and for tests.
   */
  readonly tiledFrom?: number;
  /**
   * Submit an empty list of commands every few milliseconds while anything waits for the GPU. Default: in Firefox, which otherwise
   * looks only every 100 ms whether it is done.
   */
  readonly nudges?: boolean;
}

/** `bytes` are those in use: arrays, parameters, reads under way. */
export interface WebGpuStats extends BackendStats {
  /** Bytes of all buffers made so far, which hold what is in use and what is free again. */
  readonly reserved: number;
  /** Command buffers submitted. */
  readonly submits: number;
  /** Dispatches encoded. */
  readonly dispatches: number;
  /** Errors that WebGPU reported out of turn; anything but 0 is a defect of this package. */
  readonly validationErrors: number;
}

export interface WebGpuBackend extends Backend {
  whenReady(): Promise<void>;
  /** Who computes, in words; empty until the backend is ready. */
  readonly adapter: string;
  stats(): WebGpuStats;
}

const CAPABILITIES: BackendCapabilities = {
  dtypes: ['float32', 'float16', 'int32', 'uint32', 'uint8', 'bool'],
  compute: ['float32', 'int32', 'uint32', 'bool', 'uint8'],
  contract: ['float16'],
  syncRead: false,
};

/**
 * The webgpu backend: plans run on the GPU, in float32 and integers. Values are read asynchronously only.
 *
 * @example
 * ```ts browser
 * import { tensor, use } from '@cotangent/tensor';
 * import { webgpu } from '@cotangent/backend-webgpu';
 *
 * await use(webgpu());
 * console.log(await tensor([1, 2, 3]).mul(2).array()); // [2, 4, 6]
 * ```
 */
export function webgpu(options: WebGpuOptions = {}): WebGpuBackend {
  return new WebGpu(options);
}

let announced = false;

class WebGpu implements WebGpuBackend {
  readonly name = 'webgpu';
  readonly caps = CAPABILITIES;
  adapter = '';
  private ready: Promise<void> | undefined;
  private engine: Engine | undefined;
  private disposed = false;

  constructor(private readonly options: WebGpuOptions) {}

  whenReady(): Promise<void> {
    this.ready ??= this.open();
    return this.ready;
  }

  async prepare(plan: Plan): Promise<void> {
    await this.whenReady();
    await this.use().prepare(plan);
  }

  run(plan: Plan, inputs: readonly Storage[]): Storage[] {
    const engine = this.use();
    if (inputs.length !== plan.inputs.length) {
      throw new BackendError(`webgpu: the plan has ${plan.inputs.length} inputs but ${inputs.length} storages were given.`);
    }
    for (let i = 0; i < inputs.length; i++) this.checkInput(plan, i, inputs[i]!);
    const outputs: GpuStorage[] = [];
    for (const { slot, resident } of plan.outputs) {
      const { dtype, length } = plan.slots[slot]!;
      outputs.push(new GpuStorage(dtype, length, this, resident));
    }
    engine.run(plan, inputs, outputs);
    return outputs;
  }

  private checkInput(plan: Plan, i: number, storage: Storage): void {
    const slot = plan.slots[plan.inputs[i]!]!;
    if (storage.dtype !== slot.dtype || storage.length !== slot.length) {
      throw new BackendError(
        `webgpu: input ${i} of the plan holds ${slot.length} elements of ${slot.dtype}, ` +
          `but a storage with ${storage.length} elements of ${storage.dtype} was given.`,
      );
    }
    if (storage.backend !== this && !storage.host) {
      const owner = storage.backend?.name ?? 'unknown';
      throw new BackendError(
        `webgpu: the storage lies in the memory of another backend (${owner}). Read it there first, then pass its elements.`,
      );
    }
  }

  whenRoom(): Promise<void> | undefined {
    return this.engine?.whenRoom();
  }

  forget(plan: Plan): void {
    this.engine?.forget(plan);
  }

  async read(storage: Storage): Promise<TypedArray> {
    const engine = this.use();
    if (storage instanceof GpuStorage && storage.backend === this) return engine.read(storage);
    if (storage.host) return storage.host;
    throw new BackendError('webgpu: the storage belongs to another backend. Read it there.');
  }

  free(storage: Storage): void {
    const engine = this.use();
    if (storage instanceof GpuStorage) engine.free(storage);
  }

  stats(): WebGpuStats {
    if (this.engine) return this.engine.stats();
    return { plans: 0, kernels: 0, compiled: 0, bytes: 0, reserved: 0, submits: 0, dispatches: 0, validationErrors: 0 };
  }

  dispose(): void {
    this.disposed = true;
    this.engine?.dispose();
  }

  private async open(): Promise<void> {
    const { device, adapterName, software, hasHalves, subgroups } = await openDevice(this.options);
    this.adapter = adapterName;
    if (software && !announced) {
      announced = true;
      console.warn(`webgpu: there is no GPU, the software adapter '${adapterName}' computes. The wasm backend is faster here.`);
    }
    const { nudges = isFirefox(), sharedRow, tiledFrom = software ? Infinity : 32 } = this.options;
    this.engine = new Engine(device, { nudges, sharedRow, tiledFrom, hasHalves, subgroups });
  }

  private use(): Engine {
    if (this.disposed) {
      throw new BackendError('webgpu: this backend has been disposed of. Make a new one with webgpu() and pass it to use().');
    }
    if (!this.engine) throw new BackendError('webgpu: the device is not there yet. Wait for it with await use(webgpu()).');
    this.engine.check();
    return this.engine;
  }
}
