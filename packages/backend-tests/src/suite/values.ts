/** Values of every sample, in every dtype and memory layout, against the reference. */
import { isFloat, type DType, type OpName } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { difference } from '../compare';
import { evaluate, evaluateEach, type Value } from '../evaluate';
import { LAYOUTS, type Layout } from '../layout';
import type { Sample, SampleRow } from '../samples/sample';
import { SAMPLES } from '../samples/table';
import { hasFloats, inputsOf, summary, supports, typedKeys, type Setup } from './setup';

interface Run {
  readonly sample: Sample;
  /** What 'float' stands for; undefined for samples with fixed types. */
  readonly dtype: DType | undefined;
  readonly layout: Layout;
}

export function testValues(setup: Setup): void {
  describe('values', () => {
    for (const op of typedKeys(SAMPLES)) {
      it(`${op} gives the results of the reference`, async () => {
        expect(summary(await valueProblems(setup, op, SAMPLES[op]))).toBe('');
      });
    }
  });
}

async function valueProblems(setup: Setup, op: OpName, row: SampleRow): Promise<string[]> {
  const { backend } = setup;
  const runs = row.samples.flatMap((sample) => runsOf(setup, op, sample));
  const exact = await references(setup, op, row, runs);
  const actual = await results(setup, op, runs);
  return runs.flatMap((run, i) => {
    const where = `${op}, ${run.sample.name}${run.dtype ? `, ${run.dtype}` : ''}, ${run.layout}: `;
    const result = actual[i]!;
    if (result instanceof Error) return [where + String(result)];
    const { dtype, data, shape } = result;
    const { value, terms, tiny } = exact.get(key(run))!;
    if (shape.join() !== value.shape.join()) return [`${where}shape [${shape.join()}] instead of [${value.shape.join()}]`];
    const found = [difference(data, value.data, dtype, row.tolerance, terms?.data, tiny?.data)];
    const listed = run.sample.expected;
    // What is listed by hand need not fit into a half, and follows from inputs in single precision.
    if (listed && run.dtype !== 'float16') {
      found.push(difference(data, isFloat(dtype) ? listed.map(Math.fround) : listed, dtype, row.tolerance, undefined, tiny?.data));
    }
    return found.flatMap((problem) => (problem ? [`${where}${problem} (${backend.name})`] : []));
  });
}

function runsOf({ backend }: Setup, op: OpName, sample: Sample): Run[] {
  const all = (dtype: DType | undefined, layouts: readonly Layout[]): Run[] => layouts.map((layout) => ({ sample, dtype, layout }));
  if (hasFloats(sample)) {
    return (['float32', 'float64', 'float16'] as const).flatMap((dtype) => {
      if (!supports(backend, sample.apply(inputsOf(op, sample, dtype)))) return [];
      return all(dtype, dtype === 'float32' ? LAYOUTS : ['plain', 'stepped']);
    });
  }
  if (!supports(backend, sample.apply(inputsOf(op, sample, 'float32')))) return [];
  return all(undefined, sample.inputs.length === 0 ? ['plain'] : LAYOUTS);
}

function precisionOf(run: Run): DType {
  return run.dtype === 'float16' ? 'float16' : 'float32';
}

/** Runs with the same key have the same exact results. */
function key(run: Run): string {
  return `${run.sample.name}/${run.sample.inputs.map((x) => x.dtype).join()}/${precisionOf(run)}`;
}

interface Exact {
  readonly value: Value;
  readonly terms: Value | undefined;
  /** The results of flushed inputs, for a backend that may flush. */
  readonly tiny: Value | undefined;
}

async function references(setup: Setup, op: OpName, row: SampleRow, runs: readonly Run[]): Promise<Map<string, Exact>> {
  const distinct = new Map(runs.map((run) => [key(run), run]));
  const list = [...distinct.values()];
  const inDouble = (change: { readonly absolute?: boolean; readonly flush?: boolean }) => () =>
    list.map((run) => run.sample.apply(inputsOf(op, run.sample, 'float64', { precision: precisionOf(run), ...change })));
  const values = await evaluate(setup.reference, inDouble({}));
  const terms = row.tolerance.ofTerms ? await evaluate(setup.reference, inDouble({ absolute: true })) : [];
  const tiny = setup.flushes ? await evaluate(setup.reference, inDouble({ flush: true })) : [];
  return new Map([...distinct.keys()].map((name, i) => [name, { value: values[i]!, terms: terms[i], tiny: tiny[i] }]));
}

/** All runs in one plan; when that fails one by one, to find those that fail. */
async function results(setup: Setup, op: OpName, runs: readonly Run[]): Promise<(Value | Error)[]> {
  const build = (run: Run) => () =>
    run.sample.apply(inputsOf(op, run.sample, run.dtype ?? 'float32', { layout: run.layout, precision: precisionOf(run) }));
  try {
    return await evaluate(setup.backend, () => runs.map((run) => build(run)()));
  } catch {
    return evaluateEach(setup.backend, runs.map(build));
  }
}

