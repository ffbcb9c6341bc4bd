/**
 * The cpu backend: plans run as JavaScript, at once, on typed arrays.
 *
 * Responsible for: being right, in every dtype; it is what the other backends are compared with, and what runs where
 * nothing faster can. Not responsible for: threads, SIMD, or planning memory beyond the slots of a plan.
 */
import {
  BackendError, DTYPES, type Backend, type BackendCapabilities, type BackendStats, type Plan, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { codeGenerationAllowed, Generator } from './codegen/compile';
import { ContractMemory } from './contract/panels';
import { Arena, Executable } from './executable';
import { interpret } from './interpret/kernels';

export interface CpuOptions {
  /**
   * Runs kernels through an interpreter instead of generated JavaScript: the same results, 3 to 12 times slower. Default:
   * false, except where a Content-Security-Policy forbids code from text. Setting it to true avoids the attempt, and
   * with it the violation report that such a policy may send.
   */
  readonly interpret?: boolean;
}

export interface CpuBackend extends Backend {
  /** How kernels run: as generated JavaScript, or interpreted where that is forbidden or was asked for. */
  readonly mode: 'generated' | 'interpreted';
  readSync(storage: Storage): TypedArray;
}

const CAPABILITIES: BackendCapabilities = {
  dtypes: DTYPES,
  compute: ['float32', 'float64', 'int32', 'uint32', 'bool', 'uint8'],
  syncRead: true,
};

/**
 * The cpu backend: every dtype including float64, no WebAssembly, no threads, everything computed before `run` returns.
 * float32 sums, products of sums (matmul, convolution) and running sums are carried in double and rounded once.
 *
 * @example
 * ```ts
 * import { tensor, use } from '@cotangent/tensor';
 * import { cpu } from '@cotangent/backend-cpu';
 *
 * await use(cpu());
 * console.log(await tensor([1, 2, 3]).mul(2).array()); // [2, 4, 6]
 * ```
 */
export function cpu(options: CpuOptions = {}): CpuBackend {
  return new Cpu(options.interpret === true || !codeGenerationAllowed() ? 'interpreted' : 'generated');
}

class Cpu implements CpuBackend {
  readonly name = 'cpu';
  readonly caps = CAPABILITIES;
  private readonly memory = new ContractMemory();
  private readonly generator = new Generator(this.memory);
  private executables = new WeakMap<Plan, Executable>();
  private arena = new Arena();
  private running = false;
  private disposed = false;
  private plans = 0;
  private kernels = 0;

  constructor(readonly mode: 'generated' | 'interpreted') {}

  async prepare(plan: Plan): Promise<void> {
    this.check();
    this.executable(plan);
  }

  run(plan: Plan, inputs: readonly Storage[]): Storage[] {
    this.check();
    const arrays = this.inputArrays(plan, inputs);
    // A host kernel may itself compute with tensors; the arena belongs to the plan that is still running.
    const nested = this.running;
    const executable = nested ? this.build(plan, new Arena()) : this.executable(plan);
    this.running = true;
    try {
      const outputs = executable.run(arrays);
      this.plans++;
      this.kernels += plan.kernels.length;
      return outputs.map((host, k) => {
        const { dtype, length } = plan.slots[plan.outputs[k]!.slot]!;
        return { dtype, length, host, backend: this };
      });
    } finally {
      this.running = nested;
    }
  }

  async read(storage: Storage): Promise<TypedArray> {
    return this.readSync(storage);
  }

  readSync(storage: Storage): TypedArray {
    this.check();
    return hostOf(storage);
  }

  /** Nothing to do: storages are JavaScript arrays, which the garbage collector frees. */
  free(): void {
    this.check();
  }

  stats(): BackendStats {
    return { plans: this.plans, kernels: this.kernels, compiled: this.generator.compiled, bytes: this.arena.buffer.byteLength };
  }

  dispose(): void {
    this.disposed = true;
    this.executables = new WeakMap();
    this.arena = new Arena();
  }

  private check(): void {
    if (this.disposed) throw new BackendError('cpu: this backend has been disposed of. Make a new one with cpu() and pass it to use().');
  }

  private executable(plan: Plan): Executable {
    let executable = this.executables.get(plan);
    if (!executable) {
      executable = this.build(plan, this.arena);
      this.executables.set(plan, executable);
    }
    return executable;
  }

  private build(plan: Plan, arena: Arena): Executable {
    return new Executable(plan, arena, (kernel) =>
      this.mode === 'generated' ? this.generator.bind(kernel) : interpret(kernel, this.memory),
    );
  }

  private inputArrays(plan: Plan, inputs: readonly Storage[]): TypedArray[] {
    if (inputs.length !== plan.inputs.length) {
      throw new BackendError(`cpu: the plan has ${plan.inputs.length} inputs but ${inputs.length} storages were given.`);
    }
    return inputs.map((storage, i) => {
      const slot = plan.slots[plan.inputs[i]!]!;
      if (storage.dtype !== slot.dtype || storage.length !== slot.length) {
        throw new BackendError(
          `cpu: input ${i} of the plan holds ${slot.length} elements of ${slot.dtype}, ` +
            `but a storage with ${storage.length} elements of ${storage.dtype} was given.`,
        );
      }
      return hostOf(storage);
    });
  }
}

function hostOf(storage: Storage): TypedArray {
  if (storage.host) return storage.host;
  const owner = storage.backend?.name ?? 'unknown';
  throw new BackendError(`cpu: the storage lies in the memory of another backend (${owner}). Read it there first, then pass its elements.`);
}
