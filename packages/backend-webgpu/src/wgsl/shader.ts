/**
 * A shader being written, with the parameter words it reads and the chunks of memory it binds. Sizes, strides, offsets and
 * constants are parameters, so the text depends on the structure of a kernel only, and kernels that differ in sizes share it.
 * Not here: what kernels compute.
 */
import { fromHalf, toHalf, type DType } from '@cotangent/tensor';
import { WORD, type Unit } from '../elements';
import { LIBRARY } from './library';
import { typeOf } from './types';

/** The element at which a slot begins, plus `add`; known only when the slot has its place. */
export interface SlotWord {
  readonly slot: number;
  readonly add: number;
}

/** Where the words of the launch lie in parameter memory, counted in words, plus `here`. */
export interface OwnWord {
  readonly here: number;
}

/** A 32-bit parameter: an integer, the bits of a float, or a position in memory. */
export type Word = number | SlotWord | OwnWord;

/** How a shader finds a slot. */
export interface Location {
  /** Number of the chunk in which the slot lies. */
  readonly chunk: number;
  /** Bytes of its elements. */
  readonly unit: Unit;
  /** What its offset grows by from one trip of a repetition to the next; 0 outside. */
  readonly step: number;
}

export interface Binding {
  readonly chunk: number;
  readonly unit: Unit;
  write: boolean;
}

/** Code and everything a dispatch of it needs. */
export interface Launch {
  readonly code: string;
  readonly words: readonly Word[];
  readonly bindings: readonly Binding[];
  readonly workgroups: number;
}

/** Invocations of a workgroup where nothing asks for another number. */
export const WORKGROUP = 64;

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

export function floatBits(value: number): number {
  floats[0] = value;
  return bits[0]!;
}

export class Shader {
  readonly words: Word[] = [];
  readonly bindings: Binding[] = [];
  private readonly lines: string[] = [];
  private readonly used = new Set<string>();
  private readonly shared: string[] = [];
  private names = 0;
  private usesErrors = false;
  private usesSubgroups = false;

  /** With `inTable`, parameters are read from a record of a table; see `tableLaunch`. */
  constructor(
    private readonly locate: (slot: number) => Location,
    private readonly inTable = false,
  ) {}

  add(...lines: string[]): void {
    this.lines.push(...lines);
  }

  /** Declares the number of this invocation among all, or among those of its record. */
  unit(): string {
    if (!this.inTable) return this.let('unit', UNIT);
    // Which record: the last one that begins at this workgroup or before.
    this.add(
      `let table = p[0].x; let number = ${GROUP};`,
      'var low = 0; var high = p[0].y - 1;',
      'while (low < high) {',
      'let middle = (low + high + 1) / 2;',
      'if (q[table + middle] <= number) { low = middle; } else { high = middle - 1; }',
      '}',
      'let record = table + p[0].y + low * p[0].z;',
    );
    return this.let('unit', `(number - q[table + low]) * ${WORKGROUP} + i32(lane)`);
  }

  /** A name that nothing else has, not even a type. */
  name(prefix: string): string {
    return `${prefix}_${this.names++}`;
  }

  /** Declares a value and gives its name. */
  let(prefix: string, value: string): string {
    const name = this.name(prefix);
    this.add(`let ${name} = ${value};`);
    return name;
  }

  /** A parameter as i32. */
  int(value: Word): string {
    const k = this.words.push(value) - 1;
    return this.inTable ? `q[record + ${k}]` : `p[${k >> 2}].${'xyzw'[k & 3]!}`;
  }

  /** A parameter as a value of a type. */
  constant(value: number, dtype: DType): string {
    switch (typeOf(dtype)) {
      case 'f32':
        return `bitcast<f32>(${this.int(floatBits(dtype === 'float16' ? fromHalf(toHalf(value)) : value))})`;
      case 'i32':
        return this.int(value | 0);
      case 'u32':
        return `bitcast<u32>(${this.int((dtype === 'uint8' ? value & 255 : value) | 0)})`;
      case 'bool':
        return `(${this.int(value === 0 ? 0 : 1)} != 0)`;
    }
  }

  /** The element at which a view of a slot begins, as i32. */
  origin(slot: number, add: number): string {
    const { step } = this.locate(slot);
    const base = this.int({ slot, add });
    return step === 0 ? base : `(${base} + trip.x * ${this.int(step)})`;
  }

  /** The memory in which a slot lies, as an array of `elementType`. */
  memory(slot: number, write: boolean): string {
    const { chunk, unit } = this.locate(slot);
    let at = this.bindings.findIndex((binding) => binding.chunk === chunk);
    if (at < 0) at = this.bindings.push({ chunk, unit, write }) - 1;
    if (write) this.bindings[at]!.write = true;
    return `b${at}`;
  }

  /** The type in which memory holds the elements of a slot; they move without being looked at. */
  elementType(slot: number): 'u32' | 'f16' {
    return typeIn(this.locate(slot).unit);
  }

  load(slot: number, dtype: DType, index: string): string {
    const word = `${this.memory(slot, false)}[${index}]`;
    if (this.elementType(slot) === 'f16') return `f32(${word})`;
    const type = typeOf(dtype);
    if (type === 'u32') return word;
    return type === 'bool' ? `(${word} != 0u)` : `bitcast<${type}>(${word})`;
  }

