/** What must hold for every optimiser, whatever its rule. */
import { cpu } from '@cotangent/backend-cpu';
import { backward } from '@cotangent/autodiff';
import { compile, parameter, tensor, use, type Parameter, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { copied, expectClose, given, numbers } from './testing/helpers';
import { OPTIMIZERS } from './testing/optimizers';

beforeAll(async () => {
  await use(cpu());
});

const GRADIENTS = [
  [[0.5, -1, 0.25], [1, 2, -3, 0.25]],
  [[0.25, 1, 0.125], [-1, 0.5, -1, 0.5]],
  [[-0.5, 0.5, 0.75], [0.5, -0.25, 2, 1]],
  [[0.125, 0.25, -1], [0.25, 1, -0.5, -2]],
];

function pair(): [Parameter, Parameter] {
  const [a, b] = [parameter(tensor([1, -2, 0.5])), parameter(tensor([[3, -1], [0.5, 2]]))];
  a.name = 'a';
  b.name = 'fc.b';
  return [a, b];
}

describe.each(OPTIMIZERS)('$name', ({ make }) => {
  it('goes on bit for bit from its saved state [O28]', async () => {
    const ps = pair();
    const optimizer = make(ps);
    for (const step of GRADIENTS) optimizer.step(given(ps, step));
    optimizer.lr = 0.03;
    const state = await copied(optimizer.stateDict());
    const again = pair();
    again.forEach((p, i) => { p.assign(ps[i]!.detach()); });
    const other = make(again);
    other.loadStateDict(state);
    expect(other.lr).toBe(0.03);
    for (const step of GRADIENTS) {
      optimizer.step(given(ps, step));
      other.step(given(again, step));
    }
    for (const [i, p] of ps.entries()) expect(await numbers(again[i]!)).toEqual(await numbers(p));
    expect(JSON.stringify(other.stateDict()['groups'])).toBe(JSON.stringify(optimizer.stateDict()['groups']));
  });

  it('starts afresh when the state of before any step is loaded', async () => {
    const ps = pair();
    const optimizer = make(ps);
    const state = await copied(optimizer.stateDict());
    const starts = await Promise.all(ps.map(numbers));
    const run = async (): Promise<number[][]> => {
      ps.forEach((p, i) => { p.assign(tensor(starts[i]!, { shape: p.shape })); });
      for (const step of GRADIENTS) optimizer.step(given(ps, step));
      return Promise.all(ps.map(numbers));
    };
    const first = await run();
    optimizer.loadStateDict(state);
    expect(await run()).toEqual(first);
  });

  it('gives the same steps compiled', async () => {
    const [plain, compiled] = [pair(), pair()];
    const [a, b] = [make(plain), make(compiled)];
    const lossOf = (ps: readonly Parameter[], x: Tensor): Tensor => ps[0]!.mul(x).sub(1).square().sum().add(ps[1]!.square().sum());
    const step = compile((x: Tensor) => {
      const loss = lossOf(compiled, x);
      b.step(backward(loss));
      return loss;
    });
    for (let i = 0; i < 5; i++) {
      const x = tensor([i, 1, -i]);
      const loss = lossOf(plain, x);
      a.step(backward(loss));
      expectClose([await step(x).item()], [await loss.item()]);
    }
    for (const [i, p] of plain.entries()) expectClose(await numbers(compiled[i]!), await numbers(p));
  });

  it('leaves frozen parameters and those without a gradient, and goes on when they return', async () => {
    const ps = pair();
    const optimizer = make(ps, { weightDecay: 0.1 });
    for (const step of GRADIENTS) optimizer.step(given(ps, step));
    const before = await copied(optimizer.stateDict());
    const value = await numbers(ps[1]);
    ps[1].requiresGrad = false;
    optimizer.step(given(ps, GRADIENTS[0]!));
    ps[1].requiresGrad = true;
    optimizer.step(given([ps[0]], [GRADIENTS[1]![0]!]));
    expect(await numbers(ps[1])).toEqual(value);
    const after = await copied(optimizer.stateDict());
    for (const key of Object.keys(before).filter((k) => k.startsWith('fc.b.'))) {
      expect(await numbers(after[key] as Tensor)).toEqual(await numbers(before[key] as Tensor));
    }
    optimizer.step(given(ps, GRADIENTS[2]!));
    expect(await numbers(ps[1])).not.toEqual(value);
  });

  it('climbs with maximize as it descends along the opposite gradients', async () => {
    const [down, up] = [pair(), pair()];
    const [a, b] = [make(down), make(up, { maximize: true })];
    for (const step of GRADIENTS) {
      a.step(given(down, step));
      b.step(given(up, step.map((g) => g.map((v) => -v))));
    }
    for (const [i, p] of down.entries()) expect(await numbers(up[i]!)).toEqual(await numbers(p));
  });

  it('takes rates and options of groups [O24]', async () => {
    const [together, apart] = [pair(), pair()];
    const grouped = make([{ params: [together[0]], lr: 0.02, weightDecay: 0 }, { params: [together[1]] }], { weightDecay: 0.2 });
    const alone = [make([apart[0]], { lr: 0.02, weightDecay: 0 }), make([apart[1]], { weightDecay: 0.2 })];
    for (const step of GRADIENTS) {
      grouped.step(given(together, step));
      alone.forEach((optimizer, i) => { optimizer.step(given([apart[i]!], [step[i]!])); });
    }
    for (const [i, p] of apart.entries()) expect(await numbers(together[i]!)).toEqual(await numbers(p));
  });

  it('shrinks weights with weightDecay', async () => {
    const [plain, shrunk] = [pair(), pair()];
    const [a, b] = [make(plain), make(shrunk, { weightDecay: 0.5 })];
    for (const step of GRADIENTS) {
      a.step(given(plain, step));
      b.step(given(shrunk, step));
    }
    expect(await numbers(shrunk[1])).not.toEqual(await numbers(plain[1]));
  });

  it('descends a parabola [O21 O22]', async () => {
    const w = parameter(tensor([1, -1]));
    const optimizer = make([w], { lr: 0.02 });
    const loss = (): Tensor => w.sub(tensor([0.5, 0.25])).mul(tensor([1, 4])).square().sum();
    const start = await loss().item();
    for (let i = 0; i < 60; i++) optimizer.step(backward(loss()));
    expect(await loss().item()).toBeLessThan(start);
  });
});
