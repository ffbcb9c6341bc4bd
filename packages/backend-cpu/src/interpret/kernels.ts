/** Kernels without generated code, for pages whose Content-Security-Policy forbids it. Slow, with equal results. */
import {
  isFloat, type ConcatKernel, type DType, type GatherKernel, type Kernel, type MapKernel, type Operand, type PadKernel,
  type ReduceKernel, type ScanKernel, type ScatterKernel, type TypedArray,
} from '@cotangent/tensor';
import { TILE_COLUMNS, TILE_ROWS, type ContractMemory } from '../contract/panels';
import { bindContract } from '../contract/run';
import { outOfRange } from '../environment';
import { FOLD_OF_SCAN, FOLD_OF_SCATTER, foldFunction, neutral, type Fold } from '../folding';
import { bindHost } from '../host';
import { product, rowMajor, withAt } from '../loops';
import { casting, literal, requireCompute, rounding } from '../values';
import { interpretedPack, interpretedStore } from './contract';
import { bindPool } from './pool';
import { bindBody, type Frame } from './scalar';
import { StridedWalk } from './walk';

type Slots = readonly TypedArray[];
type Bound = (slots: Slots) => void;

export function interpret(kernel: Kernel, memory: ContractMemory): Bound {
  switch (kernel.kind) {
    case 'map':
      return bindMap(kernel);
    case 'reduce':
      return bindReduce(kernel);
    case 'scan':
      return bindScan(kernel);
    case 'gather':
      return bindGather(kernel);
    case 'scatter':
      return bindScatter(kernel);
    case 'pad':
      return bindPad(kernel);
    case 'concat':
      return bindConcat(kernel);
    case 'pool':
      return bindPool(kernel);
    case 'contract':
      return bindContract(kernel, memory, {
        packA: (map) => interpretedPack(map, TILE_ROWS),
        packB: (map) => interpretedPack(map, TILE_COLUMNS),
        store: () => interpretedStore(kernel.output.dtype),
      });
    case 'host':
      return bindHost(kernel);
  }
}

function walkOver(shape: readonly number[], inputs: readonly Operand[]): StridedWalk {
  return new StridedWalk(shape, inputs.map((input) => input.strides), inputs.map((input) => input.offset));
}

function bindMap(kernel: MapKernel): Bound {
  const walk = walkOver(kernel.shape, kernel.inputs);
  const frame: Frame = { arrays: [], at: walk.at, index: walk.index };
  const program = bindBody(kernel.body, kernel.constants, frame);
  const count = product(kernel.shape);
  return (s) => {
    frame.arrays = kernel.inputs.map((input) => s[input.slot]!);
    const outputs = kernel.outputs.map(({ slot, value }) => ({ array: s[slot]!, value }));
    walk.restart();
    for (let o = 0; o < count; o++) {
      program.run();
      for (const { array, value } of outputs) array[o] = program.values[value]!;
      walk.next();
    }
    frame.arrays = [];
  };
}

/** Combines one more value, rounding integers; floats stay in double until they are stored. */
function folding(op: Fold, dtype: DType): (acc: number, value: number) => number {
  const fold = foldFunction(op, dtype);
  if (isFloat(dtype)) return fold;
  const round = rounding(dtype);
  return (acc, value) => round(fold(acc, value));
}

function bindReduce(kernel: ReduceKernel): Bound {
  const { body, shape, kept, op, inputs } = kernel;
  const { dtype } = body[kernel.value]!;
  requireCompute(op, dtype);
  requireCompute(op, kernel.output.dtype);
  const walk = walkOver(shape, inputs);
  const frame: Frame = { arrays: [], at: walk.at, index: walk.index };
  const program = bindBody(body, kernel.constants, frame);
  const results = product(shape.slice(0, kept));
  const count = product(shape.slice(kept));
  // With nothing to reduce, the walk has no places; the results are the neutral values.
  const position = op === 'argmax' || op === 'argmin';
  const start = neutral(op, position ? dtype : kernel.output.dtype);
  const cast = casting(dtype, kernel.output.dtype);
  const fold = position ? undefined : folding(op, kernel.output.dtype);
  const better = op === 'argmin' ? (v: number, best: number) => v < best : (v: number, best: number) => v > best;
  return (s) => {
    frame.arrays = inputs.map((input) => s[input.slot]!);
    const out = s[kernel.output.slot]!;
    walk.restart();
    for (let o = 0; o < results; o++) {
      let acc = start;
      let place = 0;
      for (let n = 0; n < count; n++) {
        program.run();
        walk.next();
        const value = program.values[kernel.value]!;
        if (fold) acc = fold(acc, cast(value));
        else if (better(value, acc) || (value !== value && acc === acc)) {
          acc = value;
          place = n;
        }
      }
      out[o] = fold ? acc : place;
    }
    frame.arrays = [];
  };
}