  /** A float16 must have been rounded before: how WGSL rounds it is up to the driver. */
  store(slot: number, dtype: DType, index: string, value: string): void {
    this.add(`${this.memory(slot, true)}[${index}] = ${this.element(slot, dtype, value)};`);
  }

  /** A value as memory holds it. */
  element(slot: number, dtype: DType, value: string): string {
    if (this.elementType(slot) === 'f16') return `f16(${value})`;
    const type = typeOf(dtype);
    return type === 'u32' ? value : type === 'bool' ? `select(0u, 1u, ${value})` : `bitcast<u32>(${value})`;
  }

  /** A call of a function of the library. */
  call(name: string, ...args: string[]): string {
    this.use(name);
    return `${name}(${args.join(', ')})`;
  }

  /** Notes an index that does not fit; the first one is reported by the next read. */
  report(what: number, index: string, axis: string, size: string): void {
    this.usesErrors = true;
    this.add(
      'if (atomicExchange(&err[0], 1u) == 0u) {',
      `atomicStore(&err[1], ${what}u);`,
      `atomicStore(&err[2], bitcast<u32>(${index}));`,
      `atomicStore(&err[3], bitcast<u32>(${axis}));`,
      `atomicStore(&err[4], bitcast<u32>(${size}));`,
      '}',
    );
  }

  /** True while no index was out of range. */
  get intact(): string {
    this.usesErrors = true;
    return '(atomicLoad(&err[0]) == 0u)';
  }

  /** The number of this invocation within its subgroup, and how many invocations that has: a power of two that the device chooses. */
  subgroup(): { readonly member: string; readonly size: string } {
    this.usesSubgroups = true;
    return { member: 'member', size: 'members' };
  }

  /** Declares an array that a workgroup shares. */
  share(type: string, length: number): string {
    const name = this.name('shared');
    this.shared.push(`var<workgroup> ${name}: array<${type}, ${length}>;`);
    return name;
  }

  /** Whether reads of a slot come from a chunk that the kernel writes is settled only at the end: call this last. */
  launch(workgroups: number, size = WORKGROUP): Launch {
    const wide = Math.max(Math.ceil(this.words.length / 4), 1);
    const text = [
      ...(this.bindings.some(({ unit }) => unit !== WORD) ? ['enable f16;'] : []),
      ...(this.usesSubgroups ? ['enable subgroups;'] : []),
      `@group(0) @binding(0) var<uniform> p: array<vec4i, ${this.inTable ? 1 : wide}>;`,
      '@group(0) @binding(1) var<uniform> trip: vec4i;',
      ...this.bindings.map(
        ({ unit, write }, k) =>
          `@group(0) @binding(${4 + k}) var<storage, ${write ? 'read_write' : 'read'}> b${k}: array<${typeIn(unit)}>;`,
      ),
      ...(this.inTable ? ['@group(0) @binding(2) var<storage, read> q: array<i32>;'] : []),
      ...(this.usesErrors ? ['@group(0) @binding(3) var<storage, read_write> err: array<atomic<u32>, 8>;'] : []),
      ...this.shared,
      ...[...this.used].map((name) => LIBRARY[name]!.text),
      `@compute @workgroup_size(${size})`,
      'fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32',
      ...(this.usesSubgroups ? [', @builtin(subgroup_invocation_id) member: u32, @builtin(subgroup_size) members: u32'] : []),
      ') {',
      ...this.lines,
      '}',
    ];
    return { code: text.join('\n'), words: this.words, bindings: this.bindings, workgroups };
  }

  private use(name: string): void {
    if (this.used.has(name)) return;
    const entry = LIBRARY[name];
    if (!entry) throw new Error(`the shader library has no ${name}`);
    for (const needed of entry.needs) this.use(needed);
    this.used.add(name);
  }
}

/** The number of this workgroup, and of this invocation, among all. */
export const GROUP = 'i32(group.y * groups.x + group.x)';
export const UNIT = `(${GROUP} * ${WORKGROUP} + i32(lane))`;

/** Starts a shader in which every invocation has one of `count` things to do. */
export function perUnit(shader: Shader, count: number): string {
  const unit = shader.unit();
  shader.add(`if (${unit} >= ${shader.int(count)}) { return; }`);
  return unit;
}

/** One launch in place of several that have the same code and differ in parameters, which go into a table. */
export function tableLaunch(launches: readonly Launch[]): Launch {
  const { code, bindings, words } = launches[0]!;
  const starts: number[] = [];
  let workgroups = 0;
  for (const launch of launches) {
    starts.push(workgroups);
    workgroups += launch.workgroups;
  }
  const head: Word[] = [{ here: 4 }, launches.length, words.length, 0];
  return { code, bindings, workgroups, words: [...head, ...starts, ...launches.flatMap((launch) => launch.words)] };
}

function typeIn(unit: Unit): 'u32' | 'f16' {
  return unit === WORD ? 'u32' : 'f16';
}

export function workgroupsFor(count: number): number {
  return Math.ceil(count / WORKGROUP);
}
