/**
 * A small WebAssembly assembler: just what SIMD kernels over one imported memory need.
 *
 * Responsible for: binary encoding, locals, structured control flow with labels, the name section (so that profiles and
 * stack traces show kernel names). Not responsible for: validation (the engine does that), optimisation, what to compute.
 */
import { Bytes } from './bytes';
import { LANE, LANE_MEMORY, MEMORY, MEMORY_COPY, MEMORY_FILL, PLAIN, type LaneMemoryOp, type LaneOp, type MemoryOp,
  type PlainOp } from './opcodes';

export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof F32 | typeof F64 | typeof V128;

const VOID = 0x40;

/** Number of a local variable or parameter. */
export type Local = number;

/** As many locals as the number says. */
export type Locals<N extends number, Found extends Local[] = []> = number extends N
  ? Local[]
  : Found['length'] extends N
    ? Found
    : Locals<N, [...Found, Local]>;

/** Target of a branch: the end of a block, or the start of a loop. */
export interface Label {
  readonly depth: number;
}

interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** One function under construction; every method appends instructions and returns the builder. */
export class FunctionBuilder {
  readonly #code = new Bytes();
  readonly #locals: ValueType[] = [];
  readonly #free = new Map<ValueType, Local[]>();
  #depth = 0;

  constructor(
    readonly name: string,
    readonly signature: Signature,
  ) {}

  /** A new local variable, zero at the start of the function. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return this.signature.params.length + this.#locals.length - 1;
  }

  locals<const N extends number>(type: ValueType, count: N): Locals<N> {
    return Array.from({ length: count }, () => this.local(type)) as Locals<N>;
  }

  /** A local for passing use: one given back by `release`, or a new one. Its value is undefined. */
  temp(type: ValueType): Local {
    return this.#free.get(type)?.pop() ?? this.local(type);
  }

  temps<const N extends number>(type: ValueType, count: N): Locals<N> {
    return Array.from({ length: count }, () => this.temp(type)) as Locals<N>;
  }

  release(type: ValueType, ...locals: Local[]): void {
    const list = this.#free.get(type) ?? [];
    list.push(...locals);
    this.#free.set(type, list);
  }

