import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { Linear, Module, mseLoss } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { NumericsError, numericsCheck, tensor, use, type Tensor } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { fit } from './index';

class Logarithm extends Module {
  readonly linear = new Linear(1, 1);

  forward(x: Tensor): Tensor {
    return this.linear.forward(x).log();
  }
}

describe.each([['cpu', cpu], ['wasm', wasm]] as const)('numericsCheck around fit on %s', (_, backend) => {
  it('names the line of the model that makes a NaN, before the weights are spoilt', async () => {
    await use(backend());
    const model = new Logarithm();
    model.linear.weight.assign(tensor([[1]]));
    model.linear.bias!.assign(tensor([0]));
    const train = [3, 2, -4].map((x) => ({ x: tensor([[x]]), y: tensor([[0]]) }));
    const options = { train, loss: mseLoss, optimizer: new Adam(model.parameters(), { lr: 1e-3 }), epochs: 1 };
    const error: unknown = await numericsCheck(() => fit(model, options)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NumericsError);
    const { op, inputs, at, gradientOf } = (error as NumericsError).finding;
    expect([op, gradientOf]).toEqual(['log', undefined]);
    expect(inputs![0]).toBeCloseTo(-4, 1);
    expect(at).toMatch(/numerics\.test\.ts:\d+:\d+$/);
    expect(await model.linear.weight.item()).toBeCloseTo(1, 1);
  });
});
