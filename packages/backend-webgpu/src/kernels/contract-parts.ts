/** What all shaders for contractions share: coordinates of labels, linear forms, and what happens to a finished sum. */
import type { ContractKernel, MapKernel } from '@cotangent/tensor';
import { emit, type BodyContext } from '../wgsl/body';
import { coordinates, nestOf, position } from '../wgsl/nest';
import type { Shader } from '../wgsl/shader';
import type { Form, Side } from './geometry';

/** The coordinate of each label, by label; undefined for labels that are not fixed yet. */
export type Coordinates = readonly (string | undefined)[];

/** Coordinates of the labels that the position `index` stands for, beside those that are known. */
export function place(shader: Shader, sizes: readonly number[], labels: readonly number[], index: string, known: Coordinates): Coordinates {
  const at = [...known];
  coordinates(shader, index, labels.map((label) => sizes[label]!)).forEach((c, k) => (at[labels[k]!] = c));
  return at;
}

export function merged(a: Coordinates, b: Coordinates): Coordinates {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, label) => a[label] ?? b[label]);
}

/** A linear form over `labels`, its constant included. */
export function formText(shader: Shader, { constant, coefficients }: Form, labels: readonly number[], at: Coordinates): string {
  const base = constant === 0 ? '0' : shader.int(constant);
  return position(shader, base, labels.map((label) => at[label]!), labels.map((label) => coefficients[label]!));
}

/** The forms of an operand: its address within the slot, then the numerators of its checked axes. */
export function formsOf({ address, checked }: Side): readonly Form[] {
  return [address, ...checked.map(({ form }) => form)];
}

/** The parts that `labels` add to the forms of an operand, constants included: form 0 becomes an address in memory. */
export function fixedParts(shader: Shader, side: Side, labels: readonly number[], at: Coordinates): string[] {
  const { address, operand } = side;
  return formsOf(side).map((form, n) => {
    const text = formText(shader, n === 0 ? { ...form, constant: 0 } : form, labels, at);
    return shader.let('f', n === 0 ? `${shader.origin(operand.slot, address.constant)} + ${text}` : text);
  });
}

/** Where an operand lies whose forms have these values, and the conditions under which it is inside. */
export function placeOf(shader: Shader, { checked }: Side, forms: readonly string[]): { address: string; conditions: string[] } {
  let address = forms[0]!;
  const conditions: string[] = [];
  checked.forEach(({ divisor, size, stride }, n) => {
    let c = shader.let('c', forms[n + 1]!);
    conditions.push(`${c} >= 0`);
    if (divisor !== 1) {
      const d = shader.let('d', shader.int(divisor));
      const quotient = shader.let('c', `${c} / ${d}`);
      conditions.push(`${quotient} * ${d} == ${c}`);
      c = quotient;
    }
    conditions.push(`${c} < ${shader.int(size)}`);
    address += ` + ${c} * ${shader.int(stride)}`;
  });
  return { address, conditions };
}

/** Stores a sum, or what the epilogue makes of it. */
export function finish(shader: Shader, kernel: ContractKernel, total: string, origin: string, linear: string, at: Coordinates): void {
  const { epilogue, output, out, sizes } = kernel;
  const sum = output.dtype === 'float16' ? shader.let('half', shader.call('half_f', total)) : total;
  if (!epilogue?.outputs.some(({ slot }) => slot === output.slot)) shader.store(output.slot, output.dtype, `${origin} + ${linear}`, sum);
  if (!epilogue) return;
  const values = runMapAt(shader, epilogue, linear, axesOf(epilogue, out, sizes, at), (slot) => (slot === output.slot ? sum : undefined));
  for (const { slot, dtype, value } of epilogue.outputs) {
    const start = slot === output.slot ? origin : shader.origin(slot, 0);
    shader.store(slot, dtype, `${start} + ${linear}`, values[value]!);
  }
}

/** The coordinates along the axes of an epilogue, where these are the labels of the output. */
function axesOf({ shape }: MapKernel, out: readonly number[], sizes: readonly number[], at: Coordinates): string[] | undefined {
  const same = shape.length === out.length && shape.every((n, axis) => n === sizes[out[axis]!]);
  return same ? out.map((label) => at[label]!) : undefined;
}

/** The values of a map at one position; inputs whose slot `given` knows are not read. */
function runMapAt(
  shader: Shader,
  map: MapKernel,
  linear: string,
  axes: readonly string[] | undefined,
  given: (slot: number) => string | undefined,
): string[] {
  const { inputs, body, constants, shape } = map;
  const apart = new Set(body.flatMap((x) => (x.op === 'index' ? [x.axis] : [])));
  const { sizes, strides, loopOf } = nestOf(shape, inputs.map((input) => input.strides), apart);
  const own = axes ?? coordinates(shader, linear, sizes);
  const context: BodyContext = {
    body,
    constants,
    load: (input) => {
      const { slot, dtype, offset } = inputs[input]!;
      const known = given(slot);
      if (known !== undefined) return known;
      const at = position(shader, shader.origin(slot, offset), own, axes ? inputs[input]!.strides : strides[input]!);
      return shader.load(slot, dtype, at);
    },
    coordinate: (axis) => (axes ? axes[axis]! : loopOf[axis]! < 0 ? '0' : own[loopOf[axis]!]!),
  };
  const values: string[] = [];
  body.forEach((_, k) => {
    emit(shader, context, values, k);
  });
  return values;
}
