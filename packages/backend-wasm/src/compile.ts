/** From requests for kernels to callable functions: one module holds all the kernels that a plan still needs. */
import { BackendError } from '@cotangent/tensor';
import { ModuleBuilder } from './assembler';
import { I32, V128 } from './assembler';
import { SpecialFunctions } from './host';
import { ConstantPool, KernelModule } from './kernel-module';
import { THREADS_START } from './layout';
import type { Launch } from './params';

/** A kernel: takes the address of its parameters and the units [from, to) of its work, returns a status. */
export type KernelFunction = (parameters: number, from: number, to: number) => number;

export interface CompiledKernel {
  readonly run: KernelFunction;
  /** Its place among all kernels ever compiled, by which other threads find it. */
  readonly number: number;
}

/** The smallest module that needs SIMD. */
function probe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const index = module.function('probe', [I32], [V128], (f, x) => void f.get(x).op('i32x4Splat'));
  module.export('probe', index);
  return module.encode();
}

/** Why WebAssembly cannot be used here; undefined when it can. */
export function unavailable(): BackendError | undefined {
  const instead = "The cpu backend works everywhere: use(cpu()) from '@cotangent/backend-cpu'.";
  if (typeof WebAssembly === 'undefined') return new BackendError(`wasm: this engine has no WebAssembly. ${instead}`);
  const bytes = probe();
  if (!WebAssembly.validate(bytes)) {
    return new BackendError(
      `wasm: this engine has no WebAssembly SIMD (Node 16.4+, Chrome 91+, Firefox 89+ and Safari 16.4+ have it). ${instead}`,
    );
  }
  try {
    new WebAssembly.Module(bytes);
    return undefined;
  } catch (cause) {
    return new BackendError(
      "wasm: compiling WebAssembly is forbidden here, most likely by the page's Content-Security-Policy. " +
        `Add 'wasm-unsafe-eval' to its script-src directive (script-src 'self' 'wasm-unsafe-eval'). ${instead}`,
      { cause },
    );
  }
}

/** A module to be compiled, and the keys of its kernels in the order of their names. */
interface Job {
  readonly keys: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class Compiler {
  readonly #kernels = new Map<string, CompiledKernel>();
  #count = 0;
  readonly #pool: ConstantPool;
  readonly #special = new SpecialFunctions();
  readonly #imports: WebAssembly.Imports;

  constructor(
    memory: WebAssembly.Memory,
    private readonly shared = false,
    /** Told of every module and how many kernels it holds, in the order of their numbers. */
    private readonly onModule?: (bytes: Uint8Array, kernels: number) => void,
  ) {
    this.#pool = new ConstantPool(memory);
    this.#imports = { env: { memory, thread: THREADS_START }, math: this.#special.imports() };
  }

  /** Distinct kernels compiled so far. */
  get count(): number {
    return this.#kernels.size;
  }

  get(key: string): CompiledKernel | undefined {
    return this.#kernels.get(key);
  }

  /** The module of all kernels among `launches` that are not compiled yet; undefined when there is none. */
  assemble(launches: readonly Launch[]): Job | undefined {
    const missing = new Map<string, Launch>();
    for (const launch of launches) if (!this.#kernels.has(launch.key)) missing.set(launch.key, launch);
    if (missing.size === 0) return undefined;
    const module = new KernelModule(this.#pool, this.#special, this.shared);
    const keys = [...missing.keys()];
    keys.forEach((key, i) => missing.get(key)!.emit(module, `k${i}`));
    return { keys, bytes: module.encode() };
  }

  compileSync(launches: readonly Launch[]): void {
    const job = this.assemble(launches);
    if (job !== undefined) this.#adopt(job, new WebAssembly.Instance(new WebAssembly.Module(job.bytes), this.#imports));
  }

  async compileAsync(launches: readonly Launch[]): Promise<void> {
    const job = this.assemble(launches);
    if (job === undefined) return;
    const { instance } = await WebAssembly.instantiate(job.bytes, this.#imports);
    this.#adopt(job, instance);
  }

  #adopt({ keys, bytes }: Job, instance: WebAssembly.Instance): void {
    this.onModule?.(bytes, keys.length);
    keys.forEach((key, i) => {
      // Another plan may have compiled it in the meantime.
      if (!this.#kernels.has(key)) this.#kernels.set(key, { run: instance.exports[`k${i}`] as KernelFunction, number: this.#count + i });
    });
    this.#count += keys.length;
  }
}
