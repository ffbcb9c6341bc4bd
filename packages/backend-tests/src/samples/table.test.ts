import { VJP_TABLE } from '@cotangent/autodiff';
import { OP_TABLE, sizeOf, type OpName } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { elementsOf } from './sample';
import { SAMPLES } from './table';

const ops = Object.keys(OP_TABLE) as OpName[];

describe('the samples table', () => {
  it('has a row for every op, and so has the gradient table', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual([...ops].sort());
    // Rare ops bring their rule along.
    const rare = ops.filter((op) => OP_TABLE[op].differentiable && 'vjp' in OP_TABLE[op]);
    const flat = ops.filter((op) => !OP_TABLE[op].differentiable && !(op in VJP_TABLE));
    expect([...Object.keys(VJP_TABLE), ...rare, ...flat].sort()).toEqual([...ops].sort());
  });

  it('has several samples in every row, each with a name of its own', () => {
    for (const op of ops) {
      const keys = SAMPLES[op].samples.map((s) => `${s.name}/${s.inputs.map((x) => x.dtype).join()}`);
      expect(keys.length, op).toBeGreaterThanOrEqual(4);
      expect(new Set(keys).size, op).toBe(keys.length);
    }
  });

  it('gives as many elements as the shapes need, the same every time', () => {
    for (const op of ops) {
      for (const sample of SAMPLES[op].samples) {
        const elements = elementsOf(op, sample);
        expect(elements.map((x) => x.length), `${op}, ${sample.name}`).toEqual(sample.inputs.map((x) => sizeOf(x.shape)));
        expect(elementsOf(op, sample)).toEqual(elements);
      }
    }
  });

  it('draws finite numbers where it does not list them', () => {
    for (const op of ops) {
      for (const sample of SAMPLES[op].samples) {
        elementsOf(op, sample).forEach((elements, i) => {
          if (typeof sample.inputs[i]!.fill === 'function') expect(elements.every(Number.isFinite), `${op}, ${sample.name}`).toBe(true);
        });
      }
    }
  });

  it('reaches scalars, empty axes, axes of size 1 and eight axes in every family of ops', () => {
    const shapes = (names: readonly OpName[]): readonly (readonly number[])[] =>
      names.flatMap((op) => SAMPLES[op].samples.flatMap((s) => s.inputs.map((x) => x.shape)));
    const kinds = new Set(ops.map((op) => OP_TABLE[op].kind));
    kinds.delete('source');
    for (const kind of kinds) {
      const seen = shapes(ops.filter((op) => OP_TABLE[op].kind === kind));
      expect(seen.some((s) => s.includes(0)), `${kind}: an empty axis`).toBe(true);
      expect(seen.some((s) => s.includes(1)), `${kind}: an axis of size 1`).toBe(true);
      if (kind !== 'scan' && kind !== 'index') expect(seen.some((s) => s.length === 0), `${kind}: a scalar`).toBe(true);
      expect(seen.some((s) => s.length >= (kind === 'library' ? 5 : 8)), `${kind}: many axes`).toBe(true);
    }
  });
});
