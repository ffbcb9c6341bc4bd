import { backward, gradCheck, gradients, hessian, jvp, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import {
  bernoulli, checkpoint, compile, customGradient, dryRun, isTensor, manualSeed, noGrad, ones, parameter, tensor, use, variable,
  type Tensor,
} from '@cotangent/tensor';
import type { Section } from '../section';

/** A call made where no backend is in use. */
function withoutBackend<T>(fn: () => T): T {
  return dryRun(fn);
}

export const graphs: readonly Section[] = [
  {
    title: 'Backends and reading',
    cases: [
      () => withoutBackend(() => ones([2]).add(1).dataSync()),
      async () => {
        await use(wasm());
        const w = parameter(ones([2]));
        w.assign(w.add(1));
        await use(cpu());
        await w.add(1).data();
      },
      () => {
        const w = parameter(ones([2]));
        const y = w.mul(10);
        w.assign(w.add(1));
        return y.data();
      },
      () => isTensor({ [Symbol.for('@cotangent/tensor')]: 'from another copy of the package' }),
      () => noGrad(async () => ones([2]).data()),
    ],
  },
  {
    title: 'Compiled functions',
    cases: [
      () => compile((x: Tensor) => x.sum().itemSync())(ones([2])),
      () => compile(async (x: Tensor) => x.data())(ones([2])),
      () => compile(() => variable(tensor([1])).add(1))(),
      () => compile((x: Tensor) => parameter(x.mul(2)))(ones([2])),
      () => compile(() => { manualSeed(1); })(),
      () => {
        const collected: Tensor[] = [];
        compile((x: Tensor) => collected.push(x.mul(2)))(ones([2]));
        return collected[0]!.data();
      },
      () => compile((x: Tensor) => x, { check: 0 }),
    ],
  },
  {
    title: 'Gradients',
    cases: [
      () => backward(parameter(ones([2])).mul(2)),
      () => backward(parameter(ones([2])).gt(0).sum()),
      () => backward(ones([2]).sum()),
      () => {
        const w = parameter(ones([2]));
        const loss = w.sum();
        backward(loss);
        w.assign(w.add(1));
        backward(loss);
      },
      () => gradients(ones([2]).sum(), [ones([2])]),
      () => {
        const x = track(ones([2]));
        gradients(x, [x], { gradOutputs: ones([3]) });
      },
      () => hessian((x) => x, ones([2])),
      () => jvp((x) => x, [ones([2])], []),
      () => {
        const x = track(ones([2]));
        const half = customGradient((t) => t.mul(0.5), (grad) => [grad.sum()]);
        gradients(half(x), [x]);
      },
      () => checkpoint(() => [ones([2])] as never),
      () => gradCheck((x) => x.mul(bernoulli(0.5, [64]).cast('float64')), [ones([64], { dtype: 'float64' })]),
      () => gradCheck((x) => x.mul(2), [ones([2], { dtype: 'int32' })]),
    ],
  },
];
