/**
 * The op table: one row per op with its arity, its shape rule, its dtype rule and how it is built from simpler ops.
 *
 * `autodiff` has a row per op with its gradient, `backend-tests` a row with samples; a test asserts that the three
 * tables have the same keys. How ops become kernels is in plan/lower.ts.
 */
import { commonDType, isFloat, type DType } from '../dtype';
import { DTypeError, ShapeError } from '../errors';
import { BINARY_OPS, UNARY_OPS, type BinaryOp, type UnaryOp } from '../plan/scalar';
import { broadcastShapes, checkShape, sameShape, show, type Shape } from '../shape';
import type { Node } from './node';
import type { ContractAttrs, OpAttrs, OpName, WindowAttrs } from './ops';

/** What a shape or dtype rule sees of an input. */
export type Typed = Pick<Node, 'shape' | 'dtype'>;

export type OpKind = 'source' | 'elementwise' | 'movement' | 'reduce' | 'scan' | 'index' | 'contract' | 'library' | 'identity';

export interface OpRow<K extends OpName> {
  readonly kind: OpKind;
  /** Number of inputs; 'many' for one or more. */
  readonly arity: number | 'many';
  /** Whether a gradient can flow from the output to a floating-point input. */
  readonly differentiable: boolean;
  shape(inputs: readonly Typed[], attrs: OpAttrs[K]): Shape;
  dtype(inputs: readonly Typed[], attrs: OpAttrs[K]): DType;
}

const same = (inputs: readonly Typed[]): DType => inputs[0]!.dtype;
const sameShapeAs = (inputs: readonly Typed[]): Shape => inputs[0]!.shape;

const FLOAT_ONLY = new Set<UnaryOp>([
  'exp', 'log', 'expm1', 'log1p', 'sqrt', 'rsqrt', 'recip', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'erf',
  'erfc', 'erfinv', 'lgamma', 'polygamma',
]);
const FLAT = new Set<UnaryOp>(['not']);
const COMPARE = new Set<BinaryOp>(['lt', 'le', 'eq', 'ne']);
const BITWISE = new Set<BinaryOp>(['and', 'or', 'xor', 'shl', 'shr']);

/** What users call the op, where the table has a shorter name; for messages. */
const CALLED: Partial<Record<UnaryOp | BinaryOp, string>> = {
  recip: 'reciprocal', mod: 'fmod', min: 'minimum', max: 'maximum', and: 'bitwiseAnd', or: 'bitwiseOr', xor: 'bitwiseXor',
  shl: 'shiftLeft', shr: 'shiftRight',
};

function unaryRow(op: UnaryOp): OpRow<UnaryOp> {
  const name = CALLED[op] ?? op;
  return {
    kind: 'elementwise',
    arity: 1,
    differentiable: !FLAT.has(op),
    shape: sameShapeAs,
    dtype: ([x]) => {
      const dtype = x!.dtype;
      if (FLOAT_ONLY.has(op) && !isFloat(dtype)) {
        throw new DTypeError(`${name}: got ${dtype}; expected a floating-point tensor. Convert it first: .cast('float32').`);
      }
      if (op === 'not' ? isFloat(dtype) : dtype === 'bool') {
        throw new DTypeError(`${name}: got ${dtype}; ${op === 'not' ? 'expected bool or an integer type' : "convert it first: .cast('int32')"}.`);
      }
      return dtype;
    },
  };
}

