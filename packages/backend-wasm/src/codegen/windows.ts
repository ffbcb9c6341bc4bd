/**
 * How pooling reads its windows. A round of the loops is a row of windows, those side by side along the last axis; it reads a few
 * rows of the input, one for each place of the window along the other pooled axes. Where windows reach past the edge, or the
 * elements are no neighbouring words, rows are first copied to the thread's own memory, with a border around them.
 */
import { bytesOf, type DType, type Windows } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { PRIVATE } from '../layout';
import type { Parameters } from '../params';
import { identityOf } from './folding';
import { laneBits, loadScalar, loadStrided } from './lanes';
import { contiguousStrides, type Walker } from './nest';

/** Up to so many rows of the input are read by straight code. */
const STRAIGHT_ROWS = 4;
/** Up to so many places of a row are read by straight code. */
const STRAIGHT_PLACES = 9;

/** Words for each pooled axis in the parameter block. */
const AXIS = { stride: 0, padding: 4, dilation: 8, position: 12, extent: 16 } as const;
const AXIS_BYTES = 20;

/** Told of every place of four neighbouring windows, in row-major order; `position` pushes how far it is from the corner. */
export type Visit = (value: Local, position: () => void) => void;

export class WindowRows {
  /** The type of the values read: bool counts as the bytes it is. */
  readonly dtype: DType;
  readonly lead: number;
  /** Windows in a row. */
  readonly count: number;
  /** Places of a window. */
  readonly places: number;
  /** What decides about the code. */
  readonly key: string;
  /** Steps over all axes but the last. */
  readonly walker: Walker;
  /** Memory that a thread needs. */
  readonly bytes: number;
  /** Whether rows are copied first, and whether there are rows outside of the input. */
  readonly copied: boolean;
  readonly edges: boolean;
  readonly rows: number;
  readonly straight: boolean;
  /** Whether every place has code of its own. */
  readonly unrolled: boolean;
  /** Distance of neighbouring windows; 0 for those that are not 1 or 2. */
  readonly step: number;
  /** Whether the elements of a row are neighbouring words. */
  readonly near: boolean;
  readonly stripBytes: number;

  constructor(readonly kernel: Windows) {
    const { window, stride, padding, dilation, shape, input } = kernel;
    this.dtype = input.dtype === 'bool' ? 'uint8' : input.dtype;
    this.lead = shape.length - window.length;
    this.count = shape.at(-1)!;
    const last = window.length - 1;
    const outer = window.slice(0, -1);
    this.rows = outer.reduce((a, b) => a * b, 1);
    this.places = this.rows * window[last]!;
    this.straight = this.rows <= STRAIGHT_ROWS;
    this.unrolled = this.straight && window[last]! <= STRAIGHT_PLACES;
    const crosses = (a: number): boolean => {
      const end = (shape[this.lead + a]! - 1) * stride[a]! - padding[a]! + (window[a]! - 1) * dilation[a]!;
      return padding[a]! > 0 || end >= input.shape[this.lead + a]!;
    };
    const step = stride[last]!;
    this.step = step <= 2 ? step : 0;
    this.near = (input.strides.at(-1) === 1 || input.shape.at(-1) === 1) && bytesOf(input.dtype) === 4;
    // Four windows are read even where fewer are left; only copies have room for them at any distance.
    this.copied = crosses(last) || !this.near || (this.step === 0 && this.count % 4 !== 0);
    this.edges = outer.some((_, a) => crosses(a));
    const reach = (Math.ceil(this.count / 4) * 4 - 1) * step + (window[last]! - 1) * dilation[last]! + 1;
    this.stripBytes = Math.ceil(Math.max(padding[last]! + input.shape.at(-1)!, reach) / 4) * 16 + 32;
    this.bytes = this.rowBytes + ((this.copied ? this.rows : 0) + (this.edges ? 1 : 0)) * this.stripBytes;
    const strides = input.strides.slice(this.lead);
    const corner = outer.reduce((sum, _, a) => sum - padding[a]! * strides[a]!, input.offset);
    this.walker = {
      dtype: input.dtype,
      at: { slot: input.slot, offset: corner * bytesOf(input.dtype) },
      strides: input.strides.slice(0, -1).map((s, i) => (i < this.lead ? s : s * stride[i - this.lead]!)),
    };
    this.key = [
      this.dtype, this.copied ? `${this.near ? 'near' : input.dtype} ${padding[last]}` : 'place', this.edges, outer.length, this.rows,
      this.step, window[last], dilation[last],
    ].join('|');
  }

  /** Addresses of the rows lie at the start of the thread's memory. */
  get rowBytes(): number {
    return Math.ceil(this.rows / 4) * 16;
  }

