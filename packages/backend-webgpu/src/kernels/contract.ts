/**
 * Contractions: every invocation computes a small tile of the output in registers, so that each element it reads is used several
 * times. Operands are read through their views; padding, strides and dilation of convolutions are conditions of a read.
 */
import type { ContractKernel, DType } from '@cotangent/tensor';
import { cast, combine } from '../wgsl/body';
import { coordinates } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { typeOf } from '../wgsl/types';
import { fixedParts, finish, formsOf, formText, merged, place, placeOf, type Coordinates } from './contract-parts';
import { geometryOf, type Form, type Side } from './geometry';
import { extentOf, partAt as addressOf, type Split } from './split';

/** Tiles below which a smaller tile keeps more of the GPU busy. */
const ENOUGH_TILES = 512;

/** With a split, every part of the sums goes to scratch memory. */
export function launchContract(shader: Shader, kernel: ContractKernel, split?: Split, scratch = -1): Launch {
  const { sizes } = kernel;
  const geometry = geometryOf(kernel);
  const parts = split?.parts ?? 1;
  const { batch, rows, columns, sums } = geometry;
  const extent = extentOf(kernel, geometry);
  const { batches, height, width } = extent;
  const [tall, wide] = tileFor(parts * batches, height, width);
  const down = Math.ceil(height / tall);
  const across = Math.ceil(width / wide);
  const unit = perUnit(shader, parts * batches * down * across);
  const counts = [batches, down, across];
  const [columnAt, rowAt, batchAt, partAt] = coordinates(shader, unit, parts === 1 ? counts : [parts, ...counts]).reverse();

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
    const size = shader.int(sizes[label]!);
    let [begin, end] = ['0', size];
    if (parts > 1 && label === split!.label) {
      begin = shader.let('begin', `${partAt!} * ${shader.int(split!.share)}`);
      end = shader.let('end', `min(${begin} + ${shader.int(split!.share)}, ${size})`);
    }
    shader.add(`for (var ${k} = ${begin}; ${k} < ${end}; ${k}++) {`);
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

  const origin = shader.let('out', shader.origin(parts === 1 ? kernel.output.slot : scratch, 0));
  eachSum((r, c) => {
    const at = merged(rowPlaces[r]!, columnPlaces[c]!);
    const conditions = [
      ...(r > 0 ? [`${rowAt!} + ${r} * ${shader.int(down)} < ${shader.int(height)}`] : []),
      ...(c > 0 ? [`${columnAt!} + ${c} * ${shader.int(across)} < ${shader.int(width)}`] : []),
    ];
    shader.add(conditions.length > 0 ? `if (${conditions.join(' && ')}) {` : '{');
    if (parts > 1) {
      const to = addressOf(shader, extent, partAt!, [batchAt!, inRow[r]!, inColumn[c]!]);
      shader.store(scratch, 'float32', `${origin} + ${to}`, sum(r, c));
    } else {
      const linear = shader.let('o', formText(shader, { constant: 0, coefficients: geometry.out }, kernel.out, at));
      finish(shader, kernel, sum(r, c), origin, linear, at);
    }
    shader.add('}');
  });
  return shader.launch(workgroupsFor(parts * batches * down * across));
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

/** Reads the elements of one operand that a tile needs: as many as it has rows, or columns. */
class Reader {
  /** For each place of the tile its part of every form. */
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
    this.forms = formsOf(side);
    this.parts = places.map((at) => fixedParts(shader, side, labels, at));
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
    const { shader, side } = this;
    const { operand } = side;
    return this.parts.map((own) => {
      const { address, conditions } = placeOf(shader, side, own.map((part, n) => `${part} + ${this.sums[n]!}`));
      const value = cast(shader, shader.load(operand.slot, operand.dtype, address), operand.dtype, this.to);
      if (conditions.length === 0) return shader.let('x', value);
      const x = shader.name('x');
      shader.add(`var ${x} = ${typeOf(this.to)}();`);
      shader.add(`if (${conditions.join(' && ')}) { ${x} = ${value}; }`);
      return x;
    });
  }
}
