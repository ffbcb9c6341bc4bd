/** Compiled shaders by their text, and bind groups by the memory they show. */
import type { Commands } from './commands';
import { USAGE, VISIBLE_IN_COMPUTE, type GpuBindGroup, type GpuBuffer, type GpuDevice, type GpuLayout, type GpuPipeline } from './gpu';
import { GRAIN, type Chunk } from './heap';

export interface Compiled {
  readonly pipeline: GpuPipeline;
  readonly layout: GpuLayout;
}

/** Bytes of parameters that a shader sees through its binding: the least that WebGPU guarantees. */
export const PARAMETER_WINDOW = 65536;
/** The bindings before those of memory: parameters, the trip, a table of parameters, errors. */
export const MEMORY_BINDING = 4;

const FEWEST_TRIPS = 64;
const INFINITY_BITS = 0x7f800000;
const NAN_BITS = 0x7fc00000;

export class Pipelines {
  private readonly compiling = new Map<string, Promise<Compiled>>();
  private readonly byCode = new Map<string, Compiled>();
  private readonly layouts = new Map<string, GpuLayout>();
  private groups = new Map<string, GpuBindGroup>();
  /** Bind groups made before it changed show memory that is gone. */
  generation = 0;
  private trips: GpuBuffer | undefined;
  compiled = 0;

  constructor(
    private readonly device: GpuDevice,
    private readonly commands: Commands,
    private readonly errors: GpuBuffer,
  ) {}

  /**
   * Sees to it that trips 0 to `count` - 1 of repetitions can be bound: a record for each, with its number and the special
   * numbers that a shader cannot write down.
   */
  provideTrips(count: number): void {
    if (this.trips && this.trips.size >= count * GRAIN) return;
    const records = Math.max(FEWEST_TRIPS, 2 ** Math.ceil(Math.log2(count)));
    const words = new Uint32Array((records * GRAIN) / 4);
    for (let trip = 0; trip < records; trip++) words.set([trip, INFINITY_BITS, NAN_BITS], (trip * GRAIN) / 4);
    this.commands.submit();
    this.trips?.destroy();
    this.trips = this.device.createBuffer({ size: records * GRAIN, usage: USAGE.uniform | USAGE.copyTarget });
    this.commands.write(this.trips, 0, words);
    this.groups = new Map();
    this.generation++;
  }

  /** The pipeline of a shader that has been compiled. */
  ready(code: string): Compiled | undefined {
    return this.byCode.get(code);
  }

  /** The pipeline of a shader; the same text is compiled once. */
  get(code: string, modes: string): Promise<Compiled> {
    let found = this.compiling.get(code);
    if (!found) {
      this.compiled++;
      found = this.compile(code, this.layout(modes));
      this.compiling.set(code, found);
    }
    return found;
  }

  private async compile(code: string, layout: GpuLayout): Promise<Compiled> {
    const { device } = this;
    const module = device.createShaderModule({ code });
    const pipeline = await device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    const compiled = { pipeline, layout };
    this.byCode.set(code, compiled);
    return compiled;
  }

  /** `modes` has a letter for each chunk of memory: w when it is written, r when it is only read. */
  private layout(modes: string): GpuLayout {
    let layout = this.layouts.get(modes);
    if (!layout) {
      const entry = (binding: number, type: 'uniform' | 'storage' | 'read-only-storage', hasDynamicOffset: boolean) => ({
        binding,
        visibility: VISIBLE_IN_COMPUTE,
        buffer: { type, hasDynamicOffset },
      });
      layout = this.device.createBindGroupLayout({
        entries: [
          entry(0, 'uniform', true),
          entry(1, 'uniform', true),
          entry(2, 'read-only-storage', false),
          entry(3, 'storage', false),
          ...Array.from(modes, (mode, k) => entry(MEMORY_BINDING + k, mode === 'w' ? 'storage' : 'read-only-storage', false)),
        ],
      });
      this.layouts.set(modes, layout);
    }
    return layout;
  }

  bindGroup(parameters: Chunk, chunks: readonly Chunk[], modes: string): GpuBindGroup {
    const key = `${parameters.id}/${chunks.map(({ id }) => id).join()}/${modes}`;
    let group = this.groups.get(key);
    if (!group) {
      group = this.device.createBindGroup({
        layout: this.layout(modes),
        entries: [
          { binding: 0, resource: { buffer: parameters.buffer, size: PARAMETER_WINDOW } },
          { binding: 1, resource: { buffer: this.trips!, size: 16 } },
          { binding: 2, resource: { buffer: parameters.buffer } },
          { binding: 3, resource: { buffer: this.errors } },
          ...chunks.map(({ buffer }, k) => ({ binding: MEMORY_BINDING + k, resource: { buffer } })),
        ],
      });
      this.groups.set(key, group);
    }
    return group;
  }
}
