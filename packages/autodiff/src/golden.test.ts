/**
 * Worked examples of backpropagation from lecture notes. Where a printed number was wrong, the test holds the right one
 * and the comment says what was printed.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { exp, logSoftmax, matmul, parameter, sigmoid, sin, tanh, tensor, use, type Parameter, type Tensor } from '@cotangent/tensor';
import { backward, dense, grad, gradients, numericGradients, track, type Gradients } from './index';
import { expectClose } from './testing/close';

beforeAll(async () => {
  await use(cpu());
});

const double = (data: number | number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });
const gradient = (grads: Gradients, p: Parameter): Tensor => dense(grads.get(p)!);

describe('the computation graph J = 3 (a + b c)', () => {
  it('at a = 5, b = 3, c = 2 [A01]', async () => {
    const [a, b, c] = [track(tensor(5)), track(tensor(3)), track(tensor(2))];
    const u = b.mul(c);
    const v = a.add(u);
    const j = v.mul(3);
    expect(await Promise.all([u, v, j].map((t) => t.item()))).toEqual([6, 11, 33]);
    const slopes = gradients(j, [v, a, u, b, c]);
    expect(await Promise.all(slopes.map((t) => t.item()))).toEqual([3, 3, 3, 6, 9]);
  });
});

describe('numeric derivatives', () => {
  it('of 3a and a^2 at 2 and 5, with steps of 0.001 [A05]', async () => {
    const line = (a: Tensor): Tensor => a.mul(3);
    const parabola = (a: Tensor): Tensor => a.square();
    const points = double([2, 2.001, 5, 5.001]);
    await expectClose(line(points), [6, 6.003, 15, 15.003], 1e-12);
    await expectClose(parabola(points), [4, 4.004001, 25, 25.010001], 1e-12);
    const slopes = await Promise.all([line, parabola].map((f) => grad((a) => f(a).sum())(double([2, 5])).array()));
    expect(slopes).toEqual([[3, 3], [4, 10]]);
  });

  it('of a cube: two-sided 3.0001, one-sided 3.0301 [A06 E08]', async () => {
    // The divisor of the two-sided difference is 2 epsilon; a print has (f+ - f-) / 2.
    const cube = (x: Tensor): Tensor => x.pow(3).sum();
    const [twoSided] = await numericGradients(cube, [double([1])], 0.01);
    expect(twoSided![0]).toBeCloseTo(3.0001, 10);
    const oneSided = ((await cube(double([1.01])).item()) - 1) / 0.01;
    expect(oneSided).toBeCloseTo(3.0301, 10);
    const exact = await grad(cube)(double([1])).item();
    expect(Math.abs(exact - twoSided![0]!) / (exact + twoSided![0]!)).toBeCloseTo(1.666638889e-5, 12);
  });
});

describe('a network of 2-2-2 units', () => {
  const x = double([0.05, 0.1]);
  const target = double([0.01, 0.99]);
  const w1 = parameter(double([[0.15, 0.2], [0.25, 0.3]]));
  const w2 = parameter(double([[0.4, 0.45], [0.5, 0.55]]));
  const netH = matmul(w1, x).add(0.35);
  const h = sigmoid(netH);
  const netO = matmul(w2, h).add(0.6);
  const o = sigmoid(netO);
  const errors = target.sub(o).square().div(2);
  const loss = errors.sum();

  it('forward', async () => {
    await expectClose(netH.index(0), 0.3775, 1e-9);
    await expectClose(h, [0.5932699921, 0.5968843783], 1e-9);
    await expectClose(netO.index(0), 1.105905967, 1e-9);
    await expectClose(o, [0.7513650696, 0.7729284653], 1e-9);
    await expectClose(errors, [0.2748110832, 0.02356002558], 1e-9);
    await expectClose(loss, 0.2983711088, 1e-9);
  });

  it('backward: one step with rate 0.5, all gradients from the old weights [A07 E50]', async () => {
    const grads = backward(loss);
    await expectClose(gradient(grads, w2).index(0, 0), 0.08216704056, 1e-9);
    await expectClose(gradient(grads, w1).index(0, 0), 0.0004385677345, 1e-9);
    await expectClose(w2.sub(gradient(grads, w2).mul(0.5)), [[0.3589164797, 0.4086661861], [0.5113012702, 0.5613701211]], 1e-9);
    await expectClose(w1.sub(gradient(grads, w1).mul(0.5)), [[0.1497807161, 0.1995614323], [0.2497511436, 0.2995022873]], 1e-9);
  });

  it('backward step by step [A07 E53]', async () => {
    // A second derivation of dE/dw1 prints 0.000416015: it takes 0.55 for the weight from h1 to o2, which is 0.50, and
    // drops the sign of dE/do2. The right value is that of the test above.
    const [dO, dNetO, dH] = gradients(loss, [o, netO, h]);
    await expectClose(dO!, [0.7413650696, -0.2170715347], 1e-9);
    const slope = (await o.data()).map((v) => v * (1 - v));
    expect(slope[0]).toBeCloseTo(0.1868156018, 9);
    expect(slope[1]).toBeCloseTo(0.1755100528, 9);
    const [d1, d2] = [...(await dNetO!.data())] as [number, number];
    expect(d1 * 0.4).toBeCloseTo(0.05539942465, 9);
    expect(d2 * 0.5).toBeCloseTo(-0.01904911826, 9);
    await expectClose(dH!.index(0), 0.03635030639, 1e-9);
    const hValue = (await h.data())[0]!;
    expect(hValue * (1 - hValue)).toBeCloseTo(0.2413007086, 9);
    expect(0.03635030639 * 0.2413007086 * 0.05).toBeCloseTo(0.0004385677345, 9);
  });
});

describe('derivatives of activations', () => {
  const slopeOf = (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => grad((x) => f(x).sum());

  it('at -10, 0 and 10 [A10]', async () => {
    const z = double([-10, 0, 10]);
    await expectClose(sigmoid(z), [4.53978687e-5, 0.5, 0.9999546021], 1e-9);
    await expectClose(slopeOf(sigmoid)(z), [4.539580774e-5, 0.25, 4.539580774e-5], 1e-9);
    await expectClose(tanh(z), [-0.9999999959, 0, 0.9999999959], 1e-9);
    await expectClose(slopeOf(tanh)(z), [8.244614547e-9, 1, 8.244614547e-9], 1e-12);
  });

  it('that of the sigmoid is largest at 0, where it is 1/4 [A10]', async () => {
    expect(await slopeOf(sigmoid)(double([0])).array()).toEqual([0.25]);
    const z = double(Array.from({ length: 81 }, (_, i) => (i - 40) / 4));
    expect(await slopeOf(sigmoid)(z).amax().item()).toBe(0.25);
    expect(await slopeOf(sigmoid)(z).argmax().item()).toBe(40);
  });
});

describe('gradient descent', () => {
  /** w after some steps of w := w - 0.01 f'(w) from 0. */
  async function descend(f: (w: Tensor) => Tensor, steps: number): Promise<number> {
    const w = parameter(double(0));
    for (let i = 0; i < steps; i++) w.assign(w.sub(gradient(backward(f(w)), w).mul(0.01)));
    return w.item();
  }

  it('on w^2 - 20 w + 25 goes to 10, where the value is -75 [O01 E52]', async () => {
    // The coefficient of w^2 is 1; with the -1 of a print the run diverges.
    const f = (w: Tensor): Tensor => w.square().sub(w.mul(20)).add(25);
    expect(await descend(f, 1)).toBeCloseTo(0.2, 12);
    expect(await descend(f, 1000)).toBeCloseTo(9.999999983, 8);
    expect(await f(double(10)).item()).toBe(-75);
  });

  it('on w^2 - 10 w + 25 goes to 5, where the value is 0', async () => {
    const f = (w: Tensor): Tensor => w.square().sub(w.mul(10)).add(25);
    expect(await descend(f, 1)).toBeCloseTo(0.1, 12);
    expect(await descend(f, 1000)).toBeCloseTo(4.999999992, 8);
    expect(await f(double(5)).item()).toBe(0);
  });
});

