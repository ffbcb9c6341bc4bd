/**
 * The op table: one row per op with its arity, its shape rule and its dtype rule. Rare ops have theirs beside the function
 * that records them; all-ops.ts has all.
 *
 * `autodiff` has a row per op with its gradient, `backend-tests` a row with samples; a test asserts that the three
 * tables have the same keys. How ops become kernels is in plan/lower.ts.
 */
import { commonDType, isFloat, type DType } from '../dtype';
import { DTypeError, ShapeError } from '../errors';
import { BINARY_OPS, type BinaryOp, type UnaryOp } from '../plan/scalar';
import { broadcastShapes, sameShape, show } from '../shape';
import { accumulated, calledBy, floatRow, reducedShape, sameDType, sameShapeAs, type OpRow, type Typed } from './op-row';
import type { ContractAttrs, OpName, RareOp } from './ops';

const FLOAT_UNARY = [
  'exp', 'log', 'expm1', 'log1p', 'sqrt', 'rsqrt', 'recip', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh',
] as const;
const OTHER_UNARY = ['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'not'] as const;
const COMPARE = new Set<BinaryOp>(['lt', 'le', 'eq', 'ne']);
const BITWISE = new Set<BinaryOp>(['and', 'or', 'xor', 'shl', 'shr']);

function unaryRow(op: UnaryOp): OpRow<UnaryOp> {
  const flat = op === 'not';
  return {
    kind: 'elementwise',
    arity: 1,
    differentiable: !flat,
    shape: sameShapeAs,
    dtype: ([x]) => {
      const dtype = x!.dtype;
      if (flat ? isFloat(dtype) : dtype === 'bool') {
        throw new DTypeError(`${op}: got ${dtype}; ${flat ? 'expected bool or an integer type' : "convert it first: .cast('int32')"}.`);
      }
      return dtype;
    },
  };
}

function binaryRow(op: BinaryOp): OpRow<BinaryOp> {
  const name = calledBy(op);
  const [compares, bitwise] = [COMPARE.has(op), BITWISE.has(op)];
  return {
    kind: 'elementwise',
    arity: 2,
    differentiable: !compares && !bitwise,
    shape: ([a, b]) => broadcastShapes(name, a!.shape, b!.shape),
    dtype: ([a, b]) => {
      const dtype = commonDType(name, a!.dtype, b!.dtype);
      if (compares) return 'bool';
      if (bitwise && isFloat(dtype)) {
        throw new DTypeError(`${name}: got ${dtype}; expected bool or an integer type. Convert it first: .cast('int32').`);
      }
      if (dtype === 'bool' && (op === 'shl' || op === 'shr')) {
        throw new DTypeError(`${name}: got bool; expected an integer type. Convert it first: .cast('int32').`);
      }
      if (dtype === 'bool' && !bitwise) {
        throw new DTypeError(`${name}: both operands are bool; convert one with .cast('int32'), or use logicalAnd / logicalOr.`);
      }
      return dtype;
    },
  };
}

function needElements(op: string, x: Typed, axes: readonly number[]): void {
  if (axes.some((a) => x.shape[a] === 0) || (axes.length === x.shape.length && x.shape.includes(0))) {
    throw new ShapeError(`${op}: shape ${show(x.shape)} has no elements along the reduced axes, and nothing has no ${op}. Reduce other axes, or check the size first.`);
  }
}

function reduceRow(op: 'sum' | 'amax' | 'amin'): OpRow<typeof op> {
  return {
    kind: 'reduce',
    arity: 1,
    differentiable: true,
    shape: (inputs, attrs) => {
      if (op !== 'sum') needElements(op, inputs[0]!, attrs.axes);
      return reducedShape(inputs, attrs);
    },
    dtype: op === 'sum' ? accumulated : sameDType,
  };
}

function argReduceRow(op: 'argmax' | 'argmin'): OpRow<typeof op> {
  return {
    kind: 'reduce',
    arity: 1,
    differentiable: false,
    shape: (inputs, attrs) => {
      needElements(op, inputs[0]!, attrs.axes);
      return reducedShape(inputs, attrs);
    },
    dtype: () => 'int32',
  };
}

function identityRow(differentiable: boolean): OpRow<'stopGradient' | 'customGradient' | 'checkpoint'> {
  return { kind: 'identity', arity: 'many', differentiable, shape: sameShapeAs, dtype: sameDType };
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
  reshape: { kind: 'movement', arity: 1, differentiable: true, shape: (_, { shape }) => shape, dtype: sameDType },
  permute: { kind: 'movement', arity: 1, differentiable: true, shape: ([x], { axes }) => axes.map((a) => x!.shape[a]!), dtype: sameDType },
  expand: { kind: 'movement', arity: 1, differentiable: true, shape: (_, { shape }) => shape, dtype: sameDType },
  slice: { kind: 'movement', arity: 1, differentiable: true, shape: (_, { size }) => size, dtype: sameDType },
  pad: {
    kind: 'movement',
    arity: 1,
    differentiable: true,
    shape: ([x], { low, high }) => x!.shape.map((n, i) => low[i]! + n + high[i]!),
    dtype: sameDType,
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
  gather: {
    kind: 'index',
    arity: 2,
    differentiable: true,
    shape: ([source, index], { axis }) => {
      checkIndexed('gather', source!, index!, axis);
      return index!.shape;
    },
    dtype: sameDType,
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

type Table = { readonly [K in Exclude<OpName, RareOp>]: OpRow<K> };

function rows<K extends OpName>(names: readonly K[], row: (name: K) => OpRow<K>): { [P in K]: OpRow<P> } {
  return Object.fromEntries(names.map((name) => [name, row(name)])) as unknown as { [P in K]: OpRow<P> };
}

/** The rows of common ops, which programs of every kind use. */
export const COMMON_ROWS: Table = {
  ...fixedRows,
  ...rows(FLOAT_UNARY, floatRow),
  ...rows(OTHER_UNARY, unaryRow as never),
  ...(rows(BINARY_OPS, (op) => binaryRow(op) as never) as Pick<Table, BinaryOp>),
  ...rows(['sum', 'amax', 'amin'], reduceRow),
  ...rows(['argmax', 'argmin'], argReduceRow),
  stopGradient: identityRow(false),
  customGradient: identityRow(true),
  checkpoint: identityRow(true),
};