function binaryRow(op: BinaryOp): OpRow<BinaryOp> {
  const name = CALLED[op] ?? op;
  return {
    kind: 'elementwise',
    arity: 2,
    differentiable: !COMPARE.has(op) && !BITWISE.has(op),
    shape: ([a, b]) => broadcastShapes(name, a!.shape, b!.shape),
    dtype: ([a, b]) => {
      const dtype = commonDType(name, a!.dtype, b!.dtype);
      if (COMPARE.has(op)) return 'bool';
      if (BITWISE.has(op) && isFloat(dtype)) {
        throw new DTypeError(`${name}: got ${dtype}; expected bool or an integer type. Convert it first: .cast('int32').`);
      }
      if (dtype === 'bool' && (op === 'shl' || op === 'shr')) {
        throw new DTypeError(`${name}: got bool; expected an integer type. Convert it first: .cast('int32').`);
      }
      if (dtype === 'bool' && !BITWISE.has(op)) {
        throw new DTypeError(`${name}: both operands are bool; convert one with .cast('int32'), or use logicalAnd / logicalOr.`);
      }
      return dtype;
    },
  };
}

const reduced = ([x]: readonly Typed[], { axes }: { axes: readonly number[] }): Shape => x!.shape.filter((_, i) => !axes.includes(i));

function needElements(op: string, x: Typed, axes: readonly number[]): void {
  if (axes.some((a) => x.shape[a] === 0) || (axes.length === x.shape.length && x.shape.includes(0))) {
    throw new ShapeError(`${op}: shape ${show(x.shape)} has no elements along the reduced axes, and nothing has no ${op}. Reduce other axes, or check the size first.`);
  }
}

function reduceRow(op: 'sum' | 'prod' | 'amax' | 'amin'): OpRow<typeof op> {
  return {
    kind: 'reduce',
    arity: 1,
    differentiable: true,
    shape: (inputs, attrs) => {
      if (op === 'amax' || op === 'amin') needElements(op, inputs[0]!, attrs.axes);
      return reduced(inputs, attrs);
    },
    dtype: ([x]) => (op === 'amax' || op === 'amin' ? x!.dtype : x!.dtype === 'bool' || x!.dtype === 'uint8' ? 'int32' : x!.dtype),
  };
}

function argReduceRow(op: 'argmax' | 'argmin'): OpRow<typeof op> {
  return {
    kind: 'reduce',
    arity: 1,
    differentiable: false,
    shape: (inputs, attrs) => {
      needElements(op, inputs[0]!, attrs.axes);
      return reduced(inputs, attrs);
    },
    dtype: () => 'int32',
  };
}

function scanRow(): OpRow<'cumsum' | 'cumprod' | 'cummax'> {
  return { kind: 'scan', arity: 1, differentiable: true, shape: sameShapeAs, dtype: same };
}

/** Output size of a window sliding over `n` places: floor((n + 2 padding - dilation (window - 1) - 1) / stride) + 1. */
export function windowedSize(n: number, window: number, stride: number, padding: number, dilation: number): number {
  return Math.floor((n + 2 * padding - dilation * (window - 1) - 1) / stride) + 1;
}

function poolShape([x]: readonly Typed[], attrs: WindowAttrs): Shape {
  const pooled = attrs.window.length;
  const lead = x!.shape.length - pooled;
  return x!.shape.map((n, i) =>
    i < lead
      ? n
      : windowedSize(n, attrs.window[i - lead]!, attrs.stride[i - lead]!, attrs.padding[i - lead]!, attrs.dilation[i - lead]!),
  );
}

function poolRow(indices: boolean): OpRow<'maxPool' | 'maxPoolIndices'> {
  return { kind: 'library', arity: 1, differentiable: !indices, shape: poolShape, dtype: indices ? () => 'int32' : same };
}

function identityRow(differentiable: boolean): OpRow<'stopGradient' | 'customGradient' | 'checkpoint'> {
  return { kind: 'identity', arity: 'many', differentiable, shape: sameShapeAs, dtype: same };
}

function bufferShape(): never {
  throw new ShapeError('buffer: nodes of existing data are made with their own shape.');
}

