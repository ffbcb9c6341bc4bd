/**
 * Gradients of every sample. Where the backend has float64 they are compared with finite differences, as are second
 * derivatives of smooth ops; everywhere the gradients in float32 are compared with those of the reference in float64.
 */
import { gradCheck, gradients, track } from '@cotangent/autodiff';
import { concat, isFloat, OP_TABLE, reshape, sizeOf, tensor, use, type DType, type OpName, type Tensor } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { overallDifference } from '../compare';
import { evaluate } from '../evaluate';
import type { Layout } from '../layout';
import type { GradientCheck, Sample, SampleRow } from '../samples/sample';
import { SAMPLES } from '../samples/table';
import { hasFloats, inputsOf, summary, typedKeys, type Setup } from './setup';

/** Elements in all inputs above which finite differences take too long. */
const MOST_ELEMENTS = 100;
const FLOAT32_TOLERANCE = 2e-5;

export function testGradients(setup: Setup): void {
  describe('gradients', () => {
    for (const op of typedKeys(SAMPLES)) {
      const row = SAMPLES[op];
      const chosen = row.samples.filter((sample) => gradientOf(op, sample) !== 'none');
      if (chosen.length === 0) continue;
      it(`${op} in float32 has the gradients of the reference`, async () => {
        expect(summary(await float32Problems(setup, op, chosen))).toBe('');
      });
      if (!setup.backend.caps.compute.includes('float64')) continue;
      it(`${op} in float64 has the gradients that finite differences show`, async () => {
        expect(summary(await differenceProblems(setup, op, row, chosen))).toBe('');
      });
    }
  });
}

function gradientOf(op: OpName, sample: Sample): GradientCheck {
  if (!hasFloats(sample)) return 'none';
  return sample.gradient ?? (OP_TABLE[op].differentiable || op === 'buffer' ? 'checked' : 'none');
}

/** The gradients of sum(weights * y) for all floating-point inputs. */
function gradientsOf(sample: Sample, inputs: readonly Tensor[]): Tensor[] {
  const tracked = inputs.map((x, i) => (sample.inputs[i]!.dtype === 'float' ? track(x) : x));
  const y = sample.apply(tracked);
  if (!isFloat(y.dtype)) return [];
  return gradients(y, tracked.filter((x) => x.requiresGrad), { gradOutputs: weights(y) });
}

function weights(y: Tensor): Tensor {
  const values = Array.from({ length: y.size }, (_, i) => 1 + ((i * 7) % 11) / 16);
  return tensor(values, { shape: y.shape, dtype: y.dtype });
}

async function float32Problems(setup: Setup, op: OpName, samples: readonly Sample[]): Promise<string[]> {
  const layouts: readonly Layout[] = ['plain', 'stepped'];
  const build = (dtype: DType, layout: Layout) => (): Tensor[] =>
    samples.flatMap((sample) => gradientsOf(sample, inputsOf(op, sample, dtype, { layout })));
  const names = samples.flatMap((sample) => sample.inputs.flatMap((x, i) => (x.dtype === 'float' ? [`${sample.name}, input ${i}`] : [])));
  const exact = await evaluate(setup.reference, build('float64', 'plain'));
  const problems: string[] = [];
  for (const layout of layouts) {
    const actual = await evaluate(setup.backend, build('float32', layout));
    actual.forEach(({ data, shape }, i) => {
      const wanted = exact[i]!;
      const isSame = shape.join() === wanted.shape.join();
      const problem = isSame ? overallDifference(data, wanted.data, FLOAT32_TOLERANCE) : `shape [${shape.join()}]`;
      if (problem) problems.push(`gradient of ${op}, ${names[i]!}, ${layout}: ${problem}`);
    });
  }
  return problems;
}

async function differenceProblems(setup: Setup, op: OpName, row: SampleRow, samples: readonly Sample[]): Promise<string[]> {
  await use(setup.backend);
  const problems: string[] = [];
  for (const sample of samples) {
    const count = sample.inputs.reduce((sum, x) => sum + sizeOf(x.shape), 0);
    if (gradientOf(op, sample) !== 'checked' || count > MOST_ELEMENTS) continue;
    const all = inputsOf(op, sample, 'float64');
    const isVariable = sample.inputs.map((x) => x.dtype === 'float');
    const apply = (...floats: Tensor[]): Tensor => {
      const queue = [...floats];
      return sample.apply(all.map((x, i) => (isVariable[i] ? queue.shift()! : x)));
    };
    const variables = all.filter((_, i) => isVariable[i]);
    if (!isFloat(apply(...variables).dtype)) continue;
    const first = await gradCheck(apply, variables);
    if (!first.passed) problems.push(`${op}, ${sample.name}: the gradient differs from finite differences by ${first.relativeError}`);
    if (!row.smooth) continue;
    const second = await gradCheck((...xs) => gradientVector(apply, xs), variables);
    if (!second.passed) problems.push(`${op}, ${sample.name}: the second derivative differs by ${second.relativeError}`);
  }
  return problems;
}

/** All gradients of a function in one vector: a function whose gradients are the second derivatives. */
function gradientVector(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  const tracked = inputs.map(track);
  const y = fn(...tracked);
  return concat(gradients(y, tracked, { gradOutputs: weights(y) }).map((g) => reshape(g, [-1])));
}
