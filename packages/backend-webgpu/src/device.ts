/** Getting a device with all that the adapter offers, and knowing what became of it. */
import { BackendError } from '@cotangent/tensor';
import type { Gpu, GpuAdapter, GpuDevice } from './gpu';

export interface DeviceOptions {
  /** Default: `navigator.gpu`. In Node: `create([])` of the npm package `webgpu`. */
  readonly gpu?: Gpu | undefined;
  /** An adapter chosen by the caller; `gpu` and `powerPreference` are then not looked at. */
  readonly adapter?: object | undefined;
  readonly powerPreference?: 'low-power' | 'high-performance' | undefined;
  /** Whether an adapter that is played by the processor will do. Default: true; it is announced once on the console. */
  readonly allowSoftware?: boolean | undefined;
}

/** The limits that this backend gains from. */
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage'] as const;

const SHADER_F16 = 'shader-f16';
const SUBGROUPS = 'subgroups';

export interface Opened {
  readonly device: GpuDevice;
  /** Who computes, in words. */
  readonly adapterName: string;
  /** Whether a processor plays the GPU. */
  readonly software: boolean;
  /** Whether shaders know 16-bit numbers. */
  readonly hasHalves: boolean;
  /** Whether invocations can look at each other's values without going through memory. */
  readonly subgroups: boolean;
}

export async function openDevice({ gpu, adapter, powerPreference, allowSoftware = true }: DeviceOptions): Promise<Opened> {
  const chosen = (adapter ?? (await findAdapter(gpu, powerPreference))) as GpuAdapter;
  const info = chosen.info ?? {};
  const words = [info.vendor, info.architecture, info.device, info.description].filter((word) => word !== undefined && word !== '');
  const adapterName = [...new Set(words)].join(' ') || 'unknown adapter';
  const software =
    info.isFallbackAdapter === true || chosen.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapterName);
  if (software && !allowSoftware) throw new BackendError(`webgpu: there is no GPU, only the software adapter '${adapterName}'.`);
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, chosen.limits[name]]));
  const requiredFeatures = [SHADER_F16, SUBGROUPS].filter((name) => chosen.features?.has(name) === true);
  const device = await chosen.requestDevice({ requiredLimits, requiredFeatures });
  const [hasHalves, subgroups] = [requiredFeatures.includes(SHADER_F16), requiredFeatures.includes(SUBGROUPS)];
  return { device, adapterName, software, hasHalves, subgroups };
}

async function findAdapter(given: Gpu | undefined, powerPreference: DeviceOptions['powerPreference']): Promise<object> {
  const gpu = given ?? (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (!gpu) {
    throw new BackendError(
      'webgpu: there is no navigator.gpu. In Node pass webgpu({ gpu: create([]) }) with create from the npm package webgpu; ' +
        'a page needs a browser with WebGPU and must be served from https or localhost. The wasm backend runs everywhere.',
    );
  }
  const adapter = await gpu.requestAdapter(powerPreference && { powerPreference });
  if (!adapter) throw new BackendError('webgpu: no adapter. The machine has no GPU driver that WebGPU can use; take the wasm backend.');
  return adapter;
}
