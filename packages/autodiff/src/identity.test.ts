import { beforeEach, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  bernoulli, custom, Generator, GradientError, manualSeed, ones, parameter, rand, round, setPlanner, tensor, use, type Backend,
  type Parameter, type Tensor,
} from '@cotangent/tensor';
import {
  backward, checkpoint, customGradient, dense, grad, gradients, hessian, jvp, stopGradient, track, type Gradients,
} from './index';
import { expectClose } from './testing/close';

let backend: Backend;

beforeEach(async () => {
  backend = await use(cpu());
});

const gradient = (grads: Gradients, p: Parameter): Tensor => dense(grads.get(p)!);

describe('stopGradient', () => {
  it('keeps the value and ends the gradient [B06]', async () => {
    const x = track(tensor([3]));
    const y = x.mul(stopGradient(x));
    expect(await y.item()).toBe(9);
    expect(await gradients(y, [x])[0]!.item()).toBe(3);
  });
});

describe('customGradient', () => {
  it('replaces the gradient of a function [B06]', async () => {
    const throughRounding = customGradient((x) => round(x), (g) => [g]);
    const x = track(tensor([1.7, -0.2]));
    expect(await throughRounding(x).array()).toEqual([2, -0]);
    expect(await gradients(throughRounding(x).mul(3), [x])[0]!.array()).toEqual([3, 3]);
  });

  it('gets inputs and output, and may leave inputs out', async () => {
    const f = customGradient((a, b) => a.mul(b).exp(), (g, [, b], y) => [g.mul(y).mul(b!), undefined]);
    const [a, b] = [track(tensor([0.5])), track(tensor([2]))];
    const [ga, gb] = gradients(f(a, b), [a, b]);
    await expectClose(ga!, [2 * Math.E]);
    expect(await gb!.array()).toEqual([0]);
  });

  it('can be differentiated again, and forward', async () => {
    const square = customGradient((x) => x.square(), (g, [x]) => [g.mul(x!).mul(2)]);
    expect(await hessian((x) => square(x).sum(), tensor([3])).array()).toEqual([[2]]);
    expect(await jvp(square, [tensor([3])], [tensor([1])]).tangent.array()).toEqual([6]);
  });

  it('reverses gradients for adversarial training', async () => {
    const reverse = customGradient((x) => x, (g) => [g.neg()]);
    const w = parameter(tensor([2]));
    expect(await gradient(backward(reverse(w.mul(3)).sum()), w).item()).toBe(-3);
  });

  it('names a rule whose gradient does not fit', () => {
    const x = track(ones([3]));
    const wrong = customGradient((t) => t.mul(2), (g) => [g.sum()]);
    expect(() => gradients(wrong(x), [x])).toThrow(GradientError);
    expect(() => gradients(wrong(x), [x]))
      .toThrow(/customGradient: the gradient rule returned float32 \[\] for input 0, which is float32 \[3\]/);
  });
});

describe('custom ops', () => {
  const reverse: (x: readonly Tensor[]) => Tensor = custom({
    name: 'reverse',
    shape: ([x]) => x!,
    forward: ([x], out) => {
      out.data.set(x!.data.slice().reverse());
    },
    vjp: () => (g) => [reverse([g])],
  });

  it('have the gradient of their rule', async () => {
    const x = track(tensor([1, 2, 3]));
    expect(await gradients(reverse([x]).mul(tensor([1, 10, 100])), [x])[0]!.array()).toEqual([100, 10, 1]);
    expect(await jvp((t) => reverse([t]), [x], [tensor([1, 2, 3])]).tangent.array()).toEqual([3, 2, 1]);
  });

  it('without a rule pass nothing on', async () => {
    const copy = custom({ name: 'copy', shape: ([x]) => x!, forward: ([x], out) => { out.data.set(x!.data); } });
    const x = track(tensor([1]));
    expect(await gradients(copy([x]).add(x), [x])[0]!.item()).toBe(1);
  });
});

describe('checkpoint', () => {
  it('gives the gradients of inputs and captured parameters', async () => {
    const [w, x] = [parameter(tensor([0.5, 2])), parameter(tensor([1, -1]))];
    const block = (t: Tensor): Tensor => t.mul(w).tanh().mul(w);
    const plain = backward(block(x).sum());
    const again = backward(checkpoint(block, x).sum());
    expect(again.size).toBe(2);
    for (const p of [w, x]) expect(await gradient(again, p).array()).toEqual(await gradient(plain, p).array());
  });

  it('computes the function again in the backward pass, and only there', async () => {
    let calls = 0;
    const w = parameter(ones([2]));
    const loss = checkpoint((x) => {
      calls++;
      return x.mul(w).exp();
    }, ones([2])).sum();
    expect(calls).toBe(1);
    await loss.item();
    expect(calls).toBe(1);
    await gradient(backward(loss), w).data();
    expect(calls).toBe(2);
  });

  it('draws the same random numbers again, without moving generators on', async () => {
    const generator = new Generator(4);
    for (const options of [{}, { generator }]) {
      const w = parameter(ones([100]));
      const dropped = (x: Tensor): Tensor => x.mul(bernoulli(0.5, [100], options).cast('float32')).mul(w);
      manualSeed(1);
      const y = checkpoint(dropped, ones([100]));
      const after = generator.state();
      const grads = backward(y.sum());
      // The derivative for w is the mask itself, which the forward values show too.
      expect(await gradient(grads, w).array()).toEqual(await y.array());
      expect(generator.state()).toEqual(after);
      const next = await rand([2]).array();
      manualSeed(1);
      if (!('generator' in options)) bernoulli(0.5, [100]);
      expect(await rand([2]).array()).toEqual(next);
    }
  });

  it('may be nested and repeated', async () => {
    const w = parameter(tensor([1.1]));
    const layer = (x: Tensor): Tensor => x.mul(w).mul(bernoulli(0.9, [1]).cast('float32')).add(1);
    const run = (step: (x: Tensor) => Tensor): Tensor => {
      manualSeed(2);
      let x: Tensor = tensor([1]);
      for (let i = 0; i < 10; i++) x = step(x);
      return x.sum();
    };
    const plain = backward(run((x) => layer(layer(x))));
    const nested = backward(run((x) => checkpoint((t) => layer(checkpoint(layer, t)), x)));
    await expectClose(gradient(nested, w), await gradient(plain, w).array());
  });

  it('works for gradients of gradients', async () => {
    const cube = (x: Tensor): Tensor => checkpoint((t) => t.pow(3), x);
    const x = track(tensor([2]));
    const [first] = gradients(cube(x), [x]);
    const [second] = gradients(first!, [x]);
    expect([await first!.item(), await second!.item()]).toEqual([12, 12]);
    expect(await grad((t) => cube(t).sum())(tensor([3])).item()).toBe(27);
  });

  it('must return one tensor', () => {
    expect(() => checkpoint(() => [ones([1])] as never)).toThrow(/must return one tensor/);
  });

  it('holds fewer values between forward and backward [B08]', async () => {
    const w = parameter(ones([1000]));
    const deep = (x: Tensor): Tensor => {
      for (let i = 0; i < 50; i++) x = x.mul(w).tanh();
      return x;
    };
    const x = ones([1000]);
    const options = setPlanner({ maps: false });
    const before = backend.stats().kernels;
    const y = checkpoint(deep, x);
    await y.data();
    const grads = backward(y.sum());
    await gradient(grads, w).data();
    setPlanner(options);
    // Forward twice: the price of keeping nothing.
    expect(backend.stats().kernels - before).toBeGreaterThan(2 * 100);
  });
});
