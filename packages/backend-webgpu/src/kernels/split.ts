/**
 * Contractions with few results and long sums, such as gradients of weights: the sums are cut into parts, so that more invocations
 * have work. The parts lie in scratch memory until a second dispatch adds them up, always in the same order.
 */
import type { ContractKernel, Kernel } from '@cotangent/tensor';
import { coordinates, product } from '../wgsl/nest';
import { perUnit, workgroupsFor, type Launch, type Shader } from '../wgsl/shader';
import { typeOf } from '../wgsl/types';
import { finish, formText, merged, place } from './contract-parts';
import { geometryOf, type Geometry } from './geometry';

/** Terms that a part has at least. */
const SHORTEST = 256;
/** Results and parts of results that keep a GPU busy when every invocation has a few, and workgroups when each has a tile. */
const ENOUGH_RESULTS = 16384;
const ENOUGH_TILES = 256;

export interface Extent {
  readonly batches: number;
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}

export function extentOf({ sizes }: ContractKernel, { batch, rows, columns, sums }: Geometry): Extent {
  const count = (labels: readonly number[]): number => product(labels.map((label) => sizes[label]!));
  return { batches: count(batch), height: count(rows), width: count(columns), depth: count(sums) };
}

/** Whether a contraction has at least `from` rows and columns and is of the kind that goes through workgroup memory. */
export function isTiled(kernel: ContractKernel, from: number): boolean {
  const { height, width, depth } = extentOf(kernel, geometryOf(kernel));
  const isFloat = [kernel.a, kernel.b, kernel.output].every(({ dtype }) => typeOf(dtype) === 'f32');
  return isFloat && height >= from && width >= from && depth >= 1;
}

/** How the sums of a contraction are cut. */
export interface Split {
  /** 1 for not at all. */
  readonly parts: number;
  /** The label along which they are cut, of size `size`; each part has `share` of it. */
  readonly label: number;
  readonly share: number;
}

/** Cuts sums along their longest label. */
export function splitOf(kernel: ContractKernel, tiledFrom: number): Split {
  const geometry = geometryOf(kernel);
  const { batches, height, width, depth } = extentOf(kernel, geometry);
  const { sizes } = kernel;
  const label = geometry.sums.reduce((best, k) => (best < 0 || sizes[k]! > sizes[best]! ? k : best), -1);
  const size = sizes[label] ?? 1;
  const isFloat = typeOf(kernel.output.dtype) === 'f32';
  if (!isFloat || batches * height * width === 0 || depth < 2 * SHORTEST) return { parts: 1, label, share: size };
  const tiles = batches * Math.ceil(height / 64) * Math.ceil(width / 64);
  const wanted = isTiled(kernel, tiledFrom) ? ENOUGH_TILES / tiles : ENOUGH_RESULTS / (batches * height * width);
  // The second dispatch should not add for longer than the first.
  const most = Math.min(Math.floor(depth / SHORTEST), Math.ceil(Math.sqrt(depth)), size);
  const share = Math.ceil(size / Math.max(Math.min(Math.ceil(wanted), most), 1));
  return { parts: Math.max(Math.ceil(size / share), 1), label, share };
}

/** Words of scratch memory that a kernel needs. */
export function scratchOf(kernel: Kernel, tiledFrom: number): number {
  if (kernel.kind !== 'contract') return 0;
  const { parts } = splitOf(kernel, tiledFrom);
  const { batches, height, width } = extentOf(kernel, geometryOf(kernel));
  return parts === 1 ? 0 : parts * batches * height * width;
}

/** Where part `part` of a result lies within the scratch memory. */
export function partAt(shader: Shader, { batches, height, width }: Extent, part: string, at: readonly [string, string, string]): string {
  const [batch, row, column] = at;
  const matrix = `(${part} * ${shader.int(batches)} + ${batch})`;
  return `(${matrix} * ${shader.int(height)} + ${row}) * ${shader.int(width)} + ${column}`;
}

/** Adds up the parts: the second dispatch. */
export function launchParts(shader: Shader, kernel: ContractKernel, parts: number, scratch: number): Launch {
  const geometry = geometryOf(kernel);
  const { sizes, out, output } = kernel;
  const extent = extentOf(kernel, geometry);
  const { batches, height, width } = extent;
  const count = batches * height * width;
  const unit = perUnit(shader, count);
  const [batchAt, rowAt, columnAt] = coordinates(shader, unit, [batches, height, width]);
  const from = shader.let('from', `${shader.origin(scratch, 0)} + ${unit}`);
  const step = shader.let('step', shader.int(count));
  const [sum, part] = [shader.name('sum'), shader.name('part')];
  shader.add(`var ${sum} = 0.0;`, `for (var ${part} = 0; ${part} < ${shader.int(parts)}; ${part}++) {`);
  shader.add(`${sum} += ${shader.load(scratch, 'float32', `${from} + ${part} * ${step}`)};`, '}');
  const fixed = place(shader, sizes, geometry.batch, batchAt!, []);
  const at = merged(place(shader, sizes, geometry.rows, rowAt!, fixed), place(shader, sizes, geometry.columns, columnAt!, fixed));
  const linear = shader.let('o', formText(shader, { constant: 0, coefficients: geometry.out }, out, at));
  finish(shader, kernel, sum, shader.let('out', shader.origin(output.slot, 0)), linear, at);
  return shader.launch(workgroupsFor(count));
}
