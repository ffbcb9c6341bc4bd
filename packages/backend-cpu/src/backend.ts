/**
 * The cpu backend: plans run as JavaScript, at once, on typed arrays.
 *
 * Responsible for: being right, in every dtype; it is what the other backends are compared with, and what runs where
 * nothing faster can. Not responsible for: threads, SIMD, or planning memory beyond the slots of a plan.
 */
import {
  BackendError, DTYPES, type Backend, type BackendCapabilities, type BackendStats, type DType, type Observer, type Plan, type Storage,
  type TypedArray,
} from '@cotangent/tensor';
import { codeGenerationAllowed, Generator } from './codegen/compile';
import { ContractMemory } from './contract/panels';
import { executable, newArena, type Arena, type Executable } from './executable';
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
  runObserved(plan: Plan, inputs: readonly Storage[], observe: Observer): Storage[];
}

/** An array that a plan made. Resident ones may be updated in place by a later plan, and are gone then. */
class CpuStorage implements Storage {
  constructor(
    readonly dtype: DType,
    readonly length: number,
    public host: TypedArray | undefined,
    readonly backend: Backend,
    readonly resident: boolean,
  ) {}
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
  private arena = newArena();
  private running = false;
  private disposed = false;
  private plans = 0;
  private kernels = 0;

  constructor(readonly mode: 'generated' | 'interpreted') {}

  async prepare(plan: Plan): Promise<void> {
    this.check();
    this.ready(plan).prepare();
  }

  run(plan: Plan, inputs: readonly Storage[]): Storage[] {
    return this.execute(plan, inputs);
  }

  runObserved(plan: Plan, inputs: readonly Storage[], observe: Observer): Storage[] {
    return this.execute(plan, inputs, observe);
  }

  private execute(plan: Plan, inputs: readonly Storage[], observe?: Observer): Storage[] {
    this.check();
    const arrays = this.inputArrays(plan, inputs);
    // A host kernel may itself compute with tensors; arena and inputs belong to the plan that is still running.
    const nested = this.running;
    const ready = nested ? this.build(plan, newArena()) : this.ready(plan);
    const mayTake = (i: number): boolean => {
      const storage = inputs[i]!;
      const own = storage instanceof CpuStorage && storage.resident && storage.backend === this;
      return own && !nested && !observe && inputs.indexOf(storage) === inputs.lastIndexOf(storage);
    };
    this.running = true;
    try {
      const results = ready.run(arrays, mayTake, observe);
      this.plans++;
      this.kernels += plan.kernels.length;
      return results.map((host, k) => {
        const { slot, donor, resident } = plan.outputs[k]!;
        if (donor !== undefined && arrays[donor] === host) (inputs[donor] as CpuStorage).host = undefined;
        return new CpuStorage(plan.slots[slot]!.dtype, host.length, host, this, resident);
      });
    } finally {
      this.running = nested;
    }
  }

  /** Resident storages are copied: a plan that starts before the caller sees the elements may update them in place. */
  async read(storage: Storage): Promise<TypedArray> {
    const elements = this.readSync(storage);
    return storage instanceof CpuStorage && storage.resident ? elements.slice() : elements;
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
    this.arena = newArena();
  }

  private check(): void {
    if (this.disposed) throw new BackendError('cpu: this backend has been disposed of. Make a new one with cpu() and pass it to use().');
  }

  private ready(plan: Plan): Executable {
    let ready = this.executables.get(plan);
    if (!ready) this.executables.set(plan, (ready = this.build(plan, this.arena)));
    return ready;
  }

  private build(plan: Plan, arena: Arena): Executable {
    return executable(plan, arena, (kernels) =>
      this.mode === 'generated' ? this.generator.link(kernels, plan.slots) : interpret(kernels, plan.slots, this.memory),
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
  if (storage instanceof CpuStorage) {
    throw new BackendError('cpu: the storage is gone, because a plan has updated it in place. Read it before that plan runs.');
  }
  const owner = storage.backend?.name ?? 'unknown';
  throw new BackendError(`cpu: the storage lies in the memory of another backend (${owner}). Read it there first, then pass its elements.`);
}
