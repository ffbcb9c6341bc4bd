/**
 * The two-dimensional transforms of four tiles at a time, a tile in each lane. Which four does not matter: every lane has its own
 * addresses, so tiles of different rows, images or channels go together and no lane is idle at the end of a row.
 *
 * The 36 values of a tile go to (or come from) 36 planes, `plane` bytes apart, numbered column by column.
 */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { gradientTransform, inputTransform, outputTransform, transpose, type Put } from './transforms';

/** Edge and filter taps of a tile: 6 x 6 inputs, 4 x 4 outputs. */
export const TILE_IN = 6;
export const TILE_OUT = 4;
export const PLANES = TILE_IN * TILE_IN;
/** Bytes of scratch memory for half-transformed tiles. */
export const SCRATCH = PLANES * 16;

/** Where masks are in a record about four tiles: a vector for each column and one for each row, all ones in the lanes that count. */
export interface Masks {
  readonly record: Local;
  readonly columns: number;
  readonly rows: number;
  /** A word that is not zero where a place of a tile does not count. */
  readonly edge: number;
}

export interface TileSource {
  /** Pushes the address of the first element of a row in a lane. */
  readonly address: (row: number, lane: number) => void;
  readonly masks: Masks;
}

interface Vectors {
  readonly d: Locals<6>;
  readonly raw: Locals<4>;
  readonly t: Locals<4>;
  readonly at: Locals<4>;
}

/** Locals for one transform; several in a function can share them. */
export function tileVectors(f: KernelBuilder): Vectors {
  return { d: f.locals(V128, 6), raw: f.locals(V128, 4), t: f.locals(V128, 4), at: f.locals(I32, 4) };
}

/** Locals holding 1 to 5 times the distance of planes. */
export function planeSteps(f: KernelBuilder, plane: Local): Locals<5> {
  const steps = f.locals(I32, 5);
  steps.forEach((step, i) => f.get(plane).i32(i + 1).op('i32Mul').set(step));
  return steps;
}

/** Pushes the address of the i-th plane of a column. */
function planeAt(f: KernelBuilder, start: Local, steps: Locals<5>, i: number): void {
  f.get(start);
  if (i > 0) f.get(steps[i - 1]!).op('i32Add');
}

function nextColumn(f: KernelBuilder, start: Local, steps: Locals<5>): void {
  f.get(start, steps[4]).op('i32Add').get(steps[0]).op('i32Add').set(start);
}

/** Rows of four lanes, turned so that d[column] holds a column of each lane. */
function loadRow(f: KernelBuilder, { address, masks }: TileSource, row: number, columns: 4 | 6, masked: boolean, v: Vectors): void {
  for (let lane = 0; lane < 4; lane++) {
    address(row, lane);
    if (columns === 6) f.tee(v.at[lane]!);
    f.mem('v128Load').set(v.raw[lane]!);
  }
  transpose(f, v.raw, [v.d[0], v.d[1], v.d[2], v.d[3]], v.t);
  if (columns === 6) {
    for (const pair of [0, 1]) {
      const [first, second] = [v.at[pair * 2]!, v.at[pair * 2 + 1]!];
      f.get(first).mem('v128Load64Zero', 16).set(v.t[pair]!);
      f.get(second, v.t[pair]!).laneMem('v128Load64Lane', 1, 16).set(v.t[pair]!);
    }
    f.get(v.t[0], v.t[1]).shuffle(0, 2, 4, 6).set(v.d[4]).get(v.t[0], v.t[1]).shuffle(1, 3, 5, 7).set(v.d[5]);
  }
  if (!masked) return;
  for (let j = 0; j < columns; j++) f.get(v.d[j]!, masks.record).mem('v128Load', masks.columns + j * 16).op('v128And').set(v.d[j]!);
}

