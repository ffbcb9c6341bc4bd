/**
 * The part of WebGPU that this package uses, as types. TypeScript's own library has none yet, and types from another package
 * would have to be installed by everybody who imports this one.
 */

export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number, offset?: number, size?: number): Promise<unknown>;
  getMappedRange(offset?: number, size?: number): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

export interface GpuPipeline {
  readonly label: string;
}

export interface GpuBindGroup {
  readonly label: string;
}

export interface GpuLayout {
  readonly label: string;
}

export interface GpuComputePass {
  setPipeline(pipeline: GpuPipeline): void;
  setBindGroup(index: number, group: GpuBindGroup, offsets?: readonly number[]): void;
  dispatchWorkgroups(x: number, y?: number): void;
  end(): void;
}

export interface GpuCommandEncoder {
  beginComputePass(): GpuComputePass;
  copyBufferToBuffer(source: GpuBuffer, sourceOffset: number, target: GpuBuffer, targetOffset: number, size: number): void;
  clearBuffer(buffer: GpuBuffer, offset?: number, size?: number): void;
  finish(): object;
}

export interface GpuQueue {
  submit(commands: readonly object[]): void;
  onSubmittedWorkDone(): Promise<unknown>;
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void;
}

export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxUniformBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly minUniformBufferOffsetAlignment: number;
}

export interface GpuBindGroupLayoutEntry {
  readonly binding: number;
  readonly visibility: number;
  readonly buffer: { readonly type: 'uniform' | 'storage' | 'read-only-storage'; readonly hasDynamicOffset?: boolean };
}

export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly queue: GpuQueue;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  createBuffer(descriptor: { size: number; usage: number; label?: string }): GpuBuffer;
  createShaderModule(descriptor: { code: string; label?: string }): object;
  createBindGroupLayout(descriptor: { entries: readonly GpuBindGroupLayoutEntry[] }): GpuLayout;
  createPipelineLayout(descriptor: { bindGroupLayouts: readonly GpuLayout[] }): object;
  createComputePipelineAsync(descriptor: {
    label?: string;
    layout: object;
    compute: { module: object; entryPoint: string };
  }): Promise<GpuPipeline>;
  createBindGroup(descriptor: {
    layout: GpuLayout;
    entries: readonly { binding: number; resource: { buffer: GpuBuffer; offset?: number; size?: number } }[];
  }): GpuBindGroup;
  createCommandEncoder(): GpuCommandEncoder;
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: { readonly message: string } }) => void): void;
  destroy(): void;
}

export interface GpuAdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

export interface GpuAdapter {
  readonly limits: GpuLimits;
  readonly info?: GpuAdapterInfo;
  readonly isFallbackAdapter?: boolean;
  readonly features?: { has(name: string): boolean };
  requestDevice(descriptor?: {
    requiredLimits?: Readonly<Record<string, number>>;
    requiredFeatures?: readonly string[];
  }): Promise<GpuDevice>;
}

/**
 * `navigator.gpu`, or what `create()` of the npm package `webgpu` gives. Said so loosely that the types of any version of
 * `@webgpu/types` fit.
 */
export interface Gpu {
  requestAdapter(options?: { powerPreference?: 'low-power' | 'high-performance' }): Promise<object | null>;
}

/** Values of the constants that browsers keep in `GPUBufferUsage` and its siblings, which Node lacks. */
export const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 } as const;
export const MAP_READ = 0x1;
export const VISIBLE_IN_COMPUTE = 0x4;