describe('cross-entropy', () => {
  it('of one-hot labels: -log p of the class, gradient p - y', async () => {
    // The loss carries a minus sign, which one line of the notes lacks.
    const p = [0.3, 0.2, 0.1, 0.4];
    const z = track(double(p.map(Math.log)));
    const loss = logSoftmax(z, { dim: 0 }).index(1).neg();
    await expectClose(loss, 1.609437912, 1e-9);
    await expectClose(gradients(loss, [z])[0]!, [0.3, -0.8, 0.1, 0.4], 1e-12);
  });

  it('of sigmoids: the gradient of the sum is a - y (printed once as y - a) [A08 E01 E02]', async () => {
    const y = double([1, 0, 1, 1]);
    const p = [0.9, 0.2, 0.6, 0.1];
    const z = track(double(p.map((v) => Math.log(v / (1 - v)))));
    const a = sigmoid(z);
    const loss = y.mul(a.log()).add(y.neg().add(1).mul(a.neg().add(1).log())).sum().neg();
    await expectClose(gradients(loss, [z])[0]!, [-0.1, 0.2, -0.4, -0.9], 1e-9);
  });
});

describe('back-propagation through time', () => {
  it('over ten steps of a recurrent network equals finite differences [A13]', async () => {
    const inputs = Array.from({ length: 10 }, (_, t) => double([Math.sin(t), Math.cos(2 * t)]));
    const run = (wa: Tensor, wx: Tensor, wy: Tensor): Tensor => {
      let a: Tensor = double([0, 0]);
      const losses = inputs.map((x, t) => {
        a = tanh(matmul(wa, a).add(matmul(wx, x)));
        return matmul(wy, a).sub(Math.sin(0.5 * t)).square().sum();
      });
      return losses.reduce((sum, l) => sum.add(l));
    };
    const weights = [double([[0.4, -0.3], [0.2, 0.5]]), double([[0.6, 0.1], [-0.4, 0.3]]), double([[0.7, -0.8]])];
    const tracked = weights.map(track);
    const exact = gradients(run(...(tracked as [Tensor, Tensor, Tensor])), tracked);
    const numeric = await numericGradients((...w) => run(...(w as [Tensor, Tensor, Tensor])), weights, 1e-6);
    for (const [i, g] of exact.entries()) {
      const values = await g.data();
      values.forEach((v, k) => {
        expect(v).toBeCloseTo(numeric[i]![k]!, 6);
      });
    }
  });
});

