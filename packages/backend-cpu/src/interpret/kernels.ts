/** Kernels without generated code, for pages whose Content-Security-Policy forbids it. Slow, with equal results. */
import {
  isFloat, type ConcatKernel, type DType, type GatherKernel, type Instruction, type Kernel, type Operand, type PadKernel, type RowKernel,
  type ScanKernel, type ScatterKernel, type Slot, type TypedArray,
} from '@cotangent/tensor';
import { TILE_COLUMNS, TILE_ROWS, type ContractMemory } from '../contract/panels';
import { bindContract } from '../contract/run';
import { outOfRange } from '../environment';
import { FOLD_OF_SCAN, FOLD_OF_SCATTER, foldFunction, neutral, type Fold } from '../folding';
import { bindHost } from '../host';
import { product, rowMajor, withAt } from '../loops';
import { asRow, foldAt, scheduleOf } from '../rows';
import { casting, literal, requireCompute, rounding } from '../values';
import { windowMover } from '../windows';
import { interpretedPack, interpretedStore } from './contract';
import { bindPool, bindPoolGradient } from './pool';
import { bindBody, type Frame } from './scalar';
import { StridedWalk } from './walk';

type Slots = readonly TypedArray[];
type Bound = (slots: Slots) => void;

/** One function that runs the kernels in order. */
export function interpret(kernels: readonly Kernel[], slots: readonly Slot[], memory: ContractMemory): Bound {
  return inOrder(kernels.map((kernel) => bind(kernel, slots, memory)));
}

function inOrder(steps: readonly Bound[]): Bound {
  return (s) => {
    for (const step of steps) step(s);
  };
}

function bind(kernel: Kernel, slots: readonly Slot[], memory: ContractMemory): Bound {
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
    case 'row':
      return bindRow(asRow(kernel));
    case 'group':
      return interpret(kernel.maps, slots, memory);
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
    case 'poolGradient':
      return bindPoolGradient(kernel);
    case 'contract': {
      const contract = bindContract(kernel, memory, {
        packA: (checked) => interpretedPack(checked, TILE_ROWS),
        packB: (checked) => interpretedPack(checked, TILE_COLUMNS),
        store: (out) => ({ lines: [out], store: interpretedStore(kernel.output) }),
      });
      return kernel.epilogue ? inOrder([contract, bind(kernel.epilogue, slots, memory)]) : contract;
    }
    case 'host':
    case 'sort':
    case 'search':
      return bindHost(kernel);
    case 'repeat': {
      const move = windowMover(kernel.windows, slots);
      const trip = interpret(kernel.kernels, slots, memory);
      return (s) => {
        for (let t = 0; t < kernel.trips; t++) {
          move(s as TypedArray[], t);
          trip(s);
        }
      };
    }
  }
}

/** Combines one more value, rounding integers; floats stay in double until they are stored. */
function folding(op: Fold, dtype: DType): (acc: number, value: number) => number {
  const fold = foldFunction(op, dtype);
  if (isFloat(dtype)) return fold;
  const round = rounding(dtype);
  return (acc, value) => round(fold(acc, value));
}

/** Maps, reductions and row kernels: every pass runs along the row anew, and outputs are written in the last one. */
function bindRow(kernel: RowKernel): Bound {
  const { body, shape, kept, inputs, outputs } = kernel;
  const { passes, rows } = scheduleOf(kernel, false);
  const operands = [...inputs, ...outputs.map((output) => ({ ...output, offset: 0 }))];
  const walk = (begin: number, end: number, starts: readonly number[]): StridedWalk =>
    new StridedWalk(shape.slice(begin, end), operands.map(({ strides }) => strides.slice(begin, end)), starts);
  const outer = walk(0, kept, operands.map(({ offset }) => offset));
  const inner = walk(kept, shape.length, operands.map(() => 0));
  const axis = (n: number): number => (n < kept ? outer.index[n]! : inner.index[n - kept]!);
  const frame: Frame = { arrays: [], at: inner.at, axis };
  const { values, steps } = bindBody(body, kernel.constants, frame);
  const folds = body.map((x, k) => (x.op === 'fold' ? bindFold(body, k, values) : undefined));
  const count = product(shape.slice(0, kept));
  const length = product(shape.slice(kept));
  return (s) => {
    frame.arrays = inputs.map((input) => s[input.slot]!);
    const targets = outputs.map(({ slot }) => s[slot]!);
    const store = (o: number): void => {
      targets[o]![inner.at[inputs.length + o]!] = values[outputs[o]!.value]!;
    };
    outer.restart();
    for (let row = 0; row < count; row++) {
      rows.forEach((own, p) => {
        inner.restart(outer.at);
        for (const k of own) {
          if (folds[k]) values[k] = folds[k].result();
          else steps[k]!();
        }
        const pass = passes[p];
        if (!pass) return;
        for (const k of pass.folds) folds[k]!.start();
        for (let n = 0; n < length; n++) {
          for (const k of pass.values) steps[k]!();
          for (const k of pass.folds) folds[k]!.step();
          for (const { output } of pass.stores) store(output);
          inner.next();
        }
      });
      outputs.forEach(({ per }, o) => per === 'row' && store(o));
      outer.next();
    }
    frame.arrays = [];
  };
}

interface FoldState {
  start(): void;
  step(): void;
  result(): number;
}

function bindFold(body: readonly Instruction[], k: number, values: Float64Array): FoldState {
  const { op, arg } = foldAt(body, k)!;
  const { dtype } = body[k]!;
  const from = body[arg]!.dtype;
  requireCompute(op, from);
  requireCompute(op, dtype);
  let acc = 0;
  if (op === 'argmax' || op === 'argmin') {
    let best = 0;
    let n = 0;
    return {
      start: () => {
        best = neutral(op, from);
        acc = n = 0;
      },
      step: () => {
        const value = values[arg]!;
        if ((op === 'argmax' ? value > best : value < best) || (value !== value && best === best)) {
          best = value;
          acc = n;
        }
        n++;
      },
      result: () => acc,
    };
  }
  const cast = casting(from, dtype);
  const fold = folding(op, dtype);
  const round = rounding(dtype);
  return {
    start: () => (acc = neutral(op, dtype)),
    step: () => (acc = fold(acc, cast(values[arg]!))),
    result: () => round(acc),
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
