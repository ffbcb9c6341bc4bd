/** The models of the comparison in jax-js. They consume the arrays they are given. */
import type { Jax, JaxArray, JaxArrays } from './jax-types';

export function layerNorm({ nn }: Jax, x: JaxArray, scale: JaxArray, shift: JaxArray): JaxArray {
  return nn.standardize(x, -1, { epsilon: 1e-5 }).mul(scale).add(shift);
}

function linear({ numpy }: Jax, x: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray {
  return numpy.matmul(x, weight).add(bias);
}

export function mlp(jax: Jax, { w0, b0, w1, b1, w2, b2 }: JaxArrays, x: JaxArray): JaxArray {
  const first = jax.nn.relu(linear(jax, x, w0!, b0!));
  const second = jax.nn.relu(linear(jax, first, w1!, b1!));
  return linear(jax, second, w2!, b2!);
}

export function lenet(jax: Jax, { k1, c1, k2, c2, f1, g1, f2, g2, f3, g3 }: JaxArrays, x: JaxArray): JaxArray {
  const { lax, nn, numpy } = jax;
  const pool = (image: JaxArray): JaxArray => lax.reduceWindow(image, numpy.max, [2, 2], [2, 2]);
  const two = [[2, 2], [2, 2]];
  const first = pool(nn.relu(lax.convGeneralDilated(x, k1!, [1, 1], two).add(c1!.reshape([8, 1, 1]))));
  const second = pool(nn.relu(lax.convGeneralDilated(first, k2!, [1, 1], 'VALID').add(c2!.reshape([16, 1, 1]))));
  const flat = second.reshape([x.shape[0]!, 400]);
  const hidden = nn.relu(linear(jax, nn.relu(linear(jax, flat, f1!, g1!)), f2!, g2!));
  return linear(jax, hidden, f3!, g3!);
}

/** The loop over time is unrolled: jax-js has no scan. */
export function lstm(jax: Jax, { wx, wh, b, wo, bo }: JaxArrays, x: JaxArray): JaxArray {
  const { nn, numpy } = jax;
  const [time, batch, depth] = x.shape as readonly [number, number, number];
  const hidden = wh!.shape[0]!;
  const fromInputs = numpy.split(linear(jax, x.reshape([time * batch, depth]), wx!, b!), time, 0);
  let [h, cell] = [numpy.zeros([batch, hidden]), numpy.zeros([batch, hidden])];
  const outputs: JaxArray[] = [];
  fromInputs.forEach((fromInput, t) => {
    const isLast = t === time - 1;
    const gates = fromInput.add(numpy.matmul(h, isLast ? wh! : wh!.ref));
    const [input, forget, candidate, output] = numpy.split(gates, 4, 1) as [JaxArray, JaxArray, JaxArray, JaxArray];
    cell = nn.sigmoid(forget).mul(cell).add(nn.sigmoid(input).mul(numpy.tanh(candidate)));
    h = nn.sigmoid(output).mul(numpy.tanh(isLast ? cell : cell.ref));
    outputs.push(isLast ? h : h.ref);
  });
  return linear(jax, numpy.concatenate(outputs, 0), wo!, bo!);
}

export function transformerBlock(jax: Jax, heads: number, all: JaxArrays): JaxArray {
  const { nn, numpy } = jax;
  const { x, l1g, l1b, wqkv, bqkv, wo, bo, l2g, l2b, w1, b1, w2, b2 } = all;
  const [batch, time, depth] = x!.shape as readonly [number, number, number];
  const size = depth / heads;
  const rows = batch * time;
  const flat = (input: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray =>
    linear(jax, input.reshape([rows, weight.shape[0]!]), weight, bias);
  const projected = flat(layerNorm(jax, x!.ref, l1g!, l1b!), wqkv!, bqkv!).reshape([batch, time, 3, heads, size]);
  const parts = numpy.split(projected.transpose([2, 0, 3, 1, 4]), 3, 0).map((part) => part.reshape([batch, heads, time, size]));
  const [query, key, value] = parts as [JaxArray, JaxArray, JaxArray];
  const weights = nn.softmax(numpy.matmul(query, key.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(size)), -1);
  const attended = numpy.matmul(weights, value).transpose([0, 2, 1, 3]);
  const middle = x!.add(flat(attended, wo!, bo!).reshape([batch, time, depth]));
  const inner = nn.gelu(flat(layerNorm(jax, middle.ref, l2g!, l2b!), w1!, b1!));
  return middle.add(flat(inner, w2!, b2!).reshape([batch, time, depth]));
}
