/**
 * Contractions: every invocation computes a small tile of the output in registers, so that each element it reads is used several
 * times. Operands are read through their views; padding, strides and dilation of convolutions are conditions of a read.
 */
import type { ContractKernel, DType, MapKernel } from '@cotangent/tensor';
import { cast, combine, emit, type BodyContext } from '../wgsl/body';
import { coordinates, nestOf, position, product } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { typeOf } from '../wgsl/types';
import { geometryOf, type Form, type Side } from './geometry';

/** Tiles below which a smaller tile keeps more of the GPU busy. */
const ENOUGH_TILES = 512;

export interface ContractOptions {
  readonly guarded: boolean;
}

/** The coordinate of each label, by label; undefined for labels that are not fixed yet. */
type Coordinates = readonly (string | undefined)[];

export function launchContract(shader: Shader, kernel: ContractKernel, options: ContractOptions): Launch {
  const { sizes } = kernel;
  const geometry = geometryOf(kernel);
  const { batch, rows, columns, sums } = geometry;
  const count = (labels: readonly number[]): number => product(labels.map((label) => sizes[label]!));
  const [batches, height, width] = [count(batch), count(rows), count(columns)];
  const [tall, wide] = tileFor(batches, height, width);
  const down = Math.ceil(height / tall);
  const across = Math.ceil(width / wide);
  const unit = perUnit(shader, batches * down * across);
  const [batchAt, rowAt, columnAt] = coordinates(shader, unit, [batches, down, across]);

  // Neighbouring invocations take neighbouring rows and columns; those of a tile lie `down` and `across` apart.
  const fixed = place(shader, sizes, batch, batchAt!, []);
  const inRow = tileIndices(shader, rowAt!, tall, down, height);
  const inColumn = tileIndices(shader, columnAt!, wide, across, width);
  const rowPlaces = inRow.map((index) => place(shader, sizes, rows, index, fixed));
  const columnPlaces = inColumn.map((index) => place(shader, sizes, columns, index, fixed));

  const sideA = new Reader(shader, geometry.a, [...batch, ...rows], rowPlaces, kernel.output.dtype);
  const sideB = new Reader(shader, geometry.b, [...batch, ...columns], columnPlaces, kernel.output.dtype);
  const { dtype } = kernel.output;
  const sum = (r: number, c: number): string => `sum${r}_${c}`;
  const eachSum = (body: (r: number, c: number) => void): void => {
    for (let r = 0; r < tall; r++) for (let c = 0; c < wide; c++) body(r, c);
  };
  const zero = shader.let('zero', shader.constant(0, dtype));
  eachSum((r, c) => {
    shader.add(`var ${sum(r, c)} = ${zero};`);
  });
  for (const label of sums) {
    const k = shader.name('k');
    shader.add(`for (var ${k} = 0; ${k} < ${shader.int(sizes[label]!)}; ${k}++) {`);
    sideA.step(label, k);
    sideB.step(label, k);
  }
  const left = sideA.read();
  const right = sideB.read();
  eachSum((r, c) => {
    const term = combine(shader, 'prod', dtype, left[r]!, right[c]!);
    shader.add(`${sum(r, c)} = ${combine(shader, 'sum', dtype, sum(r, c), term)};`);
  });
  shader.add(...sums.map(() => '}'));

  const intact = options.guarded ? shader.let('intact', shader.intact) : undefined;
  const origin = shader.let('out', shader.origin(kernel.output.slot, 0));
  eachSum((r, c) => {
    const at = merged(rowPlaces[r]!, columnPlaces[c]!);
    const conditions = [
      ...(r > 0 ? [`${rowAt!} + ${r} * ${shader.int(down)} < ${shader.int(height)}`] : []),
      ...(c > 0 ? [`${columnAt!} + ${c} * ${shader.int(across)} < ${shader.int(width)}`] : []),
      ...(intact === undefined ? [] : [intact]),
    ];
    shader.add(conditions.length > 0 ? `if (${conditions.join(' && ')}) {` : '{');
    const linear = shader.let('o', formText(shader, { constant: 0, coefficients: geometry.out }, kernel.out, at));
    finish(shader, kernel, sum(r, c), origin, linear, at);
    shader.add('}');
  });
  return shader.launch(workgroupsFor(batches * down * across));
}