describe('batch normalisation by plain operations', () => {
  it('has the published output and gradients', async () => {
    const z = track(double([[1, 10], [2, 20], [3, 30], [4, 60]]));
    const gamma = track(double([2, 0.5]));
    const beta = track(double([1, -1]));
    const mean = z.mean({ dim: 0 });
    const variance = z.sub(mean).square().mean({ dim: 0 });
    await expectClose(mean, [2.5, 30], 1e-12);
    await expectClose(variance, [1.25, 350], 1e-12);
    const y = z.sub(mean).div(variance.add(1e-5).sqrt()).mul(gamma).add(beta);
    const expected = [[-1.68327084, -1.534522476], [0.1055763867, -1.267261238], [1.894423613, -1], [3.68327084, -0.1982162857]];
    await expectClose(y, expected, 1e-8);
    const dy = double([[0.0706, -0.3784], [-0.4795, -0.1397], [0.3285, 0.4947], [0.2061, -0.272]]);
    const [dz, dgamma, dbeta] = gradients(y, [z, gamma, beta], { gradOutputs: dy });
    await expectClose(
      dz!,
      [[0.3959587266, -0.007832090591], [-0.8053398904, -0.001606240045], [0.422794911, 0.01519513769], [-0.01341374715, -0.005756807055]],
      1e-8,
    );
    await expectClose(dgamma!, [0.5431387392, 0.04302905933], 1e-8);
    await expectClose(dbeta!, [0.1257, -0.2954], 1e-12);
  });

  it('is the identity with gamma = sqrt(variance + eps) and beta = mean', async () => {
    const z = double([[1, 10], [2, 20], [3, 30], [4, 60]]);
    const mean = z.mean({ dim: 0 });
    const scale = z.sub(mean).square().mean({ dim: 0 }).add(1e-5).sqrt();
    await expectClose(z.sub(mean).div(scale).mul(scale).add(mean), await z.array(), 1e-12);
  });
});