  #opcode(code: number): void {
    if (code > 0xff) {
      this.#code.u8(code >>> 16);
      this.#code.uleb(code & 0xffff);
    } else this.#code.u8(code);
  }

  op(...names: PlainOp[]): this {
    for (const name of names) this.#opcode(PLAIN[name]);
    return this;
  }

  get(...locals: Local[]): this {
    for (const local of locals) {
      this.#code.u8(0x20);
      this.#code.uleb(local);
    }
    return this;
  }

  set(local: Local): this {
    this.#code.u8(0x21);
    this.#code.uleb(local);
    return this;
  }

  tee(local: Local): this {
    this.#code.u8(0x22);
    this.#code.uleb(local);
    return this;
  }

  i32(value: number): this {
    this.#code.u8(0x41);
    this.#code.sleb(value);
    return this;
  }

  f32(value: number): this {
    this.#code.u8(0x43);
    this.#code.f32(value);
    return this;
  }

  f64(value: number): this {
    this.#code.u8(0x44);
    this.#code.f64(value);
    return this;
  }

  v128(bytes: Uint8Array): this {
    this.#opcode(0xfd0000 | 12);
    this.#code.append(bytes);
    return this;
  }

  /** Pushes the value of an imported global. */
  global(index: number): this {
    this.#code.u8(0x23);
    this.#code.uleb(index);
    return this;
  }

  /** A load (address on the stack) or a store (address and value on the stack). */
  mem(name: MemoryOp, offset = 0): this {
    const [code, align] = MEMORY[name];
    this.#opcode(code);
    this.#code.uleb(align);
    this.#code.uleb(offset);
    return this;
  }

  laneMem(name: LaneMemoryOp, lane: number, offset = 0): this {
    const [code, align] = LANE_MEMORY[name];
    this.#opcode(code);
    this.#code.uleb(align);
    this.#code.uleb(offset);
    this.#code.u8(lane);
    return this;
  }

  lane(name: LaneOp, lane: number): this {
    this.#opcode(LANE[name]);
    this.#code.u8(lane);
    return this;
  }

  /** Four 32-bit lanes chosen from the eight lanes of two vectors. */
  shuffle(a: number, b: number, c: number, d: number): this {
    this.#opcode(0xfd0000 | 13);
    for (const lane of [a, b, c, d]) for (let byte = 0; byte < 4; byte++) this.#code.u8(lane * 4 + byte);
    return this;
  }

  /** memory.copy: target, source and byte count on the stack. */
  copy(): this {
    this.#opcode(MEMORY_COPY);
    this.#code.u8(0);
    this.#code.u8(0);
    return this;
  }

  /** memory.fill: address, byte value and byte count on the stack. */
  fill(): this {
    this.#opcode(MEMORY_FILL);
    this.#code.u8(0);
    return this;
  }

  #structure(opcode: number, body: (label: Label) => void): this {
    this.#code.u8(opcode);
    this.#code.u8(VOID);
    this.#depth++;
    body({ depth: this.#depth });
    this.#depth--;
    this.#code.u8(0x0b);
    return this;
  }

  /** Branching to the label leaves the block. */
  block(body: (label: Label) => void): this {
    return this.#structure(0x02, body);
  }

  /** Branching to the label starts the next round; falling off the end leaves the loop. */
  loop(body: (label: Label) => void): this {
    return this.#structure(0x03, body);
  }

  /** Runs `body` where the number on the stack is not zero, else `otherwise`. */
  if(body: () => void, otherwise?: () => void): this {
    return this.#structure(0x04, () => {
      body();
      if (otherwise !== undefined) {
        this.#code.u8(0x05);
        otherwise();
      }
    });
  }

  br(label: Label): this {
    this.#code.u8(0x0c);
    this.#code.uleb(this.#depth - label.depth);
    return this;
  }

  brIf(label: Label): this {
    this.#code.u8(0x0d);
    this.#code.uleb(this.#depth - label.depth);
    return this;
  }

  call(functionIndex: number): this {
    this.#code.u8(0x10);
    this.#code.uleb(functionIndex);
    return this;
  }

  /** local += constant */
  add(local: Local, value: number): this {
    return value === 0 ? this : this.get(local).i32(value).op('i32Add').set(local);
  }

  /** local += other local */
  addLocal(local: Local, other: Local): this {
    return this.get(local, other).op('i32Add').set(local);
  }

  /** Repeats `body` while `counter`, which falls by one each round, is above zero; zero rounds are possible. */
  times(counter: Local, body: () => void): this {
    return this.get(counter).if(() => {
      this.loop((again) => {
        body();
        this.get(counter).i32(1).op('i32Sub').tee(counter).brIf(again);
      });
    });
  }

  /** for (index = 0; index < limit; index += step) body; signed comparison, zero rounds are possible. */
  for(index: Local, limit: Local, step: number, body: () => void): this {
    return this.i32(0)
      .set(index)
      .block((end) => {
        this.get(index, limit).op('i32GeS').brIf(end);
        this.loop((again) => {
          body();
          this.get(index).i32(step).op('i32Add').tee(index).get(limit).op('i32LtS').brIf(again);
        });
      });
  }

  /** The encoded body: local declarations and code. */
  encode(): Bytes {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const out = new Bytes();
    out.uleb(groups.length);
    for (const group of groups) {
      out.uleb(group.count);
      out.u8(group.type);
    }
    out.append(this.#code.view());
    out.u8(0x0b);
    return out;
  }
}

interface Import extends Signature {
  readonly module: string;
  readonly name: string;
}

/** The largest linear memory there is, in pages of 64 kB; shared memories must declare a limit. */
export const MOST_PAGES = 65536;

