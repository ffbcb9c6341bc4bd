/** Development mode: does a function still record what it recorded before, and why is it recorded again and again? */
import { nameOf } from '../debug/origin';
import { Trace } from '../debug/trace';
import { watched } from '../debug/watching';
import type { Node, VariableCell } from '../graph/node';
import { isIdentity, valueInputs } from '../plan/walk';
import { sameShape, show } from '../shape';
import { TENSOR } from './structure';
import { close, Leaf, type Recording, type Source } from './tracing';

/** Recordings for this many different arguments call for a warning. */
const MANY = 6;

/** What a second recording does differently. */
export interface Difference {
  readonly text: string;
  /** The place of the op concerned, among those that are no constants. */
  readonly op?: number;
}

/** Where the user's code calls op number `at`: records once more, because noting lines takes many times as long. */
export function lineOf(at: number, record: () => Recording): string | undefined {
  const lines = new Map<Node, Trace>();
  const recording = watched({ recorded: (node) => lines.set(node, new Trace()) }, record);
  close(recording);
  const node = placesOf(recording).ops[at];
  return node && lines.get(node)?.place;
}

/** Says each thing once for one compiled function. */
export class Warnings {
  private readonly kinds = new Set<string>();
  /** Whether it was said that the function changes. */
  changed = false;
  private readonly name: string;

  constructor(name: string) {
    this.name = name === '' ? 'a function' : `'${name}'`;
  }

  /** The function was recorded for arguments of another kind. */
  recorded(key: readonly unknown[]): void {
    if (this.kinds.size >= MANY) return;
    this.kinds.add(describeKey(key));
    if (this.kinds.size < MANY) return;
    console.warn(
      `compile: ${this.name} was recorded ${MANY} times, because its arguments differ: ${[...this.kinds].join('; ')}. ` +
        'Every kind of call is recorded and planned apart: keep shapes equal (pad, or drop a short last batch), pass numbers that change as tensors, and tensors in arrays and plain objects.',
    );
  }

  /** The function did something else when it was recorded again. */
  differs({ text }: Difference, line: string | undefined): void {
    this.changed = true;
    console.warn(
      `compile: ${this.name} does not do the same at every call: ${text}${line === undefined ? '' : ` (${line})`}. ` +
        'Until now the first recording was replayed; from now on the new one is. What changes between calls must be an argument ' +
        '(a tensor, or a number for a recording of its own), a variable, or a flag read through guard().',
    );
  }
}

/** The arguments in a few words: shapes of tensors, other values as they are. */
function describeKey(key: readonly unknown[]): string {
  const parts: string[] = [];
  for (let i = 4; i < key.length; i++) {
    const value = key[i];
    if (value === TENSOR) {
      const rank = key[i + 3] as number;
      parts.push(`${key[i + 1] as string} ${show(key.slice(i + 4, i + 4 + rank) as number[])}`);
      i += 3 + rank;
    } else if ((typeof value === 'object' || typeof value === 'function') && value !== null) {
      parts.push(numbered(value));
    } else if (typeof value !== 'symbol') {
      parts.push(String(value));
    }
  }
  return parts.join(', ');
}

const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** Objects and functions count by identity, so each has a number. */
function numbered(value: object): string {
  if (!numbers.has(value)) numbers.set(value, ++lastNumber);
  const name = typeof value === 'function' ? 'function' : (value.constructor as { name?: string } | undefined)?.name;
  return `${name ?? 'object'} #${numbers.get(value)!}`;
}

/** Compares two recordings; undefined when the second does what the first does. */
export function difference(before: Recording, after: Recording): Difference | undefined {
  const text =
    variablesDiffer('uses', captured(before), captured(after)) ??
    variablesDiffer('changes', before.changed, after.changed) ??
    resultsDiffer(before.result, after.result);
  return text === undefined ? opsDiffer(before, after) : { text };
}

function captured({ sources }: Recording): VariableCell[] {
  return sources.flatMap((source) => (source.from === 'variable' ? source.variable : []));
}

function variablesDiffer(verb: string, before: readonly VariableCell[], after: readonly VariableCell[]): string | undefined {
  const gone = before.find((variable) => !after.includes(variable));
  const added = after.find((variable) => !before.includes(variable));
  if (gone) return `it no longer ${verb} ${describe(gone)}${added ? `, but ${describe(added)}` : ''}`;
  return added && `it ${verb} ${describe(added)} too`;
}

function describe({ name, node }: VariableCell & { readonly name?: string }): string {
  return name === undefined ? `a variable of shape ${show(node.shape)}` : `'${name}'`;
}