  /** Writes what the reader needs; returns where. */
  push(parameters: Parameters): Places {
    const { window, stride, padding, dilation, input } = this.kernel;
    const extents = input.shape.slice(this.lead);
    const positions = contiguousStrides(extents);
    const strides = input.strides.slice(this.lead).map((s) => s * bytesOf(input.dtype));
    const axes = parameters.push(...window.flatMap((_, a) => [stride[a]!, padding[a]!, dilation[a]!, positions[a]!, extents[a]!]));
    let rows: number[][] = [[]];
    for (const [a, size] of window.slice(0, -1).entries()) {
      rows = rows.flatMap((row) => Array.from({ length: size }, (_, k) => [...row, k * dilation[a]!]));
    }
    const along = (row: readonly number[], steps: readonly number[]): number => row.reduce((sum, k, a) => sum + k * steps[a]!, 0);
    const table = parameters.push(...rows.flatMap((row) => [along(row, strides), along(row, positions), ...row]));
    return { axes, rows: table, stripBytes: parameters.push(this.stripBytes), step: parameters.push(strides.at(-1)!) };
  }
}

interface Places {
  readonly axes: number;
  /** For each row how far it is from the corner of the window in bytes, in positions, and along each axis. */
  readonly rows: number;
  readonly stripBytes: number;
  readonly step: number;
}

/** Emits the reading of rows. */
export class RowReader {
  private readonly entryBytes: number;
  /** Where the thread's memory begins, and in it the row that is all border. */
  private readonly own: Local;
  private readonly border: Local;
  private readonly starts: readonly Local[];
  private readonly windowStep: Local;
  private readonly memory: boolean;

  /** `counter` gives the loop variable of a pooled axis that is not the last; undefined for axes of size 1. */
  constructor(
    private readonly f: KernelBuilder,
    private readonly p: Local,
    private readonly rows: WindowRows,
    private readonly at: Places,
    private readonly counter: (a: number) => Local | undefined,
  ) {
    this.entryBytes = 8 + 4 * (rows.kernel.window.length - 1);
    this.memory = rows.copied || rows.edges || !rows.straight;
    [this.own, this.border, this.windowStep] = f.locals(I32, 3);
    this.starts = f.locals(I32, rows.straight ? rows.rows : 0);
    if (rows.step === 0) {
      this.axis(rows.kernel.window.length - 1, 'stride');
      f.i32(2).op('i32Shl').set(this.windowStep);
    }
    if (this.memory) f.thread().mem('i32Load', PRIVATE).set(this.own);
    if (rows.copied || rows.edges) this.fillStrips();
  }

  /** All strips begin as border; the insides are copied over again and again. */
  private fillStrips(): void {
    const { f, rows } = this;
    const [at, count] = f.temps(I32, 2);
    f.get(this.own).i32(rows.rowBytes).op('i32Add').tee(this.border).set(at);
    f.get(this.p).mem('i32Load', this.at.stripBytes).i32((rows.copied ? rows.rows : 0) + (rows.edges ? 1 : 0)).op('i32Mul');
    f.i32(4).op('i32ShrU').set(count);
    f.times(count, () => {
      f.get(at).i32x4(laneBits(rows.dtype, identityOf('max', rows.dtype))).mem('v128Store').add(at, 16);
    });
    f.release(I32, at, count);
  }

  /** Pushes a word about a pooled axis. */
  axis(a: number, word: keyof typeof AXIS): void {
    this.f.get(this.p).mem('i32Load', this.at.axes + a * AXIS_BYTES + AXIS[word]);
  }

  /** Pushes the coordinate along a pooled axis, not the last, at which the windows of this row begin. */
  corner(a: number): void {
    const { f } = this;
    const counter = this.counter(a);
    if (counter === undefined) f.i32(0);
    else {
      f.get(counter);
      this.axis(a, 'stride');
      f.op('i32Mul');
    }
    this.axis(a, 'padding');
    f.op('i32Sub');
  }

  /** Starts a row of windows; `source` is the place of its first corner, were there no border before it. */
  begin(source: Local): void {
    const { f, p, rows, at, entryBytes } = this;
    if (!this.memory) {
      this.starts.forEach((start, r) => f.get(source, p).mem('i32Load', at.rows + r * entryBytes).op('i32Add').set(start));
      return;
    }
    const [cell, entry, count, row, strip] = f.temps(I32, 5);
    f.get(this.own).set(cell).get(p).i32(at.rows).op('i32Add').set(entry).i32(rows.rows).set(count).get(this.border).set(strip);
    const nextStrip = (): void => void f.get(strip, p).mem('i32Load', at.stripBytes).op('i32Add').set(strip);
    if (rows.edges) nextStrip();
    f.times(count, () => {
      const inside = (): void => {
        f.get(source, entry).mem('i32Load').op('i32Add').set(row);
        if (!rows.copied) return;
        this.copy(row, strip);
        f.get(strip).set(row);
      };
      if (!rows.edges) inside();
      else {
        f.i32(1);
        for (let a = 0; a < rows.kernel.window.length - 1; a++) {
          this.corner(a);
          f.get(entry).mem('i32Load', 8 + 4 * a).op('i32Add');
          this.axis(a, 'extent');
          f.op('i32LtU', 'i32And');
        }
        f.if(inside, () => void f.get(this.border).set(row));
      }
      f.get(cell, row).mem('i32Store').add(cell, 4).add(entry, entryBytes);
      if (rows.copied) nextStrip();
    });
    f.release(I32, cell, entry, count, row, strip);
    this.starts.forEach((start, r) => f.get(this.own).mem('i32Load', r * 4).set(start));
  }

