/** Compiled shaders by their text, and bind groups by the memory they show. */
import type { Dispatch } from './built';
import type { Commands } from './commands';
import { USAGE, VISIBLE_IN_COMPUTE, type GpuBindGroup, type GpuBuffer, type GpuDevice, type GpuLayout, type GpuPipeline } from './gpu';
import { GRAIN, type Place } from './heap';
import type { Launch } from './wgsl/shader';

export interface Compiled {
  readonly pipeline: GpuPipeline;
}

/** What a shader binds beside its parameters. */
export interface Signature {
  /** Whether it asks for the number of its trip, or for special numbers, which lie beside it. */
  readonly trip: boolean;
  /** Whether it reads its parameters from a table. */
  readonly table: boolean;
  readonly errors: boolean;
  /** A letter for each chunk of memory: w when it is written, r when it is only read. */
  readonly modes: string;
}

/** Bytes of parameters that a shader can be given outside of a table: the least that WebGPU guarantees. */
export const PARAMETER_WINDOW = 65536;
/** The bindings: parameters, the trip, a table of parameters, errors, and then memory. */
const [PARAMETERS, TRIP, TABLE, ERRORS, MEMORY] = [0, 1, 2, 3, 4] as const;

const FEWEST_TRIPS = 64;
const INFINITY_BITS = 0x7f800000;
const NAN_BITS = 0x7fc00000;

export function signatureOf({ code, bindings }: Launch): Signature {
  const declares = (binding: number): boolean => code.includes(`@binding(${binding})`);
  // The trip is declared by every shader, and used by few.
  const trip = code.includes('trip.');
  return { trip, table: declares(TABLE), errors: declares(ERRORS), modes: bindings.map(({ write }) => (write ? 'w' : 'r')).join('') };
}

export class Pipelines {
  private readonly compiling = new Map<string, Promise<Compiled>>();
  private readonly byCode = new Map<string, Compiled>();
  private readonly layouts = new Map<string, GpuLayout>();
  private trips: GpuBuffer | undefined;
  compiled = 0;

  constructor(
    private readonly device: GpuDevice,
    private readonly commands: Commands,
    private readonly errors: GpuBuffer,
  ) {}

  /**
   * Sees to it that bind groups made from now on show trips 0 to `count` - 1 of repetitions: a record for each, with its number
   * and the special numbers that a shader cannot write down. Earlier bind groups keep the records that they need.
   */
  provideTrips(count: number): void {
    if (this.trips && this.trips.size >= count * GRAIN) return;
    const records = Math.max(FEWEST_TRIPS, 2 ** Math.ceil(Math.log2(count)));
    const words = new Uint32Array((records * GRAIN) / 4);
    for (let trip = 0; trip < records; trip++) words.set([trip, INFINITY_BITS, NAN_BITS], (trip * GRAIN) / 4);
    this.trips = this.device.createBuffer({ size: records * GRAIN, usage: USAGE.uniform | USAGE.copyTarget });
    this.commands.write(this.trips, 0, words);
  }

  /** The pipeline of a shader that has been compiled. */
  ready(code: string): Compiled | undefined {
    return this.byCode.get(code);
  }

  /** The pipeline of a shader; the same text is compiled once. */
  get({ code, signature }: Dispatch): Promise<Compiled> {
    let found = this.compiling.get(code);
    if (!found) {
      this.compiled++;
      found = this.compile(code, this.layout(signature));
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
    const compiled = { pipeline };
    this.byCode.set(code, compiled);
    return compiled;
  }

  private layout({ trip, table, errors, modes }: Signature): GpuLayout {
    const key = `${Number(trip)}${Number(table)}${Number(errors)}${modes}`;
    let layout = this.layouts.get(key);
    if (!layout) {
      const entry = (binding: number, type: 'uniform' | 'storage' | 'read-only-storage', hasDynamicOffset = false) => ({
        binding,
        visibility: VISIBLE_IN_COMPUTE,
        buffer: { type, hasDynamicOffset },
      });
      layout = this.device.createBindGroupLayout({
        entries: [
          entry(PARAMETERS, 'uniform'),
          ...(trip ? [entry(TRIP, 'uniform', true)] : []),
          ...(table ? [entry(TABLE, 'read-only-storage')] : []),
          ...(errors ? [entry(ERRORS, 'storage')] : []),
          ...Array.from(modes, (mode, k) => entry(MEMORY + k, mode === 'w' ? 'storage' : 'read-only-storage')),
        ],
      });
      this.layouts.set(key, layout);
    }
    return layout;
  }

  /** What a dispatch binds when the parameters of its plan begin at `place`. */
  bindGroup({ signature, at, bytes, chunks }: Dispatch, place: Place): GpuBindGroup {
    const { trip, table, errors } = signature;
    const { buffer } = place.chunk;
    const size = table ? 16 : Math.max(Math.ceil(bytes / 16), 1) * 16;
    return this.device.createBindGroup({
      layout: this.layout(signature),
      entries: [
        { binding: PARAMETERS, resource: { buffer, offset: place.offset + at, size } },
        ...(trip ? [{ binding: TRIP, resource: { buffer: this.trips!, size: 16 } }] : []),
        ...(table ? [{ binding: TABLE, resource: { buffer } }] : []),
        ...(errors ? [{ binding: ERRORS, resource: { buffer: this.errors } }] : []),
        ...chunks.map((chunk, k) => ({ binding: MEMORY + k, resource: { buffer: chunk.buffer } })),
      ],
    });
  }
}
