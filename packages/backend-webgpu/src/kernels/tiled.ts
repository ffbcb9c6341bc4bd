/**
 * Large contractions of floats on real GPUs: a workgroup of 16 x 16 invocations computes a tile of 64 x 64 or 128 x 128 results.
 * Slices of both operands, 16 deep, go through workgroup memory, where every element is read 64 or 128 times; each invocation
 * keeps 4 x 4 or 8 x 8 sums in registers, in float32 whatever the operands are. Operands are read through their views, so
 * convolutions and their gradients need no copy.
 */
import type { ContractKernel } from '@cotangent/tensor';
import { coordinates } from '../wgsl/nest';
import { GROUP, type Launch, type Shader } from '../wgsl/shader';
import { finish, fixedParts, formsOf, formText, merged, place, placeOf, type Coordinates } from './contract-parts';
import { geometryOf, type Side } from './geometry';
import { extentOf, partAt as addressOf, type Split } from './split';

const SIDE = 16;
const THREADS = SIDE * SIDE;
const DEPTH = 16;
/** Results along either side of the small tile. */
const SMALL = 64;
/** The large tile is taken where so many of them keep a GPU busy. */
const ENOUGH_LARGE = 128;

/** With a split, every part of the sums goes to scratch memory. */
export function launchTiled(shader: Shader, kernel: ContractKernel, split?: Split, scratch = -1): Launch {
  const geometry = geometryOf(kernel);
  const { sizes, output, out } = kernel;
  const { batch, rows, columns, sums } = geometry;
  const extent = extentOf(kernel, geometry);
  const { batches, height, width, depth } = extent;
  const parts = split?.parts ?? 1;
  const large = batches * Math.ceil(height / 128) * Math.ceil(width / 128) >= ENOUGH_LARGE;
  const tile = large ? 128 : SMALL;
  const [down, across] = [Math.ceil(height / tile), Math.ceil(width / tile)];
  const group = shader.let('tile', GROUP);
  shader.add(`if (${group} >= ${shader.int(parts * batches * down * across)}) { return; }`);
  const counts = [batches, down, across];
  const [acrossAt, downAt, batchAt, partAt] = coordinates(shader, group, parts === 1 ? counts : [parts, ...counts]).reverse();
  const fixed = place(shader, sizes, batch, batchAt!, []);
  const firstRow = shader.let('row', `${downAt!} * ${tile}`);
  const firstColumn = shader.let('column', `${acrossAt!} * ${tile}`);
  // Whole slices: only the last part ends within one.
  const share = Math.ceil(depth / parts / DEPTH) * DEPTH;
  const begin = parts === 1 ? '0' : shader.let('begin', `${partAt!} * ${shader.int(share)}`);
  const deep = shader.let('deep', parts === 1 ? shader.int(depth) : `min(${begin} + ${shader.int(share)}, ${shader.int(depth)})`);

  const a = new Panel(shader, kernel, geometry.a, { labels: rows, first: firstRow, count: height, tile, fixed, batch, sums });
  const b = new Panel(shader, kernel, geometry.b, { labels: columns, first: firstColumn, count: width, tile, fixed, batch, sums });
  const per = tile / SIDE;
  const vectors = per / 4;
  shader.add(`let tx = lane & ${SIDE - 1}u;`, `let ty = lane / ${SIDE}u;`);
  const sum = (r: number, v: number): string => `sum${r}_${v}`;
  for (let r = 0; r < per; r++) for (let v = 0; v < vectors; v++) shader.add(`var ${sum(r, v)} = vec4f();`);

  const start = shader.name('k');
  shader.add(`for (var ${start} = ${begin}; ${start} < ${deep}; ${start} += ${DEPTH}) {`);
  a.load(start, deep);
  b.load(start, deep);
  shader.add('workgroupBarrier();');
  const k = shader.name('k');
  shader.add(`for (var ${k} = 0u; ${k} < ${DEPTH}u; ${k}++) {`);
  const left = a.vectors(k, 'ty', vectors);
  const right = b.vectors(k, 'tx', vectors);
  for (let r = 0; r < per; r++) {
    for (let v = 0; v < vectors; v++) shader.add(`${sum(r, v)} += ${left[r >> 2]!}.${'xyzw'[r & 3]!} * ${right[v]!};`);
  }
  shader.add('}', 'workgroupBarrier();', '}');

  // One loop stores all sums: written out for each of them, an epilogue would be code without end.
  const order = Array.from({ length: per * vectors }, (_, n) => sum(Math.floor(n / vectors), n % vectors));
  shader.add(`var all = array<vec4f, ${order.length}>(${order.join(', ')});`);
  const n = shader.name('n');
  shader.add(`for (var ${n} = 0; ${n} < ${per * per}; ${n}++) {`);
  const r = shader.let('r', `${n} / ${per}`);
  const c = shader.let('c', `${n} % ${per}`);
  const row = shader.let('row', `${firstRow} + (${r} / 4) * ${SMALL} + i32(ty) * 4 + (${r} & 3)`);
  const column = shader.let('column', `${firstColumn} + (${c} / 4) * ${SMALL} + i32(tx) * 4 + (${c} & 3)`);
  shader.add(`if (${row} < ${shader.int(height)} && ${column} < ${shader.int(width)}) {`);
  const value = shader.let('value', `all[${n} / 4][${n} & 3]`);
  if (parts > 1) {
    const to = addressOf(shader, extent, partAt!, [batchAt!, row, column]);
    shader.store(scratch, 'float32', `${shader.origin(scratch, 0)} + ${to}`, value);
    shader.add('}', '}');
    return shader.launch(parts * batches * down * across, THREADS);
  }
  const labels = merged(place(shader, sizes, rows, row, fixed), place(shader, sizes, columns, column, fixed));
  const linear = shader.let('o', formText(shader, { constant: 0, coefficients: geometry.out }, out, labels));
  finish(shader, kernel, value, shader.let('out', shader.origin(output.slot, 0)), linear, labels);
  shader.add('}', '}');
  return shader.launch(batches * down * across, THREADS);
}

