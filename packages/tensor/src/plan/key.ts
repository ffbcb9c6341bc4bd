/**
 * The structure of a graph as a list of plain values, for looking up plans: every node (op, attributes, shape, dtype, which
 * earlier nodes it uses) and every target. Equal lists mean equal graphs; only the data in the leaves differs.
 *
 * A training step that is not compiled describes its graph at every step, so this must be fast: the list is written into
 * memory that is used again, and copied only when a new plan is made.
 */
import { DTYPES, type DType } from '../dtype';
import { NO_ATTRS, type Node } from '../graph/node';
import type { OpName } from '../graph/ops';
import { state } from '../runtime/state';
import type { Shape } from '../shape';
import type { Target } from './cache';
import { isIdentity, valueInputs, type Graph } from './walk';

export interface Key {
  readonly numbers: Float64Array;
  readonly others: readonly unknown[];
}

/** Takes a description, value by value. Strings count by value; functions and objects with a class by identity. */
export interface Values {
  push(value: unknown): unknown;
}

/** Marks in the list, which no attribute can be mistaken for. */
const OTHER = 0.5;
const ARRAY = {};
const END = {};

/** Ops met so far. */
const OP_NUMBERS = new Map<OpName, number>();

function numberOf(op: OpName): number {
  let number = OP_NUMBERS.get(op);
  if (number === undefined) OP_NUMBERS.set(op, (number = OP_NUMBERS.size));
  return number;
}

class Description implements Values {
  numbers = new Float64Array(1024);
  length = 0;
  /** What is no whole number; its place among the numbers is marked. */
  others: unknown[] = [];
  /** FNV-1a over the numbers and what can be made one. */
  hash = 0;

  clear(): void {
    this.length = 0;
    this.others = [];
    this.hash = 0x811c9dc5;
  }

  /** A number that stands for itself: whole and not -0, or the mark. */
  number(value: number): void {
    if (this.length === this.numbers.length) {
      const { numbers } = this;
      this.numbers = new Float64Array(2 * numbers.length);
      this.numbers.set(numbers);
    }
    this.numbers[this.length++] = value;
    this.hash = Math.imul(this.hash ^ value, 0x01000193);
  }

  push(value: unknown): void {
    if (typeof value === 'number' && Object.is(value, value | 0)) {
      this.number(value);
      return;
    }
    this.number(OTHER);
    this.others.push(value);
    if (typeof value === 'number') this.hash = Math.imul(this.hash ^ bitsOf(value), 0x01000193);
    else if (typeof value === 'string') this.hash = Math.imul(this.hash ^ textHash(value), 0x01000193);
    else if (value === true) this.hash ^= 1;
  }

  matches({ numbers, others }: Key): boolean {
    const { length } = this;
    if (numbers.length !== length || others.length !== this.others.length) return false;
    for (let i = 0; i < length; i++) if (numbers[i] !== this.numbers[i]) return false;
    for (let i = 0; i < others.length; i++) if (!Object.is(others[i], this.others[i])) return false;
    return true;
  }

  copy(): Key {
    return { numbers: this.numbers.slice(0, this.length), others: this.others };
  }
}

const description = new Description();

/** Describes a graph; what is returned is good until the next call. */
export function describe(graph: Graph, targets: readonly Target[]): Description {
  description.clear();
  description.number((Object.values(state.planner) as boolean[]).reduce((bits, on) => 2 * bits + Number(on), 0));
  description.number(graph.leaves.length);
  description.number(graph.order.length);
  let place = 0;
  for (const leaf of graph.leaves) {
    leaf.place = place++;
    header(description, leaf.variable ? 1 : 0, leaf.dtype, 0, leaf.shape);
  }
  for (const node of graph.order) {
    node.place = place++;
    appendNode(description, node);
  }
  for (const { node, resident, replaces } of targets) {
    description.number(resident ? -1 - node.place : node.place);
    const old = replaces?.settled;
    if (old) description.number(graph.leaves[old.place] === old ? old.place : -1);
  }
  return description;
}

/** One node; those it uses have their places already. */
export function appendNode(values: Values, node: Node): void {
  const { inputs, attrs } = node;
  const count = valueInputs(node);
  header(values, numberOf(node.op), node.dtype, count, node.shape);
  for (let i = 0; i < count; i++) values.push(inputs[i]!.place);
  if (node.op === 'repeat') (node as Node<'repeat'>).attrs.loop.appendKey(values);
  else if (attrs !== NO_ATTRS && !isIdentity(node)) append(values, attrs);
}

/** Several small numbers in one. */
function header(values: Values, op: number, dtype: DType, inputs: number, shape: Shape): void {
  values.push(op + 128 * (DTYPES.indexOf(dtype) + 8 * (shape.length + 16 * inputs)));
  for (let i = 0; i < shape.length; i++) values.push(shape[i]);
}

/** Attributes, with marks so that no two nestings look alike. */
function append(values: Values, value: unknown): void {
  if (Array.isArray(value)) {
    values.push(ARRAY);
    values.push(value.length);
    for (const item of value as readonly unknown[]) append(values, item);
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const name in value) {
      values.push(name);
      append(values, (value as Record<string, unknown>)[name]);
    }
    values.push(END);
  } else {
    values.push(value);
  }
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

function bitsOf(value: number): number {
  double[0] = value;
  return words[0]! ^ words[1]!;
}

function textHash(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
  return hash;
}
