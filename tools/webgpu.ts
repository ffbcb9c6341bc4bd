import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create } from 'webgpu';

/** What browsers have as globals, for libraries that look for it there. */
export { globals } from 'webgpu';

type Gpu = ReturnType<typeof create>;

/** Where Debian's chromium-common keeps the description of its software Vulkan driver. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Where drivers that are installed describe themselves. */
const DRIVERS = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d'];
/** That of lavapipe, which unlike SwiftShader has 16-bit numbers: where .ci/lavapipe or Debian's mesa-vulkan-drivers puts it. */
const LAVAPIPE = [
  fileURLToPath(new URL('../node_modules/.cache/lavapipe/lvp.json', import.meta.url)),
  '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
  '/usr/share/vulkan/icd.d/lvp_icd.json',
];

/** Whether the machine has Vulkan drivers of its own; asking the loader where there are none makes it complain. */
function hasDrivers(): boolean {
  return DRIVERS.some((folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')));
}

/**
 * A GPU for Node: that of the machine, or the software driver that comes with Chromium. Undefined where there is neither;
 * with REQUIRE_WEBGPU=1 that is an error, so that a broken machine cannot pass for a tested one.
 */
export async function findGpu(): Promise<Gpu | undefined> {
  const given = process.env['VK_DRIVER_FILES'];
  if (given !== undefined || hasDrivers()) {
    const gpu = create([]);
    if (await gpu.requestAdapter()) return gpu;
  }
  if (given === undefined && existsSync(SWIFTSHADER)) {
    // Read by the Vulkan loader whenever an instance is made.
    process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
    const gpu = create([]);
    if (await gpu.requestAdapter()) return gpu;
  }
  const reason = 'no WebGPU adapter: install chromium (for its software driver) and libvulkan1, or a Vulkan driver';
  if (process.env['REQUIRE_WEBGPU'] === '1') throw new Error(`REQUIRE_WEBGPU=1, but there is ${reason}.`);
  console.log(`${reason}. Tests of the webgpu backend are left out.`);
  return undefined;
}

/** A GPU for Node whose shaders know 16-bit numbers; undefined where there is none. */
export async function findGpuWithHalves(): Promise<Gpu | undefined> {
  const given = process.env['VK_DRIVER_FILES'];
  for (const driver of [given, ...LAVAPIPE.filter((path) => existsSync(path))]) {
    if (driver !== undefined) process.env['VK_DRIVER_FILES'] = driver;
    const gpu = create([]);
    const adapter = await gpu.requestAdapter();
    if (adapter?.features.has('shader-f16') === true) return gpu;
  }
  console.log('no WebGPU adapter with shader-f16: .ci/lavapipe fetches one. Tests of 16-bit storage are left out.');
  return undefined;
}

/** As much of a device as tests look at. */
export interface TestDevice {
  readonly limits: object;
  readonly queue: object;
  destroy(): void;
}

export interface TestAdapter {
  readonly limits: object;
  readonly info: object;
  readonly features: ReadonlySet<string>;
  requestDevice(descriptor: object): Promise<TestDevice>;
}

/** The adapter of a GPU, with a device that `change` looks at first. Of optional features it offers those of `wanted` that it has. */
export async function adapterWith(
  gpu: Gpu,
  change: (device: TestDevice) => TestDevice,
  wanted: readonly string[] = [],
): Promise<TestAdapter> {
  const adapter = (await gpu.requestAdapter()) as unknown as TestAdapter;
  const { limits, info } = adapter;
  const features = new Set(wanted.filter((name) => adapter.features.has(name)));
  return { limits, info, features, requestDevice: async (descriptor) => change(await adapter.requestDevice(descriptor)) };
}

/** The same object with other members. */
export function withMembers<T extends object>(target: T, members: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get: (own, name) => {
      if (Object.hasOwn(members, name)) return members[name as string];
      const value: unknown = Reflect.get(own, name);
      return value instanceof Function ? (value.bind(own) as unknown) : value;
    },
  });
}

/** The same device, which says that its buffers hold `bytes` at most. */
export function withSmallBuffers(device: TestDevice, bytes: number): TestDevice {
  return withMembers(device, { limits: withMembers(device.limits, { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes }) });
}