const fixedRows = {
  buffer: { kind: 'source', arity: 0, differentiable: false, shape: bufferShape, dtype: bufferShape },
  constant: { kind: 'source', arity: 0, differentiable: false, shape: () => [], dtype: bufferShape },
  iota: { kind: 'source', arity: 0, differentiable: false, shape: (_, { length }) => [length], dtype: () => 'int32' },
  randomBits: { kind: 'source', arity: 1, differentiable: false, shape: (_, { shape }) => shape, dtype: () => 'uint32' },
  cast: { kind: 'elementwise', arity: 1, differentiable: true, shape: sameShapeAs, dtype: (_, { dtype }) => dtype },
  bitcast: {
    kind: 'elementwise',
    arity: 1,
    differentiable: false,
    shape: sameShapeAs,
    dtype: ([x], { dtype }) => {
      const words: readonly DType[] = ['float32', 'int32', 'uint32'];
      if (!words.includes(x!.dtype) || !words.includes(dtype)) {
        throw new DTypeError(`bitcast: cannot reinterpret ${x!.dtype} as ${dtype}; expected float32, int32 or uint32 on both sides.`);
      }
      return dtype;
    },
  },
  where: {
    kind: 'elementwise',
    arity: 3,
    differentiable: true,
    shape: ([c, a, b]) => broadcastShapes('where', c!.shape, broadcastShapes('where', a!.shape, b!.shape)),
    dtype: ([c, a, b]) => {
      if (c!.dtype !== 'bool') throw new DTypeError(`where: the condition is ${c!.dtype}; expected bool, for example x.gt(0).`);
      return commonDType('where', a!.dtype, b!.dtype);
    },
  },
  reshape: { kind: 'movement', arity: 1, differentiable: true, shape: (_, { shape }) => shape, dtype: same },
  permute: { kind: 'movement', arity: 1, differentiable: true, shape: ([x], { axes }) => axes.map((a) => x!.shape[a]!), dtype: same },
  expand: { kind: 'movement', arity: 1, differentiable: true, shape: (_, { shape }) => shape, dtype: same },
  slice: { kind: 'movement', arity: 1, differentiable: true, shape: (_, { size }) => size, dtype: same },
  pad: {
    kind: 'movement',
    arity: 1,
    differentiable: true,
    shape: ([x], { low, high }) => x!.shape.map((n, i) => low[i]! + n + high[i]!),
    dtype: same,
  },
  concat: {
    kind: 'movement',
    arity: 'many',
    differentiable: true,
    shape: (inputs, { axis }) => {
      const first = inputs[0]!.shape;
      let total = 0;
      for (const { shape } of inputs) {
        if (shape.length !== first.length || shape.some((n, i) => i !== axis && n !== first[i])) {
          throw new ShapeError(`concat: shapes ${show(first)} and ${show(shape)} differ outside dim ${axis}; all other sizes must be equal.`);
        }
        total += shape[axis]!;
      }
      return first.map((n, i) => (i === axis ? total : n));
    },
    dtype: (inputs) => {
      for (const x of inputs) {
        if (x.dtype !== inputs[0]!.dtype) {
          throw new DTypeError(`concat: got ${inputs[0]!.dtype} and ${x.dtype}; all tensors must have the same dtype.`);
        }
      }
      return inputs[0]!.dtype;
    },
  },
  argsort: { kind: 'library', arity: 1, differentiable: false, shape: sameShapeAs, dtype: () => 'int32' },
  searchsorted: {
    kind: 'library',
    arity: 2,
    differentiable: false,
    shape: ([sorted, values]) => {
      if (sorted!.shape.length === 0) throw new ShapeError('searchsorted: the sorted tensor is a scalar; expected at least one axis.');
      const lead = sorted!.shape.slice(0, -1);
      if (sorted!.shape.length > 1 && !sameShape(lead, values!.shape.slice(0, -1))) {
        throw new ShapeError(
          `searchsorted: the sorted tensor has shape ${show(sorted!.shape)} and the values ${show(values!.shape)}; ` +
            'all axes but the last must be equal, or the sorted tensor must have one axis.',
        );
      }
      return values!.shape;
    },
    dtype: ([sorted, values]) => {
      commonDType('searchsorted', sorted!.dtype, values!.dtype);
      return 'int32';
    },
  },
  gather: {
    kind: 'index',
    arity: 2,
    differentiable: true,
    shape: ([source, index], { axis }) => {
      checkIndexed('gather', source!, index!, axis);
      return index!.shape;
    },
    dtype: same,
  },
  scatter: {
    kind: 'index',
    arity: 3,
    differentiable: true,
    shape: ([base, index, updates], { axis }) => {
      checkIndexed('scatter', base!, index!, axis);
      if (!sameShape(index!.shape, updates!.shape)) {
        throw new ShapeError(`scatter: index has shape ${show(index!.shape)} and updates ${show(updates!.shape)}; they must be equal.`);
      }
      return base!.shape;
    },
    dtype: ([base, , updates]) => {
      if (base!.dtype !== updates!.dtype) {
        throw new DTypeError(`scatter: the tensor is ${base!.dtype} and the updates are ${updates!.dtype}; they must have the same dtype.`);
      }
      return base!.dtype;
    },
  },
  contract: {
    kind: 'contract',
    arity: 2,
    differentiable: true,
    shape: (_: readonly Typed[], { sizes, out }: ContractAttrs) => out.map((label) => sizes[label]!),
    dtype: ([a, b]: readonly Typed[]) => commonDType('matmul', a!.dtype, b!.dtype),
  },
  repeat: { kind: 'library', arity: 'many', differentiable: true, shape: () => [], dtype: () => 'float32' },
  repeatResult: { kind: 'library', arity: 1, differentiable: true, shape: (_, { shape }) => shape, dtype: (_, { dtype }) => dtype },
  custom: {
    kind: 'library',
    arity: 'many',
    differentiable: true,
    shape: (inputs, { definition, options }) => {
      const shape = definition.shape(inputs.map((x) => x.shape), options);
      checkShape(definition.name, shape);
      return shape;
    },
    dtype: (inputs, { definition, options }) =>
      definition.dtype ? definition.dtype(inputs.map((x) => x.dtype), options) : inputs[0]!.dtype,
  },
} satisfies { [K in OpName]?: OpRow<K> };