/** One module: imported functions and constants, one imported memory (`env.memory`), functions, exports. */
export class ModuleBuilder {
  readonly #imports: Import[] = [];
  readonly #globals: { readonly module: string; readonly name: string }[] = [];
  readonly #functions: FunctionBuilder[] = [];
  readonly #exports = new Map<string, number>();

  /** `shared`: whether the memory is one that several threads see. */
  constructor(private readonly shared = false) {}

  /** Declares an imported function and returns its index. All imports come before the first `function`. */
  import(module: string, name: string, params: readonly ValueType[], results: readonly ValueType[]): number {
    if (this.#functions.length > 0) throw new Error('imports must be declared before functions, because they share one index space');
    this.#imports.push({ module, name, params, results });
    return this.#imports.length - 1;
  }

  /** Declares an imported constant of 32 bits and returns its index. */
  importGlobal(module: string, name: string): number {
    return this.#globals.push({ module, name }) - 1;
  }

  /** Adds a function and returns its index. `build` gets the numbers of the parameters. */
  function(
    name: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
    build: (f: FunctionBuilder, ...params: Local[]) => void,
  ): number {
    const f = new FunctionBuilder(name, { params, results });
    build(f, ...params.map((_, i) => i));
    return this.add(f);
  }

  /** Adds a finished function and returns its index. */
  add(f: FunctionBuilder): number {
    this.#functions.push(f);
    return this.#imports.length + this.#functions.length - 1;
  }

  export(name: string, functionIndex: number): void {
    this.#exports.set(name, functionIndex);
  }

  /** The binary module. */
  encode(): Uint8Array<ArrayBuffer> {
    const types: Signature[] = [];
    const typeNumbers = new Map<string, number>();
    const typeOf = ({ params, results }: Signature): number => {
      const key = `${params.join()}:${results.join()}`;
      let number = typeNumbers.get(key);
      if (number === undefined) {
        number = types.length;
        types.push({ params, results });
        typeNumbers.set(key, number);
      }
      return number;
    };
    const importTypes = this.#imports.map(typeOf);
    const functionTypes = this.#functions.map((f) => typeOf(f.signature));

    const out = new Bytes();
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.u8(byte);
    const section = (id: number, write: (body: Bytes) => void): void => {
      const body = new Bytes();
      write(body);
      out.u8(id);
      out.sized(body);
    };

    section(1, (body) => {
      body.uleb(types.length);
      for (const type of types) {
        body.u8(0x60);
        for (const list of [type.params, type.results]) {
          body.uleb(list.length);
          for (const value of list) body.u8(value);
        }
      }
    });
    section(2, (body) => {
      body.uleb(this.#imports.length + this.#globals.length + 1);
      this.#imports.forEach((entry, i) => {
        body.name(entry.module);
        body.name(entry.name);
        body.u8(0);
        body.uleb(importTypes[i]!);
      });
      for (const { module, name } of this.#globals) {
        body.name(module);
        body.name(name);
        body.u8(3);
        body.u8(I32);
        body.u8(0); // constant
      }
      body.name('env');
      body.name('memory');
      body.u8(2);
      body.u8(this.shared ? 3 : 0); // shared with a maximum, or neither
      body.uleb(1);
      if (this.shared) body.uleb(MOST_PAGES);
    });
    section(3, (body) => {
      body.uleb(functionTypes.length);
      for (const type of functionTypes) body.uleb(type);
    });
    section(7, (body) => {
      body.uleb(this.#exports.size);
      for (const [name, index] of this.#exports) {
        body.name(name);
        body.u8(0);
        body.uleb(index);
      }
    });
    section(10, (body) => {
      body.uleb(this.#functions.length);
      for (const f of this.#functions) body.sized(f.encode());
    });
    section(0, (body) => {
      body.name('name');
      const names = new Bytes();
      names.uleb(this.#functions.length);
      this.#functions.forEach((f, i) => {
        names.uleb(this.#imports.length + i);
        names.name(f.name);
      });
      body.u8(1);
      body.sized(names);
    });
    return out.view().slice();
  }
}
