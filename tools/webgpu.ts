import { existsSync } from 'node:fs';
import { create } from 'webgpu';

/** What browsers have as globals, for libraries that look for it there. */
export { globals } from 'webgpu';

/** Where Debian's chromium-common keeps the description of its software Vulkan driver. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * A GPU for Node: that of the machine, or the software driver that comes with Chromium. Undefined where there is neither;
 * with REQUIRE_WEBGPU=1 that is an error, so that a broken machine cannot pass for a tested one.
 */
export async function findGpu(): Promise<ReturnType<typeof create> | undefined> {
  // Has to be in the environment before the Vulkan loader starts; a choice made outside stays.
  if (process.env['VK_DRIVER_FILES'] === undefined && existsSync(SWIFTSHADER)) process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
  const gpu = create([]);
  if (await gpu.requestAdapter()) return gpu;
  const reason = 'no WebGPU adapter: install chromium (for its software driver) and libvulkan1, or a Vulkan driver';
  if (process.env['REQUIRE_WEBGPU'] === '1') throw new Error(`REQUIRE_WEBGPU=1, but there is ${reason}.`);
  console.log(`${reason}. Tests of the webgpu backend are left out.`);
  return undefined;
}
