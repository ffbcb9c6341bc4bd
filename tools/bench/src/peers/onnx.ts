/** Writes ONNX models: the few fields of the format that the graphs of the comparison need, encoded as protobuf. */

export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** A number makes an integer attribute, a list integers, a text a string, { float } a float. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly constants: Readonly<Record<string, OnnxTensor>>;
}

const OPERATOR_SET = 20;
const FORMAT = 9;
/** Numbers of the element types. */
const FLOAT32 = 1;
const INT64 = 7;
/** Numbers of the attribute types. */
const ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 };

type Bytes = Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function join(parts: readonly Bytes[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function integer(field: number, value: number): Bytes {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function message(field: number, ...parts: readonly Bytes[]): Bytes {
  const content = join(parts);
  return join([Uint8Array.from([...varint((field << 3) | 2), ...varint(content.length)]), content]);
}

function text(field: number, value: string): Bytes {
  return message(field, new TextEncoder().encode(value));
}

function float(field: number, value: number): Bytes {
  return join([Uint8Array.from(varint((field << 3) | 5)), new Uint8Array(Float32Array.of(value).buffer)]);
}

function attribute(name: string, value: OnnxAttribute): Bytes {
  const typed = (content: readonly Bytes[], type: number): Bytes => message(5, text(1, name), ...content, integer(20, type));
  if (typeof value === 'number') return typed([integer(3, value)], ATTRIBUTE.integer);
  if (typeof value === 'string') return typed([text(4, value)], ATTRIBUTE.text);
  if ('float' in value) return typed([float(2, value.float)], ATTRIBUTE.float);
  return typed(value.map((item) => integer(8, item)), ATTRIBUTE.integers);
}

function node({ op, inputs, outputs, attributes = {} }: OnnxNode): Bytes {
  const described = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return message(1, ...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, op), ...described);
}

function constant(name: string, { shape, data }: OnnxTensor): Bytes {
  const type = data instanceof BigInt64Array ? INT64 : FLOAT32;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(5, ...shape.map((size) => integer(1, size)), integer(2, type), text(8, name), message(9, raw));
}

function value(field: number, name: string, shape: readonly number[]): Bytes {
  const sizes = shape.map((size) => message(1, integer(1, size)));
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT32), message(2, ...sizes))));
}

export function onnxModel({ nodes, inputs, outputs, constants }: OnnxGraph): Bytes {
  const graph = message(
    7,
    ...nodes.map(node),
    text(2, 'graph'),
    ...Object.entries(constants).map(([name, tensor]) => constant(name, tensor)),
    ...Object.entries(inputs).map(([name, shape]) => value(11, name, shape)),
    ...Object.entries(outputs).map(([name, shape]) => value(12, name, shape)),
  );
  return join([integer(1, FORMAT), text(2, 'bench'), graph, message(8, text(1, ''), integer(2, OPERATOR_SET))]);
}

export function floats(values: readonly number[], shape: readonly number[] = [values.length]): OnnxTensor {
  return { shape, data: Float32Array.from(values) };
}

export function integers(values: readonly number[]): OnnxTensor {
  return { shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}