describe('recurrent cells by plain operations', () => {
  const x = [1, -0.5];
  const gate = (w: number[][], b: number[], input: Tensor): Tensor => matmul(double(w), input).add(double(b));

  it('a plain cell [Q01]', async () => {
    const own = matmul(double([[-0.4795, -0.1397], [0.3285, 0.4947]]), double([0.2, 0.3]));
    const fromInput = matmul(double([[0.2061, -0.272], [-0.5, -0.2683]]), double(x));
    const a = tanh(own.add(fromInput).add(0.1));
    await expectClose(a, [0.2952336258, -0.05169387958], 1e-9);
    const y = matmul(double([[0.2101, 0.4953], [0.3251, -0.144], [-0.4807, -0.3755]]), a).softmax({ dim: 0 });
    await expectClose(y, [0.3421904442, 0.3659026084, 0.2919069474], 1e-9);
  });

  it('an LSTM cell, with the last line a = output * tanh(c) that one print leaves out [Q09 E45]', async () => {
    const joined = double([0.2, 0.3, ...x]);
    const candidate = tanh(gate([[0.4207, 0.4546, 0.0706, -0.3784], [-0.4795, -0.1397, 0.3285, 0.4947]], [0.0745, -0.0159], joined));
    const update = sigmoid(gate([[0.2061, -0.272, -0.5, -0.2683], [0.2101, 0.4953, 0.3251, -0.144]], [-0.0917, -0.0832], joined));
    const forget = sigmoid(gate([[-0.4807, -0.3755, 0.0749, 0.4565], [0.4183, -0.0044, -0.4231, -0.4528]], [0.0018, 0.0851], joined));
    const output = sigmoid(gate([[-0.0662, 0.3813, 0.4782, 0.1355], [-0.3318, -0.494, -0.202, 0.2757]], [0.0902, 0.0124], joined));
    const c = update.mul(candidate).add(forget.mul(double([-0.1, 0.4])));
    await expectClose(candidate, [0.5041239804, -0.07243292593], 1e-9);
    await expectClose(update, [0.3780272497, 0.6235186111], 1e-9);
    await expectClose(forget, [0.410877264, 0.4926855218], 1e-9);
    await expectClose(output, [0.6460680098, 0.367720129], 1e-9);
    await expectClose(c, [0.1494848754, 0.1519109314], 1e-9);
    await expectClose(output.mul(tanh(c)), [0.09586440413, 0.05543493912], 1e-9);
  });

  it('a GRU cell, with the reset before and after the product [Q08 E44]', async () => {
    const before = double([0.2, 0.3]);
    const joined = double([0.2, 0.3, ...x]);
    const wc = [[0.226, 0.4974, 0.3115, -0.1608], [-0.4853, -0.3636, 0.0924, 0.4634]];
    const update = sigmoid(gate([[0.4084, -0.0221, -0.4323, -0.445], [-0.0486, 0.3925, 0.4727, 0.1183]], [-0.0588, -0.0998], joined));
    const reset = sigmoid(gate([[-0.3448, -0.491, -0.1857, 0.2903], [0.4994, 0.2494, -0.23, -0.4978]], [-0.0491, 0.0468], joined));
    await expectClose(update, [0.4517629924, 0.6039091097], 1e-9);
    await expectClose(reset, [0.3552112639, 0.5598122206], 1e-9);
    const own = double(wc).index(null, [0, 2]);
    const fromInput = matmul(double(wc).index(null, [2, 4]), double(x)).add(double([0.098, 0.0363]));
    const mix = (candidate: Tensor): Tensor => update.mul(candidate).add(update.neg().add(1).mul(before));
    const candidate = tanh(matmul(own, reset.mul(before)).add(fromInput));
    await expectClose(candidate, [0.5295292353, -0.1959728732], 1e-9);
    await expectClose(mix(candidate), [0.3488691134, 0.0004774637126], 1e-9);
    // As in PyTorch and cuDNN: reset after the product.
    const after = tanh(matmul(own, before).mul(reset).add(fromInput));
    await expectClose(after, [0.5072055172, -0.2149922479], 1e-9);
    await expectClose(mix(after), [0.3387840837, -0.01100850989], 1e-9);
    const simple = tanh(matmul(own, before).add(fromInput));
    await expectClose(mix(simple), [0.378139487, -0.0621368278], 1e-9);
  });
});

describe('elementary slopes', () => {
  it('of exp and sin by hand', async () => {
    await expectClose(grad((t) => exp(t.mul(2)).sum())(double([0])), [2], 1e-12);
    await expectClose(grad((t) => sin(t.square()).sum())(double([1])), [2 * Math.cos(1)], 1e-12);
  });
});
