import { cpu } from '@cotangent/backend-cpu';
import { printGraph, randomGraph, SWITCHES } from '@cotangent/backend-tests';
import * as core from '@cotangent/tensor';
import type { Backend, Kernel, Plan, Storage } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { Examiner } from './examine';

/** The cpu backend with a fault that only fused plans have: every plan of more than one op passes through `spoil`. */
function faulty(spoil: (plan: Plan) => Plan): Backend {
  const backend = cpu();
  const spoiled = new WeakMap<Plan, Plan>();
  const run = backend.run.bind(backend);
  backend.run = (plan: Plan, inputs: readonly Storage[]): Storage[] => {
    let other = spoiled.get(plan);
    if (!other) spoiled.set(plan, (other = spoil(plan)));
    return run(other, inputs);
  };
  return backend;
}

const perKernel = (spoil: (kernel: Kernel) => Kernel) => (plan: Plan): Plan => ({ ...plan, kernels: plan.kernels.map(spoil) });

/** A fault in the kernels that only fusing makes: with several results, folds, an epilogue, or several maps. */
const FAULTS: readonly (readonly [string, (plan: Plan) => Plan])[] = [
  [
    'a subtraction with its operands exchanged in long bodies',
    perKernel((k) =>
      k.kind === 'map' && k.body.length > 6
        ? { ...k, body: k.body.map((x) => (x.op === 'sub' ? { ...x, args: [x.args[1], x.args[0]] as const } : x)) }
        : k),
  ],
  [
    'a row sum that is a maximum',
    perKernel((k) =>
      k.kind === 'row'
        ? { ...k, body: k.body.map((x) => (x.op === 'fold' && x.fold === 'sum' ? { ...x, fold: 'max' } : x)) }
        : k),
  ],
  [
    'an epilogue that loses its sign',
    perKernel((k) => {
      if (k.kind !== 'contract' || !k.epilogue) return k;
      const body = k.epilogue.body.map((x) => (x.op === 'max' ? { ...x, op: 'min' as const } : x));
      return { ...k, epilogue: { ...k.epilogue, body } };
    }),
  ],
  [
    'two results of one kernel exchanged',
    perKernel((k) => {
      if (k.kind !== 'map' || k.outputs.length < 2) return k;
      const [a, b, ...rest] = k.outputs as [(typeof k.outputs)[number], (typeof k.outputs)[number]];
      return a.dtype === b.dtype ? { ...k, outputs: [{ ...a, value: b.value }, { ...b, value: a.value }, ...rest] } : k;
    }),
  ],
];

async function firstProblem(
  makers: Record<string, () => Backend>, backends: readonly string[], seeds: number,
): Promise<{ seed: number; text: string }> {
  const examiner = new Examiner(makers, { backends, switches: SWITCHES, attempts: 250 });
  for (let seed = 0; seed < seeds; seed++) {
    const text = await examiner.examine(seed);
    if (text !== undefined) return { seed, text };
  }
  throw new Error('nothing was found');
}

describe('examining graphs', () => {
  for (const [name, spoil] of FAULTS) {
    it(`finds ${name}, and prints a few lines that show it`, async () => {
      const { text } = await firstProblem({ cpu: () => faulty(spoil) }, ['cpu'], 120);
      expect(text).toMatch(
        /^graph \d+ \(shrunk from \d+ steps to \d+\), fused.* on cpu in float(32|64) against unfused on cpu in float(32|64)/,
      );
      const steps = text.split('\n').filter((line) => /^ +const v\d+ = .*\/\/ \[/.test(line));
      expect(steps.length, text).toBeLessThanOrEqual(8);
    });
  }

  it('finds a backend that differs from the first, as planned and without fusing', async () => {
    const other = perKernel((k) => (k.kind === 'map' ? { ...k, constants: k.constants.map((x) => x * 1.0001) } : k));
    const { text } = await firstProblem({ cpu: () => cpu(), other: () => faulty(other) }, ['cpu', 'other'], 20);
    expect(text).toContain('on other in float32');
  });

  it('says nothing about backends without a fault', async () => {
    const examiner = new Examiner({ cpu: () => cpu() }, { backends: ['cpu'], switches: SWITCHES });
    for (let seed = 0; seed < 10; seed++) expect(await examiner.examine(seed)).toBeUndefined();
    await examiner.dispose();
  });
});

describe('printed graphs', () => {
  it('run, in every form', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const lines = printGraph(randomGraph(seed)).split('\n');
      const code = lines.filter((line) => !line.startsWith('import ')).join('\n');
      const names = { ...core, ...(await import('@cotangent/autodiff')), cpu, console: { log: () => undefined } };
      const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as
        new (...args: string[]) => (...given: unknown[]) => Promise<void>;
      const imported = lines.flatMap((line) => /^import \{ (.*) \}/.exec(line)?.[1]?.split(', ') ?? []);
      const used = [...imported, 'console'];
      const run = new AsyncFunction(...used, code);
      await expect(run(...used.map((name) => names[name as keyof typeof names])), `graph ${seed}`).resolves.toBeUndefined();
    }
  });
});