function checkIndexed(op: string, source: Typed, index: Typed, axis: number): void {
  if (index.dtype !== 'int32') {
    throw new DTypeError(`${op}: the index is ${index.dtype}; expected int32. Convert it with .cast('int32').`);
  }
  if (index.shape.length !== source.shape.length || index.shape.some((n, i) => i !== axis && n > source.shape[i]!)) {
    throw new ShapeError(
      `${op}: the index has shape ${show(index.shape)} and the tensor ${show(source.shape)}; ` +
        `both need the same number of axes, and outside dim ${axis} the index may not be larger.`,
    );
  }
}

type Table = { readonly [K in OpName]: OpRow<K> };

function rows<K extends OpName>(names: readonly K[], row: (name: K) => OpRow<K>): { [P in K]: OpRow<P> } {
  return Object.fromEntries(names.map((name) => [name, row(name)])) as unknown as { [P in K]: OpRow<P> };
}

export const OP_TABLE: Table = {
  ...fixedRows,
  ...(rows(UNARY_OPS, (op) => unaryRow(op) as never) as Pick<Table, UnaryOp>),
  ...(rows(BINARY_OPS, (op) => binaryRow(op) as never) as Pick<Table, BinaryOp>),
  ...rows(['sum', 'prod', 'amax', 'amin'], reduceRow),
  ...rows(['argmax', 'argmin'], argReduceRow),
  ...rows(['cumsum', 'cumprod', 'cummax'], scanRow as never),
  maxPool: poolRow(false),
  maxPoolIndices: poolRow(true),
  stopGradient: identityRow(false),
  customGradient: identityRow(true),
  checkpoint: identityRow(true),
};
