/** What kernels cost: arithmetic and memory traffic. */
import { bytesOf } from '../dtype';
import type { ContractKernel, Kernel, MapKernel, Operand, ReduceKernel, RowKernel } from '../plan/kernel';
import { operandsOf, writesOf } from '../plan/kernel-slots';
import type { Plan } from '../plan/plan';
import type { Instruction } from '../plan/scalar';
import { sizeOf } from '../shape';

export interface Cost {
  /**
   * Arithmetic operations of any type; exp, sin and the like count as one. A multiply-add is two. What a contraction skips,
   * outside the borders of a padded window for example, is counted. Sorting, searching and JavaScript kernels count as none.
   */
  readonly flops: number;
  /** Bytes of the distinct elements read, and of the slots written. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export function costOf(kernel: Kernel, slots: Plan['slots']): Cost {
  if (kernel.kind === 'repeat') {
    const inner = kernel.kernels.map((k) => costOf(k, slots));
    const total = (part: keyof Cost): number => kernel.trips * inner.reduce((sum, cost) => sum + cost[part], 0);
    return { flops: total('flops'), bytesRead: total('bytesRead'), bytesWritten: total('bytesWritten') };
  }
  const read = new Map<number, number>();
  for (const operand of operandsOf(kernel)) {
    const { length, dtype } = slots[operand.slot]!;
    // Two views of a slot may overlap; more than the whole slot is never needed.
    const bytes = Math.min(distinct(operand), length) * bytesOf(dtype);
    read.set(operand.slot, Math.min((read.get(operand.slot) ?? 0) + bytes, length * bytesOf(dtype)));
  }
  const written = writesOf(kernel).map((slot) => slots[slot]!.length * bytesOf(slots[slot]!.dtype));
  return { flops: flopsOf(kernel), bytesRead: sum([...read.values()]), bytesWritten: sum(written) };
}

/** How many different elements a view shows. */
function distinct({ shape, strides }: Operand): number {
  return shape.includes(0) ? 0 : sizeOf(shape.filter((_, i) => strides[i] !== 0));
}

function flopsOf(kernel: Exclude<Kernel, { kind: 'repeat' }>): number {
  switch (kernel.kind) {
    case 'map':
      return arithmetic(kernel.body, kernel.outputs.map(({ value }) => value)).length * sizeOf(kernel.shape);
    case 'group':
      return sum(kernel.maps.map(flopsOf));
    case 'reduce':
      return (arithmetic(kernel.body, [kernel.value]).length + 1) * sizeOf(kernel.shape);
    case 'row':
      return rowFlops(kernel);
    case 'scan':
      return sizeOf(kernel.input.shape);
    case 'scatter':
      return kernel.mode === 'set' ? 0 : sizeOf(kernel.index.shape);
    case 'contract':
      return contractFlops(kernel) + (kernel.epilogue ? flopsOf(kernel.epilogue) : 0);
    case 'pool':
    case 'poolGradient':
      return sizeOf(kernel.shape) * sizeOf(kernel.window);
    default:
      return 0;
  }
}

/** Where a window is divided by its stride only every stride-th place counts. */
function contractFlops({ sizes, accessA, accessB }: ContractKernel): number {
  const skipped = [...accessA, ...accessB].reduce((product, { divisor }) => product * divisor, 1);
  return Math.round((2 * sizeOf(sizes)) / skipped);
}

/** Work on values of the row is done once per row, folds and work on elements once per element. */
function rowFlops({ shape, kept, inputs, body, outputs }: RowKernel): number {
  const perElement: boolean[] = [];
  body.forEach((step, at) => {
    if (step.op === 'load') perElement[at] = inputs[step.input]!.strides.some((stride, axis) => axis >= kept && stride !== 0);
    else if (step.op === 'index') perElement[at] = step.axis >= kept;
    else perElement[at] = step.op !== 'const' && step.op !== 'fold' && step.args.some((arg) => perElement[arg]);
  });
  const rows = sizeOf(shape.slice(0, kept));
  const elements = sizeOf(shape);
  const steps = arithmetic(body, outputs.map(({ value }) => value));
  return sum(steps.map((at) => (perElement[at] || body[at]!.op === 'fold' ? elements : rows)));
}

/** The instructions behind `values` that compute something, without loads, literals and conversions. */
export function arithmetic(body: readonly Instruction[], values: readonly number[]): number[] {
  const live = new Set(values);
  for (let at = body.length - 1; at >= 0; at--) {
    const step = body[at]!;
    if (live.has(at) && 'args' in step) for (const arg of step.args) live.add(arg);
  }
  return [...live].filter((at) => !FREE.has(body[at]!.op)).sort((a, b) => a - b);
}

const FREE: ReadonlySet<Instruction['op']> = new Set<Instruction['op']>(['load', 'const', 'index', 'cast', 'bitcast']);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** The index space of a kernel, for people: a bar separates the rows from what is folded, `x` the terms of a contraction's sums. */
export function shapeText(kernel: Kernel): string {
  const list = (sizes: readonly number[]): string => sizes.join(', ');
  const folded = ({ shape, kept }: ReduceKernel | RowKernel): string => `[${`${list(shape.slice(0, kept))} | ${list(shape.slice(kept))}`.trim()}]`;
  switch (kernel.kind) {
    case 'repeat':
      return `${kernel.trips} times`;
    case 'group':
      return shapesText(kernel.maps);
    case 'reduce':
    case 'row':
      return folded(kernel);
    case 'contract': {
      const summed = kernel.sizes.filter((_, label) => !kernel.out.includes(label));
      return `[${list(kernel.out.map((label) => kernel.sizes[label]!))}] x ${sizeOf(summed)}`;
    }
    case 'scan':
      return `[${list(kernel.input.shape)}]`;
    case 'gather':
      return `[${list(kernel.index.shape)}]`;
    case 'scatter':
      return `[${list(kernel.base.shape)}]`;
    case 'host':
    case 'sort':
    case 'search':
      return kernel.outputs.map(({ shape }) => `[${list(shape)}]`).join(' ');
    default:
      return `[${list(kernel.shape)}]`;
  }
}

function shapesText(maps: readonly MapKernel[]): string {
  const elements = sum(maps.map(({ shape }) => sizeOf(shape)));
  return `${maps.length} maps, ${elements} in all`;
}