function bindScan(kernel: ScanKernel): Bound {
  const { axis, input, output, op } = kernel;
  requireCompute(op, input.dtype);
  requireCompute(op, output.dtype);
  const strides = rowMajor(input.shape);
  const walk = new StridedWalk(withAt(input.shape, axis, 1), [input.strides, strides], [input.offset, 0]);
  const length = input.shape[axis]!;
  const lines = length === 0 ? 0 : product(input.shape) / length;
  const fold = folding(FOLD_OF_SCAN[op], output.dtype);
  const start = neutral(FOLD_OF_SCAN[op], output.dtype);
  const cast = casting(input.dtype, output.dtype);
  return (s) => {
    const from = s[input.slot]!;
    const to = s[output.slot]!;
    walk.restart();
    for (let line = 0; line < lines; line++) {
      let acc = start;
      for (let i = 0; i < length; i++) {
        acc = fold(acc, cast(from[walk.at[0]! + i * input.strides[axis]!]!));
        to[walk.at[1]! + i * strides[axis]!] = acc;
      }
      walk.next();
    }
  };
}

function bindGather(kernel: GatherKernel): Bound {
  const { source, index, axis, output } = kernel;
  const walk = new StridedWalk(index.shape, [index.strides, withAt(source.strides, axis, 0)], [index.offset, source.offset]);
  const count = product(index.shape);
  const size = source.shape[axis]!;
  const step = source.strides[axis]!;
  return (s) => {
    const from = s[source.slot]!;
    const indices = s[index.slot]!;
    const to = s[output.slot]!;
    walk.restart();
    for (let o = 0; o < count; o++) {
      const j = indices[walk.at[0]!]!;
      if (j < 0 || j >= size) outOfRange('gather', j, axis, size);
      to[o] = from[walk.at[1]! + j * step]!;
      walk.next();
    }
  };
}

function bindScatter(kernel: ScatterKernel): Bound {
  const { base, index, updates, axis, output, mode } = kernel;
  if (mode !== 'set') requireCompute(`scatter ${mode}`, output.dtype);
  const strides = rowMajor(base.shape);
  const copy = new StridedWalk(base.shape, [base.strides], [base.offset]);
  const walk = new StridedWalk(index.shape, [index.strides, updates.strides, withAt(strides, axis, 0)], [index.offset, updates.offset, 0]);
  const copied = product(base.shape);
  const count = product(index.shape);
  const size = base.shape[axis]!;
  const combine = mode === 'set' ? (_: number, value: number) => value : folding(FOLD_OF_SCATTER[mode], output.dtype);
  return (s) => {
    const first = s[base.slot]!;
    const indices = s[index.slot]!;
    const values = s[updates.slot]!;
    const to = s[output.slot]!;
    copy.restart();
    for (let o = 0; o < copied; o++) {
      to[o] = first[copy.at[0]!]!;
      copy.next();
    }
    walk.restart();
    for (let n = 0; n < count; n++) {
      const j = indices[walk.at[0]!]!;
      if (j < 0 || j >= size) outOfRange('scatter', j, axis, size);
      const t = walk.at[2]! + j * strides[axis]!;
      to[t] = combine(to[t]!, values[walk.at[1]!]!);
      walk.next();
    }
  };
}

/** Copies an operand into an array whose row-major strides are given, from `offset` on. */
function bindCopy(input: Operand, output: number, strides: readonly number[], offset: number): Bound {
  const walk = new StridedWalk(input.shape, [input.strides, strides], [input.offset, offset]);
  const count = product(input.shape);
  return (s) => {
    const from = s[input.slot]!;
    const to = s[output]!;
    walk.restart();
    for (let n = 0; n < count; n++) {
      to[walk.at[1]!] = from[walk.at[0]!]!;
      walk.next();
    }
  };
}

function bindPad(kernel: PadKernel): Bound {
  const { input, output, low, shape } = kernel;
  const strides = rowMajor(shape);
  const copy = bindCopy(input, output.slot, strides, low.reduce((sum, n, axis) => sum + n * strides[axis]!, 0));
  const value = literal(kernel.value, output.dtype);
  return (s) => {
    s[output.slot]!.fill(value);
    copy(s);
  };
}

function bindConcat(kernel: ConcatKernel): Bound {
  const { inputs, output, axis, shape } = kernel;
  const strides = rowMajor(shape);
  let begin = 0;
  const copies = inputs.map((input) => {
    const copy = bindCopy(input, output.slot, strides, begin * strides[axis]!);
    begin += input.shape[axis]!;
    return copy;
  });
  return (s) => {
    for (const copy of copies) copy(s);
  };
}
