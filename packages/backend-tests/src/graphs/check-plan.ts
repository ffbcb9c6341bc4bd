/**
 * Whether a plan keeps the rules of plan.ts and kernel.ts: a slot that nobody writes, or memory that is given away too early, is
 * found even where the results happen to be right.
 */
import {
  operandsOf, readsOf, sizeOf, writesOf, type Kernel, type MapKernel, type Operand, type Plan, type RowKernel,
} from '@cotangent/tensor';

/** The first rule that a plan breaks; undefined for none. */
export function planProblem(plan: Plan): string | undefined {
  try {
    new PlanCheck(plan).check();
    return undefined;
  } catch (error) {
    if (error instanceof BrokenRule) return error.message;
    throw error;
  }
}

class BrokenRule extends Error {}

function fail(text: string): never {
  throw new BrokenRule(text);
}

class PlanCheck {
  private readonly written = new Set<number>();

  constructor(private readonly plan: Plan) {}

  check(): void {
    const { inputs, outputs, kernels } = this.plan;
    for (const slot of inputs) this.write(slot, 'the inputs');
    for (const [k, kernel] of kernels.entries()) this.kernel(kernel, `kernel ${k} (${kernel.kind})`, new Set());
    const listed = new Set(inputs);
    for (const { slot } of outputs) {
      if (!this.written.has(slot)) fail(`output slot ${slot} is never written`);
      if (listed.has(slot)) fail(`output slot ${slot} is an input or listed twice`);
      listed.add(slot);
    }
    const donors = new Set<number>();
    for (const { slot, donor } of outputs) {
      if (donor === undefined) continue;
      if (donors.has(donor)) fail(`input ${donor} gives its memory away twice`);
      donors.add(donor);
      this.donation(slot, inputs[donor] ?? fail(`donor ${donor} is not an input`));
    }
  }

  private write(slot: number, where: string): void {
    if (this.written.has(slot)) fail(`${where}: slot ${slot} is written again`);
    this.written.add(slot);
  }

  private kernel(kernel: Kernel, where: string, windows: ReadonlySet<number>): void {
    if (kernel.kind === 'repeat') {
      const inside = new Set(kernel.windows.map(({ slot }) => slot));
      for (const { of } of kernel.windows) this.written.add(of);
      for (const [k, inner] of kernel.kernels.entries()) this.kernel(inner, `${where}, kernel ${k} (${inner.kind})`, inside);
      return;
    }
    for (const slot of readsOf(kernel)) {
      if (!this.written.has(slot) && !windows.has(slot)) fail(`${where} reads slot ${slot} before it is written`);
    }
    for (const slot of writesOf(kernel)) if (!windows.has(slot)) this.write(slot, where);
    for (const part of partsOf(kernel)) {
      for (const operand of operandsOf(part)) this.operand(operand, where);
      if (part.kind === 'map' || part.kind === 'row') this.body(part, where);
    }
    if (kernel.kind !== 'group') return;
    for (const map of kernel.maps) {
      const others = new Set(kernel.maps.filter((other) => other !== map).flatMap(writesOf));
      for (const slot of readsOf(map)) if (others.has(slot)) fail(`${where}: one map reads slot ${slot}, which another writes`);
    }
  }

  private operand({ slot, dtype, shape, strides, offset }: Operand, where: string): void {
    const held = this.plan.slots[slot] ?? fail(`${where}: there is no slot ${slot}`);
    if (held.dtype !== dtype) fail(`${where} reads slot ${slot} (${held.dtype}) as ${dtype}`);
    if (strides.length !== shape.length) fail(`${where} reads slot ${slot} with ${strides.length} strides for ${shape.length} axes`);
    if (shape.includes(0)) return;
    let [low, high] = [offset, offset];
    shape.forEach((n, axis) => {
      const span = strides[axis]! * (n - 1);
      if (span < 0) low += span;
      else high += span;
    });
    if (low < 0 || high >= held.length) fail(`${where} reads elements ${low} to ${high} of slot ${slot}, which has ${held.length}`);
  }

  private body({ shape, inputs, constants, body, outputs }: MapKernel | RowKernel, where: string): void {
    for (const input of inputs) {
      if (input.shape.join() !== shape.join()) fail(`${where} over [${shape.join()}] has an input of shape [${input.shape.join()}]`);
    }
    body.forEach((x, i) => {
      if ('args' in x && x.args.some((arg) => !(arg >= 0 && arg < i))) fail(`${where}: instruction ${i} uses a later value`);
      if (x.op === 'load' && inputs[x.input]?.dtype !== x.dtype) fail(`${where}: instruction ${i} loads input ${x.input} as ${x.dtype}`);
      if (x.op === 'const' && !(x.constant in constants)) fail(`${where}: there is no constant ${x.constant}`);
      if (x.op === 'index' && !(x.axis in shape)) fail(`${where}: there is no axis ${x.axis}`);
    });
    for (const output of outputs) {
      const { slot, dtype, value } = output;
      const held = this.plan.slots[slot]!;
      if (body[value]?.dtype !== dtype || held.dtype !== dtype) fail(`${where} writes slot ${slot} (${held.dtype}) as ${dtype}`);
      const size = sizeOf('per' in output && output.per === 'row' ? shape.slice(0, rowAxes(output.strides, shape)) : shape);
      if (held.length !== size) fail(`${where} writes ${size} elements to slot ${slot}, which has ${held.length}`);
    }
  }

  /** An output may overwrite an input only if every element is read before its place is written, and never again. */
  private donation(slot: number, input: number): void {
    const { plan } = this;
    const what = `slot ${slot} takes over input slot ${input}`;
    const [from, to] = [plan.slots[input]!, plan.slots[slot]!];
    if (from.dtype !== to.dtype || from.length !== to.length) fail(`${what}, which differs in type or length`);
    const writer = plan.kernels.findIndex((kernel) => writesOf(kernel).includes(slot));
    plan.kernels.forEach((kernel, k) => {
      if (k > writer && readsOf(kernel).includes(input)) fail(`${what} at kernel ${writer}, but kernel ${k} still reads it`);
    });
    for (const part of partsOf(plan.kernels[writer]!)) {
      for (const operand of operandsOf(part)) {
        if (operand.slot !== input || operand.shape.includes(0)) continue;
        if ((part.kind !== 'map' && part.kind !== 'row') || !writesOf(part).includes(slot)) fail(`${what}, which another part of kernel ${writer} reads`);
        if (part.kind === 'map' && !isRowMajor(operand)) fail(`${what}, which kernel ${writer} reads at other places than it writes`);
      }
    }
  }
}

/** How many axes a value of the row has: those before the axes along which its strides are 0 to the end. */
function rowAxes(strides: readonly number[], shape: readonly number[]): number {
  let axes = shape.length;
  while (axes > 0 && (strides[axes - 1] === 0 || shape[axes - 1] === 1)) axes--;
  return axes;
}

function isRowMajor({ shape, strides, offset }: Operand): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return false;
    stride *= shape[axis]!;
  }
  return offset === 0;
}

/** What runs one after another, or side by side, within a kernel. */
function partsOf(kernel: Kernel): readonly Kernel[] {
  if (kernel.kind === 'group') return kernel.maps;
  if (kernel.kind !== 'contract' || !kernel.epilogue) return [kernel];
  const { epilogue, ...sums } = kernel;
  return [sums, epilogue];
}