interface PanelOptions {
  /** Labels of the rows (or columns) of the panel; how many positions they have, and the first one of the tile. */
  readonly labels: readonly number[];
  readonly first: string;
  readonly count: number;
  readonly tile: number;
  readonly fixed: Coordinates;
  readonly batch: readonly number[];
  readonly sums: readonly number[];
}

/** The slice of one operand in workgroup memory: vectors of four rows, `tile / 4` of them for each step of depth. */
class Panel {
  private readonly memory: string;
  /** Invocations that follow each other read along the sum, or along the rows, whichever is contiguous. */
  private readonly alongSum: boolean;
  /** For every vector that an invocation loads, the parts of the forms that its four rows add. */
  private readonly parts: readonly (readonly (readonly string[])[])[];

  constructor(
    private readonly shader: Shader,
    private readonly kernel: ContractKernel,
    private readonly side: Side,
    private readonly options: PanelOptions,
  ) {
    const { labels, first, count, tile, fixed, batch, sums } = options;
    this.memory = shader.share('vec4f', (tile / 4) * DEPTH);
    const last = sums.at(-1);
    this.alongSum = last !== undefined && Math.abs(side.address.coefficients[last]!) === 1;
    const end = shader.let('end', shader.int(count - 1));
    const rowsOf = (vector: string): string[][] =>
      [0, 1, 2, 3].map((r) => {
        const index = shader.let('i', `min(${first} + ${vector} * 4 + ${r}, ${end})`);
        return fixedParts(shader, side, [...batch, ...labels], place(shader, kernel.sizes, labels, index, fixed));
      });
    const each = Array.from({ length: this.loads }, (_, n) => n);
    // Along the rows, all loads of an invocation are of the same rows.
    if (this.alongSum) this.parts = each.map((n) => rowsOf(this.vector(n)));
    else {
      const rows = rowsOf(this.vector(0));
      this.parts = each.map(() => rows);
    }
  }

  /** Fills the memory with the steps of depth from `start` on. */
  load(start: string, deep: string): void {
    const { shader, kernel, side } = this;
    const { sums, tile } = this.options;
    const forms = formsOf(side);
    let parts: readonly string[] = [];
    let inside = '';
    for (let n = 0; n < this.loads; n++) {
      if (n === 0 || !this.alongSum) {
        const k = shader.let('k', `${start} + ${this.step(n)}`);
        inside = shader.let('inside', `${k} < ${deep}`);
        const at = place(shader, kernel.sizes, sums, k, []);
        parts = forms.map((form) => shader.let('s', formText(shader, { ...form, constant: 0 }, sums, at)));
      }
      const values = this.parts[n]!.map((own) => {
        const { address, conditions } = placeOf(shader, side, own.map((part, f) => `${part} + ${parts[f]!}`));
        const x = shader.name('x');
        shader.add(`var ${x} = 0.0;`);
        const value = shader.load(side.operand.slot, side.operand.dtype, address);
        shader.add(`if (${[inside, ...conditions].join(' && ')}) { ${x} = ${value}; }`);
        return x;
      });
      shader.add(`${this.memory}[u32(${this.step(n)} * ${tile / 4} + ${this.vector(n)})] = vec4f(${values.join(', ')});`);
    }
  }

  /** Reads the vectors that an invocation multiplies at one step of depth. */
  vectors(k: string, lane: string, count: number): string[] {
    const { shader, memory } = this;
    return Array.from({ length: count }, (_, v) => shader.let('v', `${memory}[${k} * ${this.options.tile / 4}u + ${v * SIDE}u + ${lane}]`));
  }

  /** Vectors that each invocation loads. */
  private get loads(): number {
    return ((this.options.tile / 4) * DEPTH) / THREADS;
  }

  /** Which vector of the tile load `n` of an invocation is. */
  private vector(n: number): string {
    const wide = this.options.tile / 4;
    return this.alongSum ? `(i32(lane / ${DEPTH}u) + ${n * SIDE})` : `i32(lane % ${wide}u)`;
  }

  /** At which step of depth. */
  private step(n: number): string {
    const wide = this.options.tile / 4;
    return this.alongSum ? `i32(lane % ${DEPTH}u)` : `(i32(lane / ${wide}u) + ${n * (THREADS / wide)})`;
  }
}
