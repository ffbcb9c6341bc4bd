/**
 * Maps, reductions and row kernels: each row in as few passes as its folds require, or, where that walks memory in order, a
 * block of neighbouring rows side by side. Values of the row are computed once, outside the loops.
 */
import { isFloat, type RowKernel } from '@cotangent/tensor';
import { foldText, neutral, type Fold } from '../folding';
import { mergeAxes, product, type Nest } from '../loops';
import { argsOf, foldAt, scheduleOf, type Pass } from '../rows';
import { BLOCK, requireCompute } from '../values';
import { castText, constantName, instructionText, wrapText } from './scalar';
import { KernelSource, type Cursor } from './source';

/** Where the operands stand, and the loop variables of the kept and of the reduced axes, as text. */
interface Place {
  readonly at: readonly string[];
  readonly outer: readonly string[];
  readonly inner: readonly string[];
}

export function rowSource(kernel: RowKernel): KernelSource {
  const { shape, kept, body, inputs, outputs, constants } = kernel;
  const source = new KernelSource();
  const { passes, rows, element } = scheduleOf(kernel, true);
  const operands = [...inputs, ...outputs];
  const strides = operands.map((operand) => operand.strides);
  const indexed = new Set(body.flatMap((x) => (x.op === 'index' ? [x.axis] : [])));
  const outer = mergeAxes(shape, strides, 0, kept, indexed);
  const inner = mergeAxes(shape, strides, kept, shape.length, indexed);
  const lastOuter = outer.sizes.length - 1;
  const lastInner = inner.sizes.length - 1;
  const arrays = operands.map(({ slot, dtype }) => source.slot(slot, dtype));
  const folds = body.map((_, k) => foldAt(body, k));
  folds.forEach((fold, k) => fold && [k, fold.arg].forEach((v) => requireCompute(fold.op, body[v]!.dtype)));
  /** Positions are found in rows only. */
  const isPosition = (k: number): boolean => folds[k]!.op.startsWith('arg');
  /** How to write values that are not in a variable of their own: constants, and what a block of rows keeps in an array. */
  const names = body.map((x, k) => (x.op === 'const' ? constantName(source, body, constants, k) : `v${k}`));

  const text = (k: number, { at, outer: o, inner: i }: Place): string =>
    instructionText(body, k, {
      load: (input) => `${arrays[input]!}[${at[input]!}]`,
      index: (axis) => (axis < kept ? o[outer.loopOf[axis]!] : i[inner.loopOf[axis - kept]!]) ?? '0',
      value: (v) => names[v]!,
    });
  const declare = (values: readonly number[], place: Place): void => values.forEach((k) => source.line(`const v${k} = ${text(k, place)};`));
  const output = (o: number, { at }: Place): string => `${arrays[inputs.length + o]!}[${at[inputs.length + o]!}]`;
  const start = (k: number): number => neutral(folds[k]!.op, body[isPosition(k) ? folds[k]!.arg : k]!.dtype);
  /** Floats are carried in double; the fold's value is rounded once. */
  const rounded = (k: number, acc: string): string => (body[k]!.dtype === 'float32' ? wrapText('float32', acc) : acc);

  const foldStep = (k: number, acc: string): string => {
    const { op, arg } = folds[k]!;
    const { dtype } = body[k]!;
    const from = body[arg]!.dtype;
    const value = names[arg]!;
    if (isPosition(k)) {
      const nan = isFloat(from) ? ` || (${value} !== ${value} && b${k} === b${k})` : '';
      return `if (${value} ${op === 'argmax' ? '>' : '<'} b${k}${nan}) { b${k} = ${value}; ${acc} = n${k}; } n${k}++;`;
    }
    const sum = foldText(op as Fold, dtype, acc, from === dtype ? value : `(${castText(from, dtype, value)})`);
    return `${acc} = ${isFloat(dtype) ? sum : wrapText(dtype, sum)};`;
  };

  /** What a pass does at one element. */
  const writeElement = (pass: Pass, values: readonly number[], place: Place, acc: (k: number) => string): void => {
    const { folds: own, stores, parked } = pass;
    for (const { value, output: o } of parked) source.line(`const v${value} = ${output(o, place)};`);
    declare(values, place);
    for (const k of own) source.line(foldStep(k, acc(k)));
    for (const { value, output: o } of stores) source.line(`${output(o, place)} = ${names[value]!};`);
  };
  const storeRow = (place: Place): void =>
    outputs.forEach(({ per, value }, o) => per === 'row' && source.line(`${output(o, place)} = ${names[value]!};`));

  /** The operands that a pass reads or writes move, the others stay. */
  const cursors = (pass: Pass, values: readonly number[], at: readonly string[], steps: (j: number) => readonly number[]): Cursor[] => {
    const used = new Set([...pass.stores, ...pass.parked].map((store) => inputs.length + store.output));
    for (const k of values) {
      const x = body[k]!;
      if (x.op === 'load') used.add(x.input);
    }
    return at.map((from, j) => ({ at: from, steps: steps(j).map((step) => (used.has(j) ? step : 0)) }));
  };

  /**
   * Which values stay the same along a loop, given the strides of the operands there and whether the coordinate of an axis
   * does; `row` tells whether computed values of the row do.
   */
  const fixedAlong = (pass: Pass, steps: readonly number[], still: (axis: number) => boolean, row: boolean): boolean[] => {
    const fixed: boolean[] = [];
    body.forEach((x, k) => {
      if (x.op === 'const') fixed.push(true);
      else if (x.op === 'load') fixed.push(steps[x.input] === 0);
      else if (x.op === 'index') fixed.push(still(x.axis));
      else if (!element[k]) fixed.push(row);
      else fixed.push(!pass.parked.some(({ value }) => value === k) && argsOf(body, k).every((arg) => fixed[arg]));
    });
    return fixed;
  };

  const writeRow = (at: readonly string[], index: readonly string[]): void => {
    const place = { at, outer: index, inner: [] };
    rows.forEach((own, p) => {
      for (const k of own) source.line(`const v${k} = ${folds[k] ? rounded(k, `a${k}`) : text(k, place)};`);
      const pass = passes[p];
      if (!pass) return;
      for (const k of pass.folds) source.line(`let a${k} = ${isPosition(k) ? `0, n${k} = 0, b${k} = ` : ''}${start(k)};`);
      const fixed = fixedAlong(pass, inner.strides.map((s) => s[lastInner]!), (axis) => inner.loopOf[axis - kept] !== lastInner, true);
      source.nest(
        inner.sizes,
        cursors(pass, pass.values, at, (j) => inner.strides[j]!),
        (here, j) => writeElement(pass, pass.values.filter((k) => !fixed[k]), { at: here, outer: index, inner: j }, (k) => `a${k}`),
        (here, j) => declare(pass.values.filter((k) => fixed[k]), { at: here, outer: index, inner: j }),
      );
    });
    storeRow(place);
  };

  /** As `writeRow` for many rows at once; each still folds its values in the same order. Values of the row lie in arrays. */
  const writeBlocks = (begin: readonly Cursor[]): void => {
    const steps = outer.strides.map((s) => s[lastOuter]!);
    const size = source.param(outer.sizes[lastOuter]!);
    // Several passes should find the block in the cache.
    const block = source.param(passes.length > 1 ? Math.min(Math.max(Math.floor(2 ** 15 / product(inner.sizes)), 32), BLOCK) : BLOCK);
    /** Whether a value is read where it is used, by every pass anew. */
    const isRead = (k: number): boolean => body[k]!.op === 'load' || body[k]!.op === 'index';
    const reads = (values: readonly number[]): number[] => [...new Set(values)].filter((k) => !element[k] && isRead(k));
    const needs = (values: readonly number[]): number[] => reads(values.flatMap((k) => argsOf(body, k)));
    const array = (k: number): string => `w${k}[j]`;
    rows.flat().forEach((k, n) => {
      if (isRead(k)) return;
      source.line(`const w${k} = env.block(${n});`);
      names[k] = array(k);
    });
    source.nest(outer.sizes.slice(0, lastOuter), begin, (at, index) => {
      source.open(`for (let first = 0; first < ${size}; first += ${block})`);
      source.line(`const width = Math.min(${block}, ${size} - first);`);
      const corner = at.map((from, j) => (steps[j] === 0 ? from : `${from} + first * ${source.param(steps[j]!)}`));
      /** Along the rows of the block, at one place of each. */
      const across = (along: readonly Cursor[], within: readonly string[], write: (place: Place) => void): void =>
        source.nest(['width'], along, (here, [j]) => {
          source.line(`const j = ${j!};`);
          write({ at: here, outer: [...index, '(first + j)'], inner: within });
        });
      const perRow = (values: readonly number[], write: (place: Place) => void): void => {
        across(corner.map((from, j) => ({ at: from, steps: [steps[j]!] })), [], (place) => {
          declare(values, place);
          write(place);
        });
      };
      rows.forEach((own, p) => {
        const kept = own.filter((k) => !isRead(k) && !(folds[k] && body[k]!.dtype !== 'float32'));
        if (kept.length > 0) {
          perRow(needs(kept), (place) => {
            for (const k of kept) source.line(`${array(k)} = ${folds[k] ? rounded(k, array(k)) : text(k, place)};`);
          });
        }
        const pass = passes[p];
        if (!pass) return;
        for (const k of pass.folds) source.line(`w${k}.fill(${start(k)}, 0, width);`);
        const direct = reads(pass.stores.map((store) => store.value));
        const values = [...new Set([...direct, ...needs([...pass.values, ...pass.folds]), ...pass.values])];
        const fixed = fixedAlong(pass, steps, (axis) => outer.loopOf[axis] !== lastOuter, false);
        source.nest(inner.sizes, cursors(pass, values, corner, (j) => inner.strides[j]!), (from, within) => {
          declare(values.filter((k) => fixed[k]), { at: from, outer: index, inner: within });
          const along = cursors(pass, values, from, (j) => [steps[j]!]);
          across(along, within, (place) => writeElement(pass, values.filter((k) => !fixed[k]), place, array));
        });
      });
      const stored = outputs.flatMap(({ per, value }) => (per === 'row' ? [value] : []));
      if (stored.length > 0) perRow(reads(stored), storeRow);
      source.close();
    });
  };

  /** How far the operands move in memory along a loop. */
  const distance = (nest: Nest, loop: number): number => nest.strides.reduce((sum, s) => sum + Math.min(Math.abs(s[loop]!), 64), 0);
  const begin = outer.strides.map((steps, j) => ({ at: source.offset(inputs[j]?.offset ?? 0), steps }));
  const sideBySide =
    lastOuter >= 0 && lastInner >= 0 && outer.sizes[lastOuter]! >= 8 && product(inner.sizes) > 0 &&
    !folds.some((fold, k) => fold && isPosition(k)) &&
    distance(outer, lastOuter) < distance(inner, lastInner);
  if (sideBySide) writeBlocks(begin);
  else source.nest(outer.sizes, begin, writeRow);
  return source;
}
