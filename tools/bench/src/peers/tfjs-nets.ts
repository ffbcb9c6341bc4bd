/** The models of the comparison in TensorFlow.js: from named tensors to logits, or to the block's output. */
import type { Tf, TfTensor, TfTensors } from './tfjs-types';

export interface NetSettings {
  readonly tf: Tf;
  readonly heads: number;
  readonly gelu: (x: TfTensor) => TfTensor;
  readonly layerNorm: (x: TfTensor, scale: TfTensor, shift: TfTensor) => TfTensor;
}

export function mlp(_: NetSettings, { x, w0, b0, w1, b1, w2, b2 }: TfTensors): TfTensor {
  const first = x!.matMul(w0!).add(b0!).relu();
  const second = first.matMul(w1!).add(b1!).relu();
  return second.matMul(w2!).add(b2!);
}

export function lenet({ tf }: NetSettings, { x, k1, c1, k2, c2, f1, g1, f2, g2, f3, g3 }: TfTensors): TfTensor {
  const first = tf.conv2d(x!, k1!, 1, 2).add(c1!).relu().maxPool(2, 2, 'valid');
  const second = tf.conv2d(first, k2!, 1, 'valid').add(c2!).relu().maxPool(2, 2, 'valid');
  const flat = second.reshape([x!.shape[0]!, 400]);
  const hidden = flat.matMul(f1!).add(g1!).relu().matMul(f2!).add(g2!).relu();
  return hidden.matMul(f3!).add(g3!);
}

export function lstm({ tf }: NetSettings, { x, wx, wh, b, wo, bo }: TfTensors): TfTensor {
  const [time, batch, depth] = x!.shape as readonly [number, number, number];
  const hidden = wh!.shape[0]!;
  const fromInputs = tf.unstack(x!.reshape([time * batch, depth]).matMul(wx!).add(b!).reshape([time, batch, 4 * hidden]));
  let [h, cell] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
  const outputs = fromInputs.map((fromInput) => {
    const [input, forget, candidate, output] = tf.split(fromInput.add(h.matMul(wh!)), 4, 1) as [TfTensor, TfTensor, TfTensor, TfTensor];
    cell = forget.sigmoid().mul(cell).add(input.sigmoid().mul(candidate.tanh()));
    h = output.sigmoid().mul(cell.tanh());
    return h;
  });
  return tf.concat(outputs, 0).matMul(wo!).add(bo!);
}

export function transformerBlock({ tf, heads, gelu, layerNorm }: NetSettings, all: TfTensors): TfTensor {
  const { x, l1g, l1b, wqkv, bqkv, wo, bo, l2g, l2b, w1, b1, w2, b2 } = all;
  const [batch, time, depth] = x!.shape as readonly [number, number, number];
  const size = depth / heads;
  const rows = batch * time;
  const linear = (input: TfTensor, weight: TfTensor, bias: TfTensor): TfTensor =>
    input.reshape([rows, weight.shape[0]!]).matMul(weight).add(bias);
  const projected = linear(layerNorm(x!, l1g!, l1b!), wqkv!, bqkv!).reshape([batch, time, 3, heads, size]);
  const [query, key, value] = tf.unstack(projected.transpose([2, 0, 3, 1, 4])) as [TfTensor, TfTensor, TfTensor];
  const weights = tf.softmax(tf.matMul(query, key, false, true).mul(1 / Math.sqrt(size)));
  const attended = tf.matMul(weights, value).transpose([0, 2, 1, 3]);
  const middle = x!.add(linear(attended, wo!, bo!).reshape([batch, time, depth]));
  const inner = gelu(linear(layerNorm(middle, l2g!, l2b!), w1!, b1!));
  return middle.add(linear(inner, w2!, b2!).reshape([batch, time, depth]));
}