function tileFor(batches: number, height: number, width: number): [number, number] {
  const most = (n: number): number => (n >= 4 ? 4 : n >= 2 ? 2 : 1);
  let [tall, wide] = [most(height), most(width)];
  const tiles = (): number => batches * Math.ceil(height / tall) * Math.ceil(width / wide);
  while (tall * wide > 1 && tiles() < ENOUGH_TILES) {
    if (tall >= wide) tall /= 2;
    else wide /= 2;
  }
  return [tall, wide];
}

/** Positions of a tile along rows or columns; those beyond the end repeat the last one and are not stored. */
function tileIndices(shader: Shader, first: string, tile: number, apart: number, end: number): string[] {
  return Array.from({ length: tile }, (_, r) =>
    r === 0 ? first : shader.let('i', `min(${first} + ${r} * ${shader.int(apart)}, ${shader.int(end - 1)})`));
}

/** Coordinates of the labels that the position `index` stands for, beside those that are known. */
function place(shader: Shader, sizes: readonly number[], labels: readonly number[], index: string, known: Coordinates): Coordinates {
  const at = [...known];
  coordinates(shader, index, labels.map((label) => sizes[label]!)).forEach((c, k) => (at[labels[k]!] = c));
  return at;
}

function merged(a: Coordinates, b: Coordinates): Coordinates {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, label) => a[label] ?? b[label]);
}

/** A linear form over `labels`, its constant included. */
function formText(shader: Shader, { constant, coefficients }: Form, labels: readonly number[], at: Coordinates): string {
  const base = constant === 0 ? '0' : shader.int(constant);
  return position(shader, base, labels.map((label) => at[label]!), labels.map((label) => coefficients[label]!));
}

/** Reads the elements of one operand that a tile needs: as many as it has rows, or columns. */
class Reader {
  /** For each place of the tile its part of every form; form 0 is the address. */
  private readonly parts: readonly (readonly string[])[];
  /** What the labels summed over add to every form so far. */
  private readonly sums: string[];
  private readonly forms: readonly Form[];

  constructor(
    private readonly shader: Shader,
    private readonly side: Side,
    labels: readonly number[],
    places: readonly Coordinates[],
    private readonly to: DType,
  ) {
    const { address, checked, operand } = side;
    this.forms = [address, ...checked.map(({ form }) => form)];
    this.parts = places.map((at) =>
      this.forms.map((form, n) => {
        const text = formText(shader, n === 0 ? { ...form, constant: 0 } : form, labels, at);
        return shader.let('f', n === 0 ? `${shader.origin(operand.slot, address.constant)} + ${text}` : text);
      }));
    this.sums = this.forms.map(() => '0');
  }

  /** Enters the loop over a label. */
  step(label: number, index: string): void {
    this.forms.forEach(({ coefficients }, n) => {
      if (coefficients[label] === 0) return;
      this.sums[n] = this.shader.let('s', `${this.sums[n]!} + ${index} * ${this.shader.int(coefficients[label]!)}`);
    });
  }

  read(): string[] {
    const { shader, side: { operand, checked } } = this;
    return this.parts.map((own) => {
      let address = `${own[0]!} + ${this.sums[0]!}`;
      const conditions: string[] = [];
      checked.forEach(({ divisor, size, stride }, n) => {
        let c = shader.let('c', `${own[n + 1]!} + ${this.sums[n + 1]!}`);
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
      const value = cast(shader, shader.load(operand.slot, operand.dtype, address), operand.dtype, this.to);
      if (conditions.length === 0) return shader.let('x', value);
      const x = shader.name('x');
      shader.add(`var ${x} = ${typeOf(this.to)}();`);
      shader.add(`if (${conditions.join(' && ')}) { ${x} = ${value}; }`);
      return x;
    });
  }
}

/** Stores a sum, or what the epilogue makes of it. */
function finish(shader: Shader, kernel: ContractKernel, sum: string, origin: string, linear: string, at: Coordinates): void {
  const { epilogue, output, out, sizes } = kernel;
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
