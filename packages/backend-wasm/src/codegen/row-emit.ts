/** The loops of a program: rows or columns, passes, folds. See row.ts for what is decided before. */
import { V128, I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { argumentsOf, emitValues, type Fold, type Instruction } from './body';
import { foldingOf, isArg, type Folding } from './folding';
import { InnerOperands, type InnerOperand, type InnerWalk } from './inner';
import { storeFirst } from './lanes';
import { emitLoops, openNest, type NestLoops, type NestPlaces, type Walker } from './nest';
import { EXPENSIVE, type Pass, type Result, type Staging } from './passes';
import { emitUnits } from './units';

/** Vectors folded in single precision before the sum moves to double precision. */
export const BLOCK = 64;
/** Cheap bodies up to this length are worth several vectors per round, to spread the cost of the loop. */
const SHORT_ROWS = 8;
/** In columns several vectors per round read whole cache lines. */
const SHORT_COLUMNS = 24;

/** What is known of a program before any code exists. */
export interface RowLayout {
  readonly body: readonly Instruction[];
  readonly outputs: readonly Result[];
  readonly staging: Staging;
  /** Inputs, then outputs. */
  readonly walkers: readonly Walker[];
  /** How each walks along the level that runs in vectors. */
  readonly walks: readonly InnerWalk[];
  /** How many of the outermost loops each moves along. */
  readonly depths: readonly number[];
  /** Inside how many of the outermost loops each value of the body must be computed. */
  readonly valueDepths: readonly number[];
  readonly levels: number;
  /** The loops outside of this level number the rows. */
  readonly boundary: number;
  readonly columns: boolean;
  readonly places: NestPlaces;
  /** The level whose blocks are units, and where the words of the cut lie. */
  readonly cut: { readonly level: number; readonly place: number };
  readonly constantPlaces: readonly number[];
  readonly levelOf: (axis: number) => number;
}

/** A vector being computed: where its values are, how many vectors it lies ahead of the pointers, how many of its lanes count. */
interface Lane {
  readonly place: Local[];
  readonly ahead: number;
  readonly tail?: Local;
}

/** The state of a fold over a block of elements. */
type Partial = readonly Local[];

/** A fold at work. */
interface Total {
  readonly folding: Folding;
  readonly total: readonly Local[];
  readonly fold: number;
  readonly argument: number;
}

export function emitRows(f: KernelBuilder, p: Local, from: Local, to: Local, layout: RowLayout): void {
  new RowEmitter(f, p, layout).emit(from, to);
}

function isBlocked(totals: readonly Total[]): boolean {
  return totals.length > 0 && totals.every((t) => t.folding.partial !== undefined);
}

class RowEmitter {
  /** The loops, in units placed at the start of one. */
  #loops: NestLoops;
  /** Where each operand starts in the current row, or block of columns. */
  readonly #base: readonly Local[];
  readonly #vectorLevel: number;
  /** The rows' own values, by stage, live ones only; depths below the boundary are apart. */
  readonly #rowValues: readonly number[];
  /** Coordinate of the first lane along the vector level, kept only where something asks for it. */
  readonly #position: Local | undefined;
  /** Position within the reduced axes: of the start of the innermost row, or of the element in columns. */
  readonly #reduced: Local | undefined;
  /** Locals that live until the scope that took them ends. */
  readonly #taken: Local[] = [];

  constructor(
    private readonly f: KernelBuilder,
    private readonly p: Local,
    private readonly c: RowLayout,
  ) {
    const { body, boundary, columns, levels, staging } = c;
    const nest = openNest(f, p, c.places, levels);
    this.#loops = { ...nest, depths: c.depths };
    this.#base = nest.pointers;
    this.#vectorLevel = columns ? boundary - 1 : levels - 1;
    this.#rowValues = [...body.keys()].filter((i) => staging.live[i] && c.valueDepths[i]! <= boundary && body[i]!.op !== 'fold');
    const positions = body.some((x) => x.op === 'fold' && isArg(x.fold));
    if (positions) this.#reduced = f.local(I32);
    if ((positions && !columns) || body.some((x) => x.op === 'index' && c.levelOf(x.axis) === this.#vectorLevel)) {
      this.#position = f.local(I32);
    }
  }

  emit(from: Local, to: Local): void {
    const { f, c } = this;
    const { level } = c.cut;
    const shared: Lane = { place: [], ahead: 0 };
    const base = this.#operands(this.#base, (k) => c.columns || c.depths[k]! <= c.boundary);
    const enter = (depth: number): void => {
      if (depth < c.boundary) this.#computeRow((i) => c.valueDepths[i] === depth, shared, base);
    };
    const outside = c.columns ? c.boundary - 1 : c.boundary;
    enter(0);
    emitUnits(f, this.#loops, c.cut, from, to, (loops) => {
      this.#loops = loops;
      for (let depth = 1; depth <= level; depth++) enter(depth);
      emitLoops(
        f, loops, Math.min(level, outside), outside,
        () => {
          if (c.columns) this.#columnBlocks(base, shared);
          else this.#row([shared], base);
        },
        (outer) => enter(outer + 1),
      );
    });
  }

  /** Pushes how many elements a unit has along the level that runs in vectors, and notes the coordinate of the first. */
  #openVectors(): void {
    const { f } = this;
    const cut = this.#loops.cut?.level === this.#vectorLevel ? this.#loops.cut : undefined;
    if (this.#position !== undefined) {
      if (cut === undefined) f.i32(0);
      else f.get(cut.from);
      f.set(this.#position);
    }
    if (cut === undefined) f.get(this.p).mem('i32Load', this.c.places.sizes + this.#vectorLevel * 4);
    else f.get(cut.to, cut.from).op('i32Sub');
  }

  #operands(pointers: readonly (Local | undefined)[], wanted: (k: number) => boolean): InnerOperands {
    const { c } = this;
    return new InnerOperands(
      this.f,
      this.p,
      c.walkers.map(({ dtype }, k): InnerOperand | undefined => {
        const pointer = pointers[k];
        if (pointer === undefined || !wanted(k)) return undefined;
        return { dtype, walk: c.walks[k]!, pointer, stride: c.places.operands[k]! + 4 + this.#vectorLevel * 4 };
      }),
    );
  }

  /** Computes values that `users` or the roots need from `list`; they keep their locals until the scope ends. */
  #compute(
    body: readonly Instruction[],
    list: readonly number[],
    users: readonly number[],
    roots: readonly number[],
    lane: Lane,
    operands: InnerOperands,
  ): void {
    const { f, p, c } = this;
    const own = new Set(list);
    const keep = new Set(roots);
    for (const i of users) if (!own.has(i)) for (const arg of argumentsOf(body, i)) keep.add(arg);
    emitValues(f, body, list, lane.place, keep, {
      load: (k) => operands.load(k, lane.ahead, lane.tail),
      constant: (i) => void f.get(p).mem('v128Load', c.constantPlaces[i]),
      scalarConstant: (i) => void f.get(p).mem('i32Load', c.constantPlaces[i]),
      index: (axis) => this.#pushIndex(c.levelOf(axis), lane),
    });
    for (const i of list) if (keep.has(i)) this.#taken.push(lane.place[i]!);
  }

  #computeRow(which: (i: number) => boolean, lane: Lane, operands: InnerOperands): void {
    const { c } = this;
    const live = [...c.body.keys()].filter((i) => c.staging.live[i]);
    this.#compute(c.body, this.#rowValues.filter(which), live, c.outputs.map((o) => o.value), lane, operands);
  }

  /** Runs `body` and gives back the locals that it took. */
  #scope(body: () => void): void {
    const mark = this.#taken.length;
    body();
    this.f.release(V128, ...this.#taken.splice(mark));
  }

  /** Pushes the coordinates of four elements along a level; -1 is an axis of size 1. */
  #pushIndex(level: number, lane: Lane): void {
    const { f } = this;
    if (level < 0) f.i32x4(0);
    else if (level === this.#vectorLevel) this.#pushLanes(() => void f.get(this.#position!), lane);
    else f.get(this.#loops.counters[level]!).op('i32x4Splat');
  }

  #pushLanes(first: () => void, { ahead }: Lane): void {
    const at = ahead * 4;
    first();
    this.f.op('i32x4Splat').i32lanes(at, at + 1, at + 2, at + 3).op('i32x4Add');
  }

  /** One row, or some columns: all passes with what lies between, then the results of the row. */
  #row(lanes: readonly Lane[], base: InnerOperands): void {
    const { f, c } = this;
    const { stages, passes } = c.staging;
    this.#scope(() => {
      for (let stage = 0; stage <= passes.length; stage++) {
        for (const lane of lanes) this.#computeRow((i) => c.valueDepths[i] === c.boundary && stages[i] === stage, lane, base);
        if (stage < passes.length) this.#pass(passes[stage]!, lanes);
      }
      c.outputs.forEach(({ value, per, dtype }, o) => {
        if (per !== 'row') return;
        const k = c.walkers.length - c.outputs.length + o;
        for (const lane of lanes) {
          if (c.columns) base.store(k, lane.place[value]!, lane.ahead, lane.tail);
          else storeFirst(f, dtype, this.#base[k]!, lane.place[value]!);
        }
      });
    });
  }

  #pass(pass: Pass, lanes: readonly Lane[]): void {
    const { f, c } = this;
    const { boundary, levels, walkers, outputs, valueDepths } = c;
    const used = new Set<number>();
    for (const i of pass.values) {
      const x = pass.body[i]!;
      if (x.op === 'load') used.add(x.input);
    }
    for (const { output } of pass.stores) used.add(walkers.length - outputs.length + output);
    const pointers = this.#base.map((pointer, k) => {
      if (!used.has(k)) return undefined;
      const copy = f.temp(I32);
      f.get(pointer).set(copy);
      return copy;
    });
    const nest = { ...this.#loops, pointers };
    const work = this.#operands(pointers, () => true);
    const totals = lanes.map(() =>
      pass.folds.map((fold): Total => {
        const x = c.body[fold]! as Fold;
        const argument = x.args[0];
        const folding = foldingOf(f, x, c.body[argument]!.dtype);
        const total = folding.total.create();
        folding.total.reset(total);
        return { folding, total, fold, argument };
      }),
    );
    const roots = [...totals[0]!.map((t) => t.argument), ...pass.stores.map((s) => s.value)];
    const enter = (level: number): void => {
      if (level + 1 === levels) return;
      const list = pass.values.filter((i) => valueDepths[i] === level + 1);
      for (const lane of lanes) this.#compute(pass.body, list, pass.values, roots, lane, work);
    };
    if (this.#reduced !== undefined) f.i32(0).set(this.#reduced);
    const step = (lane: Lane, own: readonly Total[], partial?: readonly Partial[]): void => {
      this.#scope(() => {
        this.#compute(pass.body, pass.values.filter((i) => valueDepths[i] === levels), pass.values, roots, lane, work);
        own.forEach((total, k) => this.#fold(total, lane, partial?.[k]));
        for (const { value, output } of pass.stores) {
          work.store(walkers.length - outputs.length + output, lane.place[value]!, lane.ahead, lane.tail);
        }
      });
    };
    this.#scope(() => {
      if (c.columns) this.#columnLoops(nest, lanes, totals, step, enter);
      else {
        const short = pass.values.length <= SHORT_ROWS && !pass.values.some((i) => EXPENSIVE.test(pass.body[i]!.op));
        for (let level = boundary; level < c.cut.level; level++) enter(level);
        const from = Math.max(boundary, c.cut.level);
        emitLoops(f, nest, from, levels - 1, () => this.#vectors(lanes[0]!, totals[0]!, short, work, step), enter);
      }
    });
    work.close();
    f.release(I32, ...pointers.filter((pointer) => pointer !== undefined));
    totals.forEach((own, k) => {
      for (const { folding, total, fold } of own) {
        if (!c.columns) folding.horizontal(total);
        folding.result(total);
        f.release(V128, ...total);
        const result = f.temp(V128);
        f.set(result);
        lanes[k]!.place[fold] = result;
        this.#taken.push(result);
      }
    });
  }

  /** Adds the argument of a fold to a block, or straight to the total. */
  #fold({ folding, total, argument }: Total, lane: Lane, partial?: Partial): void {
    const { f } = this;
    let value = lane.place[argument]!;
    const masked = f.temp(V128);
    if (lane.tail !== undefined && !this.c.columns) {
      // Lanes behind the end of the row change nothing.
      f.get(value).i32x4(folding.identity);
      f.i32lanes(0, 1, 2, 3).get(lane.tail).op('i32x4Splat', 'i32x4LtS', 'v128Bitselect').set(masked);
      value = masked;
    }
    if (partial !== undefined) folding.partial!.add(partial, value);
    else {
      folding.total.add(total, value, () => {
        if (this.c.columns) f.get(this.#reduced!).op('i32x4Splat');
        else this.#pushLanes(() => void f.get(this.#reduced!, this.#position!).op('i32Add'), lane);
      });
    }
    f.release(V128, masked);
  }

  /** The innermost loop in rows: whole vectors, then up to three elements. */
  #vectors(
    lane: Lane,
    totals: readonly Total[],
    short: boolean,
    work: InnerOperands,
    step: (lane: Lane, totals: readonly Total[], partial?: readonly Partial[]) => void,
  ): void {
    const { f } = this;
    const position = this.#position;
    const blocked = isBlocked(totals);
    const width = !short ? 1 : totals.length === 0 ? 2 : blocked && totals.length <= 2 ? 4 : 1;
    const [rest, count] = f.temps(I32, 2);
    const partials = Array.from({ length: blocked ? width : 0 }, () => totals.map(({ folding }) => folding.partial!.create()));
    this.#openVectors();
    f.set(rest);
    const rounds = (vectors: number): void => {
      const used = partials.slice(0, vectors);
      f.times(count, () => {
        for (let ahead = 0; ahead < vectors; ahead++) step({ place: lane.place, ahead }, totals, used[ahead]);
        work.advance(vectors * 4);
        if (position !== undefined) f.add(position, vectors * 4);
      });
    };
    for (const vectors of width > 1 ? [width, 1] : [1]) {
      const shift = 2 + Math.log2(vectors);
      f.get(rest).i32(shift).op('i32ShrU').set(count);
      if (!blocked) {
        rounds(vectors);
        f.get(rest).i32((1 << shift) - 1).op('i32And').set(rest);
        continue;
      }
      f.block((done) => {
        f.loop((again) => {
          f.get(rest).i32(shift).op('i32ShrU').tee(count).op('i32Eqz').brIf(done);
          f.get(count).i32(BLOCK).get(count).i32(BLOCK).op('i32LtU', 'select').set(count);
          f.get(rest, count).i32(shift).op('i32Shl', 'i32Sub').set(rest);
          this.#clear(totals, partials.slice(0, vectors));
          rounds(vectors);
          totals.forEach(({ folding, total }, k) => {
            const own = partials.slice(0, vectors).map((locals) => locals[k]!);
            for (let half = vectors / 2; half >= 1; half /= 2) {
              for (let u = 0; u < half; u++) folding.partial!.join(own[u]!, own[u + half]!);
            }
            folding.partial!.finish(total, own[0]!);
          });
          f.br(again);
        });
      });
    }
    f.get(rest).i32(3).op('i32And').tee(rest).if(() => {
      step({ place: lane.place, ahead: 0, tail: rest }, totals);
      work.advance({ local: rest });
    });
    if (this.#reduced !== undefined) {
      f.get(this.#reduced, this.p).mem('i32Load', this.c.places.sizes + this.#vectorLevel * 4).op('i32Add').set(this.#reduced);
    }
    f.release(I32, rest, count);
    f.release(V128, ...partials.flat(2));
  }

  #clear(totals: readonly Total[], partials: readonly (readonly Partial[])[]): void {
    for (const states of partials) totals.forEach(({ folding }, k) => folding.partial!.reset(states[k]!));
  }

  /** Blocks of neighbouring columns: 16 while there are as many and the body is short, then 4, then up to three. */
  #columnBlocks(base: InnerOperands, shared: Lane): void {
    const { f, c } = this;
    const [rest, count] = f.temps(I32, 2);
    const position = this.#position;
    this.#openVectors();
    f.set(rest);
    const block = (vectors: number, tail?: Local): void => {
      const lanes = Array.from({ length: vectors }, (_, ahead): Lane => ({
        place: [...shared.place],
        ahead,
        ...(tail === undefined ? {} : { tail }),
      }));
      this.#row(lanes, base);
      base.advance(tail === undefined ? vectors * 4 : { local: tail });
      if (position !== undefined && tail === undefined) f.add(position, vectors * 4);
    };
    const short = c.body.length <= SHORT_COLUMNS;
    for (const vectors of short ? [4, 1] : [1]) {
      const shift = 2 + Math.log2(vectors);
      f.get(rest).i32(shift).op('i32ShrU').set(count);
      f.times(count, () => block(vectors));
      f.get(rest).i32((1 << shift) - 1).op('i32And').set(rest);
    }
    f.get(rest).if(() => block(1, rest));
    f.release(I32, rest, count);
  }

  /** The reduced loops in columns. */
  #columnLoops(
    nest: NestLoops,
    lanes: readonly Lane[],
    totals: readonly (readonly Total[])[],
    step: (lane: Lane, totals: readonly Total[], partial?: readonly Partial[]) => void,
    enter: (level: number) => void,
  ): void {
    const { f, c } = this;
    const reduced = this.#reduced;
    const blocked = isBlocked(totals[0]!);
    const partials = blocked ? totals.map((own) => own.map(({ folding }) => folding.partial!.create())) : [];
    const left = f.temp(I32);
    const restart = (): void => {
      this.#clear(totals[0]!, partials);
      f.i32(BLOCK).set(left);
    };
    const flush = (): void => partials.forEach((states, u) => states.forEach((partial, k) => {
      const { folding, total } = totals[u]![k]!;
      folding.partial!.finish(total, partial);
    }));
    if (blocked) restart();
    emitLoops(f, nest, c.boundary, c.levels, () => {
      lanes.forEach((lane, u) => step(lane, totals[u]!, partials[u]));
      if (reduced !== undefined) f.add(reduced, 1);
      if (!blocked) return;
      f.get(left).i32(1).op('i32Sub').tee(left).op('i32Eqz').if(() => {
        flush();
        restart();
      });
    }, enter);
    flush();
    f.release(I32, left);
    f.release(V128, ...partials.flat(2));
  }
}
