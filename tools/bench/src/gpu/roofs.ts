/** What a GPU can do at most, and what the bare calls of WebGPU cost: the yardsticks of the table, measured in the same run. */

/** How much work a measurement takes: enough for a GPU, or as little as a software adapter finishes at once. */
export interface RoofSize {
  readonly copyBytes: number;
  readonly workgroups: number;
  readonly rounds: number;
  readonly repeats: number;
}

export const LARGE: RoofSize = { copyBytes: 2 ** 28, workgroups: 8192, rounds: 256, repeats: 10 };
export const SMALL: RoofSize = { copyBytes: 2 ** 16, workgroups: 2, rounds: 4, repeats: 2 };

// The flags that browsers keep in GPUBufferUsage and GPUMapMode, which Node lacks.
const [MAP_READ, COPY_SOURCE, COPY_TARGET, UNIFORM, STORAGE] = [0x1, 0x4, 0x8, 0x40, 0x80] as const;
const VISIBLE_IN_COMPUTE = 0x4;
const WORKGROUP = 256;
const ACCUMULATORS = 8;
const UNROLLED = 8;

function peakShader(rounds: number): string {
  const names = Array.from({ length: ACCUMULATORS }, (_, k) => `a${k}`);
  const step = names.map((name) => `${name} = fma(${name}, factor, term);`).join(' ');
  return `
    @group(0) @binding(0) var<storage, read_write> memory: array<vec4f>;
    @compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
      let factor = memory[0]; let term = memory[1];
      ${names.map((name, k) => `var ${name} = term + f32(id.x + ${k}u);`).join(' ')}
      for (var i = 0u; i < ${rounds}u; i++) { ${step.repeat(UNROLLED)} }
      let sum = ${names.join(' + ')};
      // Never true, but no compiler knows.
      if (sum.x + sum.y + sum.z + sum.w == 0.5) { memory[2] = sum; }
    }`;
}

export class Roofs {
  private readonly staging: GPUBuffer;

  private constructor(
    private readonly device: GPUDevice,
    private readonly size: RoofSize,
  ) {
    this.staging = device.createBuffer({ size: 16, usage: MAP_READ | COPY_TARGET });
  }

  static async open(gpu: GPU, size: RoofSize): Promise<Roofs> {
    const adapter = await gpu.requestAdapter();
    if (!adapter) throw new Error('There is no WebGPU adapter.');
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    return new Roofs(await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } }), size);
  }

  close(): void {
    this.device.destroy();
  }

  /** Starts a measurement of copies from buffer to buffer; each call gives GB/s, reads and writes counted. */
  copy(): () => Promise<number> {
    const { copyBytes, repeats } = this.size;
    const make = (): GPUBuffer => this.device.createBuffer({ size: copyBytes, usage: COPY_SOURCE | COPY_TARGET });
    const [from, to] = [make(), make()];
    return async () => {
      const ms = await this.time(to, (encoder) => {
        for (let i = 0; i < repeats; i++) encoder.copyBufferToBuffer(from, 0, to, 0, copyBytes);
      });
      return (2 * repeats * copyBytes) / (ms * 1e6);
    };
  }

  /** Starts a measurement of multiply-adds in registers; each call gives GFLOP/s. */
  multiplyAdd(): () => Promise<number> {
    const { workgroups, rounds, repeats } = this.size;
    const memory = this.device.createBuffer({ size: 256, usage: STORAGE | COPY_SOURCE | COPY_TARGET });
    this.device.queue.writeBuffer(memory, 0, Float32Array.of(0.999, 0.999, 0.999, 0.999, 0.001, 0.001, 0.001, 0.001));
    const module = this.device.createShaderModule({ code: peakShader(rounds) });
    const pipeline = this.device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    const group = this.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: memory } }],
    });
    const flops = 2 * 4 * ACCUMULATORS * UNROLLED * rounds * WORKGROUP * workgroups * repeats;
    return async () => {
      const ms = await this.time(memory, (encoder) => {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(workgroups);
        pass.end();
      });
      return flops / (ms * 1e6);
    };
  }

  /** Starts a measurement of setPipeline, setBindGroup and dispatchWorkgroups; each call encodes them so often and gives ms. */
  bareCalls(): (count: number) => number {
    const { device } = this;
    const entry = (binding: number, type: GPUBufferBindingType, hasDynamicOffset: boolean): GPUBindGroupLayoutEntry =>
      ({ binding, visibility: VISIBLE_IN_COMPUTE, buffer: { type, hasDynamicOffset } });
    const entries = [entry(0, 'uniform', true), entry(1, 'uniform', true), entry(2, 'storage', false)];
    const layout = device.createBindGroupLayout({ entries });
    const code = `
      @group(0) @binding(0) var<uniform> a: vec4u;
      @group(0) @binding(1) var<uniform> b: vec4u;
      @group(0) @binding(2) var<storage, read_write> memory: array<u32>;
      @compute @workgroup_size(64) fn main() { memory[0] = a.x + b.x; }`;
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
    });
    const words = device.createBuffer({ size: 1024, usage: UNIFORM });
    const memory = device.createBuffer({ size: 1024, usage: STORAGE });
    const group = device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: { buffer: words, size: 16 } }, { binding: 1, resource: { buffer: words, size: 16 } },
        { binding: 2, resource: { buffer: memory } },
      ],
    });
    return (count) => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, [256 * (i & 1), 0]);
        pass.dispatchWorkgroups(1);
      }
      const ms = performance.now() - start;
      pass.end();
      device.queue.submit([encoder.finish()]);
      return ms;
    };
  }

  /** Milliseconds until the first bytes of `result` can be read after what `encode` asks for. */
  private async time(result: GPUBuffer, encode: (encoder: GPUCommandEncoder) => void): Promise<number> {
    const encoder = this.device.createCommandEncoder();
    encode(encoder);
    encoder.copyBufferToBuffer(result, 0, this.staging, 0, 16);
    const start = performance.now();
    this.device.queue.submit([encoder.finish()]);
    await this.staging.mapAsync(MAP_READ);
    const ms = performance.now() - start;
    this.staging.unmap();
    return ms;
  }
}