function opsDiffer(before: Recording, after: Recording): Difference | undefined {
  const [old, fresh] = [placesOf(before), placesOf(after)];
  for (let op = 0; op < Math.max(old.ops.length, fresh.ops.length); op++) {
    const [a, b] = [old.ops[op], fresh.ops[op]];
    if (!b) return { text: `op '${nameOf(a!)}' is gone` };
    const text = a ? nodesDiffer(a, b, old.places, fresh.places) : `op '${nameOf(b)}' was added`;
    if (text !== undefined) return { text, op };
  }
  const same = before.targets.every(({ node }, i) => samePlace(old.places.get(node), fresh.places.get(after.targets[i]!.node)));
  return same && before.generators.length === after.generators.length ? undefined : { text: 'it returns, stores or draws other values' };
}

type Places = ReadonlyMap<Node, number | Source>;

/** Ops without constants, which are told by their value where they are used, and what each node is to the others. */
function placesOf({ graph: { leaves, order }, sources }: Recording): { ops: Node[]; places: Places } {
  const ops = order.filter(({ op }) => op !== 'constant');
  const places = new Map<Node, number | Source>();
  ops.forEach((node, i) => places.set(node, i));
  leaves.forEach((leaf, i) => places.set(leaf, sources[i]!));
  return { ops, places };
}

function nodesDiffer(a: Node, b: Node, old: Places, fresh: Places): string | undefined {
  const name = nameOf(b);
  if (nameOf(a) !== name || a.inputs.length !== b.inputs.length) return `op '${nameOf(a)}' became '${name}'`;
  for (let i = 0; i < valueInputs(b); i++) {
    const [x, y] = [a.inputs[i]!, b.inputs[i]!];
    if (x.op === 'constant' && y.op === 'constant') {
      const [was, is] = [x, y].map((node) => (node as Node<'constant'>).attrs.value);
      if (!Object.is(was, is)) return `constant ${was!} became ${is!} in op '${name}'`;
    } else if (!samePlace(old.get(x), fresh.get(y))) {
      return old.get(x) === undefined || typeof old.get(x) === 'number' || (old.get(x) as Source).from !== 'constant'
        ? `op '${name}' has another input`
        : `a tensor of shape ${show(x.shape)} has other values in op '${name}'`;
    }
  }
  if (!sameShape(a.shape, b.shape) || a.dtype !== b.dtype) return `the result of op '${name}' was ${typeOf(a)} and is ${typeOf(b)}`;
  return isIdentity(b) || sameValue(optionsOf(a), optionsOf(b)) ? undefined : `the options of op '${name}' changed`;
}

function typeOf({ dtype, shape }: Node): string {
  return `${dtype} ${show(shape)}`;
}

function samePlace(a: number | Source | undefined, b: number | Source | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.from !== 'constant' || b.from !== 'constant') return sameValue({ ...a, variable: 0 }, { ...b, variable: 0 });
  const [x, y] = [a.storage.host, b.storage.host];
  return a.storage === b.storage || (x !== undefined && y !== undefined && x.length === y.length && x.every((v, i) => Object.is(v, y[i])));
}

/** Attributes by value. A custom op's definition may be made anew by every call. */
function optionsOf(node: Node): unknown {
  if (node.op === 'repeat') {
    const values: unknown[] = [];
    (node as Node<'repeat'>).attrs.loop.appendKey(values);
    return values;
  }
  return node.op === 'custom' ? (node as Node<'custom'>).attrs.options : node.attrs;
}

function resultsDiffer(before: unknown, after: unknown): string | undefined {
  if (before instanceof Leaf && after instanceof Leaf) {
    const [a, b] = [before.leaf, after.leaf];
    if (a.kind === 'constant' && b.kind === 'constant') {
      const isSame = Object.is(a.value, b.value) || (typeof a.value === 'object' && typeof b.value === 'object');
      return isSame ? undefined : `the returned value ${String(a.value)} became ${String(b.value)}`;
    }
    return sameValue(a, b) ? undefined : 'it returns something else';
  }
  const lists = [before, after].map((value) => (value instanceof Leaf ? undefined : Object.entries(value as object)));
  const [a, b] = lists;
  if (a?.length !== b?.length || !a || !b) return 'it returns another structure';
  for (let i = 0; i < a.length; i++) {
    if (a[i]![0] !== b[i]![0]) return 'it returns another structure';
    const found = resultsDiffer(a[i]![1], b[i]![1]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Equality by value; functions and objects of a class count as equal, since every recording may make them anew. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || (typeof a === 'function' && typeof b === 'function')) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (!Array.isArray(a) && Object.getPrototypeOf(a) !== Object.prototype) return true;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => sameValue((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]));
}