/** One source row of each lane after another, transformed along the row into the scratch memory. */
function transformRows(
  f: KernelBuilder,
  source: TileSource,
  size: 4 | 6,
  scratch: Local,
  v: Vectors,
  transform: (put: Put) => void,
): void {
  const { masks } = source;
  const rows = (masked: boolean): void => {
    for (let i = 0; i < size; i++) {
      loadRow(f, source, i, size, masked, v);
      transform((j, push) => {
        f.get(scratch);
        push();
        if (masked) f.get(masks.record).mem('v128Load', masks.rows + i * 16).op('v128And');
        f.mem('v128Store', (i * TILE_IN + j) * 16);
      });
    }
  };
  f.get(masks.record).mem('i32Load', masks.edge).if(
    () => rows(true),
    () => rows(false),
  );
}

/** From inputs to planes; `target` moves behind the last plane. */
export function inputTile(f: KernelBuilder, source: TileSource, scratch: Local, target: Local, steps: Locals<5>, v: Vectors): void {
  transformRows(f, source, TILE_IN, scratch, v, (put) => inputTransform(f, v.d, v.t, put));
  for (let j = 0; j < TILE_IN; j++) {
    for (let i = 0; i < TILE_IN; i++) f.get(scratch).mem('v128Load', (i * TILE_IN + j) * 16).set(v.d[i]!);
    inputTransform(f, v.d, v.t, (i, push) => {
      planeAt(f, target, steps, i);
      push();
      f.mem('v128Store');
    });
    nextColumn(f, target, steps);
  }
}

/** From gradients of outputs to planes; `target` moves behind the last plane. */
export function gradientTile(f: KernelBuilder, source: TileSource, scratch: Local, target: Local, steps: Locals<5>, v: Vectors): void {
  const y: Locals<4> = [v.d[0], v.d[1], v.d[2], v.d[3]];
  transformRows(f, source, TILE_OUT, scratch, v, (put) => gradientTransform(f, y, v.t, put));
  for (let j = 0; j < TILE_IN; j++) {
    for (let i = 0; i < TILE_OUT; i++) f.get(scratch).mem('v128Load', (i * TILE_IN + j) * 16).set(y[i]!);
    gradientTransform(f, y, v.t, (i, push) => {
      planeAt(f, target, steps, i);
      push();
      f.mem('v128Store');
    });
    nextColumn(f, target, steps);
  }
}

/** From planes to outputs; `source` moves behind the last plane. `store` gets four neighbours of a row of a lane. */
export function outputTile(
  f: KernelBuilder,
  source: Local,
  scratch: Local,
  steps: Locals<5>,
  v: Vectors,
  store: (row: number, lane: number, value: Local) => void,
): void {
  for (let j = 0; j < TILE_IN; j++) {
    for (let i = 0; i < TILE_IN; i++) {
      planeAt(f, source, steps, i);
      f.mem('v128Load').set(v.d[i]!);
    }
    outputTransform(f, v.d, v.t, (i, push) => {
      f.get(scratch);
      push();
      f.mem('v128Store', (i * TILE_IN + j) * 16);
    });
    nextColumn(f, source, steps);
  }
  for (let i = 0; i < TILE_OUT; i++) {
    for (let j = 0; j < TILE_IN; j++) f.get(scratch).mem('v128Load', (i * TILE_IN + j) * 16).set(v.d[j]!);
    outputTransform(f, v.d, v.t, (j, push) => {
      push();
      f.set(v.raw[j]!);
    });
    const lanes: Locals<4> = [v.d[0], v.d[1], v.d[2], v.d[3]];
    transpose(f, v.raw, lanes, v.t);
    lanes.forEach((lane, l) => {
      store(i, l, lane);
    });
  }
}

/** Adds storePart(address, vector, count): the first `count` elements of a vector, 0 to 4. */
export function addStorePart(module: KernelModule): number {
  return module.helper('store a part', [I32, V128, I32], [], (f, address, value, count) => {
    f.get(count).i32(4).op('i32GeS').if(
      () => void f.get(address, value).mem('v128Store'),
      () => {
        f.get(count).i32(2).op('i32And').if(
          () => {
            f.get(address, value).laneMem('v128Store64Lane', 0);
            f.get(count).i32(1).op('i32And').if(() => void f.get(address, value).laneMem('v128Store32Lane', 2, 8));
          },
          () => void f.get(count).i32(1).op('i32And').if(() => void f.get(address, value).laneMem('v128Store32Lane', 0)),
        );
      },
    );
  });
}
