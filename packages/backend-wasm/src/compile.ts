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

export class Compiler {
  readonly #kernels = new Map<string, KernelFunction>();
  readonly #pool: ConstantPool;
  readonly #special = new SpecialFunctions();
  readonly #imports: WebAssembly.Imports;

  constructor(
    memory: WebAssembly.Memory,
    private readonly shared = false,
  ) {
    this.#pool = new ConstantPool(memory);
    this.#imports = { env: { memory, thread: THREADS_START }, math: this.#special.imports() };
  }

  /** Distinct kernels compiled so far. */
  get count(): number {
    return this.#kernels.size;
  }

  get(key: string): KernelFunction | undefined {
    return this.#kernels.get(key);
  }

  /** The module of all kernels among `launches` that are not compiled yet; undefined when there is none. */
  assemble(launches: readonly Launch[]): { readonly keys: readonly string[]; readonly bytes: Uint8Array<ArrayBuffer> } | undefined {
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
    if (job !== undefined) this.#adopt(job.keys, new WebAssembly.Instance(new WebAssembly.Module(job.bytes), this.#imports));
  }

  async compileAsync(launches: readonly Launch[]): Promise<void> {
    const job = this.assemble(launches);
    if (job === undefined) return;
    const { instance } = await WebAssembly.instantiate(job.bytes, this.#imports);
    this.#adopt(job.keys, instance);
  }

  #adopt(keys: readonly string[], instance: WebAssembly.Instance): void {
    keys.forEach((key, i) => {
      if (!this.#kernels.has(key)) this.#kernels.set(key, instance.exports[`k${i}`] as KernelFunction);
    });
  }
}
