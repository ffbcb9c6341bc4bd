/** The assembler plus what generated kernels share: pooled vector constants and imported JavaScript functions. */
import { F64, FunctionBuilder, I32, ModuleBuilder, type Local, type Locals, type ValueType } from './assembler';
import { HOST_FUNCTIONS, type HostFunction, type SpecialFunctions } from './host';
import { CONSTANTS_END, CONSTANTS_START } from './layout';

type Lanes = readonly [number, number, number, number];

/**
 * Vector constants in linear memory. A 16-byte immediate costs three instructions at each use on current engines, a load
 * from a fixed address is one and usually folds into the instruction that needs it.
 */
export class ConstantPool {
  readonly #splats = new Map<number, number>();
  readonly #others = new Map<string, number>();
  #next = CONSTANTS_START;

  constructor(private readonly memory: WebAssembly.Memory) {}

  /** Address of four copies of a 32-bit pattern, or undefined when the pool is full. */
  splat(bits: number): number | undefined {
    const known = this.#splats.get(bits);
    if (known !== undefined) return known;
    const address = this.#add([bits, bits, bits, bits]);
    if (address !== undefined) this.#splats.set(bits, address);
    return address;
  }

  /** Address of four given 32-bit patterns, or undefined when the pool is full. */
  lanes(bits: Lanes): number | undefined {
    const key = bits.join();
    const known = this.#others.get(key);
    if (known !== undefined) return known;
    const address = this.#add(bits);
    if (address !== undefined) this.#others.set(key, address);
    return address;
  }

  #add(bits: Lanes): number | undefined {
    if (this.#next + 16 > CONSTANTS_END) return undefined;
    const address = this.#next;
    this.#next += 16;
    new Int32Array(this.memory.buffer, address, 4).set(bits);
    return address;
  }
}

const floats = new Float32Array(1);
const floatBits = new Int32Array(floats.buffer);

/** The bits of a number rounded to float32. */
export function bitsOf(value: number): number {
  floats[0] = value;
  return floatBits[0]!;
}

const doubles = new Float64Array(1);
const doubleBits = new Int32Array(doubles.buffer);

/** A function of a kernel module. */
export class KernelBuilder extends FunctionBuilder {
  constructor(
    name: string,
    signature: { params: readonly ValueType[]; results: readonly ValueType[] },
    private readonly pool: ConstantPool,
    private readonly hostIndices: ReadonlyMap<HostFunction, number>,
    readonly special: SpecialFunctions,
    private readonly threadGlobal: number,
  ) {
    super(name, signature);
  }

  /** Pushes the address of the block of the thread that runs (see layout.ts). */
  thread(): this {
    return this.global(this.threadGlobal);
  }

  #constant(bits: Lanes, address: number | undefined): this {
    if (address !== undefined) return this.i32(0).mem('v128Load', address);
    return this.v128(new Uint8Array(new Int32Array(bits).buffer));
  }

  /** Pushes a float32 in all four lanes. */
  f32x4(value: number): this {
    return this.i32x4(bitsOf(value));
  }

  /** Pushes a 32-bit integer in all four lanes. */
  i32x4(value: number): this {
    const bits = value | 0;
    return this.#constant([bits, bits, bits, bits], this.pool.splat(bits));
  }

  /** Pushes four given 32-bit integers. */
  i32lanes(a: number, b: number, c: number, d: number): this {
    return this.#constant([a, b, c, d], this.pool.lanes([a, b, c, d]));
  }

  /** Pushes a float64 in both lanes. */
  f64x2(value: number): this {
    doubles[0] = value;
    const [low, high] = [doubleBits[0]!, doubleBits[1]!];
    return this.i32lanes(low, high, low, high);
  }

  /** Calls an imported JavaScript function: float64 arguments on the stack, float64 result. */
  host(name: HostFunction): this {
    return this.call(this.hostIndices.get(name)!);
  }
}

/** A module of kernels. A kernel takes the address of its parameters and the units to do (from, to); it returns a status. */
export class KernelModule {
  readonly #builder: ModuleBuilder;
  readonly #hostIndices = new Map<HostFunction, number>();
  readonly #thread: number;

  constructor(
    private readonly pool: ConstantPool,
    private readonly special: SpecialFunctions,
    shared: boolean,
  ) {
    this.#builder = new ModuleBuilder(shared);
    this.#thread = this.#builder.importGlobal('env', 'thread');
    for (const [name, arity] of Object.entries(HOST_FUNCTIONS) as [HostFunction, number][]) {
      const params = new Array<ValueType>(arity).fill(F64);
      this.#hostIndices.set(name, this.#builder.import('math', name, params, [F64]));
    }
  }

  /** Adds a function that other functions of the module call. */
  helper(
    name: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
    build: (f: KernelBuilder, ...params: Local[]) => void,
  ): number {
    const f = new KernelBuilder(name, { params, results }, this.pool, this.#hostIndices, this.special, this.#thread);
    build(f, ...params.map((_, i) => i));
    return this.#builder.add(f);
  }

  /** Adds an exported kernel; `build` leaves the status on the stack. */
  kernel(
    exportName: string,
    name: string,
    build: (f: KernelBuilder, parameters: Local, from: Local, to: Local) => void,
  ): void {
    const index = this.helper(name, [I32, I32, I32], [I32], (f, ...params) => build(f, ...(params as Locals<3>)));
    this.#builder.export(exportName, index);
  }

  encode(): Uint8Array<ArrayBuffer> {
    return this.#builder.encode();
  }
}