  /** Copies a row into the inside of a strip. */
  private copy(source: Local, strip: Local): void {
    const { f, p, rows, at } = this;
    const last = rows.kernel.window.length - 1;
    const [from, to, count] = f.temps(I32, 3);
    f.get(source).set(from).get(strip).i32(rows.kernel.padding[last]! * 4).op('i32Add').set(to);
    if (rows.near) {
      this.axis(last, 'extent');
      f.i32(2).op('i32ShrU').set(count);
      f.times(count, () => void f.get(to, from).mem('v128Load').mem('v128Store').add(to, 16).add(from, 16));
    }
    this.axis(last, 'extent');
    if (rows.near) f.i32(3).op('i32And');
    f.set(count);
    f.times(count, () => {
      f.get(to, from);
      loadScalar(f, rows.kernel.input.dtype);
      f.mem('i32Store').add(to, 4).get(from, p).mem('i32Load', at.step).op('i32Add').set(from);
    });
    f.release(I32, from, to, count);
  }

  /** Visits the places of four neighbouring windows; `shift` is what has been passed of the row, in bytes. */
  visit(shift: Local, each: Visit): void {
    const { f, p, at, entryBytes } = this;
    const pointer = f.temp(I32);
    if (this.rows.straight) {
      this.starts.forEach((start, r) => {
        f.get(start, shift).op('i32Add').set(pointer);
        this.visitRow(pointer, each, () => void f.get(p).mem('v128Load32Splat', at.rows + r * entryBytes + 4));
      });
    } else {
      const [cell, entry, count] = f.temps(I32, 3);
      f.get(this.own).set(cell).get(p).i32(at.rows).op('i32Add').set(entry).i32(this.rows.rows).set(count);
      f.times(count, () => {
        f.get(cell).mem('i32Load').get(shift).op('i32Add').set(pointer);
        this.visitRow(pointer, each, () => void f.get(entry).mem('v128Load32Splat', 4));
        f.add(cell, 4).add(entry, entryBytes);
      });
      f.release(I32, cell, entry, count);
    }
    f.release(I32, pointer);
  }

  private visitRow(pointer: Local, each: Visit, rowPosition: () => void): void {
    const { f } = this;
    const { step, kernel } = this.rows;
    const [window, dilation] = [kernel.window.at(-1)!, kernel.dilation.at(-1)!];
    const value = f.temp(V128);
    const load = (offset: number): void => {
      if (step === 1) f.get(pointer).mem('v128Load', offset);
      else if (step === 2) f.get(pointer).mem('v128Load', offset).get(pointer).mem('v128Load', offset + 16).shuffle(0, 2, 4, 6);
      else {
        const moved = f.temp(I32);
        f.get(pointer).i32(offset).op('i32Add').set(moved);
        loadStrided(f, 'float32', moved, this.windowStep);
        f.release(I32, moved);
      }
      f.set(value);
    };
    const visit = (position: () => void): void => {
      each(value, () => {
        rowPosition();
        position();
        f.op('i32x4Add');
      });
    };
    if (window > STRAIGHT_PLACES) {
      const [count, position] = f.temps(I32, 2);
      f.i32(window).set(count).i32(0).set(position);
      f.times(count, () => {
        load(0);
        visit(() => void f.get(position).op('i32x4Splat'));
        f.add(pointer, dilation * 4).add(position, dilation);
      });
      f.release(I32, count, position);
    } else if (step === 2 && dilation === 1) {
      // Neighbouring places come out of the same two vectors.
      const [low, high] = f.temps(V128, 2);
      for (let k = 0; k < window; k += 2) {
        f.get(pointer).mem('v128Load', k * 4).set(low).get(pointer).mem('v128Load', k * 4 + 16).set(high);
        for (let odd = 0; odd < 2 && k + odd < window; odd++) {
          f.get(low, high).shuffle(odd, 2 + odd, 4 + odd, 6 + odd).set(value);
          visit(() => void f.i32x4(k + odd));
        }
      }
      f.release(V128, low, high);
    } else {
      for (let k = 0; k < window; k++) {
        load(k * dilation * 4);
        visit(() => void f.i32x4(k * dilation));
      }
    }
    f.release(V128, value);
  }
}
